"""An error without the frames it passed through: those hold models, batches and graphs."""

from __future__ import annotations

import copy
import traceback

__all__ = ["let_go_of_frames", "without_traceback"]


def let_go_of_frames(error: BaseException) -> None:
    """Empty every frame that an error, its causes and its parts passed through; lines can still be told."""
    for each in _with_all_behind(error):
        traceback.clear_frames(each.__traceback__)


def without_traceback(error: BaseException | None) -> BaseException | None:
    """Return a copy of an error that holds no frames; None where it cannot be copied."""
    try:
        return copy.copy(error)  # causes and traceback are not copied
    except Exception:  # noqa: BLE001 - a constructor of the user's
        return None


def _with_all_behind(error: BaseException) -> list[BaseException]:
    """Return the error, what caused it, what it came from, and the parts of a group, each once."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and all(each is not other for other in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
    return found
