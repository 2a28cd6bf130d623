"""Trials one after another: each is begun from the same start, and gives everything back before the next."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lrwidget._text import format_rate
from lrwidget.engine.checks import check_objects
from lrwidget.engine.rates.groups import own_rates
from lrwidget.engine.trials.shape import shape_of
from lrwidget.engine.trials.trial_sweep import Drawn, TrialSweep
from lrwidget.errors import LRWidgetWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from lrwidget.engine.footprint import Footprint
    from lrwidget.engine.plan import Plan
    from lrwidget.engine.threads.control import Control
    from lrwidget.engine.trials.record import PointsOfTrial, RecordOfTrials
    from lrwidget.history.record import StopReason
    from lrwidget.history.trials import TrialSettings

__all__ = ["Series", "in_turn"]

#: Losses before the first step that differ by more than this, relatively, are not of the same batch.
SAME_START = 1e-3
#: Of the receipts of all trials: what is added up, and what is put together.
_SUMS = ("snapshot_seconds", "restore_seconds", "restored_bytes", "skipped_steps")
_UNIONS = ("not_kept", "notes", "warnings", "differs")


def in_turn(count: int) -> list[int]:
    """Return in which order so many rates are tried: from the middle outwards.

    The middle one is the likeliest to be best, and the earlier the best is known, the earlier the others are
    known to be worse.
    """
    middle = (count - 1) // 2
    return sorted(range(count), key=lambda number: (abs(number - middle), number))


class Series:
    """Runs trials as one course.

    Parameters
    ----------
    plan : Plan
        Its settings are a sweep's over the rates to try.
    control : Control
        Read before each step.
    settings : TrialSettings
    record : RecordOfTrials
    scheduler : object or None
        Whose shape the rates follow.
    """

    def __init__(
        self,
        plan: Plan,
        control: Control,
        settings: TrialSettings,
        record: RecordOfTrials,
        scheduler: Any = None,
    ) -> None:
        self._plan = plan
        self._control = control
        self._settings = settings
        self._scheduler = scheduler
        self._shape: list[list[float]] | None = None
        self._to_come = [settings.rates[number] for number in in_turn(len(settings.rates))]
        self._may_extend = settings.extend
        self._current: TrialSweep | None = None
        self._sweeps: list[TrialSweep] = []
        self._warnings: list[str] = []
        self._midway = False
        self.record = record

    @property
    def is_midway(self) -> bool:
        """Whether something of the user's may be under way."""
        return self._midway or (self._current is not None and self._current.is_midway)

    @is_midway.setter
    def is_midway(self, value: bool) -> None:
        self._midway = value

    @property
    def footprint(self) -> Footprint | None:
        """What a trial holds, once one has begun."""
        return next((sweep.footprint for sweep in self._sweeps if sweep.footprint is not None), None)

    @property
    def steps_done(self) -> int:
        """Steps taken so far, in all trials."""
        return sum(sweep.steps_done for sweep in self._sweeps)

    @property
    def steps_planned(self) -> int:
        """Steps in all, if no trial ends early."""
        return max(len(self._settings.rates), len(self._sweeps)) * self._settings.steps

    @property
    def holds_anything(self) -> bool:
        """Whether something is still to be given back."""
        return self._current is not None and self._current.holds_anything

    @property
    def receipt(self) -> dict[str, Any]:
        """What the receipts of all trials say."""
        receipts = [sweep.receipt for sweep in tuple(self._sweeps) if sweep.receipt]
        if not receipts:
            return {}
        merged = dict(receipts[0])
        for name in _SUMS:
            if values := [one[name] for one in receipts if name in one]:
                merged[name] = sum(values)
        said = [{"warnings": self._warnings}] if self._warnings else []
        for name in _UNIONS:
            if lists := [one[name] for one in (*receipts, *said) if name in one]:
                merged[name] = list(dict.fromkeys(line for lines in lists for line in lines))
        return merged

    def enter(self) -> None:
        """Enter what is to hold around the first trial."""
        self._make_next().enter()

    def begin(self, device: torch.device) -> None:
        """Find out the shape, and begin the first trial."""
        if self._scheduler is not None:
            self._shape = shape_of(self._plan, self._scheduler, self._settings.steps)
        self._begin(device)

    def advance(self) -> None:
        """Take one step, go on to the next trial, or find out that there is none."""
        current = self._current
        if current is None:
            self._begin_next()
            return
        if current.points.stop_reason is None:
            current.advance()
            if current.points.stop_reason is not None:
                self._heed_end(current)
            return
        current.give_back()
        self._current = None

    def end(self, reason: StopReason) -> None:
        """End the trial that is on, and all; give everything back."""
        try:
            if self._current is not None:
                self._current.end(reason)
        finally:
            self.record.end(reason)

    def fail(self, error: BaseException) -> None:
        """End all because of an error, and give everything back. Called again, it does nothing."""
        reason: StopReason = "error" if isinstance(error, Exception) else "interrupted"
        if isinstance(error, GeneratorExit):
            reason = "stopped"
        try:
            if self._current is not None:
                self._current.fail(error)
        finally:
            self.record.end(reason)
            self.record.forget_unseen()

    def give_back(self) -> None:
        """Give everything back and let go of it; called again, it does nothing."""
        if self._current is not None:
            self._current.give_back()

    def _heed_end(self, current: TrialSweep) -> None:
        """End all with this trial, if it is the last or was told to stop."""
        self._compare_starts()
        told = self._control.stop_reason
        if told is None and not self._to_come and self._may_extend:
            beyond = self.record.beyond()
            if beyond is not None:
                self._may_extend -= 1
                self._to_come.append(beyond)
        if told is not None and (self._to_come or current.points.stop_reason == told):
            self.record.end(told)
        elif not self._to_come:
            self.record.end("completed")

    def _begin_next(self) -> None:
        """Begin the next trial, once nobody wants to wait; end all if somebody wants to stop."""
        self._control.wait_while_paused()
        if self._control.stop_reason is not None:
            self.record.end(self._control.stop_reason)
            return
        self._midway = True
        try:
            self._make_next().enter()
            self._begin(check_objects(self._plan))
        finally:
            self._midway = False

    def _begin(self, device: torch.device) -> None:
        current = self._current
        assert current is not None
        current.points.follow([current.points.lr * part for part in self._leading_parts()])
        current.begin(device)
        if not current.unkept_loaders:
            return
        # Another pass would give other batches: all trials use those that are drawn now.
        kept, drawn = current.draw_ahead(self._settings.steps)
        self._plan = _replayed(self._plan, kept, drawn)
        current.give_back()
        self._warnings += current.receipt.get("warnings", [])
        self._sweeps.remove(current)
        again = self._make(current.points)
        again.enter()
        again.begin(check_objects(self._plan))

    def _make_next(self) -> TrialSweep:
        return self._make(self.record.add(self._to_come.pop(0)))

    def _make(self, points: PointsOfTrial) -> TrialSweep:
        name = f"in trial {points.number + 1} (lr = {format_rate(points.lr)})"
        rates_of_steps = partial(self._rates_of_steps, points.lr)
        sweep = self._current = TrialSweep(self._plan, self._control, points, rates_of_steps, name)
        self._sweeps.append(sweep)
        return sweep

    def _leading_parts(self) -> list[float]:
        """Return the rate of each step as a part of the trial's rate, in the first group that has one."""
        if self._shape is None:
            return [1.0] * self._settings.steps
        lead = next((n for n in range(len(self._shape[0])) if any(row[n] for row in self._shape)), 0)
        return [row[lead] for row in self._shape]

    def _rates_of_steps(self, lr: float, ratios: Sequence[float]) -> Sequence[Sequence[float]]:
        steps, schedules = self._settings.steps, self._plan.schedules
        if self._shape is not None:
            own_rates(self._plan.optimizer)
            return [[lr * part for part in row] for row in self._shape]
        if schedules is not None:
            own_rates(self._plan.optimizer)
            number = self._settings.rates.index(lr)
            return [[float(rates[number]) for rates in schedules]] * steps
        return [[lr * ratio for ratio in ratios]] * steps

    def _compare_starts(self) -> None:
        """Warn unless all trials so far saw the same first batch: then their order says little."""
        losses = self.record.first_losses()
        if len(losses) < 2 or math.isclose(losses[0], losses[-1], rel_tol=SAME_START, abs_tol=1e-12):
            return
        text = (
            f"before its first step the loss of a trial was {losses[-1]:.5g}, and {losses[0]:.5g} in the "
            "first one, where the model was the same: the batches, or the random numbers, were others. The "
            "trials are compared all the same. Give a loader that gives the same batches again, or a list of "
            "batches."
        )
        if text not in self._warnings:
            self._warnings.append(text)
        warnings.warn(text, LRWidgetWarning, stacklevel=3)


def _replayed(plan: Plan, kept: list[Any], drawn: list[Any]) -> Plan:
    """Return a plan that trains, and evaluates, on batches that were drawn."""
    if plan.val_loader is not None:
        return replace(
            plan, train_loader=Drawn(drawn), val_loader=Drawn(kept), val_batches=None, redraw_val=False
        )
    if plan.fixed_batches is not None:
        return replace(plan, train_loader=Drawn([*kept, *drawn]), fixed_batches=len(kept))
    return replace(plan, train_loader=Drawn(drawn))
