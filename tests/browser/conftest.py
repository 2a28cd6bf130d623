"""The real browser: one JupyterLab server for the session, one Chromium per test file, one page per test."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.lab import Lab
from tests.browser.server import JupyterServer

ARTIFACTS = Path(__file__).parents[2] / ".artifacts"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
FAILED = pytest.StashKey[bool]()


def find_chromium() -> str:
    """Path of the Chromium on the PATH."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        pytest.fail(f"no Chromium: none of {', '.join(CHROMIUM)} is on the PATH; `make test` installs one")
    return executable


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that asks for a page is a browser test; nobody has to remember the marker."""
    if {"lab", "new_lab"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """JupyterLab, answering."""
    server = JupyterServer(tmp_path_factory.mktemp("jupyter"))
    server.start()
    yield server
    server.stop()


# Per file, not per session: while Playwright's sync API is open, its event loop counts as running in this
# thread, and other tests' asyncio.run() would be refused.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium from the PATH."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS), headless=True)
        yield browser
        browser.close()


@pytest.fixture
def new_lab(
    server: JupyterServer, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Lab]]:
    """Make a page; options are Playwright's of a browser context (``has_touch=True``, ``viewport={...}``)."""
    labs: list[Lab] = []

    def make(**options: Any) -> Lab:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        labs.append(lab := Lab(server, context.new_page()))
        return lab

    yield make
    for number, lab in enumerate(labs):
        if request.node.stash.get(FAILED, False) or lab.problems:
            name = re.sub(r"[^\w.-]+", "-", request.node.name)
            lab.screenshot(ARTIFACTS / f"{name}-{number}.png")
        lab.close()
        lab.page.context.close()
    problems = [problem for lab in labs for problem in lab.problems]
    assert not problems, "the page's console has errors:\n" + "\n".join(problems)


@pytest.fixture
def lab(new_lab: Callable[..., Lab]) -> Lab:
    """One page of 1280 by 900."""
    return new_lab()
