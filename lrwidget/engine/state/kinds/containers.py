"""Dicts, lists, deques, sets and tuples, and kinds that are made of these."""

from __future__ import annotations

import enum
import weakref
from collections import OrderedDict, deque
from operator import is_
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import ATOMS, Part, same
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from lrwidget.engine.state.walk import Met, Walk, Way

__all__ = ["CONTAINERS", "DICTS", "FIXED", "MOST_ENTERED", "Notes", "enter_items"]

#: Of a longer container only is remembered which items it holds. What is inside these is data, as a rule, and
#: if not, the container is named.
MOST_ENTERED = 100_000
_MOST_ENTERED_OF_DATA = 1_000
# What notes may hold beside atoms: names of kinds and places.
_WITHOUT_INSIDE = (np.generic, torch.dtype, torch.device, torch.Size, enum.Enum, type, weakref.ref)


class _MappingItems(Part):
    """The items of a dict, of any kind, in their order.

    Read and written as the dict it is below: what a subclass does more when items are set is not done again.
    """

    __slots__ = ("base", "kept", "owner")

    def __init__(self, label: str, owner: dict[Any, Any]) -> None:
        self.owner = owner
        # An OrderedDict has its order beside the dict, and only its own methods keep both together.
        self.base: Any = OrderedDict if isinstance(owner, OrderedDict) else dict
        super().__init__(label)

    def take(self) -> None:
        self.kept = self._read()

    def differs(self) -> bool:
        now = self._read()
        return not _identical(now, self.kept) or any(
            not same(now[key], value) for key, value in self.kept.items()
        )

    def give_back(self) -> None:
        owner, base, now = self.owner, self.base, self._read()
        if not _identical(now, self.kept):
            base.clear(owner)
            for key, item in self.kept.items():
                base.__setitem__(owner, key, item)
        elif not _identical(now.values(), self.kept.values()):
            for key, item in self.kept.items():
                if base.__getitem__(owner, key) is not item:
                    base.__setitem__(owner, key, item)

    def _read(self) -> dict[Any, Any]:
        owner = self.owner
        return dict.copy(owner) if type(owner) is dict else dict(self.base.items(owner))


class _Items(Part):
    """The items of a list, deque or set, of any kind."""

    __slots__ = ("base", "kept", "owner")
    BASES: ClassVar[tuple[type, ...]] = (list, deque, set)

    def __init__(self, label: str, owner: Any) -> None:
        self.owner = owner
        self.base: Any = next(base for base in self.BASES if isinstance(owner, base))
        super().__init__(label)

    def take(self) -> None:
        self.kept = list(self.base.__iter__(self.owner))

    def differs(self) -> bool:
        now = list(self.base.__iter__(self.owner))
        return len(now) != len(self.kept) or not all(map(same, now, self.kept))

    def give_back(self) -> None:
        owner, base = self.owner, self.base
        if _identical(list(base.__iter__(owner)), self.kept):
            return
        base.clear(owner)
        (base.update if base is set else base.extend)(owner, self.kept)


class Notes(_Items):
    """The items of a list that a user's own function refers to, and may only be writing notes into.

    What it appended stays when it is numbers and texts alone, and nothing else in the list has changed.
    """

    __slots__ = ("added",)

    def take(self) -> None:
        super().take()
        self.added = 0

    def give_back(self) -> None:
        now, kept = list(self.base.__iter__(self.owner)), self.kept
        old, new = now[: len(kept)], now[len(kept) :]
        if new and _identical(old, kept) and all(map(_is_note, new)):
            self.added = len(new)
            return
        super().give_back()


def _identical(one: Collection[Any], other: Collection[Any]) -> bool:
    # By identity: keys may be tensors, whose == is no yes or no.
    return len(one) == len(other) and all(map(is_, one, other))


def _is_note(value: Any, depth: int = 8) -> bool:
    """Return whether a value is numbers and texts alone, in tuples, lists and dicts."""
    if type(value) in ATOMS or isinstance(value, _WITHOUT_INSIDE):
        return True
    if depth and type(value) in {tuple, list}:
        return all(_is_note(item, depth - 1) for item in value)
    if depth and type(value) is dict:
        return all(_is_note(item, depth - 1) for item in (*value, *value.values()))
    return False


def _keep_dict(walk: Walk, met: Met) -> None:
    part = _MappingItems(met.label, met.value)
    walk.part(part)
    label, way, holder = met.label, met.way, met.value
    if not _is_entered(len(part.kept), way):
        _name(walk, met, part.kept.values())
    else:
        for key, item in part.kept.items():
            if type(item) not in ATOMS:
                walk.keep(item, f"{label}[{_told(key)}]", way, holder, key)
            if type(key) not in ATOMS:
                walk.keep(key, f"a key of {label}", way)
    _keep_rest(walk, met, dict)


def _keep_items(walk: Walk, met: Met) -> None:
    notes = type(met.value) is list and met.way.notes and not (met.way.named or met.way.data)
    part = (Notes if notes else _Items)(met.label, met.value)
    walk.part(part)
    enter_items(walk, met, part.kept, None if part.base is set else met.value)
    _keep_rest(walk, met, part.base)


def _keep_fixed(walk: Walk, met: Met) -> None:
    base: Any = tuple if isinstance(met.value, tuple) else frozenset
    enter_items(walk, met, list(base.__iter__(met.value)))
    _keep_rest(walk, met, base)


def enter_items(walk: Walk, met: Met, items: Collection[Any], holder: Any = None) -> None:
    """Keep what is in a container, or name it if it is too long to be entered.

    Parameters
    ----------
    walk : Walk
    met : Met
        The container.
    items : collection
    holder : object
        What takes another item by its index; None = nothing does.
    """
    label, way = met.label, met.way
    if not _is_entered(len(items), way):
        _name(walk, met, items)
        return
    for index, item in enumerate(items):
        if type(item) not in ATOMS:
            walk.keep(item, f"{label}[{index}]", way, holder, index)


def _name(walk: Walk, met: Met, items: Collection[Any]) -> None:
    """Tell of a container that is not entered, though objects are in it."""
    if not met.way.data and not ATOMS.issuperset(map(type, items)):
        walk.cannot(met, f"{len(items):,} items: what is inside them is not looked at. keep=[it] has it kept")


def _keep_rest(walk: Walk, met: Met, base: type) -> None:
    if type(met.value) is not base:
        keep_attributes(walk, met)


def _is_entered(size: int, way: Way) -> bool:
    return way.named or size <= (_MOST_ENTERED_OF_DATA if way.data else MOST_ENTERED)


def _told(key: Any) -> str:
    return repr(key) if isinstance(key, (str, int)) else type(key).__name__


DICTS = Kind("dicts", lambda kind: issubclass(kind, dict), _keep_dict)
CONTAINERS = Kind("containers", lambda kind: issubclass(kind, (list, deque, set)), _keep_items)
FIXED = Kind("fixed containers", lambda kind: issubclass(kind, (tuple, frozenset)), _keep_fixed)
