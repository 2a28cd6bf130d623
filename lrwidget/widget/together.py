"""Several things to do, of which one that fails keeps none of the others from being done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["all_of"]


def all_of(*calls: Callable[[], object]) -> None:
    """Make every call, in order; then raise the first error that one of them raised.

    What is no error of the program (Ctrl-C) is raised at once.
    """
    failures: list[Exception] = []
    for call in calls:
        try:
            call()
        except Exception as failure:  # noqa: BLE001, PERF203 - raised below
            failures.append(failure)
    if failures:
        raise failures[0]
