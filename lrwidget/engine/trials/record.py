"""The points of trials as they become known."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.curves.behind import LeftBehind
from lrwidget.curves.stop import StopRule
from lrwidget.engine.record import Points
from lrwidget.history.trials import Trial, Trials
from lrwidget.picks.trials import leader, next_beyond

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lrwidget.curves.axis import FloatArray
    from lrwidget.curves.stop import Robust
    from lrwidget.history.record import StopReason
    from lrwidget.history.trials import Ended, TrialSettings

__all__ = ["PointsOfTrial", "RecordOfTrials", "TrialPoint"]


@dataclass(frozen=True)
class TrialPoint:
    """One step of a trial: its index, 0-based step, rate of the step, and training loss before it.

    Trials are counted as they begin; ``trials[point.trial]`` is the :class:`~lrwidget.history.trials.Trial`.
    """

    trial: int
    step: int
    lr: float
    loss: float


class _Rule:
    """Ends a trial that has diverged, or is certain to end above the best."""

    def __init__(self, stop: StopRule, behind: LeftBehind) -> None:
        self._stop, self._behind = stop, behind

    def update(self, loss: float) -> Ended | None:
        reason = self._stop.update(loss)
        if reason is not None:
            return reason
        return "behind" if self._behind.update(loss) else None


class PointsOfTrial(Points[TrialPoint]):
    """What one trial has seen so far.

    Parameters
    ----------
    number : int
        How many were begun before it.
    lr : float
    settings : TrialSettings
    leader : ndarray or None
        Losses of the best trial so far.
    callback : callable or None
    robust : bool or "negative"
        Of the :class:`~lrwidget.curves.stop.StopRule`.
    """

    stop_reason: Ended | None

    def __init__(
        self,
        number: int,
        lr: float,
        settings: TrialSettings,
        leader: FloatArray | None,
        *,
        callback: Callable[[TrialPoint], object] | None,
        robust: Robust,
    ) -> None:
        self.number, self.lr = number, lr
        stop = StopRule(settings.diverge_th, settings.smooth_f, robust=robust)
        super().__init__(
            [lr] * settings.steps,
            _Rule(stop, LeftBehind(leader, settings.steps)),
            lambda step, loss, _: TrialPoint(number, step, float(self._rates[step]), loss),
            callback,
        )
        #: Loss on the kept batches, once the last step is done.
        self.held_out: float | None = None

    def follow(self, rates: Sequence[float]) -> None:
        """Have the steps, none of which is known yet, run at these rates."""
        self._rates = np.array(rates)

    def trial(self) -> Trial:
        """Return a frozen copy of what is known now."""
        ended, known = self.stop_reason, self._known  # in this order: one that has ended has all its points
        return Trial(self.lr, self._losses[:known], self._rates[:known], ended, self.held_out)


class RecordOfTrials:
    """What a series of trials has seen so far.

    Parameters
    ----------
    settings : TrialSettings
    callback : callable or None
        Called with each :class:`TrialPoint` as it becomes known.
    robust : bool or "negative"
    """

    def __init__(
        self,
        settings: TrialSettings,
        callback: Callable[[TrialPoint], object] | None,
        robust: Robust,
    ) -> None:
        self._settings = settings
        self._callback = callback
        self._robust = robust
        self._begun: list[PointsOfTrial] = []
        self._started_at: str | None = None
        self._clock: float | None = None
        self._seconds: float | None = None
        self.stop_reason: StopReason | None = None

    def add(self, lr: float) -> PointsOfTrial:
        """Return what takes the points of the next trial."""
        if self._clock is None:
            self._started_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
            self._clock = time.perf_counter()
        # What the leader of training losses does later says nothing of a validation loss.
        foretold = self._settings.early_stop and self._settings.loss_source != "val"
        best = self._best() if foretold else None
        losses = None if best is None else best.loss
        made = PointsOfTrial(
            len(self._begun), lr, self._settings, losses, callback=self._callback, robust=self._robust
        )
        self._begun.append(made)
        return made

    def beyond(self) -> float | None:
        """Return the rate beyond the end at which the best is; None = it is at no end, or there is none."""
        best = self._best()
        rates = [points.lr for points in self._begun]
        return None if best is None else next_beyond(rates, rates.index(best.lr))

    def take(self) -> TrialPoint | None:
        """Return the next known point that was not handed out; None = there is none."""
        return self._begun[-1].take() if self._begun else None

    def forget_unseen(self) -> None:
        """Hand out no more points."""
        for points in self._begun:
            points.forget_unseen()

    def end(self, reason: StopReason) -> None:
        """Set why all ended, unless that is known already."""
        if self.stop_reason is None:
            self.stop_reason = reason
            if self._clock is not None:
                self._seconds = time.perf_counter() - self._clock

    def trials(self, receipt: dict[str, Any]) -> Trials:
        """Return a frozen copy of what is known now."""
        over = self.stop_reason  # before the trials are looked at: one more may begin meanwhile
        found = [points.trial() for points in tuple(self._begun)]
        begun = {one.lr for one in found}
        none = np.empty(0)
        to_come: Ended | None = "untried" if over else None
        found += [Trial(lr, none, none, to_come) for lr in self._settings.rates if lr not in begun]
        return Trials(
            tuple(found),
            self._settings,
            stop_reason=over,
            started_at=self._started_at,
            seconds=self._seconds,
            receipt=receipt,
        )

    def first_losses(self) -> list[float]:
        """Return the loss before the first step of each trial that has taken one."""
        return [float(one.loss[0]) for points in self._begun if len(one := points.trial())]

    def _best(self) -> Trial | None:
        """Return the best of the trials that ran to their end."""
        begun = [points.trial() for points in self._begun]
        best = leader(
            [one.loss for one in begun],
            [one.ended for one in begun],
            [one.held_out for one in begun],
            by_kept=self._settings.loss_source != "train",
        )
        return None if best is None else begun[best]
