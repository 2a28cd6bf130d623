"""Objects remembered in place: each gets its own contents back, and stays the object it was.

The state of a model, an optimizer or a sampler is a tree of dicts, lists, tensors, arrays and random
generators. A :class:`Keeper` walks such a tree once, notes what each node holds, and later puts exactly
that back into the very same nodes: what was added is gone, what was absent is absent again.
"""

from __future__ import annotations

import random
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from lrwidget.engine.state.tensors import Failure, TensorStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping

    from lrwidget.engine.state.places import Place

__all__ = ["Keeper", "Part", "attempt"]

# One thing to give back: the name an error would call it by, a function, and its arguments. A large model
# has thousands; as closures they were so many objects that Python often stopped to collect garbage.
Part = tuple[Any, ...]

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})
MAPPINGS = frozenset({dict, OrderedDict, defaultdict})
COLLECTIONS = frozenset({list, deque, set})
# Hooks are the user's, to be added and removed at any time.
MODULE_HOOKS = frozenset(name for name in vars(nn.Module()) if "_hook" in name)
# An array this large on a loader is the data itself, which training only reads.
LARGEST_ARRAY = 64 * 2**20
_ABSENT = object()


class Keeper:
    """Remembers objects, and gives all of them back with one call.

    Parameters
    ----------
    by_value : bool
        Whether the values of tensors are kept, or only which tensor stood where.
    depth : int
        Levels of containers that are entered below each object; deeper ones are left alone.
    place : {"auto", "device", "host", "disk"}
        Where the values are held.
    """

    def __init__(self, *, by_value: bool = True, depth: int = 8, place: Place = "auto") -> None:
        self.tensors = TensorStore(place)
        self._by_value = by_value
        self._depth = depth
        self._parts: list[Part] = []
        self._seen: dict[int, object] = {}  # holds the objects too: an id is unique only while they live
        self._entered: set[int] = set()
        #: Modules and optimizers met on the way, which are more than a tree of values.
        self.found: list[tuple[str, object]] = []

    def part(self, label: str, give_back: Callable[..., object], *arguments: object) -> None:
        """Add one thing to give back, under the name an error would call it by."""
        self._parts.append((label, give_back, *arguments))

    def __contains__(self, value: object) -> bool:
        return id(value) in self._seen

    def enter(self, owner: object) -> bool:
        """Note an object whose parts are about to be kept one by one; False = it was noted before."""
        self._seen[id(owner)] = owner
        known = id(owner) in self._entered
        self._entered.add(id(owner))
        return not known

    def keep(self, value: Any, label: str, depth: int | None = None) -> None:
        """Remember the contents of a tensor, container, array or generator; anything else is left alone."""
        kind = type(value)
        if kind in ATOMS or id(value) in self._seen:
            return
        self._seen[id(value)] = value
        depth = self._depth if depth is None else depth
        if isinstance(value, torch.Tensor):
            if self._by_value:
                self.tensors.add(value, label)
        elif kind in MAPPINGS or kind in COLLECTIONS or isinstance(value, tuple):
            if depth > 0:
                self._keep_container(value, label, depth - 1)
        elif isinstance(value, np.ndarray):
            self._keep_array(value, label)
        elif isinstance(value, (nn.Module, torch.optim.Optimizer)):
            self.found.append((label, value))
        else:
            self._keep_generator(value, label)

    def keep_attributes(
        self, owner: object, label: str, names: Iterable[str] | None = None, depth: int | None = None
    ) -> None:
        """Remember an object's own attributes (hooks excepted), or only the named ones.

        With no names given, attributes that appear later are deleted on the way back.
        """
        attributes = vars(owner)
        whole = names is None
        kept = {name: attributes[name] for name in attributes if not _is_hooks(name)}
        if names is not None:
            kept = {name: kept[name] for name in names if name in kept}
        self.part(label, _give_back_attributes, attributes, kept, whole)
        for name, value in kept.items():
            if type(value) not in ATOMS:
                self.keep(value, f"{label}.{name}", depth)

    def give_back(self) -> list[Failure]:
        """Give everything back, whatever fails on the way; return what failed."""
        return attempt(self._parts) + self.tensors.give_back()

    def free(self) -> None:
        """Let go of everything."""
        self._parts.clear()
        self._seen.clear()
        self._entered.clear()
        self.found.clear()
        self.tensors.free()

    def _keep_array(self, array: np.ndarray[Any, Any], label: str) -> None:
        if array.dtype != object and array.nbytes <= LARGEST_ARRAY and array.flags.writeable:
            copy = array.copy()
            self.part(label, np.copyto, array, copy)

    def _keep_generator(self, value: Any, label: str) -> None:
        if isinstance(value, torch.Generator):
            self.part(label, value.set_state, value.get_state())
        elif isinstance(value, random.Random):
            self.part(label, value.setstate, value.getstate())
        elif isinstance(value, np.random.Generator):
            bits = value.bit_generator
            self.part(label, setattr, bits, "state", bits.state)
        elif isinstance(value, np.random.RandomState):
            self.part(label, value.set_state, value.get_state())

    def _keep_container(self, value: Any, label: str, depth: int) -> None:
        # Exactly these types: a subclass may do more than hold its items.
        if type(value) in MAPPINGS:
            items = dict(value)
            self.part(label, _give_back_mapping, value, items)
            for key, item in items.items():
                if type(item) not in ATOMS:
                    name = repr(key) if isinstance(key, (str, int)) else type(key).__name__
                    self.keep(item, f"{label}[{name}]", depth)
            return
        held = list(value)
        if not isinstance(value, tuple):
            self.part(label, _give_back_items, value, held)
        for index, item in enumerate(held):
            if type(item) not in ATOMS:
                self.keep(item, f"{label}[{index}]", depth)


def attempt(parts: Iterable[Part]) -> list[Failure]:
    """Give back every part, whatever the others do; return what failed."""
    return [failure for part in parts if (failure := _attempt_one(*part))]


def _attempt_one(label: str, give_back: Callable[..., object], *arguments: object) -> Failure | None:
    try:
        give_back(*arguments)
    except BaseException as error:  # noqa: BLE001 - even a SystemExit: everything else must still be given back
        return Failure(label, error)
    return None


def _is_hooks(name: str) -> bool:
    return name in MODULE_HOOKS or (name.startswith("_optimizer_") and name.endswith("_hooks"))


def _give_back_attributes(attributes: dict[str, Any], kept: dict[str, Any], whole: bool) -> None:
    if whole:
        for name in [name for name in attributes if name not in kept and not _is_hooks(name)]:
            del attributes[name]
    for name, value in kept.items():
        if attributes.get(name, _ABSENT) is not value:
            attributes[name] = value


def _give_back_mapping(mapping: MutableMapping[Any, Any], items: dict[Any, Any]) -> None:
    # Another thread may be reading, so nothing is written where nothing has changed.
    if not _identical(list(mapping), list(items)):
        mapping.clear()
        mapping.update(items)
        return
    for key, item in items.items():
        if mapping[key] is not item:
            mapping[key] = item


def _give_back_items(container: Any, held: list[Any]) -> None:
    if _identical(list(container), held):
        return
    container.clear()
    container.update(held) if isinstance(container, set) else container.extend(held)


def _identical(one: list[Any], other: list[Any]) -> bool:
    # By identity: keys may be tensors, whose == is no yes or no.
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
