"""Sees what a sweep left behind: every object that can be reached from what the user has, before and after.

It knows nothing of how the package keeps state. It walks attributes, slots, containers, closures, defaults,
named globals, classes, hooks, frames of generators; it holds on to each object it met, with what that was
made of, and later looks at the very same objects again. What is another value, another object, new or gone
is a difference.

    oracle = Oracle({"model": model, "optimizer": optimizer, "loader": loader, "step_fn": step_fn})
    ...
    assert not oracle.differences()

``portrait()`` is the same picture without identities, to compare two worlds that were made alike.

The one rule of the package that it knows: plain numbers and texts appended to a plain list that a step
function refers to, by itself or in a plain dict, are the user's notes, and stay. Such a difference has
``is_note``.
"""

from __future__ import annotations

import array
import builtins
import collections
import contextvars
import datetime as dt
import decimal
import enum
import fractions
import functools
import hashlib
import inspect
import io
import mmap
import os
import pathlib
import pickle
import random
import re
import sys
import sysconfig
import threading
import types
import unittest.mock
import uuid
import warnings
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

__all__ = ["Difference", "Oracle", "portrait_differences"]

ROOT = pathlib.Path(__file__).parents[2]
_STDLIB = tuple({sysconfig.get_paths()[name] + os.sep for name in ("stdlib", "platstdlib")})
_PLAIN = (type(None), bool, int, str, bytes, type(Ellipsis), type(NotImplemented), range, slice)
_BY_THEIR_REPR = (
    *(float, complex, decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, re.Pattern),
    *(dt.date, dt.time, dt.timedelta, dt.tzinfo),
    *(torch.dtype, torch.device, torch.layout, torch.memory_format, np.dtype),
)
# Machines, not state: taken as they are. `lrwidget` is what is being tested.
_MACHINES = (
    *(
        "threading",
        "_thread",
        "multiprocessing",
        "concurrent",
        "asyncio",
        "socket",
        "_socket",
        "ssl",
        "selectors",
    ),
    *(
        "subprocess",
        "logging",
        "lrwidget",
        "torch._dynamo",
        "torch._inductor",
        "torch._functorch",
        "torch.fx",
    ),
    *("torch._C", "torch._ops", "torch.multiprocessing", "torch.distributed", "_pytest", "importlib"),
    *("pyarrow", "fsspec"),
)
# Names that every object has, and the notes that PyTorch's compiler makes on what it compiled.
_NO_STATE = re.compile(
    r"__weakref__|__dict__|_torchdynamo_wrapper_id|_torchdynamo_inline|_dynamo_\w+|__dynamo_\w+"
)
_USUAL_OF_CLASSES = {
    "__slotnames__",  # Python's own note of how to copy
    *("__module__", "__doc__", "__qualname__", "__annotations__", "__annotate__", "__annotate_func__"),
    *(
        "__annotations_cache__",
        "__abstractmethods__",
        "_abc_impl",
        "__slots__",
        "__parameters__",
        "__orig_bases__",
    ),
    *(
        "__match_args__",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__firstlineno__",
        "__static_attributes__",
    ),
    *("__classdictcell__", "__hash__"),
}
# Classes in C whose slots show what is told otherwise: a text file's buffer is ahead of where it stands.
_WITHOUT_SLOTS = {"builtins", "functools", "collections", "io", "_io"}
_HOOKS = re.compile(r"\._\w*hooks\w*$")
_ELEMENT = re.compile(r"<element at \d+>")
_SLOT = type(functools.partial.func)
_METHODS = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)
_CONTAINERS = (dict, list, tuple, set, frozenset, collections.deque)


@dataclass(frozen=True)
class Difference:
    """What is not as it was: where, and from what to what."""

    path: str
    before: str
    after: str
    is_note: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.before} -> {self.after}"

    @property
    def names(self) -> list[str]:
        """The names along the path, the root's first."""
        return re.findall(r"[A-Za-z_]\w*", re.sub(r"<[^>]*>|'s (default|global)?|'s$", " ", self.path))


