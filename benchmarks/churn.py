"""What cells that are run again, pages that are loaded again and views leave behind, ours and a bare one.

JupyterLab and anywidget keep things of their own, some of them for every widget that ever was. So ours is
compared with the least that a widget can be, one element, in the same kernel and page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Browser

from benchmarks.memory import LISTENING, PageMemory
from benchmarks.page import ROOT, opened
from benchmarks.text import Table
from tests.browser.lab import Lab
from tests.browser.server import JupyterServer

SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import anywidget, torch
torch.set_num_threads(1)
from benchmarks import memory, sweeps, tasks
task = tasks.make("tiny")
class Bare(anywidget.AnyWidget):
    _esm = "export default {{ render({{ el }}) {{ el.append(document.createElement('hr')); }} }}"
"""
#: A cell that makes each anew, one that shows it once more, and what is then to be seen of every view.
BARE, OURS = "bare anywidget", "LRWidget"
LOADS = "loads of the page"
_MAKE = {BARE: "w = Bare()\nw", OURS: "w = sweeps.widget(task, 15)\nw"}
_SEEN = {BARE: "hr", OURS: ".js-plotly-plot .main-svg"}
_MADE, _VIEW = 1, 2
KINDS = ("nodes", "listeners", "open models", "removed plots", *LISTENING)
KERNEL_KINDS = ("comms", "widgets", "threads", "tensors")


@dataclass(frozen=True)
class Left:
    """How many of each kind were left for ``times`` of a way: twice what the two halves left, least and most.

    What grows, grows in both halves; what JupyterLab makes or drops once, at any time, is in one of them. A
    page that was loaded again holds nothing of the one before: there only the kernel is counted.
    """

    what: str
    way: str
    times: int
    least: Mapping[str, float]
    most: Mapping[str, float]


class Notebook:
    """A notebook with one widget, shown by two cells."""

    def __init__(self, lab: Lab, what: str) -> None:
        self.lab, self.what = lab, what
        self.ways: dict[str, Callable[[], None]] = {
            "runs of its cell": lambda: self._run(_MADE),
            "views of it": lambda: self._run(_VIEW),
            LOADS: self._reload,
        }
        self._run(_MADE)
        self._run(_VIEW)

    def left(self, way: str, times: int) -> Left:
        """Do it so often, and see what that has left."""
        half = max(times // 2, 1)
        moments = []
        for count in (1, half, half):  # what is made once is made in the first
            for _ in range(count):
                self.ways[way]()
            moments.append(self._held_by_kernel() | ({} if way == LOADS else self._held_by_page()))
        grown = [{kind: 2 * (late[kind] - early[kind]) for kind in late} for early, late in pairwise(moments)]
        least, most = (
            {kind: chosen(each[kind] for each in grown) for kind in grown[0]} for chosen in (min, max)
        )
        return Left(self.what, way, 2 * half, least, most)

    def _run(self, cell: int) -> None:
        self.lab.run_cell(cell)
        self._wait()

    def _reload(self) -> None:
        self.lab.reload()
        self._wait()

    def _wait(self) -> None:
        for number in (_MADE, _VIEW):
            if self.lab.cell_outputs(number):
                self.lab.cell(number).locator(_SEEN[self.what]).first.wait_for(state="attached")

    def _held_by_page(self) -> dict[str, float]:
        page = PageMemory(self.lab).now()
        return {kind: page[kind] for kind in KINDS}

    def _held_by_kernel(self) -> dict[str, float]:
        self.lab.wait_idle()
        self.lab.page.wait_for_timeout(500)
        kernel = self.lab.kernel("memory.of_process()", timeout=60)
        return {kind: kernel[kind] for kind in KERNEL_KINDS}


def cells(what: str) -> tuple[str, ...]:
    """The cells of a notebook: set-up, the widget, one more view of it."""
    return SETUP, _MAKE[what], "w"


def measure(server: JupyterServer, browser: Browser, times: int) -> list[Left]:
    """Do everything so often with each of the two."""
    found = []
    for what in (BARE, OURS):
        with opened(server, browser, *cells(what)) as (lab, _):
            notebook = Notebook(lab, what)
            found += [notebook.left(way, times) for way in notebook.ways]
    return found


def beyond(found: Sequence[Left], way: str) -> dict[str, float]:
    """How many of each kind ours leaves each time at the least, beyond what the bare one does at the most."""
    (bare,), (ours,) = (
        [each for each in found if (each.what, each.way) == (what, way)] for what in (BARE, OURS)
    )
    return {kind: (left - bare.most[kind]) / ours.times for kind, left in ours.least.items()}


def shown(found: Sequence[Left]) -> Table:
    """One row a widget and way: what was left in all."""
    kinds = (*KINDS, *KERNEL_KINDS)
    rows = [
        [f"{each.times} {each.way}, {each.what}", *(_count(each.least.get(kind)) for kind in kinds)]
        for each in found
    ]
    return Table("What is left", ["", *kinds], rows)


def _count(number: float | None) -> str:
    return "" if number is None else f"{number:.0f}"
