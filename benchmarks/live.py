"""Runs in the kernel of a real JupyterLab page: the widget, live, against the bare loop beside it."""

from __future__ import annotations

import time
from dataclasses import asdict

from benchmarks.measure import interleaved
from benchmarks.sweeps import (
    AGAIN,
    BARE,
    HEADLESS,
    LIVE,
    LIVE_THREAD,
    bare,
    check_same_work,
    headless,
    sweep_rates,
)
from benchmarks.tasks import Task
from lrwidget import LRWidget

_POLL, _PATIENCE = 0.01, 20.0
#: Seconds in which a page draws what it has; plotly may be a second behind it.
_DRAWN_WITHIN = 1.5


def compare(task: Task, view: LRWidget, steps: int, repeats: int) -> dict[str, list[dict[str, float]]]:
    """Samples of every contender, as JSON could hold them."""
    lrs = sweep_rates(steps)
    item = task.device.type == "cpu"

    def in_background() -> list[float]:
        view.start()
        view.wait()
        return view.history.loss.tolist()

    def in_cell() -> list[float]:
        return view.run().loss.tolist()

    named = {
        BARE: lambda: bare(task, lrs, item=item),
        HEADLESS: lambda: headless(task, steps),
        LIVE: in_cell,
        AGAIN: lambda: bare(task, lrs, item=item),
        LIVE_THREAD: in_background,
    }

    def prepare() -> None:
        wait_for_page(view)
        task.reset()

    prepare()
    check_same_work(task, named)
    samples = interleaved(named, repeats, prepare)
    wait_for_page(view)
    return {name: [asdict(sample) for sample in each] for name, each in samples.items()}


def wait_for_page(view: LRWidget) -> None:
    """Wait until the page has all of the last sweep and has drawn it, so that it disturbs nobody."""
    wire = view._wire
    wire.call()  # what it was sent before, it has taken when it answers
    deadline = time.monotonic() + _PATIENCE
    while wire.unanswered > 0:
        if time.monotonic() > deadline:
            raise TimeoutError("the page does not answer")
        time.sleep(_POLL)
    time.sleep(_DRAWN_WITHIN)
