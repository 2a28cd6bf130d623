"""Hosts that show an app instead of a notebook: Voila, Solara, Panel, marimo."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.hosts import stories
from tests.hosts.page import Told, WidgetPage
from tests.hosts.server import Server
from tests.notebook_files import notebook_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

    from tests.hosts.environments import Environment


@dataclass(frozen=True)
class AppHost:
    """How a file is served, and what it must hold for its cells to be run and its widget shown."""

    environment: Environment
    command: tuple[str, ...]
    file: str
    #: Makes the file's text out of cells.
    written: staticmethod[[tuple[str, ...]], str]
    #: What is to be done on the page before any cell runs.
    begin: Callable[[Page], None] | None = None
    #: The page asks a network for this package's script; it is handed the environment's own.
    asked_for: str = ""

    @contextmanager
    def opened(self, home: Path, browser: Browser, *cells: str) -> Iterator[WidgetPage]:
        """Serve these cells as an app, and open its page."""
        home.mkdir(parents=True)
        told = Told(home / "told.json")
        (home / self.file).write_text(self.written(cells))
        server = Server(self.environment, home, self.command, LRWIDGET_STORY=str(told.path))
        with server:
            context = browser.new_context(viewport={"width": 1280, "height": 1000})
            page = context.new_page()
            try:
                if self.asked_for:
                    # Not the method itself: playwright notes something on it, and the class is frozen.
                    address = f"https://**/{self.asked_for}*/**"
                    page.route(address, lambda route: self._hand_out(route))  # noqa: PLW0108
                page.goto(server.url)
                if self.begin is not None:
                    self.begin(page)
                yield WidgetPage(page, told)
            finally:
                context.close()

    def _hand_out(self, route: Route) -> None:
        packages = next((self.environment.folder / "lib").glob("python*")) / "site-packages"
        script = packages / self.asked_for / "nbextension" / "index.js"
        headers = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(path=script, content_type="text/javascript", headers=headers)


def _as_notebook(cells: tuple[str, ...]) -> str:
    return json.dumps(notebook_of(*cells))


def _as_script(cells: tuple[str, ...]) -> str:
    return "\n".join(cells)


def _as_marimo(cells: tuple[str, ...]) -> str:
    """Return a marimo notebook; a cell's first line says ``# what it needs -> what it gives``."""
    parts = ["import marimo\n\napp = marimo.App()\n"]
    for cell in cells:
        first, _, code = cell.partition("\n")
        needs, gives = (part.strip() for part in first.removeprefix("#").split("->"))
        body = "\n".join(f"    {line}" for line in code.splitlines())
        begin = "async def" if "await " in code else "def"
        parts.append(f"@app.cell\n{begin} _({needs}):\n{body}\n    return {gives}\n")
    return "\n\n".join((*parts, 'if __name__ == "__main__":\n    app.run()\n'))


def voila(environment: Environment) -> AppHost:
    """Voila: the cells are run when the page is asked for, before it is shown."""
    command = (
        "voila",
        "app.ipynb",
        "--no-browser",
        "--port={port}",
        "--Voila.ip=127.0.0.1",
        "--show_tracebacks=True",
    )
    return AppHost(environment, command, "app.ipynb", staticmethod(_as_notebook))


def solara(environment: Environment) -> AppHost:
    """Solara: a component displays the widget."""
    command = ("solara", "run", "app.py", "--no-open", "--host=127.0.0.1", "--port={port}", "--production")
    return AppHost(environment, command, "app.py", staticmethod(_as_script))


def panel(environment: Environment) -> AppHost:
    """Panel: the widget goes through ipywidgets_bokeh."""
    command = (
        "panel",
        "serve",
        "app.py",
        "--address=127.0.0.1",
        "--port={port}",
        "--index=app",
        "--allow-websocket-origin=*",
    )
    return AppHost(environment, command, "app.py", staticmethod(_as_script), asked_for="anywidget")


def marimo(environment: Environment, mode: str) -> AppHost:
    """Marimo, as its readers ("run") or its authors ("edit") have it."""
    command = ("marimo", mode, "app.py", "--headless", "--no-token", "--host=127.0.0.1", "--port={port}")
    return AppHost(
        environment, command, "app.py", staticmethod(_as_marimo), _run_cells if mode == "edit" else None
    )


def _run_cells(page: Page) -> None:
    """Press marimo's button for all cells, the last of those that run; each cell has one of its own."""
    buttons = page.get_by_test_id("run-button")
    buttons.nth(2).wait_for(state="attached", timeout=120_000)
    buttons.last.click(timeout=60_000)


MARIMO_PARTS = (
    f"# -> LRWidget, criterion, loader, model, mo, optimizer, story\nimport marimo as mo\n{stories.PARTS}"
)
#: What a cell after the first may need.
MARIMO_NAMES = "LRWidget, criterion, loader, model, mo, optimizer, story"


def solara_page(show: str) -> tuple[str, ...]:
    """Return what shows the widget: made once a visitor, because it belongs to the visitor's page."""
    make = "\n".join(f"    {line}" for line in stories.WIDGET.splitlines())
    return (
        stories.PARTS,
        f"import solara\ndef make():\n{make}\n    return w",
        f"@solara.component\ndef Page():\n    w = solara.use_memo(make, [])\n    {show}",
    )


def panel_page(show: str) -> tuple[str, ...]:
    """Return what shows the widget."""
    return "import panel as pn\npn.extension('ipywidgets')", stories.PARTS, stories.WIDGET, show


def marimo_widget(wrapped: bool, *, slow: bool = False) -> str:
    """Return the cell that makes and shows the widget, wrapped by ``mo.ui.anywidget`` or as it is."""
    callback = ", callback=story.slowly" if slow else ""
    make = f"LRWidget(model, optimizer, criterion, loader{callback})"
    lines = [
        f"# {MARIMO_NAMES} -> w,",
        f"w = mo.ui.anywidget({make})" if wrapped else f"w = {make}",
        f"story.watch({'w.widget' if wrapped else 'w'}, optimizer)",
        "mo.output.replace(w)",
    ]
    return "\n".join(lines)
