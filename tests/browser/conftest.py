"""The real browser: one JupyterLab server, one Chromium, and one page and kernel for most of the tests.

``lab`` is the page that they share: each opens its notebook in it with an empty namespace, and finds PyTorch
imported. ``fresh_lab`` is a page and a kernel that nobody has used; ``new_lab`` makes such pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import Lab
from tests.browser.server import JupyterServer
from tests.chromium import chromium

ARTIFACTS = Path(__file__).parents[2] / ".artifacts"
VIEWPORT = {"width": 1280, "height": 900}
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that asks for a page is a browser test; nobody has to remember the marker."""
    if {"lab", "fresh_lab", "new_lab"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """JupyterLab, answering."""
    server = JupyterServer(tmp_path_factory.mktemp("jupyter"))
    server.start()
    yield server
    server.stop()


class Pages:
    """All pages of the browser; those of the usual size have one cache."""

    def __init__(self, server: JupyterServer, browser: Browser) -> None:
        self._server, self._browser = server, browser
        self._usual = browser.new_context(viewport=VIEWPORT)
        self._shared: Lab | None = None

    def shared(self) -> Lab:
        """The page that tests share; another one when the last test has spoilt it."""
        self._shared = self._shared or self.fresh()
        return self._shared

    def fresh(self, **options: Any) -> Lab:
        """A page and kernel that nobody has used; options are Playwright's of a browser context."""
        context = self._browser.new_context(**{"viewport": VIEWPORT, **options}) if options else self._usual
        return Lab(self._server, context.new_page())

    def close(self, lab: Lab) -> None:
        lab.close()
        if lab.page.context is not self._usual:
            lab.page.context.close()
        if lab is self._shared:
            self._shared = None


# Per package, not per session: while Playwright's sync API is open, its event loop counts as running in this
# thread, and other tests' asyncio.run() would be refused.
@pytest.fixture(scope="package")
def pages(server: JupyterServer) -> Iterator[Pages]:
    with chromium() as browser:
        yield (pages := Pages(server, browser))
        if pages._shared is not None:
            pages.close(pages._shared)


@pytest.fixture
def lab(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The page of 1280 by 900 that tests share."""
    yield (lab := pages.shared())
    problems = looked_at(lab, request, 0)
    if problems or request.node.stash.get(FAILED, False):
        pages.close(lab)
    else:
        lab.tidy()
    assert not problems, told(problems)


@pytest.fixture
def new_lab(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Callable[..., Lab]]:
    """Make a fresh page; options are Playwright's of a browser context (``has_touch=True``)."""
    labs: list[Lab] = []

    def make(**options: Any) -> Lab:
        labs.append(lab := pages.fresh(**options))
        return lab

    yield make
    problems = [problem for number, lab in enumerate(labs) for problem in looked_at(lab, request, number)]
    for lab in labs:
        pages.close(lab)
    assert not problems, told(problems)


@pytest.fixture
def fresh_lab(new_lab: Callable[..., Lab]) -> Lab:
    """One page of 1280 by 900, and a kernel, that nobody has used."""
    return new_lab()


def looked_at(lab: Lab, request: pytest.FixtureRequest, number: int) -> list[str]:
    """The errors on a page's console; a screenshot is left of them, and of a test that failed."""
    if lab.problems or request.node.stash.get(FAILED, False):
        name = re.sub(r"[^\w.-]+", "-", request.node.name)
        lab.screenshot(ARTIFACTS / f"{name}-{number}.png")
    return lab.problems


def told(problems: list[str]) -> str:
    return "the page's console has errors:\n" + "\n".join(problems)
