"""Every host with its checks: a row of the table each."""

from __future__ import annotations

import dataclasses
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hosts import apps, stories
from tests.hosts.apps import AppHost
from tests.hosts.commands import executed, scripted
from tests.hosts.environments import COLAB_STOCK, ENVIRONMENTS, ROOT, Environment
from tests.hosts.notebooks import NotebookHost, NotebookServer, lab, nbclassic, notebook_6, notebook_7
from tests.hosts.page import same_rate
from tests.hosts.result import NONE, Result
from tests.hosts.saved import kept

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COLUMNS = ("kernel is free", "`w.run()` blocks", "`await w.accepted()`", "after a reload", "saved file")
FREE, BLOCKED, WAITED, RELOADED, SAVED = COLUMNS

SHOW = f"{stories.WIDGET}\nw"
ACCEPT = "w.run()\nw.accept()\nstory.tell(accepted=w.accepted_lr, optimizer=optimizer.param_groups[0]['lr'])"
SHOW_SLOW = f"{stories.SLOW_WIDGET}\nw"


@dataclass
class Row:
    """One host: how it is called in the table, and what drives it through all checks."""

    key: str
    title: str
    environment: Environment
    drive: Callable[[Row, Path, Browser], None]
    results: dict[str, Result] = field(default_factory=dict)
    #: Where a failed check leaves its picture.
    pictures: Path = Path(".artifacts/hosts")

    @contextmanager
    def check(self, column: str, page: object = None) -> Iterator[Callable[[Result], None]]:
        """Take the result that the block gives, or what it raised as a failure."""

        def take(result: Result) -> None:
            self.results[column] = result

        try:
            yield take
        except Exception as error:  # noqa: BLE001 - a host that fails is a row of the table, not the end of it
            text = str(error).split("\nCall log")[0]
            self.results[column] = Result("fails", f"{type(error).__name__}: {text[:300]}")
            traceback.print_exc()
        result = self.results.get(column, NONE)
        if result.kind == "fails" and page is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"\W+", "-", f"{self.key} {column}").strip("-")
            page.screenshot(path=self.pictures / f"{name}.png")  # type: ignore[attr-defined]
        print(
            f"  {self.key:14} {column:22} {result.kind:6} {' '.join(result.text.split())[:150]}", flush=True
        )

    def broken(self, error: Exception) -> Result:
        """Return what every check of a host is that could not be driven at all."""
        return Result("fails", f"{type(error).__name__}: {str(error)[:200]}")


def notebook_row(key: str, title: str, host: NotebookHost, stock: Sequence[str] = ()) -> Row:
    """Return the row of a host with notebooks; installing lrwidget replaces none of its ``stock``."""

    def drive(row: Row, home: Path, browser: Browser) -> None:
        if stock and (replaced := {*map(_name, stock)} & {*host.environment.would_install(ROOT)}):
            message = f"installing lrwidget replaces {', '.join(sorted(replaced))}"
            raise AssertionError(message)
        with host.started(home, browser) as server:
            _free(row, server)
            _blocked(row, server)
            _waited(row, server)

    return Row(key, title, host.environment, drive)


def _name(requirement: str) -> str:
    return requirement.partition("==")[0]


def _free(row: Row, server: NotebookServer) -> None:
    with server.opened(stories.PARTS, SHOW) as notebook:
        with row.check(FREE, notebook.page) as result:
            notebook.run_all()
            result(stories.free(notebook.widget))
        if row.results[FREE].kind == "fails":
            return
        with row.check(RELOADED, notebook.page) as result:
            notebook.reload()
            result(stories.reloaded(notebook.widget))
        with row.check(SAVED, notebook.page) as result:
            # The picture is made a moment after Accept; saved again until it is there, as autosave does.
            rate = float(server.told()["accepted"])
            notebook.widget.sees(lambda: kept(notebook.save(), rate).kind == "works", 8)
            result(kept(notebook.save(), rate))


def _blocked(row: Row, server: NotebookServer) -> None:
    with (
        server.opened(stories.PARTS, SHOW_SLOW, stories.RUN) as notebook,
        row.check(BLOCKED, notebook.page) as result,
    ):
        notebook.run_all()
        result(stories.blocked(notebook.widget, notebook.interrupt))


