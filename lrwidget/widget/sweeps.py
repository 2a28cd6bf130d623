"""One sweep after another on one model, trials between them, and the thread that does the work.

A sweep runs in a thread of its own (:meth:`Sweeps.start`) or in the caller's (:meth:`Sweeps.run`). Commands
come from any thread: the main one, or the one on which the kernel handles messages of a page. They only
record an intent; the sweep acts on it between two steps. A sweep's end is announced only after everything has
been given back, so whoever sees ``finished`` may train at once.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from lrwidget.engine.threads.interrupts import deferred_interrupts
from lrwidget.errors import RestoreError, StateError
from lrwidget.widget import owners
from lrwidget.widget.state import OutdatedError
from lrwidget.widget.tracebacks import let_go_of_frames, without_traceback
from lrwidget.widget.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from lrwidget.engine.range_test import RangeTest
    from lrwidget.engine.trials.rate_trials import RateTrials
    from lrwidget.history.record import History, StopReason
    from lrwidget.history.trials import Trials
    from lrwidget.widget.kept import Called
    from lrwidget.widget.listener import Listener
    from lrwidget.widget.state import Doing, Plan, Store, WidgetState

__all__ = ["Progress", "Sweeps"]

_log = logging.getLogger("lrwidget")


@dataclass(frozen=True)
class Progress:
    """How far a sweep, or trials, have come.

    Attributes
    ----------
    history : History or None
        What is recorded so far, or was by the sweep that is shown.
    seconds_left : float or None
        What remains, by the pace so far; None when nothing is on, or there is no pace yet.
    steps_per_second : float or None
        The pace, without pauses.
    epoch : int
        That of the state, by which late drawings are known.
    trials : Trials or None
        What is recorded of trials that are on.
    steps_done, steps_planned : int
        Of all trials that are on, if none ends early.
    """

    history: History | None = None
    seconds_left: float | None = None
    steps_per_second: float | None = None
    epoch: int = 0
    trials: Trials | None = None
    steps_done: int = 0
    steps_planned: int = 0


class _Ended(Protocol):
    """How the state is when what was on is over."""

    def __call__(
        self,
        state: WidgetState,
        reason: StopReason,
        error: BaseException | None,
        /,
        *,
        restored: bool,
    ) -> WidgetState: ...


@dataclass(eq=False)
class _Sweep:
    """A sweep that was taken up; ``called``: what its run will be, if that is not to be found out.

    ``result`` is what it recorded, once it is over; None without a step.
    """

    test: RangeTest
    called: Called | None = None
    result: History | None = None

    def settle(self, *, started: bool) -> None:
        """Take what was recorded, now that it is over."""
        self.result = self.test.history if started else None

    def ended(self, state: WidgetState) -> _Ended:
        """Return how it ends, judged as ``state`` has it."""
        judgement = None if self.result is None else state.choice.judged(self.result)
        called = self.called
        return lambda state, *how, restored: state.ended(judgement, *how, restored=restored, called=called)

    @staticmethod
    def ended_unjudged() -> _Ended:
        return lambda state, *how, restored: state.ended(None, *how, restored=restored)


@dataclass(eq=False)
class _Trials:
    """Trials that were taken up; ``result`` as that of a sweep."""

    test: RateTrials
    result: Trials | None = None

    def settle(self, *, started: bool) -> None:
        """Take what was recorded, now that they are over."""
        trials = self.test.trials if started else None
        self.result = trials if trials is not None and any(map(len, trials)) else None

    def ended(self, _state: WidgetState) -> _Ended:
        """Return how they end."""
        trials = self.result
        if trials is not None:
            trials.suggested_lr  # noqa: B018 - computed here, not under the store's lock
        return lambda state, *how, restored: state.tried(trials, *how, restored=restored)

    @staticmethod
    def ended_unjudged() -> _Ended:
        return lambda state, *how, restored: state.tried(None, *how, restored=restored)


class Sweeps:
    """The sweeps of one widget.

    Parameters
    ----------
    store : Store
        Where the state is kept.
    model : torch.nn.Module
        What is swept; only one sweep at a time may hold it, in this process.
    build : callable
        Makes the next sweep of a plan. Its errors reach the caller, state unchanged.
    listener : Listener
        Is told what happens. An error in it never harms a sweep.
    clock : callable, optional
        Seconds; injected by tests.
    """

    def __init__(
        self,
        store: Store,
        model: nn.Module,
        build: Callable[[Plan], RangeTest],
        listener: Listener,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._store = store
        self._model: nn.Module | None = model
        self._build: Callable[[Plan], RangeTest] | None = build
        self._listener = listener
        self._clock = clock
        self._lock = threading.RLock()  # of a test and its times, together with the state's phase
        self._over = threading.Event()  # one a sweep: what is over stays over, whatever begins next
        self._over.set()
        self._sweeper: int | None = None
        self._unreachable = False
        self._work: _Sweep | _Trials | None = None
        self._pauses = 0.0
        self._began_at = self._paused_at = 0.0

    # -- what is known ---------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a sweep is on, running or paused."""
        return self._store.state.busy

    @property
    def history(self) -> History | None:
        """What the running sweep recorded so far, or the last one; None before the first."""
        state, work = self._store.state, self._work
        return work.test.history if isinstance(work, _Sweep) and state.busy else state.history

    @property
    def trials(self) -> Trials | None:
        """What trials that are on recorded so far, or the last ones; None where there are none."""
        state, work = self._store.state, self._work
        return work.test.trials if isinstance(work, _Trials) and state.busy else state.trials

    def progress(self) -> Progress:
        """Return how far the sweep is; an estimate of the rest, once there is a pace."""
        with self._lock:
            state, work = self._store.state, self._work
            if work is None or not state.busy:
                return Progress(state.history, epoch=state.epoch)
            if state.beginning:
                return Progress()
            now = self._paused_at if state.phase == "paused" else self._clock()
            took, done = now - self._began_at - self._pauses, work.test.steps_done
        planned = work.test.steps_planned
        known = Progress(
            work.test.history if isinstance(work, _Sweep) else state.history,
            epoch=state.epoch,
            trials=work.test.trials if isinstance(work, _Trials) else None,
            steps_done=done,
            steps_planned=planned,
        )
        if done == 0 or not took > 0:
            return known
        return replace(known, seconds_left=took / done * (planned - done), steps_per_second=done / took)

    # -- commands --------------------------------------------------------------------------------

    def start(
        self,
        within: AbstractContextManager[object] | None = None,
        given: Callable[[], tuple[RangeTest, Called]] | None = None,
    ) -> None:
        """Sweep in a background thread, inside the context ``within``. Returns at once.

        ``given`` makes a sweep of its own, and says what its run is called; else it is the plan's.
        """
        self._start(within, None if given is None else lambda: _Sweep(*given()))

    def start_trials(
        self, within: AbstractContextManager[object] | None, trials: Callable[[], RateTrials]
    ) -> None:
        """Do the same with trials."""
        self._start(within, lambda: _Trials(trials()))

    def _start(
        self,
        within: AbstractContextManager[object] | None,
        make: Callable[[], _Sweep | _Trials] | None,
    ) -> None:
        with deferred_interrupts():
            work, over = self._claim(blocking=False, make=make)
            what = (work, over, within or nullcontext())
            thread = threading.Thread(target=self._do, args=what, name="lrwidget sweep", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system has no thread to give
                self._settle_after(work, over, error, started=False)
                raise

    def run(self, given: Callable[[], tuple[RangeTest, Called]] | None = None) -> History | None:
        """Sweep in this thread, until it ends; return what it recorded, None without a step.

        Ctrl-C ends it like Stop; other errors are raised. ``given`` as for :meth:`start`.
        """
        work = self._run(None if given is None else lambda: _Sweep(*given()))
        return work.result if isinstance(work, _Sweep) else None

    def run_trials(self, trials: Callable[[], RateTrials]) -> Trials | None:
        """Do the same with trials."""
        work = self._run(lambda: _Trials(trials()))
        return work.result if isinstance(work, _Trials) else None

    def _run(self, make: Callable[[], _Sweep | _Trials] | None) -> _Sweep | _Trials:
        """Run in this thread; return what was done."""
        with deferred_interrupts() as lifted:  # what is claimed must be settled
            work, over = self._claim(blocking=True, make=make)
            failure = self._do(work, over, lifted)
        if failure is not None:
            raise failure
        return work

    def pause(self) -> None:
        """Hold the sweep before its next step."""
        with self._lock:
            if self._work is None or self._store.state.phase != "running":
                return
            self._work.test.pause()
            self._paused_at = self._clock()
            self._store.change(lambda state: state.paused())
        self._tell(self._listener.changed)

    def resume(self) -> None:
        """Go on from a pause, with the same iterator and the same state."""
        with self._lock:
            if self._work is None or self._store.state.phase != "paused":
                return
            self._pauses += self._clock() - self._paused_at
            self._store.change(lambda state: state.resumed())
            self._work.test.resume()
        self._tell(self._listener.changed)

    def stop(self) -> None:
        """End the sweep before its next step. Nothing happens when none is on."""
        with self._lock:
            if self._work is not None and self.busy:
                self._work.test.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no sweep is on; False when ``timeout`` seconds were not enough."""
        if self._sweeper == threading.get_ident():
            raise StateError("A sweep cannot wait for its own end: in a callback, use stop().")
        return self._over.wait(timeout)

    def close(self) -> None:
        """End a running sweep, then let go of the model."""
        self.wait(0)  # refused within a sweep, before anything has changed
        self._store.change(lambda state: state.shut())
        self.stop()
        self.wait()
        self._build = self._model = None
        self._store.change(lambda state: state.erring(without_traceback(state.error)))

    # -- the sweep -------------------------------------------------------------------------------

    def _claim(
        self, *, blocking: bool, make: Callable[[], _Sweep | _Trials] | None
    ) -> tuple[_Sweep | _Trials, threading.Event]:
        """Take up what ``make`` makes, or the plan's sweep."""
        state = self._store.state
        state.check_rest("Starting another sweep, or trials,")
        state.check_open()
        build, model = self._build, self._model
        if build is None or model is None:  # closed just now
            return self._claim(blocking=blocking, make=make)
        # May take its time, and fail: nothing is claimed yet.
        work = _Sweep(build(state.plan)) if make is None else make()
        doing: Doing = "trials" if isinstance(work, _Trials) else "sweep"
        with self._lock:
            owners.claim(model, self)
            self._store.change(lambda state: state.claimed(blocking=blocking, doing=doing))
            self._work = work
            self._unreachable = False
            self._began_at, self._pauses = self._clock(), 0.0
            self._over = threading.Event()
            return work, self._over

    def _do(
        self, work: _Sweep | _Trials, over: threading.Event, within: AbstractContextManager[object]
    ) -> BaseException | None:
        """Do what was claimed, and settle it; return what went wrong."""
        failure: BaseException | None = None
        started = False
        blocking = self._store.state.blocking
        self._sweeper = threading.get_ident()
        try:
            self._tell(self._listener.changed)
            with within, work.test.guarded(), work.test:
                started = True
                self._began_at = self._clock()
                if isinstance(work, _Sweep):
                    settings = work.test.settings
                    self._store.change(lambda state: state.began(settings))
                    self._tell(lambda: self._listener.began(settings))
                else:
                    self._tell(self._listener.trying)
                for _ in work.test:
                    self._tell(self._listener.progressed)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the state must be settled first
            failure = _failure(error)
            if not blocking:
                # Nobody sees this traceback; its frames would keep the last batch and graph alive.
                let_go_of_frames(error)
        finally:
            with deferred_interrupts():
                failure = self._settle_after(work, over, failure, started=started)
        return failure

    def _settle_after(
        self,
        work: _Sweep | _Trials,
        over: threading.Event,
        failure: BaseException | None,
        *,
        started: bool,
    ) -> BaseException | None:
        try:
            work.test.close()
        except BaseException as error:  # noqa: BLE001 - an interrupt came before the sweep's own restore
            failure = _failure(error) or failure
        work.settle(started=started)
        # At once: whoever sees the new state finds its pick, and the model free for the next sweep.
        self._end(work, failure)
        # From here on another thread may start the next sweep.
        self._tell(self._listener.ended, but=BaseException)
        if self._sweeper == threading.get_ident():
            self._sweeper = None
        over.set()
        return failure

    def _end(self, work: _Sweep | _Trials, failure: BaseException | None) -> None:
        """Judge what was done by the newest choice, and say that it is over."""
        reason = work.test.stop_reason or ("error" if isinstance(failure, Exception) else "interrupted")
        restored = not isinstance(failure, RestoreError)
        while True:
            try:
                ended = work.ended(self._store.state)
            except BaseException as error:  # noqa: BLE001 - a fault of ours must not keep a sweep from ending
                _log.exception("the sweep could not be judged")
                ended, failure = work.ended_unjudged(), failure or error
            with self._lock:
                try:
                    self._store.change(
                        lambda state, how=ended, error=failure: how(  # type: ignore[misc]
                            state, reason, error, restored=restored
                        )
                    )
                except OutdatedError:  # the rule was changed meanwhile
                    continue
                self._work = None
                owners.let_go(self._model)
                return

    def _tell(self, call: Callable[[], None], but: type[BaseException] = Exception) -> None:
        """Call the listener; a page that cannot be reached must not end a sweep, nor keep it from ending.

        The log has a line for each sweep that could not be shown; its tracebacks are there for ``DEBUG``.
        """
        try:
            call()
        except but as error:
            if not self._unreachable:
                self._unreachable = True
                _log.warning("The page could not be updated, which harms no sweep: %s", told(error))
            _log.debug("the page could not be updated", exc_info=True)


def _failure(error: BaseException) -> BaseException | None:
    """Return what went wrong; None for Ctrl-C, of which the sweep's own stop reason tells."""
    for lost in () if isinstance(error, Exception) else (error.__cause__, error.__context__):
        if isinstance(lost, RestoreError):
            return lost
    return None if isinstance(error, KeyboardInterrupt) else error
