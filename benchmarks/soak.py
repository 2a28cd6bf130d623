"""Many sweeps in one kernel, with a live page: what both hold stays the same.

``make bench ARGS="--only soak"`` prints the table that docs/reliability.md shows, and draws its picture anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks import look
from benchmarks.look import BLUE, ORANGE
from benchmarks.memory import PageMemory
from benchmarks.page import ROOT, opened
from benchmarks.text import markdown
from tests.browser.lab import Lab
from tests.browser.server import JupyterServer

IMAGES = ROOT / "docs" / "images"

SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import torch
torch.set_num_threads(1)
from lrwidget import LRWidget
from benchmarks import memory, sweeps, tasks
task = tasks.make("tiny")
"""
WIDGET = "w = sweeps.widget(task, 30)\nw"
#: A model and an optimizer of its own each time, as in a notebook that defines all three in one cell.
ANEW = 'if closing:\n    w.close()\ntask = tasks.make("tiny")\n' + WIDGET
CELLS = (SETUP, WIDGET, "w", "history = w.run()", ANEW)
#: Every view has drawn so many points, and the pick if there is one.
DRAWN = """([views, points, picks]) =>
[...document.querySelectorAll(".js-plotly-plot")].slice(-views).every(({ data }) => {
  const count = (which) => data?.find(({ name }) => name === which).x.length;
  return count("loss") === points && count("suggestion") === picks;
})"""
_FIRST_VIEW, _SECOND_VIEW, _RUN, _ANEW = range(1, 5)

#: From so many sweeps on, the pictures are drawn anew.
WHOLE = 200
MB = 2**20
#: What the table and the picture show: name, unit's size, unit.
KERNEL = (("rss", MB, "MB"), ("traced", MB, "MB"), ("objects", 1, ""), ("tensor bytes", 1, "bytes"))
PAGE = (("heap", MB, "MB"), ("buffers", MB, "MB"), ("nodes", 1, ""), ("listeners", 1, ""))


@dataclass(frozen=True)
class Moment:
    """What kernel and page hold after so many sweeps, or so many replaced widgets."""

    count: int
    kernel: dict[str, float]
    page: dict[str, float]


class Soak:
    """One notebook: set-up, a widget displayed twice, a cell that runs it, and cells that make it anew."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._page = PageMemory(lab)
        lab.run_cell(_FIRST_VIEW)
        lab.run_cell(_SECOND_VIEW)
        self._wait_views()

    def _wait_views(self) -> None:
        self.lab.wait_plot()
        self.lab.wait_plot(nth=1)
        self.lab.wait_kernel("w._wire.connected")

    # -- ways to sweep -------------------------------------------------------------------------------

    def press(self) -> None:
        """Press Run on the second view.

        Without a mouse: it would make another cell the active one, and JupyterLab 4.6 keeps the cell
        toolbars that it makes each time, hundreds of listeners.
        """
        before = self.lab.kernel(_SWEEPS)
        self.lab.page.get_by_role("button", name="Run", exact=True).nth(1).dispatch_event("click")
        self.lab.wait_kernel(f"{_SWEEPS} > {before}")

    def start(self) -> None:
        """Sweep in the background, from a cell."""
        self.lab.kernel_run("w.start()")

    def run(self) -> None:
        """Sweep in a cell."""
        self.lab.run_cell(_RUN)

    def sweeps(self, count: int) -> None:
        """Sweep so often, in every way in turn."""
        for way in islice(cycle((self.press, self.start, self.run)), count):
            # Every sweep is kept until somebody removes it: here the oldest, so that there are always two.
            self.lab.kernel_run("if len(w.runs) > 1: w.remove_run(0)")
            way()
            self._wait_drawn(2)

    def replace(self, count: int, *, closed: bool) -> None:
        """Run the widget's cell again so often; every fourth widget sweeps before it is replaced."""
        self.lab.kernel_run(f"closing = {closed}")
        for number in range(count):
            self.lab.run_cell(_ANEW)
            self.lab.wait_kernel("w._wire.connected")
            if number % 4 == 3:
                self.lab.kernel_run("w.start()")
                self._wait_drawn(1)  # other cells show other widgets

    def _wait_drawn(self, views: int) -> None:
        """Wait until the sweep is over, and the page and its last views have all of it."""
        self.lab.wait_kernel("w.wait(0)", timeout=60)
        self.lab.kernel_run("w._wire.call()")
        self.lab.wait_kernel("w._wire.unanswered == 0")  # all that was sent before has come
        picks = int(self.lab.kernel("w._state['overlay']['lr'] is not None"))
        self.lab.page.wait_for_function(DRAWN, arg=[views, self.lab.kernel("len(w.history)"), picks])

    # -- what is held --------------------------------------------------------------------------------

    def now(self, count: int) -> Moment:
        """Look once everything is quiet."""
        self.lab.wait_idle()
        self.lab.page.wait_for_timeout(500)  # the browser frees some things only when it has nothing to do
        return Moment(count, self.lab.kernel("memory.of_process()", timeout=60), self._page.now())


