"""The learning-rate range test: train a little at every rate, watch the loss, give everything back.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (arXiv 1506.01186).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from lrwidget.engine.docstrings import shows_parameters_of
from lrwidget.engine.options import Options
from lrwidget.engine.plan import make_plan
from lrwidget.engine.rates.groups import leading_rate
from lrwidget.engine.rates.optimizers import JoinedOptimizers
from lrwidget.engine.record import Point, Record
from lrwidget.engine.runner import Runner
from lrwidget.engine.signatures import takes_options
from lrwidget.engine.sweep import Sweep
from lrwidget.engine.threads.control import Control
from lrwidget.engine.trials.rate_trials import RateTrials
from lrwidget.errors import SettingsError, StateError
from lrwidget.history.refine import extended, zoomed
from lrwidget.history.settings import Settings, make_settings
from lrwidget.picks.trials import rates_around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import torch
    from typing_extensions import Unpack

    from lrwidget.curves.axis import StepMode
    from lrwidget.engine.trials.record import TrialPoint
    from lrwidget.history.record import History
    from lrwidget.history.trials import Trials

__all__ = ["RangeTest"]


@shows_parameters_of(Settings, "smooth_f", "diverge_th", "early_stop")
@shows_parameters_of(Options)
class RangeTest(Runner[Point]):
    """A sweep of the learning rate from low to high, that leaves no trace.

    Iterate over it for its points, or call :meth:`run`. It is its own iterator and runs once. When the sweep
    ends, for whatever reason, model, optimizer, loaders, random state and all that can be reached from them
    are exactly what they were. What is found and cannot be copied is named in a warning before the first
    batch, and in ``history.receipt["not_kept"]``; ``docs/reliability.md`` lists every exception::

        with RangeTest(model, optimizer, criterion, train_loader) as test:
            for point in test:
                print(point.index, point.lr, point.loss)
        test.accept()  # the optimizer holds test.history.suggest().lr

    The loss recorded at rate i is that of the training batch, computed BEFORE the step at rate i. With a
    ``val_loader`` or ``fixed_batches`` it is the loss on those batches AFTER that step. Both are as in
    pytorch-lr-finder; the two ways differ by one step.

    Parameters
    ----------
    model : torch.nn.Module
        Several models: an ``nn.ModuleList``. Never moved. Put in training mode if it is in evaluation mode;
        if it is in training mode, flags of single layers (a frozen batch norm's) stay as they are.
    optimizer : torch.optim.Optimizer or sequence of them
        Each group gets the rate times its ratio to the first group whose rate is not 0. Several are zeroed
        and stepped together; those that hooks step within ``backward`` (PyTorch's
        ``register_post_accumulate_grad_hook``) are given as a list too, and their hooks zero the gradients.
        One whose ``step`` needs a closure (LBFGS) gets one.
    criterion : callable or None
        ``criterion(model(x), y)`` for batches ``(x, y)``. None = the model's output has ``.loss``.
    train_loader : iterable or callable
        A DataLoader, or anything else that can be begun anew. Shorter than the sweep, it starts over. Or a
        function without arguments that returns an iterator or a DataLoader, for one pass (a generator
        function does), or a batch, each call another: ``lambda: get_batch("train")``. What such a function
        draws from a generator of your own, which cannot be copied, is used up. Training on all data in each
        step is ``[(x, y)]``; where ``step_fn`` knows its data, ``[None]``.
    val_loader : iterable or callable, optional
        Its batches are drawn once; the same ones serve every step, in the mode that ``eval_mode`` says. The
        mean is weighted by samples. How many are drawn: see ``val_batches``.
    start_lr, end_lr : float
        First and last rate of the first group; both are run.
    num_iter : int
        Number of rates, at least 2.
    step_mode : {"exp", "linear"}
        Equal steps in log-rate, or in rate.
    lr_schedule : iterable of float, optional
        The rates themselves, increasing; instead of the four settings before.
    smooth_f, diverge_th, early_stop
        The stop rule: see :class:`lrwidget.history.settings.Settings`.
    accumulation_steps : int
        Batches per step; their mean loss is recorded.
    **options
        What is evaluated on, your own step, a metric, clipping, precision, and the rest: see
        :class:`lrwidget.engine.options.Options`.

    Raises
    ------
    SettingsError
        Here, when a setting cannot work. What needs model and loaders is checked by :meth:`start`.
    """

    _noun = "range test"
    _over = "the sweep is over"

    @takes_options
    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
        criterion: Callable[..., Any] | None,
        train_loader: Iterable[Any],
        val_loader: Iterable[Any] | None = None,
        *,
        start_lr: float = 1e-7,
        end_lr: float = 10.0,
        num_iter: int = 100,
        step_mode: StepMode = "exp",
        lr_schedule: Iterable[float] | None = None,
        smooth_f: float = 0.05,
        diverge_th: float | None = 5.0,
        early_stop: bool = False,
        accumulation_steps: int = 1,
        **options: Unpack[Options],
    ) -> None:
        fixed = options.get("fixed_batches") is not None
        self.settings: Settings = make_settings(
            lr_schedule=lr_schedule,
            start_lr=start_lr,
            end_lr=end_lr,
            num_iter=num_iter,
            step_mode=step_mode,
            smooth_f=smooth_f,
            diverge_th=diverge_th,
            accumulation_steps=accumulation_steps,
            loss_source="val" if val_loader is not None else "fixed" if fixed else "train",
            early_stop=early_stop,
        )
        plan = make_plan(
            options,
            settings=self.settings,
            model=model,
            optimizer=optimizer,
            criterion=criterion,
            train_loader=train_loader,
            val_loader=val_loader,
        )
        control = Control()
        self._record = Record(plan.settings, plan.callback, plan.metric_name, plan.robust)
        self._sweep = Sweep(plan, control, self._record)
        super().__init__(plan, control, self._sweep)

    def run(self) -> History:
        """Run to the end, give everything back, and return what was recorded."""
        self._run()
        return self.history

    def zoom(self, low: float, high: float, num_iter: int | None = None) -> RangeTest:
        """Return the same range test with a part of its range run densely, not begun yet.

        It is one sweep over all rates, those outside the part as before, from the start that is restored:
        just what :class:`RangeTest` with that ``lr_schedule`` is.

        Parameters
        ----------
        low, high, num_iter
            See :func:`lrwidget.history.refine.zoomed`.

        Raises
        ------
        SettingsError
            When the part is none, or ``group_schedules`` are lists, which have no rates for it.
        """
        return self.with_settings(zoomed(self.settings, low, high, num_iter))

    def extend(self, *, start_lr: float | None = None, end_lr: float | None = None) -> RangeTest:
        """Return the same range test over a longer range, not begun yet.

        It is one sweep over all rates from the start that is restored, not a piece joined to what was run: at
        its end the weights were given back.

        Parameters
        ----------
        start_lr, end_lr : float, optional
            See :func:`lrwidget.history.refine.extended`.

        Raises
        ------
        SettingsError
            When these are no further ends, or ``group_schedules`` are lists, which have no rates for them.
        """
        return self.with_settings(extended(self.settings, start_lr, end_lr))

    def with_settings(self, settings: Settings, **options: Any) -> RangeTest:
        """Return a test of the same objects with other settings, not begun yet.

        Parameters
        ----------
        settings : Settings
        **options
            Of :class:`~lrwidget.engine.options.Options`, those that are to differ.

        Raises
        ------
        SettingsError
            When ``group_schedules`` are lists, which have no rates for another sweep.
        """
        plan = self._plan
        if plan.group_schedules is not None and not callable(plan.group_schedules):
            raise SettingsError(
                "group_schedules holds lists, which have no rates for a refined sweep. Give a function from "
                "the settings to the lists."
            )
        fields: dict[str, Any] = {
            one.name: getattr(settings, one.name)
            for one in dataclasses.fields(settings)
            if one.name != "loss_source"  # which follows from the loaders and options
        }
        own: dict[str, Any] = {name: getattr(plan, name) for name in Options.__annotations__}
        return RangeTest(
            plan.model,
            plan.optimizer.parts if isinstance(plan.optimizer, JoinedOptimizers) else plan.optimizer,
            plan.criterion,
            plan.train_loader,
            plan.val_loader,
            **fields,
            **{**own, **options},
        )

    def rate_trials(
        self,
        rates: Iterable[float] | None = None,
        steps: int = 100,
        *,
        rule: str = "steepest",
        scheduler: Any = None,
        extend: int | None = None,
        early_stop: bool = True,
        callback: Callable[[TrialPoint], object] | None = None,
    ) -> RateTrials:
        """Return trials of a few rates, not begun yet, with the objects and options of this range test.

        They are iterated, paused, stopped and closed as a sweep is, from any thread.

        Parameters
        ----------
        rates : iterable of float, optional
            2 to 100 different ones. By default three, half a decade apart, around what ``rule`` picks from
            the history, none above the edge where the loss blows up; where it picks none, around the
            optimizer's own rate.
        steps : int
            Optimizer steps of each trial, at least 2.
        rule : str
            As for :meth:`lrwidget.History.suggest`.
        scheduler, extend, early_stop
            See :class:`~lrwidget.engine.trials.rate_trials.RateTrials`. By default up to 2 rates are added to
            those that were not given, and none to others.
        callback : callable, optional
            Called with each :class:`~lrwidget.engine.trials.record.TrialPoint` as it becomes known.

        Raises
        ------
        StateError
            While the sweep is on; when no rates are given and none is suggested.
        SettingsError
            When something cannot work.
        """
        if self._course.is_midway or self._course.holds_anything:
            raise StateError(
                "rates are tried once the sweep is over: run it to its end, or call close() first."
            )
        added = 0 if rates is not None or self._plan.group_schedules is not None else 2
        if rates is None:
            pick = self.history.suggest(rule) if len(self.history) else None
            # A sweep that shows no descent says little of the optimizer's own rate: that is tried then.
            middle = None if pick is None else pick.lr or leading_rate(self._plan.optimizer)
            if pick is None or middle is None:
                why = "run the sweep first" if pick is None else pick.reason
                raise StateError(f"there is no rate to try others around: {why}. Give rates=[...].")
            rates = rates_around(middle, pick.edge if pick.lr is not None else None)
        return RateTrials.of_plan(
            self._plan,
            rates,
            steps,
            scheduler=scheduler,
            extend=added if extend is None else extend,
            early_stop=early_stop,
            callback=callback,
        )

    def try_rates(
        self,
        rates: Iterable[float] | None = None,
        steps: int = 100,
        *,
        rule: str = "steepest",
        scheduler: Any = None,
        extend: int | None = None,
        early_stop: bool = True,
        callback: Callable[[TrialPoint], object] | None = None,
    ) -> Trials:
        """Try a few rates in short trainings, give everything back, and return what was recorded.

        Parameters, and what is raised, are those of :meth:`rate_trials`.
        """
        return self.rate_trials(
            rates,
            steps,
            rule=rule,
            scheduler=scheduler,
            extend=extend,
            early_stop=early_stop,
            callback=callback,
        ).run()

    @property
    def history(self) -> History:
        """What is known now, frozen. Its ``seconds`` include pauses."""
        # A copy, made at once: the thread that sweeps may be writing into it.
        return self._record.history(dict(self._sweep.receipt))

    @property
    def metric_name(self) -> str | None:
        """What the metric's curve is called; None = there is no metric."""
        return self._plan.metric_name

    def _suggested(self) -> float:
        if len(self.history) == 0:
            raise StateError(
                "there is no rate to accept: run the sweep first, or give one, as in accept(0.01)."
            )
        pick = self.history.suggest()
        if pick.lr is None:
            raise StateError(f"there is no rate to accept, {pick.reason}. Give one, as in accept(0.01).")
        return pick.lr