def _waited(row: Row, server: NotebookServer) -> None:
    with (
        server.opened(stories.PARTS, SHOW, stories.WAIT, stories.READ) as notebook,
        row.check(WAITED, notebook.page) as result,
    ):
        notebook.run_all()
        result(stories.waited(notebook.widget, lambda: notebook.run(3)))


def app_row(key: str, title: str, host: AppHost, cells: tuple[str, ...], remark: str = "") -> Row:
    """Return the row of an app that shows the widget, and has no cells that could block or wait."""

    def drive(row: Row, home: Path, browser: Browser) -> None:
        with host.opened(home / "free", browser, *cells) as widget, row.check(FREE, widget.page) as result:
            result(dataclasses.replace(stories.free(widget), text=remark))

    return Row(key, title, host.environment, drive)


def voila_row() -> Row:
    """Return the row of Voila, which runs all cells before it shows the page."""
    host = apps.voila(ENVIRONMENTS["voila"])

    def drive(row: Row, home: Path, browser: Browser) -> None:
        with (
            host.opened(home / "free", browser, stories.PARTS, SHOW) as widget,
            row.check(FREE, widget.page) as result,
        ):
            result(stories.free(widget))
        cells = stories.PARTS, SHOW, stories.RUN
        with host.opened(home / "run", browser, *cells) as widget, row.check(BLOCKED, widget.page) as result:
            result(stories.ran_before(widget))
        cells = stories.PARTS, SHOW, stories.WAIT
        with host.opened(home / "wait", browser, *cells) as widget, row.check(WAITED, widget.page) as result:
            widget.wait("the cell to say something", lambda: "refused" in widget.told(), 120)
            result(stories.said_at_once(widget.told()))

    return Row("voila", "Voila 0.5, ipykernel 7.4", host.environment, drive)


def marimo_row(key: str, title: str, mode: str, *, wrapped: bool) -> Row:
    """Return a row of marimo; ``wrapped`` by ``mo.ui.anywidget``, or with a state that follows the rate."""
    host = apps.marimo(ENVIRONMENTS["marimo"], mode)
    shown = apps.MARIMO_PARTS, apps.marimo_widget(wrapped)
    read = [f"# story, w ->\n{stories.READ}"]
    if not wrapped:
        follow = (
            "get_rate, set_rate = mo.state(None)\n"
            "w.observe(lambda change: set_rate(change.new), 'accepted_lr')"
        )
        read = [f"# mo, w -> get_rate,\n{follow}", "# get_rate, story ->\nstory.tell(read=get_rate())"]

    def drive(row: Row, home: Path, browser: Browser) -> None:
        with host.opened(home / "free", browser, *shown, *read) as widget:
            with row.check(FREE, widget.page) as result:
                done = stories.read_again(widget)
                result(done if wrapped else dataclasses.replace(done, text="with `mo.state`, see below"))
            if mode == "edit" and row.results[FREE].kind != "fails":
                with row.check(RELOADED, widget.page) as result:
                    widget.page.reload()
                    result(stories.reloaded(widget))
        if mode != "edit":
            return
        slow = apps.MARIMO_PARTS, apps.marimo_widget(wrapped, slow=True), f"# story, w ->\n{stories.RUN}"
        with host.opened(home / "run", browser, *slow) as widget, row.check(BLOCKED, widget.page) as result:
            stop = widget.page.get_by_test_id("interrupt-button")
            result(stories.blocked(widget, stop.last.click))
        wait = *shown, f"# story, w ->\n{stories.WAIT}", read[0]
        with host.opened(home / "wait", browser, *wait) as widget, row.check(WAITED, widget.page) as result:
            result(stories.waited(widget, lambda: None))

    return Row(key, title, host.environment, drive)


def files_row(key: str, title: str, command: tuple[str, ...]) -> Row:
    """Return the row of a program that executes a notebook without any page."""
    environment = ENVIRONMENTS["files"]

    def drive(row: Row, home: Path, _browser: Browser) -> None:
        with row.check(BLOCKED) as result:
            done, told = executed(environment, home / "run", command, stories.PARTS, SHOW, ACCEPT)
            assert same_rate(told["accepted"], told["optimizer"]), told
            result(stories.WORKS)
        with row.check(SAVED) as result:
            result(kept(done, told["accepted"]))
        with row.check(WAITED) as result:
            _, told = executed(environment, home / "wait", command, stories.PARTS, SHOW, stories.WAIT)
            result(stories.said_at_once(told))

    return Row(key, title, environment, drive)


