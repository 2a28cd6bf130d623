"""Pause, resume and stop, from any thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrwidget.history.record import StopReason

__all__ = ["Control"]

# A wait without a limit cannot be interrupted by Ctrl-C on Windows.
WAIT_SECONDS = 0.5


class Control:
    """What a sweep was told to do, read before each of its steps."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._stop_reason: StopReason | None = None

    @property
    def is_told(self) -> bool:
        """Whether the sweep is to wait or to stop."""
        return self._paused or self._stop_reason is not None

    @property
    def paused(self) -> bool:
        """Whether the sweep is to wait."""
        return self._paused and self._stop_reason is None

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the sweep is to stop; None = it is to go on."""
        return self._stop_reason

    def pause(self) -> None:
        """Wait before the next step."""
        self._tell(paused=True)

    def resume(self) -> None:
        """Go on."""
        self._tell(paused=False)

    def stop(self, reason: StopReason) -> None:
        """End before the next step, also while paused; the first reason given stays."""
        self._tell(reason=reason)

    def wait_while_paused(self) -> None:
        """Return once the sweep is to go on, or to stop."""
        with self._changed:
            while self.paused:
                self._changed.wait(WAIT_SECONDS)

    def _tell(self, paused: bool | None = None, reason: StopReason | None = None) -> None:
        with self._changed:
            if paused is not None:
                self._paused = paused
            if self._stop_reason is None:
                self._stop_reason = reason
            self._changed.notify_all()
