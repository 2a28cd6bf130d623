"""The real page: how soon it paints, how much the wire carries, what a live sweep costs.

Times of the page are taken in the page, by its own clock, once an animation frame; Playwright only starts
the cell and fetches the result.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, WebSocket

from benchmarks.measure import Sample, Spread
from benchmarks.sweeps import LIVE, Comparison
from benchmarks.wire import kind_of
from tests.browser.lab import Lab
from tests.browser.server import JupyterServer
from tests.chromium import chromium

ROOT = Path(__file__).parents[1]
#: The saved result, an output of its own.
SAVED = "saved result"

SETUP = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
import anywidget, torch
torch.set_num_threads(1)
from lrwidget import LRWidget
from benchmarks import live, sweeps, tasks
task, steps, repeats = tasks.make("digits"), 100, 1
"""
WIDGET = """
began = time.perf_counter()
w = sweeps.widget(task, steps)
constructed = time.perf_counter() - began
w
"""
#: The least that a widget of this kind can be: one empty element. The rest is JupyterLab's and anywidget's.
BARE = """
began = time.perf_counter()
class Bare(anywidget.AnyWidget):
    _esm = "export default { render({ el }) { el.append(document.createElement('hr')); } }"
bare = Bare()
constructed = time.perf_counter() - began
bare
"""
COMPARE = "result = live.compare(task, w, steps, repeats)"
RUN = "history = w.run()"

#: Runs a cell, and notes when something more is to be seen, and another drawn figure, in ms from then.
PAINTED = """
async ([path, cell, what, drawn]) => {
  const count = () => ({
    seen: [...document.querySelectorAll(`.jp-OutputArea ${what}`)]
      .filter((each) => each.getClientRects().length).length,
    plots: [...document.querySelectorAll(".js-plotly-plot")]
      .filter((each) => each._fullLayout && each.querySelector("svg.main-svg")).length,
  });
  const before = count();
  const began = performance.now();
  labTools.start(path, "paint", "notebook:run-cell", cell);
  const seen = {};
  return await new Promise((done) => {
    const look = () => {
      const now = count();
      if (now.seen > before.seen) seen.controls ??= performance.now() - began;
      if (now.plots > before.plots) seen.figure ??= performance.now() - began;
      if (seen.controls && (seen.figure || !drawn)) done(seen);
      else requestAnimationFrame(look);
    };
    look();
  });
}
"""
#: What is to be seen of each.
_ELEMENT, _CONTROL = "hr", ".lrw-toolbar"
FIRST, FIRST_BARE, NEXT, NEXT_BARE = (
    "LRWidget, first on a new page and kernel",
    "bare anywidget, first on a new page and kernel",
    "LRWidget, another on the same page",
    "bare anywidget, another on the same page",
)
#: Messages that every cell brings, whatever it shows.
_OF_ANY_CELL = ("status", "execute_input")
COUNT_DRAWINGS = """
() => {
  window.benchDrawings = 0;
  new MutationObserver(() => { window.benchDrawings += 1; }).observe(document.body, {
    subtree: true, attributes: true, attributeFilter: ["d"],
  });
}
"""


@dataclass(frozen=True)
class Paint:
    """Milliseconds from running the cell to its controls, to its figure; ``constructed``: spent in Python."""

    controls: float
    figure: float | None
    constructed: float


@dataclass
class Received:
    """Bytes and messages that a page's WebSockets received, by kind.

    ``of_cell`` are the messages by which a cell showed what it did, by type.
    """

    bytes: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    of_cell: Counter[str] = field(default_factory=Counter)

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def taken(self) -> Received:
        """Return what has come until now, and begin anew."""
        now = Received(Counter(self.bytes), Counter(self.messages), Counter(self.of_cell))
        for each in (self.bytes, self.messages, self.of_cell):
            each.clear()
        return now

    def _take(self, frame: str | bytes) -> None:
        kind = "other"
        if isinstance(frame, bytes):
            channel, message_type, cause, content = parts_of(frame)
            kind = frame_kind(message_type, content)
            if channel == "iopub" and cause == "execute_request" and message_type not in _OF_ANY_CELL:
                self.of_cell[message_type] += 1
        self.bytes[kind] += len(frame)
        self.messages[kind] += 1


@dataclass(frozen=True)
class Live:
    """A comparison in the kernel of a live page, and how often the page drew during each of its sweeps."""

    comparison: Comparison
    drawings: float

    @property
    def other_ms(self) -> float:
        """CPU time of the kernel's other threads during run(): these compete for Python's lock."""
        return Spread.of([(s.cpu - s.thread) * 1e3 for s in self.comparison.samples[LIVE]]).middle


