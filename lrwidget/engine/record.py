"""The points of a run as they become known, up to the one that ends it."""

from __future__ import annotations

import platform
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np
import torch

from lrwidget.history.record import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lrwidget.curves.stop import Robust
    from lrwidget.engine.step.loss_stream import Row
    from lrwidget.history.record import StopReason
    from lrwidget.history.settings import Settings

__all__ = ["Point", "Points", "Record", "versions"]

PointT = TypeVar("PointT")


@dataclass(frozen=True)
class Point:
    """One point of a sweep: 0-based step, rate of the first group, raw loss, and metric if there is one."""

    index: int
    lr: float
    loss: float
    metric: float | None = None


class Rule(Protocol):
    """Says after each loss whether it is the last."""

    def update(self, loss: float) -> Any:
        """Take the next raw loss; return why to stop after it, or None to go on."""


class Points(Generic[PointT]):
    """What has been seen so far, step by step.

    Losses may arrive late and several at once. The first that stops the run is the last that is kept, so
    the record is the same as if each had been known at once.

    Parameters
    ----------
    rates : sequence of float
        The rate of each step that is planned.
    rule : Rule
        Is told each loss.
    make_point : callable
        Takes the 0-based step, the loss, and the metric or None; returns the point that is handed out.
    callback : callable or None
        Called with each point as it becomes known.
    has_metric : bool
        Whether a metric comes with each loss.
    """

    def __init__(
        self,
        rates: Sequence[float],
        rule: Rule,
        make_point: Callable[[int, float, float | None], PointT],
        callback: Callable[[PointT], object] | None = None,
        *,
        has_metric: bool = False,
    ) -> None:
        self._callback = callback
        self._rule = rule
        self._make_point = make_point
        # Arrays for all that can come: known at once to whoever copies, with no number made anew.
        self._rates = np.array(rates)
        self._losses = np.full(len(rates), np.nan)
        self._metrics = np.full(len(rates) if has_metric else 0, np.nan)
        self._known = 0
        self._unseen: deque[PointT] = deque()
        self._started_at: str | None = None
        self._clock: float | None = None
        self._seconds: float | None = None
        self.stop_reason: Any = None

    def __len__(self) -> int:
        return self._known

    def begin(self) -> None:
        """Start the clock."""
        self._started_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self._clock = time.perf_counter()

    def add(self, rows: Iterable[Row], *, quietly: bool = False) -> None:
        """Take the next losses, or (loss, metric); those after one that stops the run are dropped.

        ``quietly`` = call no callback, and hand out no points: the run has failed.
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
            point = self._make_point(index, loss, metric)
            self._unseen.append(point)
            if reason is not None:
                self.end(reason)
            if self._callback is not None:
                self._callback(point)

    def end(self, reason: Any) -> None:
        """Set why the run ended, unless that is known already."""
        if self.stop_reason is None:
            self.stop_reason = reason
            if self._clock is not None:
                self._seconds = time.perf_counter() - self._clock

    def take(self) -> PointT | None:
        """Return the next known point that was not handed out; None = there is none."""
        return self._unseen.popleft() if self._unseen else None

    def forget_unseen(self) -> None:
        """Hand out no more points."""
        self._unseen.clear()


class Record(Points[Point]):
    """What one sweep has seen so far.

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

    stop_reason: StopReason | None

    def __init__(
        self,
        settings: Settings,
        callback: Callable[[Point], object] | None = None,
        metric_name: str | None = None,
        robust: Robust = True,
    ) -> None:
        self._settings = settings
        self._metric_name = metric_name
        super().__init__(
            settings.rates,
            settings.stop_rule(robust=robust),
            lambda index, loss, metric: Point(index, settings.rates[index], loss, metric),
            callback,
            has_metric=metric_name is not None,
        )

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
