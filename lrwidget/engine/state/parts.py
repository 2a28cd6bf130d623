"""What is remembered of one object: taken once, told apart from what is there now, and put back in place.

A part knows one owner and how to read and write it. Owners stay the objects they are: what was added is gone
afterwards, what was absent is absent again, and where nothing has changed nothing is written, since another
thread may be reading.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ABSENT", "ATOMS", "Part", "ProtocolState", "State", "Unwritten", "same", "same_arrays"]

#: Kinds without an inside: to keep one is to keep the name it goes by.
ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented)})
#: Stands where nothing is.
ABSENT: Any = object()


class Part:
    """Something remembered of one owner.

    Parameters
    ----------
    label : str
        What an error calls it.
    """

    __slots__ = ("label",)

    def __init__(self, label: str) -> None:
        self.label = label
        self.take()

    def take(self) -> None:
        """Remember what is there now."""
        raise NotImplementedError

    def differs(self) -> bool:
        """Return whether what is there now is something else than what was remembered."""
        raise NotImplementedError

    def give_back(self) -> None:
        """Put back what was remembered."""
        raise NotImplementedError


class State(Part):
    """What an object tells of itself by one call, and takes back by another: a random generator's state."""

    __slots__ = ("get", "kept", "put")

    def __init__(self, label: str, get: Callable[[], Any], put: Callable[[Any], object]) -> None:
        self.get, self.put = get, put
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.get()

    def differs(self) -> bool:
        return not _equal(self.get(), self.kept)

    def give_back(self) -> None:
        self.put(self.kept)


class ProtocolState(State):
    """What ``state_dict`` tells and ``load_state_dict`` takes back; the former may hand out live objects."""

    __slots__ = ()

    def take(self) -> None:
        self.kept = copy.deepcopy(self.get())

    def give_back(self) -> None:
        self.put(copy.deepcopy(self.kept))


class Unwritten(Part):
    """Data too large to copy, of which is only told whether it was written to: it cannot be given back.

    Parameters
    ----------
    label : str
    mark : callable
        Returns something small that is another once the data was written to.
    """

    __slots__ = ("kept", "mark")

    def __init__(self, label: str, mark: Callable[[], Any]) -> None:
        self.mark = mark
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.mark()

    def differs(self) -> bool:
        return bool(self.mark() != self.kept)

    def give_back(self) -> None:
        if self.differs():
            raise RuntimeError(
                "it was written to, and is too large to be copied unasked: keep=[it] has it copied"
            )


def same(one: Any, other: Any) -> bool:
    """Return whether two values are one object, or equal ones without an inside."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other) or kind not in ATOMS:
        return False
    return bool(one == other) or (kind is float and math.isnan(one) and math.isnan(other))


def same_arrays(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Return whether two arrays hold the same bits; of objects, the :func:`same` ones."""
    if one.shape != other.shape:
        return False
    if one.dtype == object:
        return all(map(same, one.ravel().tolist(), other.ravel().tolist()))
    # As bits: a NaN equals itself, and 0 does not equal -0.
    return one.tobytes() == other.tobytes() if one.size < 4096 else _same_large(one, other)


def _same_large(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    try:
        bits = np.dtype((np.void, one.dtype.itemsize)) if one.dtype.itemsize not in {1, 2, 4, 8} else None
        kind = bits or np.dtype(f"u{one.dtype.itemsize}")
        return bool(np.array_equal(one.view(kind), other.view(kind)))
    except (TypeError, ValueError):  # no such view: compare copies
        return one.tobytes() == other.tobytes()


def _equal(one: Any, other: Any) -> bool:
    """Return whether two states are equal, tensors and arrays within them too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return one.shape == other.shape and one.dtype == other.dtype and bool(torch.equal(one, other))
    if isinstance(one, np.ndarray):
        return same_arrays(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
