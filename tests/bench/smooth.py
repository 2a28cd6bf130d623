"""How smooth the page is while points stream, and how closely the marker follows the hand.

All of it is taken in the page, by its own clock: long tasks by the browser's own observer, drawings around
plotly's own call, and the hand's moves from the event to the first task after the paint that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.page import ROOT
from tests.browser.lab import Lab

SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.bench.feed import Feed
"""
VIEW = "feed = Feed({steps}, {step_ms})\nfeed.view()"

#: Notes long tasks, drawings and moves of the hand from now on.
WATCH = """
async () => {
  const bench = (window.bench ??= {});
  Object.assign(bench, { tasks: [], draws: [], moves: [], frames: [] });
  if (bench.watching) return;
  bench.watching = true;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) bench.tasks.push([startTime, duration]);
  }).observe({ type: "longtask" });
  const [Plotly] = await Promise.all(globalThis[Symbol.for("lrwidget.plotly")].values());
  for (const name of ["react", "restyle", "relayout", "update", "redraw", "newPlot"]) {
    const plain = Plotly[name];
    Plotly[name] = function (...given) {
      const began = performance.now();
      try {
        return plain.apply(this, given);
      } finally {
        bench.draws.push(performance.now() - began);
      }
    };
  }
  const painted = new MessageChannel();
  const waiting = [];
  painted.port1.onmessage = () => {
    const now = performance.now();
    for (const [event, handled] of waiting.splice(0)) bench.moves.push([handled - event, now - handled]);
  };
  addEventListener("pointermove", (event) => {
    if (event.buttons === 0) return;
    waiting.push([event.timeStamp, performance.now()]);
    requestAnimationFrame(() => painted.port2.postMessage(null));
  }, true);
  let last = performance.now();
  const frame = (now) => {
    bench.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
"""


def open_feed(lab: Lab, steps: int, step_ms: float = 1.0) -> None:
    """Open a notebook that shows a made-up sweep, which `feed.start()` begins."""
    lab.open_cells(SETUP, VIEW.format(steps=steps, step_ms=step_ms))
    lab.run_all()
    lab.wait_plot()
    lab.wait_kernel("feed.show.screen.plot.connected")


@dataclass(frozen=True)
class Smoothness:
    """What a page did while a sweep streamed. Times are milliseconds.

    Attributes
    ----------
    points, ticks : int
        Of the sweep; ticks are the messages with points.
    long_tasks : tuple of float
        Durations of the browser's tasks of 50 ms and more.
    draws : tuple of float
        What each of plotly's drawings took.
    busy : float
        Share of the time in which the page's main thread had a task.
    worst_frame : float
        The longest time between two animation frames.
    """

    points: int
    ticks: int
    seconds: float
    long_tasks: tuple[float, ...]
    draws: tuple[float, ...]
    busy: float
    worst_frame: float


@dataclass(frozen=True)
class Drag:
    """Moves of a hand on the marker. Milliseconds to the paint: from the event's time, and from its handler."""

    points: int
    streaming: bool
    from_input: tuple[float, ...]
    from_handler: tuple[float, ...]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def task_seconds(lab: Lab) -> Any:
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("Performance.enable")

    def now() -> dict[str, float]:
        return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}

    return now


def stream(lab: Lab, steps: int) -> Smoothness:
    now = task_seconds(lab)
    lab.page.evaluate(WATCH)
    before = now()
    lab.kernel_run("feed.start()")
    lab.wait_kernel("feed.done()", timeout=120)
    after = now()
    lab.page.wait_for_timeout(300)
    bench = lab.page.evaluate("bench")
    seconds = after["Timestamp"] - before["Timestamp"]
    for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"):
        print(f"   {name} {(after[name] - before[name]) / seconds:.2f}", end="")
    print()
    return Smoothness(
        steps,
        lab.kernel("feed.ticks"),
        seconds,
        tuple(duration for _, duration in bench["tasks"]),
        tuple(bench["draws"]),
        (after["TaskDuration"] - before["TaskDuration"]) / seconds,
        max(bench["frames"]),
    )


def drag(lab: Lab, points: int, moves: int = 80) -> Drag:
    """Drag the marker to and fro."""
    box = lab.page.locator("[aria-label='Learning rate marker']").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.evaluate(WATCH)
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    for k in range(moves):
        lab.page.mouse.move(x - 2 * (k if k < moves / 2 else moves - k), y)
        lab.page.wait_for_timeout(15)
    lab.page.mouse.up()
    lab.page.wait_for_timeout(200)
    found = lab.page.evaluate("bench.moves")
    return Drag(
        points,
        bool(lab.kernel("not feed.done()")),
        tuple(a + b for a, b in found),
        tuple(b for _, b in found),
    )