class _Fact:
    """A value that was read out of an object: compared as such, and not walked."""

    def __init__(self, value: object, held: object = None) -> None:
        self.value = value
        self.held = held  # what an address in the value is of: nothing else may get it


class _Made:
    """A container that was made to show an object's inside: walked, but its identity means nothing."""

    def __init__(self, value: object) -> None:
        self.value = value


@dataclass
class _Node:
    path: str
    thing: Any  # held, so that nothing else gets its id
    parts: dict[Any, Any]  # label -> token


class Oracle:
    """A picture of everything that can be reached from ``roots``, and what has become of it since.

    ``steps`` names the roots that are the user's step functions: lists which these refer to may get notes.
    """

    def __init__(
        self, roots: Mapping[str, object], steps: Iterable[str] = ("step_fn", "update_fn", "metric")
    ) -> None:
        self._nodes: dict[int, _Node] = {}
        self._notebooks: set[int] = set()
        self._held: list[object] = []
        self._roots = dict(roots)
        self._random = _random_state()
        self._walk()
        self._find_notebooks({self._roots[name] for name in steps if callable(self._roots.get(name))})

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def paths(self) -> list[str]:
        """Where each object was met first."""
        return [node.path for node in self._nodes.values()]

    def differences(self) -> list[Difference]:
        """Look at all the objects again."""
        found = [
            Difference(f"the random state of {name}", "as it was", "another")
            for name, now in _random_state().items()
            if now != self._random[name]
        ]
        for node in self._nodes.values():
            found += self._differences_of(node)
        return found

    def portrait(self) -> dict[str, dict[Any, Any]]:
        """The picture with paths in the place of identities: equal in two worlds that are alike."""
        names = {id_: _ELEMENT.sub("<element>", node.path) for id_, node in self._nodes.items()}
        picture = {}
        for node in self._nodes.values():
            if _ELEMENT.search(node.path):  # of a set: which is which of two worlds cannot be known
                continue
            parts = {label: token for label, token in node.parts.items() if not _is_address(label)}
            if _HOOKS.search(node.path):  # numbered through, in all worlds together
                hooks = [token for label, token in parts.items() if label[0] == "key"]
                parts = {f"hook {number}": token for number, token in enumerate(hooks)}
            picture[node.path] = {_named(label, names): _named(part, names) for label, part in parts.items()}
        return {**picture, "random": dict(self._random)}

    def _walk(self) -> None:
        waiting: list[tuple[str, Any]] = [("", _Made(self._roots))]
        while waiting:
            path, thing = waiting.pop()
            if id(thing) in self._nodes:
                continue
            children: list[tuple[str, Any]] = []
            node = _Node(path or "what was given", thing, {})
            self._nodes[id(thing)] = node
            for name, part in _parts(thing):
                label, inside = name, []
                if isinstance(part, _Fact) and part.held is not None:
                    self._held.append(part.held)
                node.parts[label if isinstance(label, str) else _token(label, inside)] = _token(part, inside)
                if _HOOKS.search(path) and isinstance(label, _Key):
                    label = f"[hook {len(node.parts) - 2}]"
                children += [(_join(path, label), child) for child in inside]
            waiting += [(where, child) for where, child in reversed(children) if id(child) not in self._nodes]

    def _differences_of(self, node: _Node) -> list[Difference]:
        parts: dict[Any, Any] = {}
        fresh: list[Any] = []
        for label, part in _parts(node.thing):
            parts[label if isinstance(label, str) else _token(label, fresh)] = _token(part, fresh)
        if parts == node.parts:
            return []
        notes = id(node.thing) in self._notebooks and _only_notes_were_added(node, parts)
        path = node.path if node.path != "what was given" else ""
        found = []
        for label in {**node.parts, **parts}:
            before, after = node.parts.get(label), parts.get(label)
            if before != after:
                where = _join(path, _told_label(label, self._nodes))
                was, now = _told(before, self._nodes), _told(after, self._nodes)
                found.append(Difference(where, was, now, notes))
        return found

    def _find_notebooks(self, steps: set[Any]) -> None:
        """Find the plain lists that step functions, and what these call, name; also within plain dicts."""
        waiting, seen = list(steps), set()
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            if type(thing) is list:
                self._notebooks.add(id(thing))
                waiting += thing
            elif type(thing) in {dict, tuple, collections.defaultdict}:
                waiting += thing.values() if isinstance(thing, dict) else thing
            elif isinstance(thing, types.FunctionType) and _is_users_function(thing):
                inside: list[Any] = []
                for _, part in _parts(thing):
                    _token(part, inside)
                waiting += inside
            elif isinstance(thing, (types.MethodType, functools.partial)):
                waiting += [getattr(thing, "__func__", None), getattr(thing, "__self__", None)]
                waiting += [getattr(thing, "func", None), *getattr(thing, "args", ())]
            elif not isinstance(thing, (type, nn.Module)) and not _library(type(thing)):
                waiting += [type(thing).__dict__.get("__call__"), *getattr(thing, "__dict__", {}).values()]


