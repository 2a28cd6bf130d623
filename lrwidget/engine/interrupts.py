"""Hold back Ctrl-C while something must not be left half done."""

from __future__ import annotations

import signal
import threading
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["deferred_interrupts"]


@contextmanager
def deferred_interrupts() -> Iterator[AbstractContextManager[None]]:
    """Hold back SIGINT until the block is done, then deliver it as if it had come just then.

    Only the main thread receives signals, so elsewhere this does nothing. The block is given a context, to be
    entered once: inside it interrupts arrive at once, those held back so far as it is entered.
    """
    previous = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(previous):
        yield nullcontext()
        return
    received: list[tuple[int, Any]] = []

    def hold(number: int, frame: Any) -> None:
        received.append((number, frame))

    def deliver() -> None:
        if received:
            last = received[-1]
            received.clear()
            previous(*last)

    @contextmanager
    def lifted() -> Iterator[None]:
        try:
            signal.signal(signal.SIGINT, previous)
            deliver()
            yield
        finally:
            signal.signal(signal.SIGINT, hold)

    signal.signal(signal.SIGINT, hold)
    try:
        yield lifted()
    finally:
        signal.signal(signal.SIGINT, previous)
    deliver()
