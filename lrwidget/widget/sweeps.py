"""One sweep after another on one model, and the thread that does the work.

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
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    from lrwidget.history.record import History
    from lrwidget.widget.listener import Listener
    from lrwidget.widget.state import Plan, Store

__all__ = ["Progress", "Sweeps"]

_log = logging.getLogger("lrwidget")


@dataclass(frozen=True)
class Progress:
    """How far a sweep has come.

    Attributes
    ----------
    history : History or None
        What is recorded so far, or was by the last sweep.
    seconds_left : float or None
        What remains, by the pace so far; None when no sweep is on, or there is no pace yet.
    steps_per_second : float or None
        The pace, without pauses.
    epoch : int
        That of the state, by which late drawings are known.
    """

    history: History | None = None
    seconds_left: float | None = None
    steps_per_second: float | None = None
    epoch: int = 0


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
        self._test: RangeTest | None = None
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
        state, test = self._store.state, self._test
        return test.history if test is not None and state.busy else state.history

    def progress(self) -> Progress:
        """Return how far the sweep is; an estimate of the rest, once there is a pace."""
        with self._lock:
            state, test = self._store.state, self._test
            if test is None or not state.busy:
                return Progress(state.history, epoch=state.epoch)
            if state.shown != state.sweep:  # its checks are not over
                return Progress()
            now = self._paused_at if state.phase == "paused" else self._clock()
            took, done = now - self._began_at - self._pauses, test.steps_done
        if done == 0 or not took > 0:
            return Progress(test.history, epoch=state.epoch)
        left = took / done * (test.settings.num_iter - done)
        return Progress(test.history, left, done / took, state.epoch)

    # -- commands --------------------------------------------------------------------------------

    def start(self, within: AbstractContextManager[object] | None = None) -> None:
        """Sweep in a background thread, inside the context ``within``. Returns at once."""
        with deferred_interrupts():
            test, over = self._claim(blocking=False)
            what = (test, over, within or nullcontext())
            thread = threading.Thread(target=self._sweep, args=what, name="lrwidget sweep", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system has no thread to give
                self._settle_after(test, over, error, started=False)
                raise

    def run(self) -> History | None:
        """Sweep in this thread, until it ends; return what it recorded, None without a step.

        Ctrl-C ends it like Stop; other errors are raised.
        """
        with deferred_interrupts() as lifted:  # a sweep that is claimed must be settled
            history, failure = self._sweep(*self._claim(blocking=True), lifted)
        if failure is not None:
            raise failure
        return history

    def pause(self) -> None:
        """Hold the sweep before its next step."""
        with self._lock:
            if self._test is None or self._store.state.phase != "running":
                return
            self._test.pause()
            self._paused_at = self._clock()
            self._store.change(lambda state: state.paused())
        self._tell(self._listener.changed)

    def resume(self) -> None:
        """Go on from a pause, with the same iterator and the same state."""
        with self._lock:
            if self._test is None or self._store.state.phase != "paused":
                return
            self._pauses += self._clock() - self._paused_at
            self._store.change(lambda state: state.resumed())
            self._test.resume()
        self._tell(self._listener.changed)

    def stop(self) -> None:
        """End the sweep before its next step. Nothing happens when none is on."""
        with self._lock:
            if self._test is not None and self.busy:
                self._test.stop()

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

    def _claim(self, *, blocking: bool) -> tuple[RangeTest, threading.Event]:
        state = self._store.state
        state.check_rest("Starting another sweep")
        state.check_open()
        build, model = self._build, self._model
        if build is None or model is None:  # closed just now
            return self._claim(blocking=blocking)
        test = build(state.plan)  # may take its time, and fail: nothing is claimed yet
        with self._lock:
            owners.claim(model, self)
            self._store.change(lambda state: state.claimed(blocking=blocking))
            self._test = test
            self._unreachable = False
            self._began_at, self._pauses = self._clock(), 0.0
            self._over = threading.Event()
            return test, self._over

    def _sweep(
        self, test: RangeTest, over: threading.Event, within: AbstractContextManager[object]
    ) -> tuple[History | None, BaseException | None]:
        failure: BaseException | None = None
        started = False
        blocking = self._store.state.blocking
        self._sweeper = threading.get_ident()
        try:
            self._tell(self._listener.changed)
            with within, test.guarded(), test:
                started = True
                self._began_at = self._clock()
                self._store.change(lambda state: state.began(test.settings))
                self._tell(lambda: self._listener.began(test.settings))
                for _ in test:
                    self._tell(self._listener.progressed)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the state must be settled first
            failure = _failure(error)
            if not blocking:
                # Nobody sees this traceback; its frames would keep the last batch and graph alive.
                let_go_of_frames(error)
        finally:
            with deferred_interrupts():
                history = self._settle_after(test, over, failure, started=started)
        return history, failure

    def _settle_after(
        self, test: RangeTest, over: threading.Event, failure: BaseException | None, *, started: bool
    ) -> History | None:
        try:
            test.close()
        except BaseException as error:  # noqa: BLE001 - an interrupt came before the sweep's own restore
            failure = _failure(error) or failure
        history = test.history if started else None
        # At once: whoever sees the new state finds its pick, and the model free for the next sweep.
        self._end(history, test, failure)
        # From here on another thread may start the next sweep.
        self._tell(self._listener.ended, but=BaseException)
        if self._sweeper == threading.get_ident():
            self._sweeper = None
        over.set()
        return history

    def _end(self, history: History | None, test: RangeTest, failure: BaseException | None) -> None:
        """Judge the sweep by the newest choice, and say that it is over."""
        reason = test.stop_reason or ("error" if isinstance(failure, Exception) else "interrupted")
        restored = not isinstance(failure, RestoreError)
        while True:
            try:
                judgement = None if history is None else self._store.state.choice.judged(history)
            except BaseException as error:  # noqa: BLE001 - a fault of ours must not keep a sweep from ending
                _log.exception("the sweep could not be judged")
                judgement, failure = None, failure or error
            with self._lock:
                try:
                    self._store.change(
                        lambda state, known=judgement, error=failure: state.ended(  # type: ignore[misc]
                            known, reason, error, restored=restored
                        )
                    )
                except OutdatedError:  # the rule was changed meanwhile
                    continue
                self._test = None
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