def portrait_differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Tell where two portraits are unlike."""
    found = []
    for path in {**one, **other}:
        mine, theirs = one.get(path), other.get(path)
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            found.append(f"{path}: only in the {'second' if mine is None else 'first'}")
            continue
        found += [
            f"{_join(path, str(label))}: {_short(mine.get(label))} != {_short(theirs.get(label))}"
            for label in {**mine, **theirs}
            if mine.get(label) != theirs.get(label)
        ]
    return found


# What an object is made of -------------------------------------------------------------------------


def _parts(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (label, part): parts are other objects, or facts read out of this one."""
    kind = type(thing)
    if isinstance(thing, _Made):
        yield from _container_parts(thing.value)
        return
    if isinstance(thing, type):
        yield from _class_parts(thing)
        return
    yield "class", kind
    if issubclass(kind, unittest.mock.NonCallableMock):  # its counts are what it is for: they may stay
        inside = object.__getattribute__(thing, "__dict__")
        yield from ((name, inside[name]) for name in ("_mock_wraps", "_mock_side_effect") if name in inside)
        return
    special = next((read for types_, read in _SPECIAL if issubclass(kind, types_)), None)
    if special is not None:
        yield from special(thing)
    elif (read := _by_name(kind)) is not None:
        yield from read(thing)
    if special in _WHOLE or _is_machine(kind):
        return
    if issubclass(kind, _CONTAINERS):
        yield from _container_parts(thing)
    yield from _attributes(thing)


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    try:
        inside = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        inside = {}
    if isinstance(inside, dict):
        yield from (
            (f".{name}", part) for name, part in list(inside.items()) if not _NO_STATE.fullmatch(name)
        )
    for base in type(thing).__mro__:
        for name, slot in base.__dict__.items():
            if type(slot) is _SLOT or inspect.ismemberdescriptor(slot):
                if _NO_STATE.fullmatch(name) or base.__module__ in _WITHOUT_SLOTS:
                    continue
                try:
                    yield f".{name}", slot.__get__(thing, type(thing))
                except AttributeError:
                    yield f".{name}", _Fact("empty slot")


