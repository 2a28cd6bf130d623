"""One JupyterLab page and its kernel, as a person at the screen has them. Nothing here sleeps for luck.

lab.open_cells("import ipywidgets", "button = ipywidgets.Button(description='Run'); button")
lab.run_all()
lab.page.get_by_role("button", name="Run", exact=True).click()
lab.wait_kernel("button.clicked", timeout=10)
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page

from tests.browser.kernel import KernelProbe
from tests.browser.server import NEWEST, JupyterServer

# What JupyterLab itself says on the console, whatever the notebook holds. Each line: why it is harmless.
HARMLESS: tuple[re.Pattern[str], ...] = ()

# Runs in the page before JupyterLab does: finds the notebook, and remembers how each started run ended.
PAGE_TOOLS = """
window.labTools = {
  runs: {},
  panel(path) {
    for (const widget of window.jupyterapp?.shell.widgets("main") ?? [])
      if (widget.context?.path === path) return widget;
    return null;
  },
  kernel(path) { return this.panel(path)?.sessionContext?.session?.kernel ?? null; },
  ready(path) {
    const panel = this.panel(path);
    return Boolean(panel?.context.isReady && panel.revealed !== undefined
      && panel.content.widgets.length > 0 && this.kernel(path)?.connectionStatus === "connected");
  },
  start(path, key, command, index) {
    const panel = this.panel(path);
    window.jupyterapp.shell.activateById(panel.id);
    if (index !== null) { panel.content.deselectAll(); panel.content.activeCellIndex = index; }
    this.runs[key] = null;
    window.jupyterapp.commands.execute(command).then(
      () => { this.runs[key] = "done"; }, (error) => { this.runs[key] = String(error); });
  },
  fill(path, sources) {
    const { content } = this.panel(path);
    const cells = sources.map((source) => ({ cell_type: "code", source, metadata: {}, outputs: [] }));
    const notebook = content.model.sharedModel;
    notebook.transact(() => {
      notebook.deleteCellRange(0, notebook.cells.length);
      notebook.insertCells(0, cells);
    });
    notebook.clearUndoHistory();
    this.runs = {};
  },
  outputs(path, index) { return this.panel(path).content.widgets[index].model.outputs?.toJSON() ?? []; },
  array(values) { return Array.from(values?._inputArray ?? values ?? []); },
  plot(nth) { return document.querySelectorAll(".js-plotly-plot")[nth] ?? null; },
};
"""


#: Ends what widgets do, and gives the kernel an empty namespace.
EMPTY = """
__import__("ipywidgets").Widget.close_all()
get_ipython().reset(new_session=False)
__import__("gc").collect()
"""


class Lab:
    """One page. ``run_all`` / ``run_cell`` fail the test when a cell raised, unless ``errors=True``."""

    def __init__(self, server: JupyterServer, page: Page) -> None:
        self.server = server
        self.page = page
        self.path = ""
        self.problems: list[str] = []
        self._kernel = ""
        self._opened: set[str] = set()
        self._viewport = page.viewport_size
        self._workspace = f"test-{secrets.token_hex(4)}"
        self._probe: KernelProbe | None = None
        self._themed = False
        page.add_init_script(PAGE_TOOLS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._note(f"uncaught: {error.message}\n{error.stack or ''}"))
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?" on reload

    # -- the notebook ------------------------------------------------------------------------------

    def open_cells(self, *cells: str, kernel: str = NEWEST) -> None:
        """Have a notebook of these code cells, and a kernel of :data:`server.IN_FRONT` without a name in it.

        A page that has one of ours open, with that kernel, keeps both: cells and names are replaced.
        """
        if self._kernel == kernel:
            self._empty()
            self.page.evaluate("([path, cells]) => labTools.fill(path, cells)", [self.path, cells])
            return
        self.server.write_notebook(name := f"{self._workspace}-{kernel}.ipynb", cells, kernel)
        self.open(name)
        self._kernel = kernel

    def _empty(self) -> None:
        """Leave nothing of what was done: no cell, widget, sweep or name; what was imported stays."""
        self.kernel_run(EMPTY, timeout=60)
        self.page.evaluate("(path) => labTools.fill(path, [])", self.path)
        self.page.wait_for_function("() => document.querySelector('.lrwidget, .js-plotly-plot') === null")

    def open_copy(self, notebook: Path) -> None:
        """Open a copy of a notebook, so that the original stays as it is."""
        shutil.copy(notebook, self.server.notebooks / notebook.name)
        self.open(notebook.name)

    def open(self, name: str, timeout: float = 90) -> None:
        """Open a notebook of the served folder in an empty workspace; return when its kernel is idle."""
        self.path, self._kernel = name, ""
        self._opened.add(name)
        self._forget_kernel()
        self._goto(f"?reset&token={self.server.token}", timeout)

    def reload(self, timeout: float = 90, *, save: bool = True) -> None:
        """Load the page again, as a person does with F5; the kernel lives on. ``save`` keeps the outputs."""
        if save:
            self.command("docmanager:save")
        self._goto("", timeout, idle=False)

    def _goto(self, query: str, timeout: float, *, idle: bool = True) -> None:
        address = f"{self.server.url}lab/workspaces/{self._workspace}/tree/{self.path}{query}"
        self.page.goto(address, timeout=timeout * 1000)
        self.page.wait_for_function("(path) => labTools.ready(path)", arg=self.path, timeout=timeout * 1000)
        if idle:
            self.wait_idle(timeout)

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Execute a JupyterLab command on this notebook and wait until it is done."""
        self.page.evaluate(
            """async ([path, name, args]) => {
                jupyterapp.shell.activateById(labTools.panel(path).id);
                await jupyterapp.commands.execute(name, args);
            }""",
            [self.path, name, arguments or {}],
        )

    # -- cells -------------------------------------------------------------------------------------

    def run_cell(self, index: int, timeout: float = 60, *, wait: bool = True, errors: bool = False) -> None:
        """Run one cell. ``wait=False`` returns at once; end it with :meth:`wait_cell`."""
        self._start(index, "notebook:run-cell")
        if wait:
            self.wait_cell(index, timeout, errors=errors)

    def run_all(self, timeout: float = 120, *, wait: bool = True, errors: bool = False) -> None:
        """Run every cell. ``wait=False`` returns at once; end it with ``wait_cell(None)``."""
        self._start(None, "notebook:run-all-cells")
        if wait:
            self.wait_cell(None, timeout, errors=errors)

    def _start(self, index: int | None, command: str) -> None:
        self.page.evaluate(
            "([path, key, command, index]) => labTools.start(path, key, command, index)",
            [self.path, str(index), command, index],
        )

    def wait_cell(self, index: int | None, timeout: float = 60, *, errors: bool = False) -> None:
        """Wait for what :meth:`run_cell` (or, for None, :meth:`run_all`) started."""
        key = str(index)
        self.page.wait_for_function("(key) => labTools.runs[key]", arg=key, timeout=timeout * 1000)
        ended = self.page.evaluate("(key) => labTools.runs[key]", key)
        assert ended == "done", ended
        cells = range(self.cell_count()) if index is None else [index]
        for cell in [] if errors else cells:
            for output in self.cell_outputs(cell):
                assert output["output_type"] != "error", "\n".join(output["traceback"])

    def wait_idle(self, timeout: float = 60) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(
            "(path) => labTools.kernel(path)?.status === 'idle'", arg=self.path, timeout=timeout * 1000
        )

    def restart_kernel(self, timeout: float = 60) -> None:
        """Restart the kernel as the menu does (without its question), and wait until it is idle."""
        self._forget_kernel()
        self.page.evaluate("(path) => labTools.kernel(path).restart()", self.path)
        self.wait_idle(timeout)

    def cell_count(self) -> int:
        return int(self.page.evaluate("(path) => labTools.panel(path).content.widgets.length", self.path))

    def cell(self, index: int) -> Locator:
        """The cell on the page, for locators within it."""
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")

    def cell_text(self, index: int) -> str:
        """What a reader sees below the cell: the text of its outputs, widgets included."""
        return str(
            self.page.evaluate(
                "([path, index]) => labTools.panel(path).content.widgets[index].outputArea.node.innerText",
                [self.path, index],
            )
        )

    def cell_outputs(self, index: int) -> list[dict[str, Any]]:
        """The cell's outputs as the notebook file will hold them (nbformat dictionaries)."""
        outputs: list[dict[str, Any]] = self.page.evaluate(
            "([path, index]) => labTools.outputs(path, index)", [self.path, index]
        )
        return outputs

    # -- the kernel --------------------------------------------------------------------------------

    def kernel(self, expression: str, timeout: float = 30, *, aside: bool = False) -> Any:
        """Value of a Python expression in the notebook's kernel (arrays as lists), without touching the page.

        Answers between cells; with ``aside=True`` from a subshell thread, so even while a cell runs.
        """
        return self._kernel_probe().evaluate(expression, timeout, aside=aside)

    def kernel_run(self, code: str, timeout: float = 30, *, aside: bool = False) -> None:
        """Run statements in the notebook's kernel, without touching the page."""
        self._kernel_probe().run(code, timeout, aside=aside)

    def wait_kernel(self, expression: str, timeout: float = 30, *, aside: bool = False) -> Any:
        """Wait until the expression is true in the kernel; return its value."""
        return self._wait(lambda: self.kernel(expression, aside=aside), expression, timeout)

    def _kernel_probe(self) -> KernelProbe:
        if self._probe is None:
            kernel_id = self.page.evaluate("(path) => labTools.kernel(path).id", self.path)
            self._probe = KernelProbe(self.server.runtime / f"kernel-{kernel_id}.json")
        return self._probe

    def _wait(self, condition: Callable[[], Any], what: str, timeout: float) -> Any:
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            assert time.monotonic() < deadline, f"not within {timeout} s: {what} (last value: {value!r})"
            self.page.wait_for_timeout(50)  # lets the page's events in between two questions to the kernel
        return value

    # -- the plot ----------------------------------------------------------------------------------

    def wait_plot(self, timeout: float = 30, nth: int = 0) -> Locator:
        """Wait until plotly has drawn; return the plot's element."""
        self.page.wait_for_function(
            "(nth) => labTools.plot(nth)?.data !== undefined && labTools.plot(nth)._fullLayout !== undefined",
            arg=nth,
            timeout=timeout * 1000,
        )
        return self.page.locator(".js-plotly-plot").nth(nth)

    def traces(self, nth: int = 0) -> list[str]:
        """Names of the plot's traces, in drawing order."""
        names: list[str] = self.page.evaluate("(nth) => labTools.plot(nth).data.map((t) => t.name)", nth)
        return names

    def plot_data(self, name: str, nth: int = 0) -> dict[str, list[float]]:
        """``{"x": [...], "y": [...]}`` of the trace of this name, as plotly holds it now."""
        data: dict[str, list[float]] | None = self.page.evaluate(
            """([name, nth]) => {
                const trace = labTools.plot(nth)?.data.find((trace) => trace.name === name);
                return trace ? { x: labTools.array(trace.x), y: labTools.array(trace.y) } : null;
            }""",
            [name, nth],
        )
        assert data is not None, f"no trace {name!r}; there are {self.traces(nth)}"
        return data

    def wait_points(self, name: str, count: int, timeout: float = 30, nth: int = 0) -> None:
        """Wait until the trace has at least this many points."""
        self.page.wait_for_function(
            """([name, count, nth]) => {
                const trace = labTools.plot(nth)?.data?.find((trace) => trace.name === name);
                return trace && labTools.array(trace.x).length >= count;
            }""",
            arg=[name, count, nth],
            timeout=timeout * 1000,
        )

    def layout(self, nth: int = 0) -> dict[str, Any]:
        """The plot's layout as plotly holds it now."""
        layout: dict[str, Any] = self.page.evaluate(
            "(nth) => JSON.parse(JSON.stringify(labTools.plot(nth).layout))", nth
        )
        return layout

    # -- the screen --------------------------------------------------------------------------------

    def theme(self, name: str) -> None:
        """Switch JupyterLab to its "light" or "dark" theme."""
        self._themed = name != "light"
        title = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[name]
        self.page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })", title
        )
        self.page.wait_for_function(
            "(light) => document.body.dataset.jpThemeLight === light", arg=str(name == "light").lower()
        )

    def screenshot(self, path: Path, of: Locator | None = None) -> None:
        """Write a PNG of the page, or of one element."""
        path.parent.mkdir(parents=True, exist_ok=True)
        (of or self.page).screenshot(path=path)

    # -- the end -----------------------------------------------------------------------------------

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} ({message.location.get('url', '')})")

    def _note(self, problem: str) -> None:
        if not any(pattern.search(problem) for pattern in HARMLESS):
            self.problems.append(problem)

    def tidy(self) -> None:
        """Put back what a test changes of the page itself: its theme and size."""
        if self._themed:
            self.theme("light")  # JupyterLab keeps the theme for the next page
        if self._viewport is not None and self.page.viewport_size != self._viewport:
            self.page.set_viewport_size(self._viewport)

    def _forget_kernel(self) -> None:
        if self._probe is not None:
            self._probe.close()
            self._probe = None

    def close(self) -> None:
        """Put back what belongs to all pages, end the kernels, close the page."""
        self.tidy()
        self._forget_kernel()
        self.page.close(run_before_unload=False)
        self.server.end_sessions(self._opened)
