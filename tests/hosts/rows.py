"""Every host with its checks: a row of the table each."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hosts import stories
from tests.hosts.environments import ENVIRONMENTS, Environment
from tests.hosts.notebooks import NotebookHost, NotebookServer, lab, nbclassic, notebook_6, notebook_7
from tests.hosts.result import NONE, Result
from tests.hosts.saved import kept

if TYPE_CHECKING:
    from playwright.sync_api import Browser

COLUMNS = ("kernel is free", "`w.run()` blocks", "`await w.accepted()`", "after a reload", "saved file")
FREE, BLOCKED, WAITED, RELOADED, SAVED = COLUMNS

SHOW = f"{stories.WIDGET}\nw"
SHOW_SLOW = f"{stories.SLOW_WIDGET}\nw"
READ = "story.tell(read=w.accepted_lr)"


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
        print(f"  {self.key:14} {column:22} {result.kind:6} {' '.join(result.text.split())[:150]}", flush=True)

    def broken(self, error: Exception) -> Result:
        """Return what every check of a host is that could not be driven at all."""
        return Result("fails", f"{type(error).__name__}: {str(error)[:200]}")


def notebook_row(key: str, title: str, host: NotebookHost) -> Row:
    """Return the row of a host with notebooks."""

    def drive(row: Row, home: Path, browser: Browser) -> None:
        with host.started(home, browser) as server:
            _free(row, server)
            _blocked(row, server)
            _waited(row, server)

    return Row(key, title, host.environment, drive)


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
        server.opened(stories.PARTS, SHOW, stories.WAIT, READ) as notebook,
        row.check(WAITED, notebook.page) as result,
    ):
        notebook.run_all()
        result(stories.waited(notebook.widget, lambda: notebook.run(3)))


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
            "colab", "classic Notebook 6.5 with Colab's packages, ipykernel 6.17", notebook_6(ENVIRONMENTS["colab"])
        ),
    )
}
