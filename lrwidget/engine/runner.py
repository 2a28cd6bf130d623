"""The life of a run: begun once, iterated, paused, stopped, and all given back on every way out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, get_args

from lrwidget._validate import one_of
from lrwidget.engine.block import EndsWithBlock
from lrwidget.engine.checks import check_objects, check_processes
from lrwidget.engine.footprint import Footprint, estimate
from lrwidget.engine.option_checks import check_options
from lrwidget.engine.rates.accept import accept_rate
from lrwidget.engine.threads.guard import guarded
from lrwidget.errors import StateError
from lrwidget.history.record import StopReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    import torch
    from typing_extensions import Self

    from lrwidget.engine.plan import Plan
    from lrwidget.engine.threads.control import Control

__all__ = ["Course", "Runner"]

PointT_co = TypeVar("PointT_co", covariant=True)


class Points(Protocol):
    """What becomes known on the way, in order."""

    @property
    def stop_reason(self) -> StopReason | None:
        """Why it ended; None = it has not."""

    def take(self) -> Any:
        """Return the next point that was not handed out; None = there is none."""


class Course(Protocol):
    """What is run step by step, with all that it borrows: a sweep, or several one after another."""

    is_midway: bool

    @property
    def footprint(self) -> Footprint | None:
        """What it holds, once it has begun."""

    @property
    def record(self) -> Points:
        """What it has seen."""

    @property
    def steps_done(self) -> int:
        """Steps taken so far."""

    @property
    def steps_planned(self) -> int:
        """Steps in all."""

    @property
    def holds_anything(self) -> bool:
        """Whether something is still to be given back."""

    def enter(self) -> None:
        """Enter what is to hold around it."""

    def begin(self, device: torch.device) -> None:
        """Remember everything, and draw the first batches."""

    def advance(self) -> None:
        """Take one step, or find out why there is none to take."""

    def end(self, reason: StopReason) -> None:
        """End it if it has not ended, and give everything back."""

    def fail(self, error: BaseException) -> None:
        """End it because of an error, and give everything back; called again, it does nothing."""

    def give_back(self) -> None:
        """Give everything back and let go of it; called again, it does nothing."""


class Runner(EndsWithBlock, Generic[PointT_co]):
    """Runs a course once, as its own iterator, and gives everything back on every way out.

    Parameters
    ----------
    plan : Plan
    control : Control
        What the course reads before each step.
    course : Course
    """

    #: What errors call it, and its end.
    _noun: ClassVar[str] = "run"
    _over: ClassVar[str] = "it is over"

    def __init__(self, plan: Plan, control: Control, course: Course) -> None:
        self._plan = plan
        self._control = control
        self._course = course
        # Held during each step: nobody restores while somebody trains.
        self._busy = threading.RLock()
        self._started = False

    def check(self) -> None:
        """Check all that :meth:`start` would, and touch nothing.

        Raises
        ------
        SettingsError, SetupError, LoaderError
            When something does not fit.
        """
        check_processes()
        check_options(self._plan)
        check_objects(self._plan)

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
                kind = type(self).__name__
                raise StateError(f"this {self._noun} was started before. Make a new {kind} for another.")
            check_processes()
            check_options(self._plan)
            try:
                self._course.is_midway = True
                self._course.enter()
                device = check_objects(self._plan)
                self._started = True
                self._course.begin(device)
            except BaseException as error:
                if self._started:
                    self._fail(error)
                else:
                    self._course.give_back()
                raise
            finally:
                self._course.is_midway = False
            if self._control.stop_reason is not None:  # by something of the user's that was called on the way
                self._course.end(self._control.stop_reason)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> PointT_co:
        with self._busy:
            record = self._course.record
            try:
                if not self._started:
                    self.start()
                while (point := record.take()) is None and record.stop_reason is None:
                    self._course.advance()
                if point is None:
                    self._course.give_back()
            except BaseException as error:
                if self._started:
                    self._fail(error)
                if isinstance(error, StopIteration):  # let through, it would look like the sweep's own end
                    raise RuntimeError("the training step raised StopIteration") from error
                raise
            if point is None:
                raise StopIteration
            next_point: PointT_co = point
            return next_point

    def _run(self) -> None:
        """Run to the end, and give everything back."""
        try:
            for _ in self:
                pass
        except BaseException as error:
            self._fail(error)
            raise

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
        """End it if it is on, and give everything back. Harmless when called again.

        Raises
        ------
        RestoreError
            When something could not be given back; everything else was.
        """
        if not (self._started or self._course.is_midway):
            return
        try:
            self._control.stop("stopped")
            with self._busy:
                # Asked for from within a step or the start: what called it ends the sweep, once it is done.
                if self._started and not self._course.is_midway:
                    self._course.end("stopped")
        except BaseException as error:
            self._fail(error)
            raise

    def footprint(self) -> Footprint:
        """Return how much memory it holds, or is going to hold: estimated before it begins.

        ``str()`` tells it in words.
        """
        if self._course.footprint is not None:
            return self._course.footprint
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
        """Put a rate into the optimizer, once it is over and everything has been given back.

        Parameters
        ----------
        lr : float, optional
            By default what is suggested.
        scheduler, write_to
            What else goes by the rate: see :func:`lrwidget.accept_rate`.

        Returns
        -------
        str
            What each param group now holds, such as ``"lr = 0.0123"``.

        Raises
        ------
        StateError
            While it is on; when there is no suggestion and no ``lr`` was given.
        SettingsError
            When the rate is not finite and positive, or a scheduler or place cannot take one.
        """
        self._check_is_over()  # at once: a sweep that is paused would keep the lock
        with self._busy:
            self._check_is_over()
            rate = self._suggested() if lr is None else lr
            return accept_rate(self._plan.optimizer, rate, scheduler, write_to)

    def close(self) -> None:
        """Stop, give everything back, and free the memory that took; what was recorded stays."""
        self.restore()

    def guarded(self) -> AbstractContextManager[None]:
        """Refuse the model and the optimizer to every other thread while the block runs.

        Their ``forward`` and ``step`` raise StateError there, and change nothing.
        """
        plan = self._plan
        return guarded(plan.model, plan.optimizer, lambda: (self.steps_done, self._course.steps_planned))

    def __del__(self) -> None:
        if hasattr(self, "_started") and self._course.holds_anything:
            self.restore()

    @property
    def stop_reason(self) -> StopReason | None:
        """Why it ended; None = it has not."""
        return self._course.record.stop_reason

    @property
    def steps_done(self) -> int:
        """Steps taken so far. On a GPU the losses of the last few are not known yet."""
        return self._course.steps_done

    @property
    def steps_planned(self) -> int:
        """Steps in all, if nothing ends early."""
        return self._course.steps_planned

    @property
    def is_paused(self) -> bool:
        """Whether it waits, or will before its next step."""
        return self._control.paused and self.stop_reason is None

    def _fail(self, error: BaseException) -> None:
        with self._busy:
            self._course.fail(error)

    def _check_is_over(self) -> None:
        course = self._course
        is_on = self._started and course.record.stop_reason is None
        if is_on or course.is_midway or course.holds_anything:
            raise StateError(
                f"accept() has to wait until {self._over}, because that end gives the old rate back. Run "
                "it to the end, or call close() first."
            )

    def _suggested(self) -> float:
        """Return the rate to accept where none is given, or raise StateError."""
        raise NotImplementedError
