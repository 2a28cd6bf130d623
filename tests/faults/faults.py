"""What goes wrong: one table of faults, each a function of the value that passes the tap."""

from __future__ import annotations

import os
import signal
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from lrwidget import LRWidget, RangeTest, StateError

#: What a tap in the caller's own loop returns when the loop is to be left and the sweep forgotten.
DROP = object()


class Hand:
    """What a user has in hand during a sweep, a range test or a widget; held so that it may go."""

    def __init__(self) -> None:
        self.held: Callable[[], Any] = lambda: None
        self.threads: list[threading.Thread] = []

    def holds(self, what: RangeTest | LRWidget) -> None:
        self.held = weakref.ref(what)

    def call(self, name: str) -> None:
        getattr(self.held(), name)()

    def call_elsewhere(self, name: str) -> None:
        """Call from another thread, and give it time to come as far as it can."""
        thread = threading.Thread(target=self.call, args=(name,))
        self.threads.append(thread)
        thread.start()
        thread.join(0.02)

    def join(self) -> None:
        """Wait for all that was called elsewhere."""
        while self.threads:
            self.threads.pop().join(30)


hand = Hand()


@dataclass(frozen=True)
class Fault:
    """One row: what it does, the stop reason it gives, what it raises, what phase and door must have."""

    strike: Callable[[Any], Any]
    reason: str
    raises: type[BaseException] | None = None
    needs: str = ""

    @property
    def kind(self) -> str:
        """What it is like: faults of one kind stand for each other."""
        if self.needs in {"a loss", "a worker", "an own loop"}:
            return self.needs
        if self.raises is None:
            return "a command"
        return "an error" if issubclass(self.raises, Exception) else "a way out"


def _raise(kind: type[BaseException], reason: str) -> Fault:
    def strike(_: Any) -> Any:
        raise kind("struck")

    return Fault(strike, reason, kind)


def _command(name: str, *, elsewhere: bool = False) -> Callable[[Any], Any]:
    def strike(value: Any) -> Any:
        (hand.call_elsewhere if elsewhere else hand.call)(name)
        return value

    return strike


def _refused(*names: str) -> Callable[[Any], Any]:
    def strike(value: Any) -> Any:
        for name in names:
            with pytest.raises(StateError, match="not possible while a sweep is"):
                hand.call(name)
        return value

    return strike


def _comm_closed(value: Any) -> Any:
    hand.held().comm.close()
    return value


def _kill(_: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _ctrl_c(value: Any) -> Any:
    signal.raise_signal(signal.SIGINT)
    return value


FAULTS = {
    "RuntimeError": _raise(RuntimeError, "error"),
    "OutOfMemoryError": _raise(torch.OutOfMemoryError, "error"),
    "StopIteration": _raise(StopIteration, "error"),
    "KeyboardInterrupt": _raise(KeyboardInterrupt, "interrupted"),
    "SystemExit": _raise(SystemExit, "interrupted"),
    "GeneratorExit": _raise(GeneratorExit, "stopped"),
    "SIGINT": Fault(_ctrl_c, "interrupted", KeyboardInterrupt, "this process"),
    "NaN": Fault(lambda loss: loss * torch.nan, "non-finite", needs="a loss"),
    "inf": Fault(lambda loss: loss * torch.inf, "non-finite", needs="a loss"),
    "a worker that exits": Fault(lambda _: os._exit(3), "error", RuntimeError, "a worker"),
    "a worker that is killed": Fault(_kill, "error", RuntimeError, "a worker"),
    "`stop()`": Fault(_command("stop"), "stopped", needs="this process"),
    "`stop()` elsewhere": Fault(_command("stop", elsewhere=True), "stopped", needs="this process"),
    "`close()`": Fault(_command("close"), "stopped", needs="this process"),
    "`close()` elsewhere": Fault(_command("close", elsewhere=True), "stopped", needs="this process"),
    "last reference dropped": Fault(lambda _: DROP, "", needs="an own loop"),
    "`accept()`, `reset()`, `start()`, `run()`": Fault(
        _refused("accept", "reset", "start", "run"), "completed", needs="a widget"
    ),
    "the page's comm closed": Fault(_comm_closed, "completed", needs="a widget"),
}
