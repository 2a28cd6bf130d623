"""One Ctrl-C at each place of some files at which Python looks for signals."""

from __future__ import annotations

import signal
from collections.abc import Collection
from types import FrameType


class Strikes:
    """Sends SIGINT at one of those places: entries, and returns from C. To be given to ``sys.setprofile``."""

    def __init__(self, files: Collection[str], at: int = 0) -> None:
        self.places: list[tuple[str, int, str]] = []
        self._files, self._at = files, at

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if code.co_filename in self._files and event in {"call", "c_return"}:
            self.places.append((code.co_name, frame.f_lineno, event))
            if len(self.places) == self._at:
                signal.raise_signal(signal.SIGINT)
