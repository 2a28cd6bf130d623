"""What is remembered of one object: taken once, told apart from what is there now, and put back in place.

A part knows one owner and how to read and write it. Owners stay the objects they are: what was added is gone
afterwards, what was absent is absent again, and where nothing has changed nothing is written, since another
thread may be reading.
"""

from __future__ import annotations

import copy
import enum
import math
import warnings
import weakref
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import CellType, MemberDescriptorType

    from torch import nn

__all__ = [
    "ATOMS",
    "Array",
    "Attributes",
    "Buffer",
    "Cell",
    "ExtraState",
    "FilePosition",
    "Flags",
    "Gradient",
    "Hooks",
    "Items",
    "MappingItems",
    "Names",
    "Notes",
    "Part",
    "ProtocolState",
    "Slots",
    "StandIn",
    "State",
    "Unwritten",
    "iterator_copy",
]

#: Kinds without an inside: to keep one is to keep the name it goes by.
ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented)})
_ABSENT: Any = object()
# What notes may hold beside those: names of kinds and places.
_WITHOUT_INSIDE = (np.generic, torch.dtype, torch.device, torch.Size, enum.Enum, type, weakref.ref)


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
            not _same(now.get(name, _ABSENT), value) for name, value in self.kept.items()
        )

    def give_back(self) -> None:
        attributes, kept, leave = self.attributes, self.kept, self.leave
        for name in [name for name in attributes if name not in kept and not leave(name)]:
            del attributes[name]
        for name, value in kept.items():
            if attributes.get(name, _ABSENT) is not value:
                attributes[name] = value


class Hooks(Part):
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


class Names(Part):
    """Some names in a namespace: globals that a function binds, attributes of a class or a module.

    Parameters
    ----------
    label : str
    namespace : mapping
        Read from.
    names : iterable of str
    put, drop : callable
        Bind a name to a value, remove a name.
    """

    __slots__ = ("drop", "kept", "names", "namespace", "put")

    def __init__(
        self,
        label: str,
        namespace: Mapping[str, Any],
        names: Iterable[str],
        put: Callable[[str, Any], object],
        drop: Callable[[str], object],
    ) -> None:
        self.namespace, self.names, self.put, self.drop = namespace, tuple(names), put, drop
        super().__init__(label)

    def take(self) -> None:
        self.kept = [self.namespace.get(name, _ABSENT) for name in self.names]

    def differs(self) -> bool:
        return any(
            not _same(self.namespace.get(name, _ABSENT), value)
            for name, value in zip(self.names, self.kept, strict=True)
        )

    def give_back(self) -> None:
        for name, value in zip(self.names, self.kept, strict=True):
            now = self.namespace.get(name, _ABSENT)
            if now is value:
                continue
            if value is _ABSENT:
                self.drop(name)
            else:
                self.put(name, value)


class Slots(Part):
    """The slots of an object that has no dictionary for them."""

    __slots__ = ("descriptors", "kept", "owner")

    def __init__(self, label: str, owner: object, descriptors: Iterable[MemberDescriptorType]) -> None:
        self.owner, self.descriptors = owner, tuple(descriptors)
        super().__init__(label)

    def take(self) -> None:
        self.kept = [self._read(one) for one in self.descriptors]

    def differs(self) -> bool:
        return any(
            not _same(self._read(one), value) for one, value in zip(self.descriptors, self.kept, strict=True)
        )

    def give_back(self) -> None:
        for one, value in zip(self.descriptors, self.kept, strict=True):
            now = self._read(one)
            if now is value:
                continue
            if value is _ABSENT:
                one.__delete__(self.owner)
            else:
                one.__set__(self.owner, value)

    def named(self) -> Iterator[tuple[str, Any]]:
        """Yield the slots that were filled, with their names."""
        for one, value in zip(self.descriptors, self.kept, strict=True):
            if value is not _ABSENT:
                yield one.__name__, value

    def _read(self, descriptor: MemberDescriptorType) -> Any:
        try:
            return descriptor.__get__(self.owner)
        except AttributeError:  # nothing in it
            return _ABSENT