def terminal_row(key: str, title: str, command: tuple[str, ...]) -> Row:
    """Return the row of a program that has neither page nor notebook."""
    environment = ENVIRONMENTS["files"]

    def drive(row: Row, home: Path, _browser: Browser) -> None:
        with row.check(BLOCKED) as result:
            said, told = scripted(environment, home / "run", command, stories.PARTS, SHOW, ACCEPT)
            assert same_rate(told["accepted"], told["optimizer"]), told
            assert re.search(r"Learning-rate range test|step \d+", said), said
            result(Result("works", "progress and result as text"))
        with row.check(WAITED) as result:
            _, told = scripted(environment, home / "wait", command, stories.PARTS, SHOW, stories.WAIT)
            result(stories.said_at_once(told))

    return Row(key, title, environment, drive)


ROWS = {
    row.key: row
    for row in (
        notebook_row("lab-subshells", "JupyterLab 4.6, ipykernel 7.4", lab(ENVIRONMENTS["lab-subshells"])),
        notebook_row("lab-7.3", "JupyterLab 4.6, ipykernel 7.3", lab(ENVIRONMENTS["lab-7.3"])),
        notebook_row("lab-7.1", "JupyterLab 4.6, ipykernel 7.1", lab(ENVIRONMENTS["lab-7.1"])),
        notebook_row("lab-6", "JupyterLab 4.6, ipykernel 6.31", lab(ENVIRONMENTS["lab-6"])),
        notebook_row("notebook", "Notebook 7.6, ipykernel 7.4", notebook_7(ENVIRONMENTS["notebook"])),
        notebook_row("nbclassic", "nbclassic 1.3, ipykernel 7.4", nbclassic(ENVIRONMENTS["nbclassic"])),
        notebook_row(
            "colab",
            "classic Notebook 6.5 with Colab's packages (ipykernel 6.17, ipywidgets 7.7)",
            notebook_6(ENVIRONMENTS["colab"]),
            COLAB_STOCK,
        ),
        notebook_row(
            "oldest",
            "the same with the oldest anywidget, 0.9.13",
            notebook_6(ENVIRONMENTS["oldest"]),
            (*COLAB_STOCK, "anywidget"),
        ),
        voila_row(),
        app_row(
            "solara",
            "Solara 1.58",
            apps.solara(ENVIRONMENTS["solara"]),
            apps.solara_page("solara.Column(children=[w])"),
        ),
        app_row(
            "solara-display",
            "Solara 1.58, `solara.display(w)`",
            apps.solara(ENVIRONMENTS["solara"]),
            apps.solara_page("solara.display(w)"),
        ),
        app_row(
            "panel",
            "Panel 1.9 with ipywidgets_bokeh 1.8",
            apps.panel(ENVIRONMENTS["panel"]),
            apps.panel_page("pn.Column(w).servable()"),
        ),
        marimo_row("marimo", "marimo 0.25, `mo.ui.anywidget(w)`, editing", "edit", wrapped=True),
        marimo_row("marimo-app", "marimo 0.25, `mo.ui.anywidget(w)`, as an app", "run", wrapped=True),
        marimo_row("marimo-plain", "marimo 0.25, `w` alone", "run", wrapped=False),
        files_row(
            "nbclient",
            "nbclient 0.11 (`jupyter execute`)",
            (
                "-c",
                "from nbclient.cli import main; main()",
                "--allow-errors",
                "--output=out.ipynb",
                "in.ipynb",
            ),
        ),
        files_row(
            "nbconvert",
            "nbconvert 7.17 (`--execute`)",
            (
                "-m",
                "nbconvert",
                "--execute",
                "--allow-errors",
                "--to=notebook",
                "--output=out.ipynb",
                "in.ipynb",
            ),
        ),
        files_row("papermill", "papermill 2.7", ("-m", "papermill", "in.ipynb", "out.ipynb")),
        terminal_row(
            "ipython", "IPython in a terminal", ("-m", "IPython", "--simple-prompt", "--no-banner", "in.ipy")
        ),
        terminal_row("script", "a plain script", ("in.py",)),
    )
}
