"""The learning-rate range test: train a little at every rate, watch the loss, give everything back.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (arXiv 1506.01186).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, get_args

from lrwidget._validate import one_of
from lrwidget.engine.checks import check_objects, check_processes
from lrwidget.engine.docstrings import shows_parameters_of
from lrwidget.engine.footprint import Footprint, estimate
from lrwidget.engine.option_checks import check_options
from lrwidget.engine.options import Options
from lrwidget.engine.plan import make_plan
from lrwidget.engine.rates.accept import accept_rate
from lrwidget.engine.signatures import takes_options
from lrwidget.engine.sweep import Sweep
from lrwidget.engine.threads.control import Control
from lrwidget.engine.threads.guard import guarded
from lrwidget.errors import StateError
from lrwidget.history.record import StopReason
from lrwidget.history.settings import Settings, make_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    import torch
    from typing_extensions import Unpack

    from lrwidget.curves.axis import StepMode
    from lrwidget.engine.record import Point
    from lrwidget.history.record import History

__all__ = ["RangeTest"]


@shows_parameters_of(Settings, "smooth_f", "diverge_th", "early_stop")
@shows_parameters_of(Options)
class RangeTest:
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
        self._plan = make_plan(
            options,
            settings=self.settings,
            model=model,
            optimizer=optimizer,
            criterion=criterion,
            train_loader=train_loader,
            val_loader=val_loader,
        )
        self._control = Control()
        self._sweep = Sweep(self._plan, self._control)
        # Held during each step: nobody restores while somebody trains.
        self._busy = threading.RLock()
        self._started = False

    def start(self) -> None:
        """Check everything, remember everything, and draw the first batches.

        Raises
        ------
        SettingsError, SetupError, LoaderError
            When something does not fit; nothing has changed then.
        StateError
            When it was started before.
        """
        with self._busy:
            if self._started:
                raise StateError("this range test was started before. Make a new RangeTest for another.")
            check_processes()
            check_options(self._plan)
            try:
                self._sweep.is_midway = True
                self._sweep.enter()
                device = check_objects(self._plan)
                self._started = True
                self._sweep.begin(device)
            except BaseException as error:
                if self._started:
                    self._fail(error)
                else:
                    self._sweep.give_back()
                raise
            finally:
                self._sweep.is_midway = False
            if self._control.stop_reason is not None:  # by something of the user's that was called on the way
                self._sweep.end(self._control.stop_reason)

    def __iter__(self) -> RangeTest:
        return self

    def __next__(self) -> Point:
        with self._busy:
            record = self._sweep.record
            try:
                if not self._started:
                    self.start()
                while (point := record.take()) is None and record.stop_reason is None:
                    self._sweep.advance()
                if point is None:
                    self._sweep.give_back()
            except BaseException as error:
                if self._started:
                    self._fail(error)
                if isinstance(error, StopIteration):  # let through, it would look like the sweep's own end
                    raise RuntimeError("the training step raised StopIteration") from error
                raise
            if point is None:
                raise StopIteration
            return point

    def run(self) -> History:
        """Run to the end, give everything back, and return what was recorded."""
        try:
            for _ in self:
                pass
        except BaseException as error:
            self._fail(error)
            raise
        return self.history

    def pause(self) -> None:
        """Wait before the next step. From any thread."""
        self._control.pause()

    def resume(self) -> None:
        """Go on after :meth:`pause`. From any thread."""
        self._control.resume()

    def stop(self, reason: StopReason = "stopped") -> None:
        """End before the next step, also while paused. From any thread; does not wait."""
        one_of("reason", reason, get_args(StopReason))
        self._control.stop(reason)

    def restore(self) -> None:
        """End the sweep if it is on, and give everything back. Harmless when called again.

        Raises
        ------
        RestoreError
            When something could not be given back; everything else was.
        """
        if not (self._started or self._sweep.is_midway):
            return
        try:
            self._control.stop("stopped")
            with self._busy:
                # Asked for from within a step or the start: what called it ends the sweep, once it is done.
                if self._started and not self._sweep.is_midway:
                    self._sweep.end("stopped")
        except BaseException as error:
            self._fail(error)
            raise

    def footprint(self) -> Footprint:
        """Return how much memory the sweep holds, or is going to hold: estimated before it begins.

        ``str()`` tells it in words.
        """
        if self._sweep.footprint is not None:
            return self._sweep.footprint
        plan = self._plan
        unknown = plan.evaluates and not plan.redraw_val
        return estimate(plan.model, plan.optimizer, plan.snapshot, batches=None if unknown else 0)

    def accept(
        self,
        lr: float | None = None,
        *,
        scheduler: object | Sequence[object] | None = None,
        write_to: Sequence[Any] = (),
    ) -> str:
        """Put a rate into the optimizer, once the sweep is over and everything has been given back.

        Parameters
        ----------
        lr : float, optional
            By default what ``history.suggest()`` takes.
        scheduler, write_to
            What else goes by the rate: see :func:`lrwidget.accept_rate`.

        Returns
        -------
        str
            What each param group now holds, such as ``"lr = 0.0123"``.

        Raises
        ------
        StateError
            While the sweep is on; when there is no suggestion and no ``lr`` was given.
        SettingsError
            When the rate is not finite and positive, or a scheduler or place cannot take one.
        """
        self._check_is_over()  # at once: a sweep that is paused would keep the lock
        with self._busy:
            self._check_is_over()
            rate = self._suggested() if lr is None else lr
            return accept_rate(self._plan.optimizer, rate, scheduler, write_to)

    def guarded(self) -> AbstractContextManager[None]:
        """Refuse the model and the optimizer to every other thread while the block runs.

        Their ``forward`` and ``step`` raise StateError there, and change nothing.
        """
        plan = self._plan
        return guarded(plan.model, plan.optimizer, lambda: (self.steps_done, self.settings.num_iter))

    def close(self) -> None:
        """Stop, give everything back, and free the memory that took; the history stays."""
        self.restore()

    def __enter__(self) -> RangeTest:
        try:
            self.start()
        except BaseException as error:  # Ctrl-C just after the start: no ``__exit__`` follows
            self._fail(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self._fail(error)
            self.close()
        except BaseException as late:  # Ctrl-C on the way to the restore
            self._fail(late)
            raise

    def __del__(self) -> None:
        if hasattr(self, "_started") and self._sweep.holds_anything:
            self.restore()

    @property
    def history(self) -> History:
        """What is known now, frozen. Its ``seconds`` include pauses."""
        return self._sweep.record.history(self._sweep.receipt)

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the sweep ended; None = it has not."""
        return self._sweep.record.stop_reason

    @property
    def metric_name(self) -> str | None:
        """What the metric's curve is called; None = there is no metric."""
        return self._plan.metric_name

    @property
    def steps_done(self) -> int:
        """Steps taken so far. On a GPU the losses of the last few are not known yet."""
        return self._sweep.steps_done

    @property
    def is_paused(self) -> bool:
        """Whether the sweep waits, or will before its next step."""
        return self._control.paused and self.stop_reason is None

    def _check_is_over(self) -> None:
        if self._sweep.is_midway or self._sweep.holds_anything:
            raise StateError(
                "accept() has to wait until the sweep is over, because its end gives the old rate back. Run "
                "it to the end, or call close() first."
            )

    def _suggested(self) -> float:
        if len(self.history) == 0:
            raise StateError(
                "there is no rate to accept: run the sweep first, or give one, as in accept(0.01)."
            )
        pick = self.history.suggest()
        if pick.lr is None:
            raise StateError(f"there is no rate to accept, {pick.reason}. Give one, as in accept(0.01).")
        return pick.lr

    def _fail(self, error: BaseException) -> None:
        with self._busy:
            self._sweep.fail(error)