class MappingItems(Part):
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
        owner = self.owner
        self.kept: dict[Any, Any] = dict.copy(owner) if type(owner) is dict else dict(self.base.items(owner))

    def differs(self) -> bool:
        now = dict(self.base.items(self.owner))
        return not _identical(now, self.kept) or any(
            not _same(now[key], value) for key, value in self.kept.items()
        )

    def give_back(self) -> None:
        owner, base = self.owner, self.base
        if not _identical(base.keys(owner), self.kept):
            base.clear(owner)
            for key, item in self.kept.items():
                base.__setitem__(owner, key, item)
            return
        for key, item in self.kept.items():
            if base.__getitem__(owner, key) is not item:
                base.__setitem__(owner, key, item)


class Items(Part):
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
        return len(now) != len(self.kept) or not all(map(_same, now, self.kept))

    def give_back(self) -> None:
        owner, base = self.owner, self.base
        if _identical(list(base.__iter__(owner)), self.kept):
            return
        base.clear(owner)
        (base.update if base is set else base.extend)(owner, self.kept)


class Notes(Items):
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


class Array(Part):
    """The values of a numpy array; of one of objects, which objects."""

    __slots__ = ("kept", "owner")

    def __init__(self, label: str, owner: np.ndarray[Any, Any]) -> None:
        # The memory alone: a masked array answers with more than its values, and changes as it does.
        self.owner = owner if type(owner) is np.ndarray else np.ndarray.view(owner, np.ndarray)
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.owner.copy()

    def differs(self) -> bool:
        return not _same_bits(self.owner, self.kept)

    def give_back(self) -> None:
        if self.owner.shape != self.kept.shape:
            self.owner.shape = self.kept.shape  # the values lie where they lay
        if self.differs():  # one on a file or in shared memory is not written to needlessly
            np.copyto(self.owner, self.kept, casting="no")


class Buffer(Part):
    """The contents of a bytearray or an ``array.array``."""

    __slots__ = ("kept", "owner")

    def __init__(self, label: str, owner: Any) -> None:
        self.owner = owner
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.owner[:]

    def differs(self) -> bool:
        return bytes(self.owner) != bytes(self.kept)

    def give_back(self) -> None:
        if self.differs():
            self.owner[:] = self.kept


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


class ExtraState(ProtocolState):
    """The state that a module tells of beside parameters and buffers."""

    __slots__ = ()

    def __init__(self, label: str, module: nn.Module) -> None:
        super().__init__(label, module.get_extra_state, module.set_extra_state)


class Cell(Part):
    """A captured variable that a function binds anew."""

    __slots__ = ("cell", "kept")

    def __init__(self, label: str, cell: CellType) -> None:
        self.cell = cell
        super().__init__(label)

    def take(self) -> None:
        self.kept = self._read()

    def differs(self) -> bool:
        return not _same(self._read(), self.kept)

    def give_back(self) -> None:
        if self._read() is self.kept:
            return
        if self.kept is _ABSENT:
            del self.cell.cell_contents
        else:
            self.cell.cell_contents = self.kept

    def _read(self) -> Any:
        try:
            return self.cell.cell_contents
        except ValueError:  # not assigned yet
            return _ABSENT


class Flags(Part):
    """The training flags of modules."""

    __slots__ = ("kept", "modules")

    def __init__(self, label: str, modules: Iterable[nn.Module]) -> None:
        self.modules = tuple(modules)
        super().__init__(label)

    def take(self) -> None:
        self.kept = [module.training for module in self.modules]

    def differs(self) -> bool:
        return [module.training for module in self.modules] != self.kept

    def give_back(self) -> None:
        for module, training in zip(self.modules, self.kept, strict=True):
            if module.training != training:
                module.training = training


