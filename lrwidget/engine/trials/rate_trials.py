"""Short real trainings at a few rates, to see which is best before a long one is begun."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._text import format_rate
from lrwidget.engine.docstrings import shows_parameters_of
from lrwidget.engine.options import Options
from lrwidget.engine.plan import make_plan
from lrwidget.engine.runner import Runner
from lrwidget.engine.signatures import takes_options
from lrwidget.engine.threads.control import Control
from lrwidget.engine.trials.record import RecordOfTrials, TrialPoint
from lrwidget.engine.trials.series import Series
from lrwidget.engine.trials.shape import check_scheduler
from lrwidget.errors import SettingsError, StateError
from lrwidget.history.settings import make_settings
from lrwidget.history.trials import TrialSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import torch
    from typing_extensions import Unpack

    from lrwidget.engine.plan import Plan
    from lrwidget.history.trials import Trials

__all__ = ["RateTrials"]


@shows_parameters_of(TrialSettings, "smooth_f", "diverge_th")
@shows_parameters_of(Options, but=("callback", "group_schedules", "metric"))
class RateTrials(Runner[TrialPoint]):
    """Short trainings at a few rates, all from the same start and on the same batches, that leave no trace.

    Iterate over it for its points, or call :meth:`run`. It is its own iterator and runs once; it is paused,
    stopped and closed as a :class:`~lrwidget.RangeTest` is, from any thread. After every trial, and on every
    way out, model, optimizer, loaders, random state and all that can be reached from them are what they were,
    as after a sweep; so each trial is, bit for bit, the training that the rate would have given::

        trials = RateTrials(model, optimizer, criterion, train_loader, rates=[1e-3, 3e-3, 1e-2]).run()
        print(trials.suggested_lr, trials.reason)

    The rate in the middle is tried first, then those beside it, lower before higher. A trial ends early when
    its loss diverges or is not finite, and when its training losses are certain to end above those of the
    best so far (:func:`lrwidget.curves.behind.left_behind`). With a ``val_loader`` that is not told from
    training losses, so there no trial ends for it.

    Judged is, where there is a ``val_loader`` or ``fixed_batches``, the loss on those batches after the last
    step (they are evaluated on only then), else the mean training loss of the last fifth of the steps.

    Parameters
    ----------
    model, optimizer, criterion, train_loader, val_loader
        As for :class:`~lrwidget.RangeTest`. Where a loader is seen not to give the same batches again (what
        it draws from cannot be given back), the batches are drawn once, held in memory, and serve all trials.
    rates : iterable of float
        2 to 100 different rates of the first param group that has one; the others keep their ratios to it.
    steps : int
        Optimizer steps of each trial, at least 2. A loader that is shorter starts over.
    scheduler : object, sequence or callable, optional
        Whose shape the rates follow: the rate of step t is the trial's times ``shape(t)``. An attached
        scheduler of PyTorch's kind that is stepped after each step, a list of them, or a function from the
        optimizer to one. The trial's rate is the base rate, ``shape(0) = 1`` where it is in the middle of its
        course, and of a one-cycle or cyclic one the maximum. It is the shape from where the scheduler stands,
        for so many steps: to try the whole of a course, give a function that makes a short one, such as
        ``lambda optimizer: OneCycleLR(optimizer, max_lr=1.0, total_steps=100)``. The momentum that some
        schedulers cycle besides stays as it is. One that is stepped once an epoch is left out.
    extend : int
        While the best is the lowest or the highest rate that was tried, the next one beyond it is tried as
        well, as far from it as its neighbour is; so many at most, 0 to 9.
    early_stop : bool
        Whether trials end that are certain to end above the best; False = only those that blow up.
    smooth_f, diverge_th
        When a trial has diverged: see :class:`~lrwidget.history.settings.Settings`.
    accumulation_steps : int
        Batches per step; their mean loss is recorded.
    callback : callable
        Called with each :class:`TrialPoint` as it becomes known, from the thread of the trials.
    group_schedules : sequence of sequences of float, or callable
        For each param group a rate for each of ``rates``, in increasing order of these; instead of the
        ratios. Or a function from the settings to these.
    metric : None
        Is refused: trials are judged by the loss.
    **options
        What is evaluated on, your own step, clipping, precision, and the rest: see
        :class:`~lrwidget.engine.options.Options`.

    Raises
    ------
    SettingsError
        Here, when a setting cannot work. What needs model and loaders is checked by :meth:`start`.
    """

    _noun = "series of trials"
    _over = "the trials are over"

    @takes_options
    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
        criterion: Callable[..., Any] | None,
        train_loader: Iterable[Any],
        val_loader: Iterable[Any] | None = None,
        *,
        rates: Iterable[float],
        steps: int = 100,
        scheduler: Any = None,
        extend: int = 0,
        early_stop: bool = True,
        smooth_f: float = 0.05,
        diverge_th: float | None = 5.0,
        accumulation_steps: int = 1,
        **options: Unpack[Options],
    ) -> None:
        fixed = options.get("fixed_batches") is not None
        settings = TrialSettings(
            rates=rates,  # type: ignore[arg-type]  # checked, and made a tuple
            steps=steps,
            extend=extend,
            early_stop=early_stop,
            accumulation_steps=accumulation_steps,
            smooth_f=smooth_f,
            diverge_th=diverge_th,  # type: ignore[arg-type]  # None is kept as infinite
            loss_source="val" if val_loader is not None else "fixed" if fixed else "train",
        )
        plan = make_plan(
            options,
            settings=_as_sweep(settings),
            model=model,
            optimizer=optimizer,
            criterion=criterion,
            train_loader=train_loader,
            val_loader=val_loader,
        )
        if plan.metric is not None:
            raise SettingsError(
                "metric cannot be given to trials, which are judged by the loss. Leave it out."
            )
        self._set_up(plan, settings, scheduler)

    @classmethod
    def of_plan(
        cls,
        plan: Plan,
        rates: Iterable[float],
        steps: int,
        *,
        scheduler: Any = None,
        extend: int = 0,
        early_stop: bool = True,
        callback: Callable[[TrialPoint], object] | None = None,
    ) -> RateTrials:
        """Return trials with what a range test was given: its objects, its options, its stop rule."""
        sweep = plan.settings
        settings = TrialSettings(
            rates=rates,  # type: ignore[arg-type]
            steps=steps,
            extend=extend,
            early_stop=early_stop,
            accumulation_steps=sweep.accumulation_steps,
            smooth_f=sweep.smooth_f,
            diverge_th=sweep.diverge_th,
            loss_source=sweep.loss_source,
        )
        changes: dict[str, Any] = {
            "settings": _as_sweep(settings),
            "metric": None,
            "callback": callback,
            "group_schedules": _group_rates(plan, settings.rates),
        }
        made = cls.__new__(cls)
        made._set_up(replace(plan, **changes), settings, scheduler)  # noqa: SLF001 - its own, beside __init__
        return made

    def _set_up(self, plan: Plan, settings: TrialSettings, scheduler: Any) -> None:
        check_scheduler(scheduler)
        if settings.extend and plan.group_schedules is not None:
            raise SettingsError(
                "extend and group_schedules exclude each other: nothing says which rates the groups have "
                "beyond those given. Leave one out."
            )
        if scheduler is not None and plan.group_schedules is not None:
            raise SettingsError(
                "scheduler and group_schedules exclude each other: both say what each group's rate is. Leave "
                "one out."
            )
        #: What was asked for.
        self.settings = settings
        control = Control()
        self._record = RecordOfTrials(settings, plan.callback, plan.robust)
        self._series = Series(plan, control, settings, self._record, scheduler)
        super().__init__(plan, control, self._series)

    def run(self) -> Trials:
        """Run all to the end, give everything back, and return what was recorded."""
        self._run()
        return self.trials

    @property
    def trials(self) -> Trials:
        """What is known now, frozen; from any thread. Its ``seconds`` include pauses."""
        return self._record.trials(self._series.receipt)

    def _suggested(self) -> float:
        trials = self.trials
        if trials.suggested_lr is None:
            raise StateError(f"there is no rate to accept: {trials.reason}. Give one, as in accept(0.01).")
        return trials.suggested_lr


def _as_sweep(settings: TrialSettings) -> Any:
    """Return the settings of a sweep over the rates, by which everything is checked."""
    return make_settings(
        lr_schedule=settings.rates,
        smooth_f=settings.smooth_f,
        diverge_th=settings.diverge_th,
        accumulation_steps=settings.accumulation_steps,
        loss_source=settings.loss_source,
    )


def _group_rates(plan: Plan, rates: Sequence[float]) -> Any:
    """Return what each group's rate is at each of some rates, where the groups have rates of their own.

    As in the sweep, at that place: between two of its rates in between, in log-rate.
    """
    given, swept = plan.group_schedules, plan.settings.rates
    if given is None or callable(given):
        return given
    if not swept[0] <= rates[0] <= rates[-1] <= swept[-1]:
        raise SettingsError(
            f"rates must lie within {format_rate(swept[0])} and {format_rate(swept[-1])}, where "
            f"group_schedules says what each group's rate is; got {format_rate(rates[0])} to "
            f"{format_rate(rates[-1])}."
        )
    places, known = np.log(rates), np.log(swept)
    return [np.interp(places, known, np.array(list(map(float, one)))).tolist() for one in given]
