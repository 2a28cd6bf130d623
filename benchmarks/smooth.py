"""How smooth the page is while points stream, and how closely the marker follows the hand.

All of it is taken in the page, by its own clock: long tasks by the browser's own observer, drawings around
plotly's own call, moves of the hand from the event to the first task after the paint that shows them. Whose
code was at work in a long task is what the browser's profiler saw, each millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from benchmarks.feed import Feed
from benchmarks.page import ROOT, opened
from benchmarks.text import Table
from tests.browser.lab import Lab
from tests.browser.server import JupyterServer

SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from {Feed.__module__} import Feed
"""
VIEW = "feed = Feed({steps}, {step_ms})\nfeed.w"
#: A real sweep; a model so small that a step takes about a millisecond. It answers as a Feed does.
REAL_SETUP = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import torch
torch.set_num_threads(1)
from benchmarks import sweeps, tasks
task = tasks.make("tiny")
class Real:
    def start(self):
        w.start()
    def done(self):
        return w.wait(0)
feed = Real()
"""
REAL_VIEW = "w = sweeps.widget(task, {steps})\nw"

#: Notes long tasks, drawings, frames and moves of the hand from now on.
WATCH = """
async () => {
  const bench = (window.bench ??= {});
  Object.assign(bench, { tasks: [], begun: [], pictures: 0, draws: [], moves: [], frames: [] });
  if (bench.watching) return;
  bench.watching = true;
  new PerformanceObserver((list) => {
    for (const { duration, startTime } of list.getEntries()) {
      bench.tasks.push(duration);
      bench.begun.push(startTime);
    }
  }).observe({ type: "longtask" });
  const [{ script }] = globalThis[Symbol.for("lrwidget.plotly")].values();
  const Plotly = await script;
  const plain = Plotly.react;
  Plotly.react = function (...given) {
    const began = performance.now();
    try {
      return plain.apply(this, given);
    } finally {
      bench.draws.push(performance.now() - began);
    }
  };
  new MutationObserver(() => { bench.pictures += 1; }).observe(document.body, {
    subtree: true, attributes: true, attributeFilter: ["d"],
  });
  const painted = new MessageChannel();
  const waiting = [];
  painted.port1.onmessage = () => {
    const now = performance.now();
    for (const [event, handled] of waiting.splice(0)) bench.moves.push([now - event, now - handled]);
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

#: Whose code is at work. Of the scripts that come from the kernel, the long one is plotly's.
OURS, PLOTLYS = "ours", "plotly's"
PLOTLY_LENGTH = 500_000


@dataclass(frozen=True)
class Smoothness:
    """What a page did while a sweep streamed. Times are milliseconds.

    Attributes
    ----------
    what : str
        The sweep.
    seconds : float
        How long it took.
    long_tasks : tuple of float
        Durations of the browser's tasks of 50 ms and more.
    pictures : int
        How often curves and points were drawn, by plotly or between its drawings.
    draws : tuple of float
        What each of plotly's drawings took, without painting.
    busy : float
        Share of the time in which the page's main thread worked: its CPU time.
    worst_frame : float
        The longest time between two animation frames.
    ours, plotlys : tuple of float
        What of each long task was our code, with all that it called but plotly; and what was plotly's. The
        rest is the browser's and JupyterLab's.
    """

    what: str
    seconds: float
    long_tasks: tuple[float, ...]
    pictures: int
    draws: tuple[float, ...]
    busy: float
    worst_frame: float
    ours: tuple[float, ...] = ()
    plotlys: tuple[float, ...] = ()


@dataclass(frozen=True)
class Drag:
    """Moves of a hand on the marker: milliseconds to the paint, from the event and from its handler."""

    what: str
    from_event: tuple[float, ...]
    from_handler: tuple[float, ...]


def open_feed(lab: Lab, steps: int, step_ms: float = 1.0) -> None:
    """Open a notebook that shows a made-up sweep, which ``feed.start()`` begins."""
    lab.open_cells(SETUP, VIEW.format(steps=steps, step_ms=step_ms))
    lab.run_all()
    lab.wait_plot()
    lab.wait_kernel("feed.w._wire.connected")


@contextmanager
def shown(server: JupyterServer, browser: Browser, setup: str, view: str) -> Iterator[Lab]:
    with opened(server, browser, setup, view) as (lab, _):
        lab.run_cell(1)
        lab.wait_plot()
        yield lab


def smoothness(
    server: JupyterServer, browser: Browser, steps: int, step_ms: float, sweeps: int = 3
) -> list[Smoothness]:
    """Stream a made-up sweep so often, on one page; the first, which meets cold code, is not counted."""
    with shown(server, browser, SETUP, VIEW.format(steps=steps, step_ms=step_ms)) as lab:
        return _streams(lab, f"{steps} steps of {step_ms:g} ms", sweeps, steps * step_ms)


def real_smoothness(server: JupyterServer, browser: Browser, steps: int, sweeps: int = 3) -> list[Smoothness]:
    """The same with real sweeps of a tiny model."""
    with shown(server, browser, REAL_SETUP, REAL_VIEW.format(steps=steps)) as lab:
        return _streams(lab, f"{steps} real steps", sweeps, steps * 1.0)


def _streams(lab: Lab, what: str, sweeps: int, least_ms: float) -> list[Smoothness]:
    return [_stream(lab, what, least_ms) for _ in range(1 + sweeps)][1:]


def _stream(lab: Lab, what: str, least_ms: float) -> Smoothness:
    lab.page.evaluate(WATCH)
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    scripts = scripts_of(session)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": 1000})
    session.send("Profiler.start")
    lab.kernel_run("feed.start()")
    before, began = _metrics(session), lab.page.evaluate("performance.now()")
    lab.page.wait_for_timeout(least_ms)
    while not lab.kernel("feed.done()"):  # few questions: at each JupyterLab lays its toolbar out anew
        lab.page.wait_for_timeout(200)
    seconds = (lab.page.evaluate("performance.now()") - began) / 1e3
    bench = lab.page.evaluate("structuredClone({ ...bench })")  # what comes after the sweep is no part of it
    after = _metrics(session)
    profile = session.send("Profiler.stop")["profile"]
    session.detach()
    lab.page.wait_for_timeout(1500)  # the finished sweep is drawn
    tasks, draws = tuple(bench["tasks"]), tuple(bench["draws"])
    busy = (after["TaskDuration"] - before["TaskDuration"]) / seconds
    spans = [(begun, begun + took) for begun, took in zip(bench["begun"], tasks, strict=True)]
    ours, plotlys = at_work(profile, scripts, after["NavigationStart"], spans)
    pictures, worst = bench["pictures"], max(bench["frames"])
    return Smoothness(what, seconds, tasks, pictures, draws, busy, worst, ours, plotlys)


def scripts_of(session: Any) -> dict[str, str]:
    """Whose the scripts are that came from the kernel, by their ids: OURS or PLOTLYS."""
    found: dict[str, str] = {}

    def see(script: dict[str, Any]) -> None:
        if script["url"].startswith("blob:"):
            found[script["scriptId"]] = PLOTLYS if script["length"] > PLOTLY_LENGTH else OURS

    session.on("Debugger.scriptParsed", see)
    session.send("Debugger.enable")
    session.send("Debugger.disable")
    return found


def at_work(
    profile: dict[str, Any],
    scripts: dict[str, str],
    origin: float,
    spans: Sequence[tuple[float, float]],
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Milliseconds of our code, and of plotly's, in each span of the page's time.

    ``profile`` is the browser's, in microseconds of its own clock, which shows ``origin`` seconds when the
    page's shows 0.
    """
    owner: dict[int, str] = {}
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", ())}
    for start in nodes:
        at: int | None = start
        while at is not None and nodes[at]["callFrame"]["scriptId"] not in scripts:
            at = parents.get(at)
        owner[start] = "" if at is None else scripts[nodes[at]["callFrame"]["scriptId"]]
    found = {OURS: [0.0] * len(spans), PLOTLYS: [0.0] * len(spans)}
    now = profile["startTime"] / 1e3 - origin * 1e3
    times = [now := now + delta / 1e3 for delta in profile["timeDeltas"]]
    for sample, begun, ended in zip(profile["samples"], times, [*times[1:], times[-1]], strict=True):
        for number, (first, last) in enumerate(spans):
            if owner[sample] and first < ended and begun < last:
                found[owner[sample]][number] += min(ended, last) - max(begun, first)
    return tuple(found[OURS]), tuple(found[PLOTLYS])


def _metrics(session: Any) -> dict[str, float]:
    return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}


def drags(server: JupyterServer, browser: Browser, steps: int, step_ms: float) -> tuple[Drag, Drag]:
    """Drag the marker over a finished sweep, and while one of twice the length streams."""
    with shown(server, browser, SETUP, VIEW.format(steps=steps, step_ms=step_ms)) as lab:
        lab.kernel_run("feed.start()")
        lab.wait_kernel("feed.done()", timeout=180)
        lab.wait_points("suggestion", 1)
        lab.page.wait_for_timeout(1000)
        at_rest = _drag(lab, f"{steps} points, at rest")
        lab.kernel_run("feed.start()")
        lab.wait_kernel(f"feed.steps_done > {steps // 10}", timeout=180)
        lab.kernel_run("feed.w.lr = 1e-3")  # a new sweep has no marker until somebody sets it, or it is over
        return at_rest, _drag(lab, f"{steps} points, streaming")


def _drag(lab: Lab, what: str, moves: int = 100) -> Drag:
    """Drag the marker to and fro."""
    marker = lab.page.locator("[aria-label='Learning rate marker']")
    marker.wait_for()
    box = marker.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.evaluate(WATCH)
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    for move in range(moves):
        lab.page.mouse.move(x - 2 * min(move, moves - move), y)
        lab.page.wait_for_timeout(15)
    lab.page.mouse.up()
    lab.page.wait_for_timeout(200)
    found = lab.page.evaluate("bench.moves")
    return Drag(what, tuple(event for event, _ in found), tuple(handler for _, handler in found))


# -- text -------------------------------------------------------------------------------------------------


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def smoothness_table(found: Sequence[Smoothness]) -> Table:
    """One row a sweep."""
    rows = [
        [
            each.what,
            f"{each.seconds:.1f}",
            str(len(each.long_tasks)),
            f"{max(each.long_tasks, default=0):.0f}",
            f"{max(each.ours, default=0):.0f}",
            f"{max(each.plotlys, default=0):.0f}",
            f"{each.pictures / each.seconds:.1f}",
            f"{len(each.draws) / each.seconds:.1f}",
            *_columns(each.draws),
            f"{100 * each.busy:.0f}",
            f"{each.worst_frame:.0f}",
        ]
        for each in found
    ]
    tasks = ["long tasks", "longest ms", "ours in one", "plotly's"]
    draws = ["pictures/s", "by plotly/s", "p50 ms", "p95", "worst"]
    head = ["sweep", "s", *tasks, *draws, "CPU %", "worst frame ms"]
    return Table("While points stream", head, rows)


def drag_table(found: Sequence[Drag]) -> Table:
    """One row a drag."""
    rows = [[each.what, *_columns(each.from_handler), *_columns(each.from_event)] for each in found]
    head = ["drag", "handler to paint p50 ms", "p95", "worst", "event to paint p50 ms", "p95", "worst"]
    return Table("From the hand to the marker painted", head, rows)


def _columns(values: Sequence[float]) -> list[str]:
    return [f"{percentile(values, share):.1f}" for share in (0.5, 0.95, 1.0)]
