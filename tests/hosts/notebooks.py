"""Hosts with a notebook's page: JupyterLab, Notebook 7, and the classic Notebook in two ages."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.hosts.page import Told, WidgetPage
from tests.hosts.server import Server
from tests.notebook_files import notebook_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.hosts.environments import Environment

#: Finds the notebook that is open, in JupyterLab as in Notebook 7.
LAB = """
// Notebook 7's own option to give the page its app has no effect: its configuration is changed as it arrives.
new MutationObserver(() => {
  const config = document.getElementById("jupyter-config-data");
  const hidden = '"exposeAppInBrowser": false';
  if (config?.textContent.includes(hidden))
    config.textContent = config.textContent.replace(hidden, '"exposeAppInBrowser": true');
}).observe(document, { childList: true, subtree: true });
window.hostNotebook = {
  panel() {
    const panels = [...(window.jupyterapp?.shell.widgets("main") ?? [])];
    return panels.find((widget) => widget.context?.path);
  },
  ready() {
    const panel = this.panel();
    return Boolean(panel?.context.isReady && panel.content.widgets.length > 0
      && panel.sessionContext?.session?.kernel?.connectionStatus === "connected");
  },
  idle() { return this.panel().sessionContext.session.kernel.status === "idle"; },
  kernel() { return this.panel().sessionContext.session.kernel.id; },
  runAll() { void window.jupyterapp.commands.execute("notebook:run-all-cells"); },
  run(index) {
    const panel = this.panel();
    panel.content.deselectAll(); panel.content.activeCellIndex = index;
    void window.jupyterapp.commands.execute("notebook:run-cell");
  },
  save() { return window.jupyterapp.commands.execute("docmanager:save"); },
};
"""
CLASSIC = """
window.hostNotebook = {
  // What the page shows before it has loaded its models from the kernel it throws away then. Two questions,
  // asked one after the other, are answered after its own.
  ready() {
    const kernel = window.Jupyter?.notebook?._fully_loaded && Jupyter.notebook.kernel;
    if (!kernel || !kernel.is_connected() || !kernel.widget_manager) return false;
    this.loaded ??= new Promise((done) => kernel.comm_info("jupyter.widget", () =>
      kernel.comm_info("jupyter.widget", () => setTimeout(done, 500)))).then(() => { this.isLoaded = true; });
    return this.isLoaded === true;
  },
  idle() { return Boolean(Jupyter.notebook.kernel.is_connected() && !Jupyter.notebook.kernel_busy); },
  kernel() { return Jupyter.notebook.kernel.id; },
  runAll() { Jupyter.notebook.execute_all_cells(); },
  run(index) { Jupyter.notebook.execute_cells([index]); },
  save() { return Jupyter.notebook.save_notebook(); },
};
"""

SERVER = (
    "--no-browser",
    "--ip=127.0.0.1",
    "--port={port}",
    "--allow-root",
)
JUPYTER_SERVER = (*SERVER, "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True")


@dataclass(frozen=True)
class NotebookHost:
    """How a server is started, where a notebook is opened, and how the page is asked to run cells."""

    environment: Environment
    command: tuple[str, ...]
    address: str
    tools: str

    @contextmanager
    def started(self, home: Path, browser: Browser) -> Iterator[NotebookServer]:
        """Start the server; end it, with its kernels, at last."""
        notebooks = home / "notebooks"
        notebooks.mkdir(parents=True)
        told = Told(home / "told.json")
        server = Server(
            self.environment,
            home,
            self.command,
            IPYTHONDIR=str(home / "ipython"),
            JUPYTER_CONFIG_DIR=str(home / "config"),
            JUPYTER_RUNTIME_DIR=str(home / "runtime"),
            JUPYTER_DATA_DIR=str(home / "data"),
            LRWIDGET_STORY=str(told.path),
        )
        (home / "config").mkdir(exist_ok=True)
        with server:
            yield NotebookServer(self, server, home, browser, told)


class NotebookServer:
    """A started host: opens notebooks, one after the other."""

    def __init__(self, host: NotebookHost, server: Server, home: Path, browser: Browser, told: Told) -> None:
        self.host, self.server, self.home, self.told = host, server, home, told
        self.browser = browser

    @contextmanager
    def opened(self, *cells: str) -> Iterator[Notebook]:
        """Open a notebook of these cells with a fresh kernel, which ends with the block."""
        self.told.forget()
        path = self.home / "notebooks" / f"story-{sum(1 for _ in (self.home / 'notebooks').iterdir())}.ipynb"
        path.write_text(json.dumps(notebook_of(*cells)))
        context = self.browser.new_context(viewport={"width": 1280, "height": 1000})
        notebook = Notebook(self, context.new_page(), path)
        try:
            notebook.load()
            yield notebook
        finally:
            context.close()
            for session in self.request("GET", "/api/sessions"):
                self.request("DELETE", f"/api/sessions/{session['id']}")

    def request(self, method: str, path: str) -> Any:
        """Call the server's REST interface."""
        request = urllib.request.Request(self.server.url + path, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None


class Notebook:
    """One open notebook."""

    def __init__(self, server: NotebookServer, page: Page, path: Path) -> None:
        self.server, self.page, self.path = server, page, path
        self.widget = WidgetPage(page, server.told)
        self.problems: list[str] = []
        page.add_init_script(server.host.tools)
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("pageerror", lambda error: self.problems.append(error.message))

    def load(self) -> None:
        """Load the page, for the first time or again."""
        self.page.goto(self.server.server.url + self.server.host.address.format(name=self.path.name))
        self.page.wait_for_function("() => window.hostNotebook.ready()", timeout=90_000)

    def run_all(self) -> None:
        """Run all cells, and do not wait."""
        self.page.wait_for_function("() => window.hostNotebook.idle()", timeout=60_000)
        self.page.evaluate("() => { window.hostNotebook.runAll(); }")

    def run(self, index: int) -> None:
        """Run a cell, and do not wait."""
        self.page.evaluate("(index) => { window.hostNotebook.run(index); }", index)

    def save(self) -> dict[str, Any]:
        """Save; return the notebook as the file holds it."""
        before = self.path.stat().st_mtime_ns
        self.page.evaluate("() => { window.hostNotebook.save(); }")
        # A page that has nothing new to save writes nothing.
        self.widget.sees(lambda: self.path.stat().st_mtime_ns != before, 5)
        saved: dict[str, Any] = self.widget.wait("a whole file", self._read)
        return saved

    def _read(self) -> dict[str, Any] | None:
        try:
            saved: dict[str, Any] = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):  # while it is written
            return None
        return saved

    def reload(self) -> None:
        """Save, and load the page again; the kernel lives on."""
        self.save()
        self.load()

    def interrupt(self) -> None:
        """Interrupt the kernel, as the menu does."""
        kernel = self.page.evaluate("() => window.hostNotebook.kernel()")
        self.server.request("POST", f"/api/kernels/{kernel}/interrupt")


def lab(environment: Environment) -> NotebookHost:
    """JupyterLab."""
    options = (
        "--ServerApp.root_dir=notebooks",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )
    return NotebookHost(environment, ("jupyterlab", *JUPYTER_SERVER, *options), "/lab/tree/{name}?reset", LAB)


def notebook_7(environment: Environment) -> NotebookHost:
    """Notebook 7."""
    options = (
        "--ServerApp.root_dir=notebooks",
        "--JupyterNotebookApp.news_url=None",
    )
    return NotebookHost(environment, ("notebook", *JUPYTER_SERVER, *options), "/notebooks/{name}", LAB)


def nbclassic(environment: Environment) -> NotebookHost:
    """The classic Notebook as it lives on."""
    command = ("nbclassic", *JUPYTER_SERVER, "--ServerApp.root_dir=notebooks")
    return NotebookHost(environment, command, "/notebooks/{name}", CLASSIC)


def notebook_6(environment: Environment) -> NotebookHost:
    """The classic Notebook as it was."""
    options = ("--NotebookApp.token=", "--NotebookApp.disable_check_xsrf=True", "--notebook-dir=notebooks")
    return NotebookHost(environment, ("notebook", *SERVER, *options), "/notebooks/{name}", CLASSIC)
