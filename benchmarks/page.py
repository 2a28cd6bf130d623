"""The real page: how soon it paints, how much the wire carries, what a live sweep costs.

Times of the page are taken in the page, by its own clock, once an animation frame; Playwright only starts
the cell and fetches the result.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, WebSocket, sync_playwright

from benchmarks.measure import Sample, Spread
from benchmarks.sweeps import LIVE, Comparison
from benchmarks.wire import kind_of
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.lab import Lab
from tests.browser.server import JupyterServer

ROOT = Path(__file__).parents[1]

SETUP = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
import torch
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
#: The least that a page of widgets can be: what JupyterLab and ipywidgets themselves take.
BUTTON = """
import ipywidgets
began = time.perf_counter()
button = ipywidgets.ToggleButton(description="Run")
constructed = time.perf_counter() - began
button
"""
COMPARE = "result = live.compare(task, w, steps, repeats)"
RUN = "history = w.run()"

#: Runs a cell, and notes when another Run button and another drawn figure are there, in ms from then.
PAINTED = """
async ([path, cell, drawn]) => {
  const count = () => ({
    buttons: [...document.querySelectorAll(".jp-OutputArea button")]
      .filter((each) => each.textContent.trim() === "Run" && each.getClientRects().length).length,
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
      if (now.buttons > before.buttons) seen.controls ??= performance.now() - began;
      if (now.plots > before.plots) seen.figure ??= performance.now() - began;
      if (seen.controls && (seen.figure || !drawn)) done(seen);
      else requestAnimationFrame(look);
    };
    look();
  });
}
"""
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
    """Bytes and messages that a page's WebSockets received, by kind."""

    bytes: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def clear(self) -> None:
        self.bytes.clear()
        self.messages.clear()

    def _take(self, frame: str | bytes) -> None:
        kind = frame_kind(frame) if isinstance(frame, bytes) else "other"
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


def frame_kind(frame: bytes) -> str:
    """What a frame of the protocol v1.kernel.websocket.jupyter.org carries."""
    count = int.from_bytes(frame[:8], "little")
    ends = [int.from_bytes(frame[8 * i : 8 * i + 8], "little") for i in range(1, count + 1)]
    _channel, header, _parent, _metadata, content = (frame[first:last] for first, last in pairwise(ends[:6]))
    message_type = json.loads(header)["msg_type"]
    if not message_type.startswith("comm_"):
        return "other"
    return kind_of(message_type, json.loads(content).get("data", {}))


def chromium() -> str | None:
    """Path of the Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@contextmanager
def served() -> Iterator[tuple[JupyterServer, Browser]]:
    """A JupyterLab and a browser of our own."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = JupyterServer(Path(folder) / "jupyter")
        server.start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            yield server, browser
        finally:
            browser.close()
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
    """First paint on a page and a kernel that never had a widget, of a button and of ours; then of more."""
    with opened(server, browser, SETUP, BUTTON) as (lab, _):
        yield "a button alone, on a new page and kernel", _paint(lab, 1, drawn=False)
    with opened(server, browser, SETUP, *[WIDGET] * (1 + more)) as (lab, _):
        yield "first on a new page and kernel", _paint(lab, 1)
        for number in range(more):
            yield "another on the same page", _paint(lab, 2 + number)


def _paint(lab: Lab, cell: int, *, drawn: bool = True) -> Paint:
    seen: dict[str, Any] = lab.page.evaluate(PAINTED, [lab.path, cell, drawn])
    lab.wait_idle()
    return Paint(seen["controls"], seen.get("figure"), lab.kernel("constructed") * 1e3)


def traffic(server: JupyterServer, browser: Browser) -> tuple[Received, Received]:
    """What really arrives at the page: for opening the digits widget, and for its sweep."""
    with opened(server, browser, SETUP, WIDGET, RUN) as (lab, received):
        received.clear()
        lab.run_cell(1)
        lab.wait_plot()
        lab.page.wait_for_timeout(500)  # lets frames that were read arrive here
        opening = Received(Counter(received.bytes), Counter(received.messages))
        received.clear()
        lab.run_cell(2)
        lab.wait_points("loss", 100)
        lab.page.wait_for_timeout(500)
        return opening, received


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
