"""A progress bar of plain text, for scripts and terminals."""

from __future__ import annotations

import sys
from typing import TextIO

from lrwidget._text import format_duration

__all__ = ["TextProgress"]

_BAR = 30


class TextProgress:
    """Shows how far a sweep is.

    A terminal sees one line that is written over; a file sees the last state only.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._longest = 0

    def update(self, step: int, total: int, seconds_left: float | None) -> None:
        """Show how far the sweep is."""
        if not self._terminal:
            return
        full = _BAR * step // max(total, 1)
        left = f" {format_duration(seconds_left)} left" if seconds_left is not None else ""
        self._write(f"|{'█' * full}{' ' * (_BAR - full)}| {step}/{total}{left}", end="")

    def finish(self, text: str) -> None:
        """Replace the bar by one line of text."""
        self._write(text, end="\n")

    def _write(self, line: str, end: str) -> None:
        start = "\r" if self._terminal else ""
        self._stream.write(f"{start}{line.ljust(self._longest)}{end}")
        self._stream.flush()
        self._longest = len(line) if not end else 0
