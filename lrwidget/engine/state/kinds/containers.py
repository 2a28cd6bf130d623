"""Dicts, lists, deques, sets and tuples, and kinds that are made of these."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import ATOMS, Items, MappingItems, Notes
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrwidget.engine.state.walk import Met, Walk, Way

__all__ = ["CONTAINERS", "DICTS", "FIXED", "MOST_ENTERED"]

#: Of a longer container only is remembered which items it holds. What is inside these is data, as a rule, and
#: if not, the container is named.
MOST_ENTERED = 100_000
_MOST_ENTERED_OF_DATA = 1_000


def _keep_dict(walk: Walk, met: Met) -> None:
    part = MappingItems(met.label, met.value)
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
    part = (Notes if notes else Items)(met.label, met.value)
    walk.part(part)
    _enter(walk, met, part.kept, None if part.base is set else met.value)
    _keep_rest(walk, met, part.base)


def _keep_fixed(walk: Walk, met: Met) -> None:
    base: Any = tuple if isinstance(met.value, tuple) else frozenset
    _enter(walk, met, base.__iter__(met.value), None)
    _keep_rest(walk, met, base)


def _enter(walk: Walk, met: Met, items: Iterable[Any], holder: Any) -> None:
    label, way = met.label, met.way
    if not _is_entered(len(met.value), way):
        _name(walk, met, items)
        return
    for index, item in enumerate(items):
        if type(item) not in ATOMS:
            walk.keep(item, f"{label}[{index}]", way, holder, index)


def _name(walk: Walk, met: Met, items: Iterable[Any]) -> None:
    """Tell of a container that is not entered, though objects are in it."""
    if not met.way.data and any(type(item) not in ATOMS for item in islice(items, 1000)):
        walk.cannot(
            met, f"{len(met.value):,} items: what is inside them is not looked at. keep=[it] has it kept"
        )


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
