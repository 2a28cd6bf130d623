"""Spies of :mod:`unittest.mock`: a test's, and no part of what is trained."""

from __future__ import annotations

__all__ = ["is_spy", "is_spy_class"]


def is_spy(thing: object) -> bool:
    """Return whether a thing is a mock: it has no state of its own, and its notes of calls are to stay."""
    # By the type alone: isinstance() is told the class that a mock stands for.
    return is_spy_class(type(thing))


def is_spy_class(kind: type) -> bool:
    """Return whether objects of a type are mocks."""
    return any(one.__module__ == "unittest.mock" for one in kind.__mro__)
