"""Objects of any class: what stands in their attributes and slots."""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from operator import is_
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, TypeVar

from torch import nn

from lrwidget.engine.state.parts import ABSENT, ATOMS, Part, State, same
from lrwidget.engine.state.walk import Kind, Way, by_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lrwidget.engine.state.walk import Met, Walk

__all__ = [
    "OBJECTS",
    "Attributes",
    "attributes_of",
    "below",
    "is_hooks",
    "keep_attributes",
    "keep_hook_table",
    "keep_hooks",
    "keep_object",
]

T = TypeVar("T")

# Hooks are the user's, to be added and removed at any time.
_MODULE_HOOKS = frozenset(name for name in vars(nn.Module()) if "_hook" in name)
#: By which an object without attributes may tell its state, and take it back.
_PROTOCOLS = (
    ("get_state", "set_state"),
    ("getstate", "setstate"),
    ("state_dict", "load_state_dict"),
)


class Attributes(Part):
    """The names in an object's own dictionary, and which objects stand there.

    Parameters
    ----------
    label : str
    attributes : dict
        ``vars`` of the object.
    leave : callable
        Tells names that are left alone, whatever becomes of them.
    """

    __slots__ = ("attributes", "kept", "leave")

    def __init__(self, label: str, attributes: dict[str, Any], leave: Callable[[str], bool]) -> None:
        self.attributes = attributes
        self.leave = leave
        super().__init__(label)

    def take(self) -> None:
        leave = self.leave
        # A copy first: it is made in one go, whatever other threads add meanwhile.
        self.kept = {name: value for name, value in dict(self.attributes).items() if not leave(name)}

    def differs(self) -> bool:
        now, leave = dict(self.attributes), self.leave
        return any(name not in self.kept and not leave(name) for name in now) or any(
            not same(now.get(name, ABSENT), value) for name, value in self.kept.items()
        )

    def give_back(self) -> None:
        attributes, kept, leave = self.attributes, self.kept, self.leave
        for name in attributes.keys() - kept.keys():
            if not leave(name):
                del attributes[name]
        if not all(map(is_, map(attributes.get, kept, repeat(ABSENT)), kept.values())):
            for name, value in kept.items():
                if attributes.get(name, ABSENT) is not value:
                    attributes[name] = value


class _Hooks(Part):
    """A table of PyTorch's hooks. Those that are added meanwhile stay, since anybody may add one at any time.

    Those that have gone come back: a hook that takes itself away once it has run belongs to what it prepared.
    """

    __slots__ = ("kept", "table")

    def __init__(self, label: str, table: dict[Any, Any]) -> None:
        self.table = table
        super().__init__(label)

    def take(self) -> None:
        self.kept = dict(self.table)

    def differs(self) -> bool:
        return any(key not in self.table for key in self.kept)

    def give_back(self) -> None:
        if self.differs():
            whole = {**self.kept, **self.table}
            self.table.clear()
            self.table.update(whole)


class _Slots(Part):
    """The slots of an object that has no dictionary for them."""

    __slots__ = ("descriptors", "kept", "owner")

    def __init__(self, label: str, owner: object, descriptors: Iterable[MemberDescriptorType]) -> None:
        self.owner, self.descriptors = owner, tuple(descriptors)
        super().__init__(label)

    def take(self) -> None:
        self.kept = [self._read(one) for one in self.descriptors]

    def differs(self) -> bool:
        return any(
            not same(self._read(one), value) for one, value in zip(self.descriptors, self.kept, strict=True)
        )

    def give_back(self) -> None:
        for one, value in zip(self.descriptors, self.kept, strict=True):
            now = self._read(one)
            if now is value:
                continue
            if value is ABSENT:
                one.__delete__(self.owner)
            else:
                one.__set__(self.owner, value)

    def named(self) -> Iterator[tuple[str, Any]]:
        """Yield the slots that were filled, with their names."""
        for one, value in zip(self.descriptors, self.kept, strict=True):
            if value is not ABSENT:
                yield one.__name__, value

    def _read(self, descriptor: MemberDescriptorType) -> Any:
        try:
            return descriptor.__get__(self.owner)
        except AttributeError:  # nothing in it
            return ABSENT


