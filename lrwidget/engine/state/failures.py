"""What could not be given back, and how it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lrwidget.errors import RestoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Failure", "raise_if_any", "told"]

#: Failures that a text names; one broken device can make thousands.
NAMED = 5
#: Characters of a reason; CUDA's go on for a page.
LONGEST = 200


class Failure(NamedTuple):
    """What could not be given back, and why."""

    label: str
    error: BaseException

    def __str__(self) -> str:
        reason = next(iter(str(self.error).strip().splitlines()), "")
        if len(reason) > LONGEST:
            reason = f"{reason[: LONGEST - 3].rstrip()}..."
        kind = type(self.error).__name__
        return f"{self.label} ({kind}: {reason})" if reason else f"{self.label} ({kind})"


def told(failures: Sequence[Failure]) -> str:
    """Return the failures in one line: the first few with their reasons, and how many more there are."""
    first = "; ".join(map(str, failures[:NAMED]))
    more = len(failures) - NAMED
    return f"{first}; and {more:,} more" if more > 0 else first


def raise_if_any(failures: Sequence[Failure], what_to_do: str) -> None:
    """Raise RestoreError, unless there are no failures.

    What ends the program (a KeyboardInterrupt, a SystemExit) is raised itself, with that error as its cause.
    """
    if not failures:
        return
    lost = RestoreError(
        f"could not give back: {told(failures)}. Everything else was given back. {what_to_do}"
    )
    for _, error in failures:
        if not isinstance(error, Exception):  # it had to wait for the rest, and still ends the program
            raise error from lost
    raise lost from failures[0].error
