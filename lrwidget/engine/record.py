"""The points of a sweep as they become known, up to the one that ends it."""

from __future__ import annotations

import platform
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrwidget.history.record import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lrwidget.curves.stop import Robust
    from lrwidget.engine.step.loss_stream import Row
    from lrwidget.history.record import StopReason
    from lrwidget.history.settings import Settings

__all__ = ["Point", "Record", "versions"]


@dataclass(frozen=True)
class Point:
    """One point of a sweep: 0-based step, rate of the first group, raw loss, and metric if there is one."""

    index: int
    lr: float
    loss: float
    metric: float | None = None


class Record:
    """What one sweep has seen so far.

    Losses may arrive late and several at once. The first that stops the sweep is the last that is kept, so
    the record is the same as if each had been known at once.

    Parameters
    ----------
    settings : Settings
    callback : callable or None
        Called with each :class:`Point` as it becomes known.
    metric_name : str or None
        None = no metric is recorded.
    robust : bool or "negative"
        Of the :class:`~lrwidget.curves.stop.StopRule`.
    """

    def __init__(
        self,
        settings: Settings,
        callback: Callable[[Point], object] | None = None,
        metric_name: str | None = None,
        robust: Robust = True,
    ) -> None:
        self._settings = settings
        self._metric_name = metric_name
        self._callback = callback
        self._rule = settings.stop_rule(robust=robust)
        # Arrays for all that can come: known at once to whoever copies, with no number made anew.
        self._rates = np.array(settings.rates)
        self._losses = np.full(settings.num_iter, np.nan)
        self._metrics = np.full(settings.num_iter if metric_name is not None else 0, np.nan)
        self._known = 0
        self._unseen: deque[Point] = deque()
        self._started_at: str | None = None
        self._clock: float | None = None
        self._seconds: float | None = None
        self.stop_reason: StopReason | None = None

    def __len__(self) -> int:
        return self._known

    def begin(self) -> None:
        """Start the clock."""
        self._started_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._clock = time.perf_counter()

    def add(self, rows: Iterable[Row], *, quietly: bool = False) -> None:
        """Take the next losses, or (loss, metric); those after one that stops the sweep are dropped.

        ``quietly`` = call no callback, and hand out no points: the sweep has failed.
        """
        for row in rows:
            if self.stop_reason is not None:
                return
            index = self._known
            loss: float
            metric: float | None
            if isinstance(row, list):
                loss, metric = row
                self._metrics[index] = metric
            else:
                loss, metric = row, None
            reason = self._rule.update(loss)
            self._losses[index] = loss
            self._known = index + 1  # last: another thread may be copying all that is known
            if quietly:
                if reason is not None:
                    return
                continue
            point = Point(index, self._settings.rates[index], loss, metric)
            self._unseen.append(point)
            if reason is not None:
                self.end(reason)
            if self._callback is not None:
                self._callback(point)

    def end(self, reason: StopReason) -> None:
        """Set why the sweep ended, unless that is known already."""
        if self.stop_reason is None:
            self.stop_reason = reason
            if self._clock is not None:
                self._seconds = time.perf_counter() - self._clock

    def take(self) -> Point | None:
        """Return the next known point that was not handed out; None = there is none."""
        return self._unseen.popleft() if self._unseen else None

    def forget_unseen(self) -> None:
        """Hand out no more points."""
        self._unseen.clear()

    def history(self, receipt: dict[str, Any]) -> History:
        """Return a frozen copy of what is known now."""
        known = self._known
        return History(
            lr=self._rates[:known],
            loss=self._losses[:known],
            settings=self._settings,
            stop_reason=self.stop_reason,
            started_at=self._started_at,
            seconds=self._seconds,
            receipt=receipt,
            metric=None if self._metric_name is None else self._metrics[:known],
            metric_name=self._metric_name,
        )


def versions() -> dict[str, str]:
    """Return the versions a history carries in its receipt."""
    return {"torch": torch.__version__, "python": platform.python_version()}
