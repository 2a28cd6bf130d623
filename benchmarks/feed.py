"""Runs in the kernel of a real page: shows it a made-up sweep, as fast as a sweep of such steps would."""

from __future__ import annotations

import threading
import time
from typing import Any

import ipywidgets

from benchmarks.wire import STATUS_EVERY, TICKS_A_SECOND, Show


class Feed:
    """A widget's panel and plot, fed from a thread as a background sweep feeds them.

    Parameters
    ----------
    steps : int
        Points of the sweep.
    step_ms : float
        Milliseconds a step.
    """

    def __init__(self, steps: int, step_ms: float) -> None:
        self.show = Show(steps)
        self.show.choice.override = 1e-3  # a marker to drag, also while the sweep is on
        self.batch = max(1, round(1000 / TICKS_A_SECOND / step_ms))
        self._seconds = self.batch * step_ms / 1000
        self._thread: threading.Thread | None = None
        self.ticks = 0
        self.lateness = 0.0  # seconds that the last tick came too late: the kernel could not keep up

    def view(self) -> ipywidgets.Widget:
        """What a cell displays."""
        box = ipywidgets.VBox(self.show.screen.panel.rows)
        box.add_class("lrwidget")
        return box

    def start(self) -> None:
        """Begin the sweep; return at once."""
        self._thread = threading.Thread(target=self._stream, daemon=True)
        self._thread.start()

    def done(self) -> bool:
        """Whether the whole sweep has been sent."""
        return self._thread is not None and not self._thread.is_alive()

    def _stream(self) -> None:
        show: Any = self.show
        steps = len(show.whole)
        show.screen.begin(show.whole.settings, blocking=False)
        self.ticks = 0
        began = time.perf_counter()
        next_status = began + STATUS_EVERY
        for count in range(self.batch, steps, self.batch):
            self.ticks += 1
            self.lateness = time.perf_counter() - began - self.ticks * self._seconds
            time.sleep(max(-self.lateness, 0))
            show.advance(count)
            if time.perf_counter() >= next_status:
                next_status = time.perf_counter() + STATUS_EVERY
                show.status(count)
        show.end()
