"""The page's code on pages of its own: no Jupyter, no torch, a made-up kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import chromium
from tests.front.harness import serving
from tests.front.scenes import Scene


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the harness is served, without a slash at the end."""
    with serving() as address:
        yield address


# Per file: its event loop counts as running in this thread, and other tests' asyncio.run() would be refused.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def scene(page: Page, address: str) -> Iterator[Callable[..., Scene]]:
    made = Scene(page, address)
    yield made.open
    assert not made.problems
