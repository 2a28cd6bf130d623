"""Spies of :mod:`unittest.mock`: a test's, and no part of what is trained."""

from __future__ import annotations

__all__ = ["is_spy"]


def is_spy(thing: object) -> bool:
    """Return whether a thing is a mock: it has no state of its own, and its notes of calls are to stay."""
    # By the type alone: isinstance() is told the class that a mock stands for.
    return any(kind.__module__ == "unittest.mock" for kind in type(thing).__mro__)
