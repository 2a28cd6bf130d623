"""A real widget whose sweeps are made up: so many points, at any pace, with no training behind them.

Everything but the training is what a user has: the state, the sweep's thread, the messages, the page.
"""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from lrwidget import LRWidget
from lrwidget.history.record import History
from lrwidget.history.settings import make_settings

if TYPE_CHECKING:
    from lrwidget.history.record import StopReason

#: Seconds: what a sweep that fell behind its pace by more is not made up for.
_CATCHES_UP = 0.25


def made_up(steps: int) -> History:
    """A whole sweep with noise, a descent and a blow-up, as a model would give it."""
    settings = make_settings(num_iter=steps)
    x = np.linspace(-7, 1, steps)
    noise = np.random.default_rng(0).normal(0, 0.05, steps)
    loss = 2.3 - 1.8 / (1 + np.exp(-3 * (x + 2.5))) + np.exp(2.5 * (x - 0.3)) + noise
    return History(lr=np.array(settings.rates), loss=loss, settings=settings)


class MadeUpTest:
    """Stands in for a RangeTest: its points are those of a feed's history, once the feed allows them."""

    def __init__(self, feed: Feed) -> None:
        self.settings = feed.whole.settings
        self.steps_planned = len(feed.whole)
        self.steps_done = 0
        self.stop_reason: StopReason | None = None
        self._feed = feed
        self._change = feed.change
        self._paused = self._stopped = False
        self._due = 0.0

    @property
    def history(self) -> History:
        whole, count = self._feed.whole, self.steps_done
        return History(whole.lr[:count], whole.loss[:count], whole.settings, self.stop_reason)

    def guarded(self) -> AbstractContextManager[None]:
        return nullcontext()

    def __enter__(self) -> MadeUpTest:
        self._due = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> MadeUpTest:
        return self

    def __next__(self) -> int:
        if not self._may_go_on():
            self._feed.show()  # where a test holds a sweep, the page has every point up to there
            with self._change:
                self._change.wait_for(self._may_go_on)
        if self._stopped or self.steps_done == len(self._feed.whole):
            self.stop_reason = "stopped" if self._stopped else "completed"
            raise StopIteration
        self._keep_pace()
        self.steps_done += 1
        return self.steps_done

    def _may_go_on(self) -> bool:
        if self._stopped:
            return True
        return not self._paused and (
            self.steps_done < self._feed.allowed or self.steps_done == len(self._feed.whole)
        )

    def _keep_pace(self) -> None:
        now = time.perf_counter()
        self._due = max(self._due + self._feed.step_ms / 1e3, now - _CATCHES_UP)
        if self._due > now:
            time.sleep(self._due - now)

    def pause(self) -> None:
        self._set(paused=True)

    def resume(self) -> None:
        self._set(paused=False)

    def stop(self) -> None:
        self._set(paused=False, stopped=True)

    def close(self) -> None:
        """Give back nothing: nothing was trained."""

    def _set(self, *, paused: bool, stopped: bool = False) -> None:
        with self._change:
            self._paused, self._stopped = paused, self._stopped or stopped
            self._change.notify_all()


class Feed:
    """A widget that sweeps made-up points.

    Parameters
    ----------
    steps : int
        Points of the sweep.
    step_ms : float
        Milliseconds a step; 0 is as fast as it goes.

    Attributes
    ----------
    w : LRWidget
        The widget.
    whole : History
        What a whole sweep will have recorded.
    allowed : int
        A sweep waits before the point after this one.
    """

    def __init__(self, steps: int, step_ms: float = 0.0) -> None:
        self.whole = made_up(steps)
        self.step_ms = step_ms
        self.allowed = steps
        self.change = threading.Condition()
        self.test: MadeUpTest | None = None
        model, data = nn.Linear(1, 1), [(torch.zeros(1, 1), torch.zeros(1, 1))]
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        self.w = LRWidget(model, optimizer, nn.MSELoss(), data, num_iter=steps)
        self.w._control._make_test = self._make_test

    def _make_test(self, **_: object) -> Any:
        self.test = MadeUpTest(self)
        return self.test

    def start(self) -> None:
        """Begin a sweep; return when it has."""
        self.w.start()
        while self.w._control.state.shown < self.w._control.state.sweep:
            time.sleep(1e-3)

    def done(self) -> bool:
        """Whether the sweep is over."""
        return self.w.wait(0)

    @property
    def steps_done(self) -> int:
        return 0 if self.test is None else self.test.steps_done

    def allow(self, count: int) -> None:
        """Let the sweep go on up to this point, or let the next one begin with so many."""
        with self.change:
            self.allowed = count
            self.change.notify_all()

    def advance(self, count: int) -> None:
        """Let a held sweep have so many points, and send what a tick sends."""
        assert self.test is not None
        self.test.steps_done = count
        self.show()

    def show(self) -> None:
        """Send all points that are new, though it may not be time to."""
        self.w._page.draw()

    def unseen(self, count: int) -> None:
        """Have the first losses not be numbers, in sweeps that begin from now on."""
        self.whole = replace(self.whole, loss=np.r_[np.full(count, np.nan), self.whole.loss[count:]])
