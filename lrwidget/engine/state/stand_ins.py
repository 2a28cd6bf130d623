"""Iterators of Python's own: what goes through them moves a copy, and the iterator itself stands still."""

from __future__ import annotations

import warnings
from typing import Any

from lrwidget.engine.state.parts import ATOMS, Part

__all__ = ["StandIn"]


class StandIn(Part):
    """An iterator of Python's own: while a sweep is on, a copy takes its place, and itself stands still.

    Parameters
    ----------
    label : str
    iterator : iterator
        One that :func:`_copy_of` can copy.

    Attributes
    ----------
    places : list of (object, object)
        The dicts, lists and the like that hold it, each with the name or index.
    """

    __slots__ = ("copy", "iterator", "places", "then")

    def __init__(self, label: str, iterator: Any) -> None:
        self.iterator = iterator
        self.places: list[tuple[Any, Any]] = []
        super().__init__(label)

    def take(self) -> None:
        self.copy = _copy_of(self.iterator)
        self.then = _position(self.copy)

    def install(self) -> None:
        """Put the copy where the iterator is."""
        for holder, key in self.places:
            holder[key] = self.copy

    def differs(self) -> bool:
        return bool(_position(self.copy) != self.then)

    def give_back(self) -> None:
        for holder, key in self.places:
            holder[key] = self.iterator


def _copy_of(iterator: Any) -> Any:
    """Return an iterator that stands where this one does, over the same things, and moves by itself.

    Raises
    ------
    TypeError
        When it is none of Python's own, or like a generator cannot be copied.
    """
    made, arguments, *state = _reduced(iterator)
    result = made(*(_copy_of(part) if _is_iterator(part) else part for part in arguments))
    if state and state[0] is not None:
        inner = state[0]
        if isinstance(inner, tuple):
            # itertools.cycle goes on filling the list that it tells of.
            inner = tuple(
                _copy_of(part) if _is_iterator(part) else list(part) if type(part) is list else part
                for part in inner
            )
        result.__setstate__(inner)
    return result


def _position(iterator: Any) -> list[Any]:
    """Return where an iterator stands, to be compared: the things it goes through by identity."""
    _, arguments, *state = _reduced(iterator)
    inner = state[0] if state and isinstance(state[0], tuple) else tuple(state)
    return [_position(part) if _is_iterator(part) else _told(part) for part in (*arguments, *inner)]


def _told(part: Any) -> Any:
    if type(part) in ATOMS or type(part) is range:
        return part
    if type(part) in {list, tuple}:  # often one made just now, of what is left
        return (len(part), *(id(item) for item in (*part[:1], *part[-1:])))
    return id(part)


def _reduced(iterator: Any) -> Any:
    if type(iterator).__module__ not in {"builtins", "itertools"}:
        raise TypeError(f"{type(iterator).__name__} is no iterator of Python's own")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # itertools' from Python 3.12 on
        return iterator.__reduce__()


def _is_iterator(value: object) -> bool:
    return hasattr(type(value), "__next__")