@lru_cache(maxsize=4096)
def is_hooks(name: str) -> bool:
    """Return whether an attribute of this name is a table of PyTorch's hooks."""
    return name in _MODULE_HOOKS or (name.startswith("_optimizer_") and name.endswith("_hooks"))


def attributes_of(value: object) -> dict[str, Any] | None:
    """Return an object's own dictionary of attributes, without asking it; None = it has none."""
    if not type(value).__dictoffset__:
        return None
    attributes: dict[str, Any] = object.__getattribute__(value, "__dict__")
    return attributes


def keep_object(walk: Walk, met: Met) -> None:
    """Keep attributes and slots, and enter what stands there; and the class, if it is a user's own."""
    keep_attributes(walk, met)
    walk.keep(type(met.value), type(met.value).__name__, Way(by_function=True, named=met.way.named))


def keep_attributes(walk: Walk, met: Met) -> None:
    """Keep attributes and slots of an object, and enter what stands there."""
    value, label = met.value, met.label
    way = below(met)
    attributes = attributes_of(value)
    if attributes is not None:
        part = Attributes(label, attributes, is_hooks)
        walk.part(part)
        for name, item in part.kept.items():
            if type(item) not in ATOMS:
                walk.keep(item, f"{label}.{name}", way, attributes, name)
        keep_hooks(walk, part)
    descriptors = _slots_of(type(value))
    if descriptors:
        slots = _Slots(label, value, descriptors)
        walk.part(slots)
        for name, item in slots.named():
            if type(item) not in ATOMS:
                walk.keep(item, f"{label}.{name}", way, _SlotHolder(value), name)


class _SlotHolder:
    """An object's slots, written to as items are."""

    __slots__ = ("_owner",)

    def __init__(self, owner: object) -> None:
        self._owner = owner

    def __setitem__(self, name: str, value: Any) -> None:
        object.__setattr__(self._owner, name, value)


def keep_hooks(walk: Walk, part: Attributes) -> None:
    """Keep what is in PyTorch's tables of hooks, which a part has left alone, and enter the functions."""
    attributes = part.attributes
    for name in sorted(attributes.keys() - part.kept.keys()):
        table = attributes.get(name)
        if isinstance(table, dict) and table and is_hooks(name):
            keep_hook_table(walk, table, part.label)


def keep_hook_table(walk: Walk, table: dict[Any, Any], label: str) -> None:
    """Keep what is in one table of hooks, and enter the functions."""
    walk.part(_Hooks(f"hooks of {label}", table))
    for hook in list(table.values()):
        walk.keep(hook, f"a hook of {label}", Way(by_function=True))


def below(met: Met) -> Way:
    """Return the way on: an object that can tell its own state speaks for what cannot be seen below it."""
    way, kind = met.way._replace(notes=False) if met.way.notes else met.way, type(met.value)
    if not way.loader or not _can_tell(kind):
        return way
    return way._replace(teller=met.value, teller_label=met.label)


@by_type
def _can_tell(kind: type) -> bool:
    return all(callable(getattr(kind, name, None)) for name in ("state_dict", "load_state_dict"))


@by_type
def _slots_of(kind: type) -> tuple[MemberDescriptorType, ...]:
    return tuple(
        member
        for base in kind.__mro__
        for member in vars(base).values()
        if isinstance(member, MemberDescriptorType) and _is_slot(base, member.__name__)
    )


def _is_slot(base: type, name: str) -> bool:
    # Types written in C have such members as well, and most of these cannot be set.
    slots = vars(base).get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return name in names or any(name == f"_{base.__name__.lstrip('_')}{one}" for one in names)


def _has_inside(kind: type) -> bool:
    return bool(kind.__dictoffset__) or bool(_slots_of(kind)) or _protocol_of(kind) is not None


@by_type
def _protocol_of(kind: type) -> tuple[str, str] | None:
    return next(
        (pair for pair in _PROTOCOLS if all(callable(getattr(kind, name, None)) for name in pair)), None
    )


def _keep_object(walk: Walk, met: Met) -> None:
    kind = type(met.value)
    protocol = _protocol_of(kind)
    if not kind.__dictoffset__ and not _slots_of(kind) and protocol is not None:
        get, put = (getattr(met.value, name) for name in protocol)
        walk.part(State(met.label, get, put))
        return
    keep_object(walk, met)


OBJECTS = Kind("objects", _has_inside, _keep_object)