class Gradient(Part):
    """Which tensor a tensor's gradient is, or that it has none; and whether it gets one."""

    __slots__ = ("grad", "requires_grad", "tensor")

    def __init__(self, label: str, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        super().__init__(label)

    def take(self) -> None:
        self.grad, self.requires_grad = self.tensor.grad, self.tensor.requires_grad

    def differs(self) -> bool:
        return self.tensor.grad is not self.grad or self.tensor.requires_grad != self.requires_grad

    def give_back(self) -> None:
        tensor = self.tensor
        if tensor.requires_grad != self.requires_grad:
            tensor.requires_grad_(self.requires_grad)
        if tensor.grad is not self.grad:
            tensor.grad = self.grad


class Unwritten(Part):
    """Data too large to copy, of which is only told whether it was written to: it cannot be given back."""

    __slots__ = ("kept", "owner")

    def __init__(self, label: str, owner: Any) -> None:
        self.owner = owner
        super().__init__(label)

    def take(self) -> None:
        self.kept = self._mark()

    def differs(self) -> bool:
        return bool(self._mark() != self.kept)

    def give_back(self) -> None:
        if self.differs():
            raise RuntimeError(
                "it was written to, and is too large to be copied unasked: keep=[it] has it copied"
            )

    def _mark(self) -> Any:
        owner = self.owner
        if isinstance(owner, torch.Tensor):
            return None if owner.is_inference() else owner._version  # noqa: SLF001
        flat = owner.reshape(-1) if owner.flags.c_contiguous else owner.ravel()[:1]
        # Some thousand samples, spread over all of it.
        return hash(flat[:: max(1, flat.size // 4096)].tobytes())


class FilePosition(Part):
    """Where a file is being read."""

    __slots__ = ("file", "kept")

    def __init__(self, label: str, file: io.IOBase) -> None:
        self.file = file
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.file.tell()

    def differs(self) -> bool:
        return self.file.tell() != self.kept

    def give_back(self) -> None:
        self.file.seek(self.kept)


class StandIn(Part):
    """An iterator of Python's own: while a sweep is on, a copy takes its place, and itself stands still.

    Parameters
    ----------
    label : str
    iterator : iterator
        One that :func:`iterator_copy` can copy.

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
        self.copy = iterator_copy(self.iterator)
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


def iterator_copy(iterator: Any) -> Any:
    """Return an iterator that stands where this one does, over the same things, and moves by itself.

    Raises
    ------
    TypeError
        When it is none of Python's own, or like a generator cannot be copied.
    """
    made, arguments, *state = _reduced(iterator)
    result = made(*(iterator_copy(part) if _is_iterator(part) else part for part in arguments))
    if state and state[0] is not None:
        inner = state[0]
        if isinstance(inner, tuple):
            # itertools.cycle goes on filling the list that it tells of.
            inner = tuple(
                iterator_copy(part) if _is_iterator(part) else list(part) if type(part) is list else part
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


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are one object, or equal ones without an inside."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other) or kind not in ATOMS:
        return False
    return bool(one == other) or (kind is float and math.isnan(one) and math.isnan(other))


def _identical(one: Iterable[Any], other: Iterable[Any]) -> bool:
    # By identity: keys may be tensors, whose == is no yes or no.
    a, b = list(one), list(other)
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))


def _is_note(value: Any, depth: int = 8) -> bool:
    """Return whether a value is numbers and texts alone, in tuples, lists and dicts."""
    if type(value) in ATOMS or isinstance(value, _WITHOUT_INSIDE):
        return True
    if depth and type(value) in {tuple, list}:
        return all(_is_note(item, depth - 1) for item in value)
    if depth and type(value) is dict:
        return all(_is_note(item, depth - 1) for item in (*value, *value.values()))
    return False


def _same_bits(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    if one.shape != other.shape:
        return False
    if one.dtype == object:
        return all(map(_same, one.ravel().tolist(), other.ravel().tolist()))
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
        return _same_bits(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
