"""Draw the pictures of the README: the quickstart's widget in the real browser, light and dark.

Run by ``make screenshots``; pictures go to ``docs/images``, or to the folder given as argument.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import quickstart as q
from tests.browser.lab import Lab
from tests.browser.server import JupyterServer
from tests.browser.test_bounds import METRIC
from tests.chromium import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"


@contextmanager
def opened(**options: Any) -> Iterator[Lab]:
    """A page of its own, on a server of its own."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        server = JupyterServer(Path(folder) / "jupyter")
        server.start()
        page: Page = browser.new_context(**options).new_page()
        lab = Lab(server, page)
        try:
            yield lab
        finally:
            lab.close()
            server.stop()


def main(folder: Path) -> None:
    """Sweep, then take the widget, and the widget with bounds and a metric, once a theme."""
    with opened(viewport={"width": 1240, "height": 1000}, device_scale_factor=2) as lab:
        q.open_widget(lab)
        lab.command("application:toggle-left-area")
        q.run_to_end(lab)
        expect(q.marker(lab)).to_be_visible()
        take(lab, folder, "widget")
    with opened(viewport={"width": 1240, "height": 1000}, device_scale_factor=2) as lab:
        lab.open_cells(q.setup() + METRIC, q.widget("metric=accuracy"))
        lab.run_all()
        lab.wait_plot()
        lab.command("application:toggle-left-area")
        q.run_to_end(lab)
        q.choose(lab, "Bounds")
        expect(lab.page.get_by_role("slider", name="Maximum learning rate")).to_be_visible()
        take(lab, folder, "bounds")


def take(lab: Lab, folder: Path, name: str) -> None:
    """Take one picture a theme."""
    for theme in ("light", "dark"):
        lab.theme(theme)
        lab.page.wait_for_function(
            "(theme) => document.querySelector('.lrwidget').dataset.theme === theme", arg=theme
        )
        lab.page.mouse.move(0, 0)  # the plot's own buttons appear under the pointer only
        lab.page.wait_for_timeout(500)  # they fade
        path = folder / f"{name}-{theme}.png"
        lab.screenshot(path, of=lab.page.locator(".lrwidget"))
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
