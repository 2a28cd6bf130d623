"""Hold back Ctrl-C, and every other signal that would raise, while something must not be left half done."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["deferred_interrupts"]

# Beside Ctrl-C: the end of a job, a closed terminal, a time limit, a loader's worker that has died. Only what
# is handled in Python can raise within the block; the rest is left to the system.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGUSR1", "SIGUSR2")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


@contextmanager
def deferred_interrupts() -> Iterator[AbstractContextManager[None]]:
    """Hold back signals until the block is done, then deliver them as if they had come just then.

    Only the main thread receives signals, so elsewhere this does nothing. The block is given a context, to be
    entered once: inside it signals arrive at once, those held back so far as it is entered.
    """
    if threading.current_thread() is not threading.main_thread():
        yield nullcontext()
        return
    usual: dict[int, Callable[[int, Any], object]] = {
        number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))
    }
    received: list[tuple[int, Any]] = []
    holding, process = True, os.getpid()

    def hold(number: int, frame: Any) -> None:
        if holding and os.getpid() == process:  # a process begun within the block inherits this
            received.append((number, frame))
        else:
            usual[number](number, frame)

    def let_through() -> None:
        nonlocal holding
        holding = False
        with ExitStack() as each:  # one may raise, and the others are delivered all the same
            while received:
                number, frame = received.pop()
                each.callback(usual[number], number, frame)

    @contextmanager
    def lifted() -> Iterator[None]:
        nonlocal holding
        try:
            let_through()
            yield
        finally:
            holding = True

    try:
        for number in usual:
            signal.signal(number, hold)
        yield lifted()
    finally:
        holding = False  # struck from here on, a handler that stays hands everything on
        for number, handler in usual.items():
            if signal.getsignal(number) is hold:  # a loader's first workers bring one that is to stay
                signal.signal(number, handler)
        let_through()
