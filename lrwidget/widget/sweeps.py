"""One sweep after another on one model: the states, and the thread that does the work.

::

    idle ──run──> running ──pause──> paused          finished, failed, accepted ──run──> running
                  running <─resume── paused          finished, failed ──accept──> accepted
                  running, paused ──ends──> finished or failed         any but these two ──reset──> idle

Threads. A sweep runs in a thread of its own (:meth:`Session.start`) or in the caller's
(:meth:`Session.run`). Commands come from any thread: the main one, or the one on which the kernel
handles widget messages. They only record an intent, under one lock; the sweep acts on it between two
steps. No user code runs and nothing is awaited under the lock. A sweep's end is announced only after
everything has been given back, so whoever sees ``finished`` may train at once.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from lrwidget.engine.threads.interrupts import deferred_interrupts
from lrwidget.errors import RestoreError, StateError
from lrwidget.widget import owners
from lrwidget.widget.tracebacks import let_go_of_frames, without_traceback
from lrwidget.widget.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

    from lrwidget.engine.range_test import RangeTest
    from lrwidget.history.record import History, StopReason
    from lrwidget.widget.listener import Listener
    from lrwidget.widget.wording import State

__all__ = ["Session"]

_log = logging.getLogger("lrwidget")


class Session:
    """The states of one widget, and its sweeps.

    Parameters
    ----------
    model : torch.nn.Module
        What is swept; only one sweep at a time may hold it, in this process.
    build : callable
        Makes the next sweep from the present settings. Its errors reach the caller, state unchanged.
    listener : Listener
        Is told what happens. An error in it never harms a sweep.
    clock : callable, optional
        Seconds; injected by tests.
    """

    def __init__(
        self,
        model: nn.Module,
        build: Callable[[], RangeTest],
        listener: Listener,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._model: nn.Module | None = model
        self._build: Callable[[], RangeTest] | None = build
        self._listener = listener
        self._clock = clock
        self._lock = threading.RLock()
        self._over = threading.Event()  # one a sweep: what is over stays over, whatever begins next
        self._over.set()
        self._sweeper: int | None = None
        self._unreachable = False
        self._test: RangeTest | None = None
        self._history: History | None = None
        self._pauses = 0.0
        self._began_at = self._paused_at = 0.0
        self.state: State = "idle"
        self.stop_reason: StopReason | None = None
        self.error: BaseException | None = None
        self.blocking = False

    # -- what is known ---------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a sweep is on, running or paused."""
        return self.state in ("running", "paused")

    @property
    def history(self) -> History | None:
        """What the running sweep recorded so far, or the last one; None before the first."""
        with self._lock:
            test = self._test
        return test.history if test is not None and self.busy else self._history

    @property
    def points(self) -> int:
        """Number of points known of the running or last sweep."""
        with self._lock:
            if self._test is not None:
                return self._test.steps_done
        return len(self._history) if self._history is not None else 0

    def seconds_left(self) -> float | None:
        """Estimate the rest of the running sweep from its pace so far; None before there is one."""
        with self._lock:
            if self._test is None or not self.busy or self._test.steps_done == 0:
                return None
            now = self._paused_at if self.state == "paused" else self._clock()
            a_step = (now - self._began_at - self._pauses) / self._test.steps_done
            return a_step * (self._test.settings.num_iter - self._test.steps_done)

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
            if self.state != "running" or self._test is None:
                return
            self._test.pause()
            self._paused_at = self._clock()
            self.state = "paused"
        self._tell(self._listener.changed)

    def resume(self) -> None:
        """Go on from a pause, with the same iterator and the same state."""
        with self._lock:
            if self.state != "paused" or self._test is None:
                return
            self._pauses += self._clock() - self._paused_at
            self.state = "running"
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

    @contextmanager
    def settled(self) -> Iterator[bool]:
        """Keep the state as it is inside the block, which must be short and must not show anything.

        Yields whether no sweep is on.
        """
        with self._lock:
            yield not self.busy

    @contextmanager
    def at_rest(self, what: str) -> Iterator[None]:
        """Keep sweeps from starting inside the block, which must be short and must not show anything.

        Raises StateError, naming ``what`` was asked for, when a sweep is on.
        """
        with self._lock:
            if self.busy:
                raise StateError(
                    f"{what} is not possible while a sweep is {self.state}: stop it first, or wait."
                )
            yield

    def accepted(self) -> None:
        """Go to the state ``accepted``; call it :meth:`at_rest`."""
        self.state = "accepted"

    def forget(self) -> None:
        """Go to the state ``idle`` and forget the last sweep; call it :meth:`at_rest`."""
        self.state = "idle"
        self._history = self.stop_reason = self.error = None

    def close(self) -> None:
        """End a running sweep, then let go of the model."""
        self.wait(0)  # refused within a sweep, before anything has changed
        with self._lock:
            self._build = None  # no further sweep can start
        self.stop()
        self.wait()
        self._model = None
        self.error = without_traceback(self.error)

    # -- the sweep -------------------------------------------------------------------------------

    def _claim(self, *, blocking: bool) -> tuple[RangeTest, threading.Event]:
        with self.at_rest("Starting another sweep"):
            if self._build is None or self._model is None:
                raise StateError("This widget is closed. Make a new LRWidget.")
            test = self._build()
            owners.claim(self._model, self)
            self._test, self.blocking = test, blocking
            self.error, self.stop_reason = None, None
            self._unreachable = False
            self.state = "running"
            self._began_at, self._pauses = self._clock(), 0.0
            self._over = threading.Event()
            return test, self._over

    def _sweep(
        self, test: RangeTest, over: threading.Event, within: AbstractContextManager[object]
    ) -> tuple[History | None, BaseException | None]:
        failure: BaseException | None = None
        started = False
        self._sweeper = threading.get_ident()
        try:
            self._tell(self._listener.changed)
            with within, test.guarded(), test:
                started = True
                self._began_at = self._clock()
                self._tell(lambda: self._listener.began(test.settings))
                for _ in test:
                    self._tell(self._listener.progressed)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the state must be settled first
            failure = _failure(error)
            if not self.blocking:
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
        with self._lock:
            self._tell(lambda: self._listener.recorded(history), but=BaseException)
            if history is not None:
                self._history = history
            self.stop_reason = test.stop_reason or ("error" if failure else "interrupted")
            self.error = failure
            self.state = "failed" if failure is not None else "finished"
            self._test = None
            self.blocking = False
            owners.let_go(self._model)
        # From here on another thread may start the next sweep.
        self._tell(self._listener.ended, but=BaseException)
        if self._sweeper == threading.get_ident():
            self._sweeper = None
        over.set()
        return history

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