def _container_parts(thing: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(thing, dict):
        keys = tuple(
            (collections.OrderedDict if isinstance(thing, collections.OrderedDict) else dict).__iter__(thing)
        )
        yield "keys in order", _Made(keys)
        yield from ((_Key(key), dict.__getitem__(thing, key)) for key in keys)
        if isinstance(thing, collections.defaultdict):
            yield "default_factory", thing.default_factory
    elif isinstance(thing, (set, frozenset)):
        # In no order: of two worlds only the numbers, texts and types of elements can be compared.
        yield "elements", _Fact(frozenset(_element(part) for part in thing))
        yield from ((f"<element at {id(part)}>", part) for part in thing if not _is_plain(part))
    elif isinstance(thing, (list, tuple, collections.deque)):
        if isinstance(thing, collections.deque):
            yield "maxlen", thing.maxlen
        items = list(type(thing).__iter__(thing)) if isinstance(thing, collections.deque) else _items(thing)
        yield from ((f"[{index}]", part) for index, part in enumerate(items))


def _items(thing: Any) -> list[Any]:
    return list(list.__iter__(thing) if isinstance(thing, list) else tuple.__iter__(thing))


class _Key:
    """The key of a dict as a label."""

    def __init__(self, key: Any) -> None:
        self.key = key


def _element(part: Any) -> Any:
    return (type(part).__name__, repr(part)) if _is_plain(part) else (type(part).__name__, "an object")


def _function_parts(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    dictionary = dict(function.__dict__)
    if "torch/_dynamo" in function.__code__.co_filename:  # what torch.compile wraps a function in
        yield from ((f".{name}", dictionary[name]) for name in dictionary if name in _COMPILED)
        return
    for name, part in dictionary.items():
        if not _NO_STATE.fullmatch(name):
            yield f".{name}", part
    yield "code", _Fact(id(function.__code__) and function.__code__.co_name)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield f"'s {name}", cell.cell_contents if cell != types.CellType() else _Fact("empty cell")
    yield from ((f"'s default {index}", part) for index, part in enumerate(function.__defaults__ or ()))
    yield from ((f"'s default {name}", part) for name, part in (function.__kwdefaults__ or {}).items())
    if _is_users_function(function):
        yield from _globals_named(function)


_COMPILED = {"_torchdynamo_orig_callable", "__wrapped__"}


def _globals_named(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the globals that a function's code names, and what it names in the user's own modules."""
    names = sorted(_names(function.__code__))
    for name in names:
        if name not in function.__globals__:
            if not hasattr(builtins, name):
                yield f"'s global {name}", _Fact("not there")
            continue
        part = function.__globals__[name]
        if isinstance(part, types.ModuleType):
            yield f"'s global {name}", _Fact(("module", id(part)))
            yield from _named_in_module(f"'s {name}", part, names, depth=0)
        else:
            yield f"'s global {name}", part


def _named_in_module(
    where: str, module: types.ModuleType, names: list[str], depth: int
) -> Iterator[tuple[str, Any]]:
    if _is_library_file(getattr(module, "__file__", None), module.__name__) or depth > 5:
        return
    for name in names:
        part = module.__dict__.get(name, _Fact("not there"))
        if isinstance(part, types.ModuleType):
            yield from _named_in_module(f"{where}.{name}", part, names, depth + 1)
        elif name in module.__dict__ or depth == 0:
            yield f"{where}.{name}", part


def _names(code: types.CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*(_names(one) for one in inner))


def _class_parts(kind: type) -> Iterator[tuple[str, Any]]:
    if issubclass(kind, enum.Enum):
        return
    users = not _library(kind)
    strangers = kind.__module__.partition(".")[0] in {"torch", "numpy", "functools", *sys.stdlib_module_names}
    if not users and strangers:
        return
    yield from ((f"<base {base.__name__}>", base) for base in kind.__bases__)
    for name, part in list(kind.__dict__.items()):
        if name in _USUAL_OF_CLASSES or inspect.ismemberdescriptor(part) or inspect.isgetsetdescriptor(part):
            continue
        if isinstance(part, (staticmethod, classmethod)):
            yield f".{name}", part.__func__
        elif isinstance(part, property):
            accessors = {"fget": part.fget, "fset": part.fset, "fdel": part.fdel}
            yield from ((f".{name}.{which}", one) for which, one in accessors.items() if users and one)
        elif users or not (callable(part) or hasattr(part, "__get__")):
            yield f".{name}", part


def _tensor_parts(tensor: torch.Tensor) -> Iterator[tuple[str, Any]]:
    if torch.nn.parameter.is_lazy(tensor):
        yield "value", _Fact("not yet made")
        return
    inner: list[str] = []
    if hasattr(tensor, "__tensor_flatten__"):
        inner, context = tensor.__tensor_flatten__()
        yield "context", _Fact(repr(context))
        yield from ((f".{name}", getattr(tensor, name)) for name in inner)
    yield "is", _Fact((str(tensor.dtype), str(tensor.device), tuple(tensor.shape), tensor.requires_grad))
    yield "graph", _Fact(type(tensor.grad_fn).__name__)
    if not inner:
        yield "value", _Fact(_bits(tensor))
        if tensor.layout == torch.strided and not tensor.is_nested and tensor.device.type != "meta":
            memory = tensor.untyped_storage()
            where = (memory._cdata, tensor.storage_offset(), tensor.stride())
            yield "memory", _Fact(where, memory)
    if tensor.is_leaf or tensor.retains_grad:
        yield ".grad", tensor.grad
    for name in ("_backward_hooks", "_post_accumulate_grad_hooks"):
        hooks = getattr(tensor, name, None)
        yield f".{name}", _Made(tuple(hooks.values())) if hooks else None
    for name, part in list(getattr(tensor, "__dict__", {}).items()):
        if name not in inner and not _NO_STATE.fullmatch(name):
            yield f".{name}", part


def _bits(tensor: torch.Tensor) -> Any:
    """Value to the bit, whatever the layout."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if tensor.device.type == "meta":
            return "none"
        if tensor.is_nested:
            return tuple(_bits(part) for part in tensor.unbind())
        if tensor.layout == torch.sparse_coo:
            parts = (tensor._indices(), tensor._values())
            return ("sparse", tensor.is_coalesced(), *(_bits(part) for part in parts))
        if tensor.layout in {torch.sparse_csr, torch.sparse_bsr}:
            return (
                "rows",
                *(_bits(part) for part in (tensor.crow_indices(), tensor.col_indices(), tensor.values())),
            )
        if tensor.layout in {torch.sparse_csc, torch.sparse_bsc}:
            return (
                "columns",
                *(_bits(p) for p in (tensor.ccol_indices(), tensor.row_indices(), tensor.values())),
            )
        if tensor.is_quantized:
            return ("quantized", str(tensor.qscheme()), _scales(tensor), _bits(tensor.int_repr()))
        if tensor.is_mkldnn:
            tensor = tensor.to_dense()
        flat = (
            tensor.detach()
            .as_subclass(torch.Tensor)
            .cpu()
            .resolve_conj()
            .resolve_neg()
            .contiguous()
            .reshape(-1)
        )
        if flat.is_complex():
            flat = torch.view_as_real(flat).reshape(-1)
        return _digest(flat.view(torch.uint8).clone().numpy().tobytes())  # shared, it could no longer grow


def _scales(tensor: torch.Tensor) -> Any:
    if tensor.qscheme() in {torch.per_tensor_affine, torch.per_tensor_symmetric}:
        return tensor.q_scale(), tensor.q_zero_point()
    return tuple(tensor.q_per_channel_scales().tolist()), tuple(tensor.q_per_channel_zero_points().tolist())


def _array_parts(array_: np.ndarray) -> Iterator[tuple[str, Any]]:
    yield "is", _Fact((str(array_.dtype), array_.shape, array_.flags.writeable))
    yield "memory", _Fact((array_.__array_interface__["data"][0], array_.strides))
    if array_.dtype.hasobject:
        yield from ((f"[{index}]", part) for index, part in enumerate(array_.ravel(order="K").tolist()))
    else:
        yield "value", _Fact(_digest(np.ascontiguousarray(array_).tobytes()))


def _random_parts(source: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(source, torch.Generator):
        yield "state", _Fact((source.initial_seed(), _bits(source.get_state())))
    elif isinstance(source, random.SystemRandom):
        pass
    elif isinstance(source, random.Random):
        yield "state", _Fact(_frozen(source.getstate()))
    elif isinstance(source, np.random.Generator):
        yield "bit_generator", source.bit_generator
    elif isinstance(source, np.random.RandomState):
        yield "state", _Fact(_frozen(source.get_state(legacy=False)))
    elif isinstance(source, np.random.SeedSequence):
        yield "state", _Fact(_frozen(source.state))
    else:
        yield "state", _Fact(_frozen(source.state))
        yield "seed_seq", source.seed_seq


def _file_parts(file: Any) -> Iterator[tuple[str, Any]]:
    if file.closed:
        yield "position", _Fact("closed")
        return
    try:
        yield "position", _Fact(file.tell())
    except (OSError, ValueError):  # no seeking, or a text file within its iteration
        yield "position", _Fact("not told")
    if isinstance(file, (io.BytesIO, io.StringIO)):
        yield "value", _Fact(_digest(str(file.getvalue()).encode()))


def _generator_parts(generator: types.GeneratorType) -> Iterator[tuple[str, Any]]:
    frame = generator.gi_frame
    yield "place", _Fact("ended" if frame is None else frame.f_lasti)
    if frame is not None:
        yield from ((f"'s {name}", part) for name, part in dict(frame.f_locals).items())
        yield "yield from", generator.gi_yieldfrom


def _iterator_parts(iterator: Any) -> Iterator[tuple[str, Any]]:
    yield "state", _Made(_inside(iterator))


def _inside(iterator: Any) -> Any:
    """What an iterator of Python's own says of itself, iterators within it opened too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            told = iterator.__reduce__()
        except (TypeError, AttributeError):
            return (
                repr(iterator) if type(iterator).__name__ in {"count", "repeat"} else type(iterator).__name__
            )
    return _opened(told)


def _opened(told: Any) -> Any:
    if type(told) in {tuple, list}:
        return tuple(_opened(part) for part in told)
    if _by_name(type(told)) is _iterator_parts:
        return _inside(told)
    return told


def _buffer_parts(buffer: Any) -> Iterator[tuple[str, Any]]:
    yield "value", _Fact(_digest(bytes(buffer[:] if isinstance(buffer, mmap.mmap) else buffer)))
    if isinstance(buffer, mmap.mmap):
        yield "position", _Fact(buffer.tell())


def _partial_parts(partial: functools.partial) -> Iterator[tuple[str, Any]]:
    yield from ((f"'s {name}", part) for name, part in partial.keywords.items())
    yield "'s func", partial.func
    yield "'s args", partial.args


def _local_parts(local: Any) -> Iterator[tuple[str, Any]]:
    yield from ((f".{name}", part) for name, part in list(local.__dict__.items()))


def _module_parts(module: nn.Module) -> Iterator[tuple[str, Any]]:
    """Yield what a scripted module holds outside of Python; of others all is in their attributes."""
    if isinstance(module, torch.jit.ScriptModule):
        yield from ((f".{name}", part) for name, part in module.named_parameters(recurse=False))
        yield from ((f".{name}", part) for name, part in module.named_buffers(recurse=False))


_SPECIAL: tuple[tuple[Any, Any], ...] = (
    (torch.Tensor, _tensor_parts),
    (np.ndarray, _array_parts),
    ((torch.Generator, random.Random, np.random.Generator, np.random.RandomState), _random_parts),
    ((np.random.BitGenerator, np.random.SeedSequence), _random_parts),
    (types.FunctionType, _function_parts),
    (types.GeneratorType, _generator_parts),
    (io.IOBase, _file_parts),
    ((bytearray, array.array, mmap.mmap, memoryview), _buffer_parts),
    (functools.partial, _partial_parts),
    (threading.local, _local_parts),
    (threading.Event, lambda event: iter([("set", _Fact(event.is_set()))])),
    (contextvars.ContextVar, lambda variable: iter([("value", variable.get(None))])),
    (type(functools.lru_cache(abs)), lambda cached: iter([(".__wrapped__", cached.__wrapped__)])),
    (types.MappingProxyType, lambda proxy: iter([("items", _Made(dict(proxy)))])),
    (nn.Module, _module_parts),
)
# What these tell is all there is to them.
_WHOLE = {_tensor_parts, _function_parts, _generator_parts, _local_parts, _buffer_parts}


def _by_name(kind: type) -> Any:
    """Kinds that cannot be named by their type: of C, of packages that may not be there."""
    home = kind.__module__.partition(".")[0]
    if home == "itertools" or (
        home == "builtins" and hasattr(kind, "__next__") and hasattr(kind, "__reduce__")
    ):
        return _iterator_parts
    if kind.__module__ == "multiprocessing.shared_memory":
        return lambda thing: iter([("value", _Fact(_digest(bytes(getattr(thing, "buf", None) or b""))))])
    if home in {"ctypes", "_ctypes"} or kind.__mro__[-2].__module__ == "_ctypes":
        return lambda thing: iter([("value", _Fact(_digest(bytes(thing))))])
    if kind.__module__ == "multiprocessing.sharedctypes":
        return lambda thing: iter([("value", thing._obj)])
    if home == "_queue":
        return lambda thing: iter([("size", _Fact(thing.qsize()))])
    if home == "_hashlib":
        return lambda thing: iter([("digest", _Fact(thing.hexdigest()))])
    if home == "pandas" and kind.__name__ in {"DataFrame", "Series", "Index"}:
        return lambda thing: iter([("value", _Fact(_digest(pickle.dumps(thing))))])
    if kind.__name__ in {"lock", "RLock"} and home == "_thread":
        return lambda thing: iter([("locked", _Fact(getattr(thing, "locked", lambda: None)()))])
    return None


def _is_machine(kind: type) -> bool:
    name = kind.__module__
    return any(name == one or name.startswith(one + ".") for one in _MACHINES) and kind.__name__ != "local"


# Tokens: what two looks are compared by ------------------------------------------------------------


def _token(part: Any, children: list[Any]) -> Any:
    """A value for what cannot change, an identity for what can; the latter is to be walked as well."""
    if isinstance(part, _Fact):
        return "fact", part.value
    if isinstance(part, _Key):
        return "key", _token(part.key, children)
    if isinstance(part, _Made):
        return _opened_token(part.value, children)
    kind = type(part)
    if kind in _PLAIN:
        return "is", kind.__name__, part if not isinstance(part, slice) else repr(part)
    if issubclass(kind, enum.Enum):
        return "is", kind.__name__, part.name
    if issubclass(kind, _BY_THEIR_REPR):
        return "is", kind.__name__, repr(part)
    if issubclass(kind, np.generic):
        return "is", kind.__name__, part.tobytes() if not part.dtype.hasobject else repr(part)
    if issubclass(kind, tuple):
        return "tuple", kind.__name__, tuple(_token(one, children) for one in tuple.__iter__(part))
    if kind in _METHODS:
        return _method_token(part, children)
    if issubclass(kind, weakref.ReferenceType):
        return "weakly", _token(part(), children)
    if isinstance(part, types.ModuleType):
        return "module", part.__name__
    children.append(part)
    return "object", id(part), _told_kind(part)


def _opened_token(value: Any, children: list[Any]) -> Any:
    if type(value) in {tuple, list}:
        return "opened", tuple(_opened_token(one, children) for one in value)
    if type(value) is dict:
        pairs = ((_token(key, children), _opened_token(one, children)) for key, one in value.items())
        return "opened", tuple(pairs)
    return _token(value, children)


def _method_token(method: Any, children: list[Any]) -> Any:
    owner = getattr(method, "__self__", None)
    name = getattr(method, "__qualname__", repr(method))
    if owner is None or isinstance(owner, types.ModuleType):
        return "builtin", name
    inside = _token(owner, children)
    function = getattr(method, "__func__", None)
    return "method", name, inside, _token(function, children) if function is not None else None


def _is_plain(part: Any) -> bool:
    return type(part) in _PLAIN or isinstance(part, (*_BY_THEIR_REPR, enum.Enum))


def _frozen(value: Any) -> Any:
    """Copy of a state as tuples, numbers and texts."""
    if isinstance(value, Mapping):
        return tuple((key, _frozen(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(one) for one in value)
    if isinstance(value, np.ndarray):
        return _digest(value.tobytes())
    if isinstance(value, torch.Tensor):
        return _bits(value)
    return repr(value)


def _digest(data: bytes) -> str:
    start = data[:16].hex() if len(data) <= 16 else data[:8].hex() + ".."
    return f"{len(data)} bytes {start} {hashlib.blake2b(data, digest_size=12).hexdigest()}"


def _random_state() -> dict[str, Any]:
    state = {
        "torch": _bits(torch.get_rng_state()),
        "random": _frozen(random.getstate()),
        "numpy": _frozen(np.random.get_state(legacy=False)),  # noqa: NPY002 - the one of all
        "settings of torch": repr(
            (torch.is_grad_enabled(), torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled())
        ),
    }
    for number in range(torch.cuda.device_count() if torch.cuda.is_initialized() else 0):
        state[f"cuda:{number}"] = _bits(torch.cuda.get_rng_state(number))
    return state


def _library(kind: type) -> bool:
    module = sys.modules.get(kind.__module__)
    return _is_library_file(getattr(module, "__file__", None), kind.__module__)


def _is_users_function(function: types.FunctionType) -> bool:
    return not _is_library_file(function.__code__.co_filename, function.__module__ or "")


def _is_library_file(file: str | None, module: str) -> bool:
    """Whether code is Python's, a package's, or the package's that is tested: not the user's."""
    if module.partition(".")[0] in {"builtins", "lrwidget", *sys.builtin_module_names}:
        return True
    if file is None:
        return module.partition(".")[0] in sys.stdlib_module_names
    inside = file.startswith(str(ROOT / ".venv")) or "site-packages" in file or "dist-packages" in file
    return inside or file.startswith((*_STDLIB, "<frozen"))


# Words ---------------------------------------------------------------------------------------------


def _join(path: str, label: Any) -> str:
    if isinstance(label, _Key):
        label = f"[{label.key!r}]" if _is_plain(label.key) else f"[<{type(label.key).__name__}>]"
    if label == "class":
        label = "<class>" if path else "class"
    if not path:
        return str(label).strip("['\"]")
    return f"{path}{label}" if label[:1] in {".", "[", "'", "<"} else f"{path} {label}"


def _told_label(label: Any, nodes: Mapping[int, _Node]) -> str:
    if isinstance(label, str):
        return label
    return f"[{_told(label[1], nodes)}]" if label[0] == "key" else f"[{_told(label, nodes)}]"


def _told(token: Any, nodes: Mapping[int, _Node]) -> str:
    if token is None:
        return "nothing"
    if token[0] == "object":
        known = nodes.get(token[1])
        return f"<{token[2]} {known.path}>" if known else f"<another {token[2]}>"
    if token[0] == "is":
        return _short(token[2])
    return _short(token[1:])


def _told_kind(part: Any) -> str:
    return type(part).__name__


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 90 else text[:85] + " ..."


def _named(token: Any, names: Mapping[int, str]) -> Any:
    """Put paths in the place of identities."""
    if not isinstance(token, tuple):
        return token
    if token[:1] == ("object",) and len(token) == 3:
        return "object", names.get(token[1], "?"), token[2]
    if token[:1] == ("module",) and len(token) == 2 and isinstance(token[1], int):
        return "module"
    return tuple(_named(one, names) for one in token)


def _is_address(label: Any) -> bool:
    return label == "memory" or (isinstance(label, str) and label.startswith("<element at"))


def _only_notes_were_added(node: _Node, now: Mapping[Any, Any]) -> bool:
    kept = all(now.get(label) == token for label, token in node.parts.items())
    return kept and all(_is_note(node.thing[index]) for index in range(len(node.parts) - 1, len(now) - 1))


def _is_note(item: Any) -> bool:
    if isinstance(item, (tuple, list)):
        return all(_is_note(one) for one in item)
    if isinstance(item, dict):
        return all(_is_note(one) for pair in item.items() for one in pair)
    return item is None or isinstance(item, (bool, int, float, complex, str, bytes, np.number))
