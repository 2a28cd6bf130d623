"""What a kind of object is told, and can say, when the walk through all that a sweep may change meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import torch

    from lrwidget.engine.state.parts import Part, State
    from lrwidget.engine.state.stand_ins import StandIn

__all__ = ["Kind", "Kinds", "Met", "Walk", "Way", "by_type"]

T = TypeVar("T")


class Way(NamedTuple):
    """How the walk came to an object: what may be supposed of it.

    Attributes
    ----------
    named : bool
        The user named it, or what holds it, in ``keep``: nothing is too large, and nothing is a note.
    data : bool
        It is part of a dataset, whose contents training reads.
    by_function : bool
        A user's function refers to it: a large tensor may be data.
    notes : bool
        A user's function refers to it by name, or in plain containers: a list may be notes of the user's.
    loader : bool
        It is part of a loader that the sweep draws from.
    renewed : bool
        A new pass replaces the iterators there, and leaves the old ones where they stand.
    teller : object
        The innermost object on the way that has ``state_dict`` and ``load_state_dict``, where one can be
        relied on; None = there is none.
    teller_label : str
    """

    named: bool = False
    data: bool = False
    by_function: bool = False
    notes: bool = False
    loader: bool = False
    renewed: bool = False
    teller: Any = None
    teller_label: str = ""


class Met(NamedTuple):
    """An object on the walk, the name an error calls it by, and what holds it (None = cannot be told)."""

    value: Any
    label: str
    way: Way
    holder: Any = None
    key: Any = None


class Walk(Protocol):
    """The walk, as the kinds see it."""

    def keep(self, value: Any, label: str, way: Way, holder: Any = None, key: Any = None) -> None:
        """Have an object kept, with all that it holds, if it was not met before."""

    def enter(self, owner: object) -> bool:
        """Note an object whose inside is kept just now; False = it was met before."""

    def part(self, part: Part) -> None:
        """Add something to give back."""

    def tensor(self, tensor: torch.Tensor, label: str, *, frozen: bool = False) -> None:
        """Have a tensor's values kept. ``frozen`` = training is not expected to write to it."""

    def generator(self, part: State, way: Way) -> None:
        """Add the state of a random generator to give back."""

    def stand_in(self, part: StandIn, holder: Any, key: Any) -> None:
        """Have an iterator stood in for, wherever it is held."""

    def cannot(self, met: Met, why: str) -> None:
        """Tell of an object that may change and cannot be given back."""

    def room_for(self, size: int, way: Way) -> bool:
        """Return whether so many bytes, that may be data, are still copied; counts them if so."""


@dataclass(frozen=True)
class Kind:
    """One kind of object, and how it is kept.

    Parameters
    ----------
    name : str
    is_one : callable
        Tells from a type whether objects of it are of this kind.
    keep : callable
        Takes the walk and what was met; None = there is nothing to keep, and nothing to enter.
    """

    name: str
    is_one: Callable[[type], bool]
    keep: Callable[[Walk, Met], None] | None


def by_type(function: Callable[[type], T]) -> Callable[[type], T]:
    """Have a function of a type worked out once for each; types that nobody else holds may go."""
    known: WeakKeyDictionary[type, T] = WeakKeyDictionary()

    def looked_up(kind: type) -> T:
        try:
            return known[kind]
        except KeyError:
            return known.setdefault(kind, function(kind))

    return looked_up


_LEFT_ALONE = Kind("left alone", lambda _: True, None)


class Kinds:
    """A table of kinds: which kind objects are is told by their type alone.

    Parameters
    ----------
    kinds : iterable of Kind
        Asked in order: the first that fits a type has it. What fits none is left alone.
    """

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = tuple(kinds)
        self._of = by_type(self._first_of)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds)

    def of(self, kind: type) -> Kind:
        """Return the kind that objects of a type are."""
        return self._of(kind)

    def _first_of(self, kind: type) -> Kind:
        return next((one for one in self._kinds if one.is_one(kind)), _LEFT_ALONE)
