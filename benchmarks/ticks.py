"""What one publication costs the sweep's thread, and what importing costs."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from statistics import median

from benchmarks.feed import Feed
from benchmarks.measure import Spread, timed
from benchmarks.wire import counted, heard
from lrwidget.engine.record import Record
from lrwidget.widget import publisher

#: Times the imports one after the other: each row holds what the rows above have not loaded yet.
IMPORTS = """
import json, time
times = {}
for line in (
    "import torch",
    "import ipywidgets",
    "import anywidget",
    "import lrwidget",
    "from lrwidget import RangeTest",
    "from lrwidget import LRWidget",
):
    began = time.perf_counter()
    exec(line)
    times[line] = time.perf_counter() - began
print(json.dumps(times))
"""


@dataclass(frozen=True)
class Tick:
    """Milliseconds of one publication at ``points`` known points.

    ``history`` is copying the record, ``show`` computing the curve and sending it, ``state`` sending the
    widget's state (every fourth tick or so), ``cpu`` the thread's CPU time of all three: no more than that
    can it have held Python's lock.
    """

    points: int
    history: Spread
    show: Spread
    state: Spread
    cpu: Spread

    @property
    def a_second(self) -> float:
        """How many come a second at this cost: the publisher waits the longer, the more one costs."""
        seconds = (self.history.middle + self.show.middle) / 1e3
        return 1 / (seconds + max(1 / publisher._TICKS_A_SECOND, seconds / publisher._SHARE))


def measure(points: int, new: int, repeats: int) -> Tick:
    """Time publications of ``new`` points each, the last of which makes ``points`` known."""
    with counted():
        feed = Feed(points + new)
        record = Record(feed.whole.settings)
        record.add(feed.whole.loss[:points].tolist())
        heard(feed)
        feed.allow(0)
        feed.start()
        samples = []
        for turn in range(-1, repeats):
            feed.advance(points - new)
            history = timed(lambda: record.history({}))
            shown = timed(lambda: feed.advance(points))
            state = timed(feed.w._page.state)
            if turn >= 0:
                samples.append((history, shown, state))
        feed.w.close()
    columns = [Spread.of([row[i].wall * 1e3 for row in samples]) for i in range(3)]
    return Tick(points, *columns, Spread.of([sum(part.thread for part in row) * 1e3 for row in samples]))


def import_times(repeats: int) -> dict[str, float]:
    """Seconds of each import in a fresh Python; medians."""
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", IMPORTS], check=True, capture_output=True).stdout)
        for _ in range(repeats)
    ]
    return {name: median(run[name] for run in runs) for name in runs[0]}