def parts_of(frame: bytes) -> tuple[str, str, str, dict[str, Any]]:
    """Channel, message type, its cause's, and content of a frame of v1.kernel.websocket.jupyter.org."""
    count = int.from_bytes(frame[:8], "little")
    ends = [int.from_bytes(frame[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    channel, header, parent, _metadata, content = (frame[first:last] for first, last in pairwise(ends[:6]))
    cause = json.loads(parent).get("msg_type", "")
    return channel.decode(), json.loads(header)["msg_type"], cause, json.loads(content)


def frame_kind(message_type: str, content: dict[str, Any]) -> str:
    """What a message is for."""
    if "lrwidget-static" in content.get("data", {}).get("text/html", ""):
        return SAVED
    return kind_of(message_type, content.get("data", {})) if message_type.startswith("comm_") else "other"


@contextmanager
def served() -> Iterator[tuple[JupyterServer, Browser]]:
    """A JupyterLab and a browser of our own."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        server = JupyterServer(Path(folder) / "jupyter")
        server.start()
        try:
            yield server, browser
        finally:
            server.stop()


@contextmanager
def opened(server: JupyterServer, browser: Browser, *cells: str) -> Iterator[tuple[Lab, Received]]:
    """A notebook of these cells on a page of its own; the first cell has run."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    received = Received()
    page.on("websocket", received.listen)
    lab = Lab(server, page)
    try:
        lab.open_cells(*cells)
        lab.run_cell(0)
        yield lab, received
    finally:
        lab.close()
        context.close()


def paints(server: JupyterServer, browser: Browser, more: int) -> Iterator[tuple[str, Paint]]:
    """First paint on pages and kernels that never had a widget, of the bare one and of ours; then of more."""
    with opened(server, browser, SETUP, BARE) as (lab, _):
        yield FIRST_BARE, _paint(lab, 1, bare=True)
    with opened(server, browser, SETUP, WIDGET, *[BARE, WIDGET] * more) as (lab, _):
        yield FIRST, _paint(lab, 1)
        for number in range(more):
            yield NEXT_BARE, _paint(lab, 2 + 2 * number, bare=True)
            yield NEXT, _paint(lab, 3 + 2 * number)


def _paint(lab: Lab, cell: int, *, bare: bool = False) -> Paint:
    what = _ELEMENT if bare else _CONTROL
    seen: dict[str, Any] = lab.page.evaluate(PAINTED, [lab.path, cell, what, not bare])
    lab.wait_idle()
    lab.page.wait_for_timeout(500)  # nothing of this one is left to do when the next begins
    return Paint(seen["controls"], seen.get("figure"), lab.kernel("constructed") * 1e3)


def traffic(server: JupyterServer, browser: Browser) -> dict[str, Received]:
    """What really arrives at the page: for showing a bare widget and the digits widget, and for a sweep."""
    found = {}
    with opened(server, browser, SETUP, BARE, WIDGET, WIDGET, RUN) as (lab, received):
        cells = ("a bare anywidget", "the first LRWidget", "the next LRWidget", "a sweep of 100 steps")
        for number, name in enumerate(cells, 1):
            received.taken()
            lab.run_cell(number)
            for plot in range(number - 1 if number < 4 else 0):
                lab.wait_plot(nth=plot)
            if number == 4:
                lab.wait_points("loss", 100, nth=1)
            lab.page.wait_for_timeout(1000)  # lets what else belongs to it, and frames that were read, arrive
            found[name] = received.taken()
    return found


def live(
    server: JupyterServer, browser: Browser, names: Iterable[str], steps: int, repeats: int
) -> Iterator[Live]:
    """Compare each of these tasks on one page, one after the other."""
    with opened(server, browser, SETUP, WIDGET, COMPARE) as (lab, _):
        for name in names:
            lab.kernel_run(f"task, steps, repeats = tasks.make({name!r}), {steps}, {repeats}")
            lab.run_cell(1)
            lab.wait_plot()
            lab.wait_kernel("w._wire.connected")
            lab.page.evaluate(COUNT_DRAWINGS)
            lab.run_cell(2, timeout=300)
            drawings = lab.page.evaluate("benchDrawings")
            found = lab.kernel("result")
            samples = {key: [Sample(**each) for each in value] for key, value in found.items()}
            sweeps = 2 * (repeats + 1)  # two contenders sweep; one round checks that all do the same work
            yield Live(Comparison(lab.kernel("task.name"), "cpu", steps, samples), drawings / sweeps)
