"""When to tell the page: often enough to look live, seldom enough to cost the sweep nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Publisher"]

_TICKS_A_SECOND = 15
#: The share of the sweep's time that publishing may take. When a publication costs more (a long
#: sweep, a slow machine), the next one waits longer. With what else a page costs, 3 % in all is the aim.
_SHARE = 0.02
#: Seconds, the longest wait. A publication may also have taken long because another thread held the
#: interpreter, which says nothing about the next one; and a plot that stands still looks dead.
_LONGEST_PAUSE = 1.0


class Publisher:
    """Calls ``publish`` at most 15 times a second, and so rarely that it takes at most 2 % of the time.

    Where that would be less than once a second, it is once a second.

    Parameters
    ----------
    publish : callable
        Sends what is new. Its own duration is measured.
    clock : callable, optional
        Seconds; injected by tests.
    """

    def __init__(self, publish: Callable[[], None], clock: Callable[[], float] = time.perf_counter) -> None:
        self._publish = publish
        self._clock = clock
        self._next = -float("inf")

    def tick(self) -> bool:
        """Publish if it is time to. Called after every step, so it must cost next to nothing."""
        if self._clock() < self._next:
            return False
        self.now()
        return True

    def begin(self) -> None:
        """Forget what the last publication took: a new sweep begins, and is shown from its first step."""
        self._next = -float("inf")

    def now(self) -> None:
        """Publish at once."""
        began = self._clock()
        try:
            self._publish()
        finally:  # a page that cannot be reached is not tried more often than one that can
            ended = self._clock()
            pause = min((ended - began) / _SHARE, _LONGEST_PAUSE)
            self._next = ended + max(1 / _TICKS_A_SECOND, pause)