_SWEEPS = "w._control.state.sweep"


@dataclass(frozen=True)
class Found:
    """The moments of each part of a soak."""

    sweeps: list[Moment]
    replaced: list[Moment]
    closed: list[Moment]


def soak(server: JupyterServer, browser: Browser, *, sweeps: int, widgets: int, warm: int = 10) -> Found:
    """Sweep, then replace widgets; look eight times and twice. ``warm`` of each go before."""
    with opened(server, browser, *CELLS) as (lab, _):
        lab.kernel_run("import tracemalloc; tracemalloc.start()")
        held = Soak(lab)
        every, half = max(sweeps // 8, 1), max(widgets // 2, 1)
        return Found(
            list(_moments(held, held.sweeps, sweeps, every, warm)),
            list(_moments(held, lambda count: held.replace(count, closed=False), widgets, half, warm)),
            list(_moments(held, lambda count: held.replace(count, closed=True), widgets, half, warm)),
        )


def _moments(held: Soak, do: Callable[[int], None], count: int, every: int, warm: int) -> Iterator[Moment]:
    do(warm)
    yield held.now(0)
    for done in range(every, count + 1, every):
        do(every)
        yield held.now(done)


def table(moments: Sequence[Moment], what: str, shown: Sequence[int]) -> str:
    """The moments after ``shown`` of ``what``, as Markdown, one kind of memory a row."""
    chosen = [moment for moment in moments if moment.count in shown]
    rows = [["held", *(f"{moment.count} {what}" for moment in chosen)]]
    for title, kinds, where in (("kernel", KERNEL, "kernel"), ("page", PAGE, "page")):
        for name, size, unit in kinds:
            values = [getattr(moment, where)[name] / size for moment in chosen]
            text = [f"{value:.1f}" if size > 1 else f"{value:.0f}" for value in values]
            rows.append([f"{title}: {name}{f', {unit}' if size > 1 else ''}", *text])
    return markdown(rows[0], rows[1:])


def show(server: JupyterServer, browser: Browser, *, sweeps: int, widgets: int) -> None:
    """Soak, print the tables, and draw the pictures where the soak was a whole one."""
    found = soak(server, browser, sweeps=sweeps, widgets=widgets)
    print(f"\n{table(found.sweeps, 'sweeps', range(0, sweeps + 1, sweeps // 4))}")
    for moments, name in ((found.replaced, "not closed"), (found.closed, "closed")):
        print(f"\nWidgets replaced by running their cell again, the old ones {name}")
        print(table(moments, "widgets", range(0, widgets + 1, widgets // 2)))
    if sweeps >= WHOLE:
        for path in draw(found, IMAGES):
            print(path)


# -- the picture ----------------------------------------------------------------------------------------

_LINES = (("rss", "kernel", BLUE, "kernel, resident"), ("heap", "page", ORANGE, "page, heap"))


def draw(found: Found, folder: Path) -> list[Path]:
    """Draw the memory of kernel and page over the sweeps, once a theme; return the files."""

    def paint(axes: Any, _: str) -> None:
        for axis, (name, where, colour, label) in zip(axes, _LINES, strict=True):
            values = [getattr(moment, where)[name] / MB for moment in found.sweeps]
            counts = [moment.count for moment in found.sweeps]
            axis.plot(counts, values, color=colour, marker="o", markersize=3)
            axis.set(xlabel="sweeps", ylabel=f"{label} (MB)", ylim=(0, 1.25 * max(values)))

    return look.draw("soak", folder, paint)
