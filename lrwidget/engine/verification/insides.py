"""What an object is made of, kind by kind: read without moving anything.

Nothing here calls what a user has written: no ``__len__``, ``__iter__``, ``__eq__``, ``__getattr__`` or
property. Attributes are taken from where they lie, containers are read by their own type's methods, and
random states are read, not drawn from. Asked themselves are only tensors that are made of others (by
``__tensor_flatten__``), whether a file is closed, and tables of pandas.
"""

from __future__ import annotations

import array
import builtins
import collections
import contextvars
import enum
import functools
import inspect
import io
import mmap
import random
import re
import sys
import threading
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from lrwidget.engine.spies import is_spy_class
from lrwidget.engine.verification.authors import is_library_class, is_library_file, is_users_function
from lrwidget.engine.verification.values import bits, bits_of_bytes, digest, frozen, is_plain, plain_repr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["METHODS", "Fact", "Key", "Made", "Reader", "parts_of_object"]

# Machines, not state: taken as they are. `lrwidget` is what is being verified.
_MACHINES = (
    *("threading", "_thread", "multiprocessing", "concurrent", "asyncio", "socket", "_socket", "ssl"),
    *("selectors", "subprocess", "logging", "lrwidget", "importlib"),
    *("torch._dynamo", "torch._inductor", "torch._functorch", "torch.fx", "torch._C", "torch._ops"),
    *("torch.multiprocessing", "torch.distributed", "torch.profiler", "pyarrow", "fsspec"),
    # What shows and logs a training shows the sweep as well.
    *("IPython", "ipykernel", "ipywidgets", "traitlets", "anywidget", "comm", "zmq", "tornado"),
    *("matplotlib", "plotly", "bokeh", "altair", "seaborn", "tqdm", "rich", "wandb", "mlflow", "comet_ml"),
    *("neptune", "aim", "tensorboard", "tensorboardX", "torch.utils.tensorboard"),
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
_SLOT = type(functools.partial.func)
METHODS = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)
_CONTAINERS = (dict, list, tuple, set, frozenset, collections.deque)


class Fact:
    """A value that was read out of an object: compared as such, and not walked."""

    def __init__(self, value: object, held: object = None) -> None:
        self.value = value
        self.held = held  # what an address in the value is of: nothing else may get it


class Made:
    """A container that was made to show an object's inside: walked, but its identity means nothing."""

    def __init__(self, value: object) -> None:
        self.value = value


@dataclass(frozen=True, slots=True)
class Reader:
    """How objects of one type are read: found out once, for there may be many of them."""

    read: Callable[[Any], Iterable[tuple[Any, Any]]] | None
    is_whole: bool
    is_container: bool
    slots: tuple[tuple[str, Any], ...]


def parts_of_object(thing: Any, readers: dict[type, Reader]) -> Iterator[tuple[Any, Any]]:
    """Yield (label, part): parts are other objects, or facts read out of this one.

    What cannot be read is a fact as well: the reason.

    Parameters
    ----------
    thing : object
    readers : dict
        Those known so far; new ones are added. It holds users' classes: the caller lets go of it.
    """
    try:
        yield from _parts(thing, readers)
    except Exception as error:  # noqa: BLE001 - of whatever kind: a strange object must not end a sweep
        yield "reading it", Fact(f"fails with {type(error).__name__}")


def _parts(thing: Any, readers: dict[type, Reader]) -> Iterator[tuple[Any, Any]]:
    kind = type(thing)
    if kind is Made:
        yield from _container_parts(thing.value)
        return
    if issubclass(kind, type):
        yield from _class_parts(thing)
        return
    yield "class", kind
    reader = readers.get(kind)
    if reader is None:
        reader = readers[kind] = _reader_of(kind)
    if reader.read is not None:
        yield from reader.read(thing)
    if reader.is_whole:
        return
    if reader.is_container:
        yield from _container_parts(thing)
    yield from _attributes(thing, reader)


def _reader_of(kind: type) -> Reader:
    if is_spy_class(kind):  # its counts are what it is for: they may stay
        return Reader(_spy_parts, is_whole=True, is_container=False, slots=())
    special = next((read for types_, read in _SPECIAL if issubclass(kind, types_)), None) or _by_name(kind)
    slots = [
        (name, slot)
        for base in kind.__mro__
        for name, slot in base.__dict__.items()
        if (type(slot) is _SLOT or inspect.ismemberdescriptor(slot))
        and not (_NO_STATE.fullmatch(name) or base.__module__ in _WITHOUT_SLOTS)
    ]
    return Reader(
        special,
        is_whole=special in _WHOLE or _is_machine(kind),
        is_container=issubclass(kind, _CONTAINERS),
        slots=tuple(slots),
    )


def _spy_parts(spy: Any) -> Iterator[tuple[str, Any]]:
    inside = object.__getattribute__(spy, "__dict__")
    yield from ((name, inside[name]) for name in ("_mock_wraps", "_mock_side_effect") if name in inside)


def _attributes(thing: Any, reader: Reader) -> Iterator[tuple[str, Any]]:
    try:
        inside = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        inside = {}
    if issubclass(type(inside), dict):
        yield from (
            (f".{name}", part) for name, part in list(inside.items()) if not _NO_STATE.fullmatch(name)
        )
    for name, slot in reader.slots:
        try:
            yield f".{name}", slot.__get__(thing, type(thing))
        except AttributeError:  # noqa: PERF203 - each may be empty
            yield f".{name}", Fact("empty slot")


def _container_parts(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what is in a container, by its own type's methods: a subclass may have written others."""
    base = next(one for one in (collections.OrderedDict, *_CONTAINERS) if issubclass(type(thing), one))
    if issubclass(base, dict):
        keys = tuple(base.__iter__(thing))
        values = {id(key): value for key, value in dict.items(thing)}  # no key is asked for its hash
        yield "keys in order", Made(keys)
        yield from ((Key(key), values[id(key)]) for key in keys)
        if issubclass(type(thing), collections.defaultdict):
            yield "default_factory", thing.default_factory
    elif base in {set, frozenset}:
        # In no order: of two worlds only the numbers, texts and types of elements can be compared.
        elements = tuple(base.__iter__(thing))
        yield "elements", Fact(frozenset(_element(part) for part in elements))
        yield from ((f"<element at {id(part)}>", part) for part in elements if not is_plain(part))
    else:
        if base is collections.deque:
            yield "maxlen", thing.maxlen
        yield from ((f"[{index}]", part) for index, part in enumerate(tuple(base.__iter__(thing))))


class Key:
    """The key of a dict as a label."""

    def __init__(self, key: Any) -> None:
        self.key = key


def _element(part: Any) -> Any:
    return (type(part).__name__, plain_repr(part)) if is_plain(part) else (type(part).__name__, "an object")


def _function_parts(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    dictionary = dict(function.__dict__)
    if "torch/_dynamo" in function.__code__.co_filename:  # what torch.compile wraps a function in
        yield from ((f".{name}", dictionary[name]) for name in dictionary if name in _COMPILED)
        return
    for name, part in dictionary.items():
        if not _NO_STATE.fullmatch(name):
            yield f".{name}", part
    yield "code", Fact((function.__code__.co_name, digest(function.__code__.co_code)))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield f"'s {name}", cell.cell_contents if cell != types.CellType() else Fact("empty cell")
    yield from ((f"'s default {index}", part) for index, part in enumerate(function.__defaults__ or ()))
    yield from ((f"'s default {name}", part) for name, part in (function.__kwdefaults__ or {}).items())
    if is_users_function(function):
        yield from _globals_named(function)


_COMPILED = {"_torchdynamo_orig_callable", "__wrapped__"}


def _globals_named(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the globals that a function's code names, and what it names in the user's own modules."""
    names = sorted(_names(function.__code__))
    for name in names:
        if name not in function.__globals__:
            if not hasattr(builtins, name):
                yield f"'s global {name}", Fact("not there")
            continue
        part = function.__globals__[name]
        if issubclass(type(part), types.ModuleType):
            yield f"'s global {name}", Fact(("module", id(part)))
            yield from _named_in_module(f"'s {name}", part, names, depth=0)
        else:
            yield f"'s global {name}", part


def _named_in_module(
    where: str, module: types.ModuleType, names: list[str], depth: int
) -> Iterator[tuple[str, Any]]:
    if is_library_file(getattr(module, "__file__", None), module.__name__) or depth > 5:
        return
    for name in names:
        part = module.__dict__.get(name, Fact("not there"))
        if issubclass(type(part), types.ModuleType):
            yield from _named_in_module(f"{where}.{name}", part, names, depth + 1)
        elif name in module.__dict__ or depth == 0:
            yield f"{where}.{name}", part


def _names(code: types.CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return set(code.co_names).union(*(_names(one) for one in inner))


def _class_parts(kind: type) -> Iterator[tuple[str, Any]]:
    users = not is_library_class(kind)
    if issubclass(kind, enum.Enum):
        members = kind.__dict__["_member_map_"] if users else {}
        yield from ((f".{name}", member) for name, member in list(members.items()))
        return
    strangers = kind.__module__.partition(".")[0] in {"torch", "numpy", "functools", *sys.stdlib_module_names}
    if not users and strangers:
        return
    yield from ((f"<base {base.__name__}>", base) for base in kind.__bases__ if base is not object)
    for name, part in list(kind.__dict__.items()):
        if name in _USUAL_OF_CLASSES or inspect.ismemberdescriptor(part) or inspect.isgetsetdescriptor(part):
            continue
        kind_of_part = type(part)
        if issubclass(kind_of_part, (staticmethod, classmethod)):
            yield f".{name}", part.__func__
        elif issubclass(kind_of_part, property):
            accessors = {"fget": part.fget, "fset": part.fset, "fdel": part.fdel}
            yield from ((f".{name}.{which}", one) for which, one in accessors.items() if users and one)
        elif users or not (callable(part) or hasattr(kind_of_part, "__get__")):
            yield f".{name}", part


def _tensor_parts(tensor: torch.Tensor) -> Iterator[tuple[str, Any]]:
    with torch._C.DisableTorchFunctionSubclass():  # which a subclass may have written  # noqa: SLF001
        found = list(_parts_of_tensor(tensor))
    yield from found


def _parts_of_tensor(tensor: torch.Tensor) -> Iterator[tuple[str, Any]]:
    if torch.nn.parameter.is_lazy(tensor):
        yield "value", Fact("not yet made")
        return
    inner: list[str] = []
    if (flatten := getattr(tensor, "__tensor_flatten__", None)) is not None:
        inner, context = flatten()
        yield "context", Fact(repr(context))
        yield from ((f".{name}", getattr(tensor, name)) for name in inner)
    yield "is", Fact((str(tensor.dtype), str(tensor.device), tuple(tensor.shape), tensor.requires_grad))
    yield "graph", Fact(type(tensor.grad_fn).__name__)
    if not inner:
        yield "value", Fact(bits(tensor))
        if tensor.layout == torch.strided and not tensor.is_nested and tensor.device.type != "meta":
            memory = tensor.untyped_storage()
            yield "memory", Fact((memory._cdata, tensor.storage_offset(), tensor.stride()), memory)  # noqa: SLF001
    if tensor.is_leaf or tensor.retains_grad:
        yield ".grad", tensor.grad
    for name in ("_backward_hooks", "_post_accumulate_grad_hooks"):
        hooks = getattr(tensor, name, None)
        yield f".{name}", Made(tuple(hooks.values())) if hooks else None
    for name, part in list(getattr(tensor, "__dict__", {}).items()):
        if name not in inner and not _NO_STATE.fullmatch(name):
            yield f".{name}", part


def _array_parts(array_: np.ndarray[Any, Any]) -> Iterator[tuple[str, Any]]:
    plain = np.ndarray.view(array_, np.ndarray)
    yield "is", Fact((str(plain.dtype), plain.shape, array_.flags.writeable))
    yield "memory", Fact((plain.__array_interface__["data"][0], plain.strides))
    if issubclass(type(array_), np.memmap) and not array_.flags.writeable:
        return  # a data set on disk, that nobody can write to by this: it is not read through
    if plain.dtype.hasobject:
        yield from ((f"[{index}]", part) for index, part in enumerate(plain.ravel(order="K").tolist()))
    else:
        yield "value", Fact(bits_of_bytes(np.ascontiguousarray(plain).reshape(-1).view(np.uint8)))


def _random_parts(source: Any) -> Iterator[tuple[str, Any]]:
    if issubclass(type(source), torch.Generator):
        yield "state", Fact((source.initial_seed(), bits(source.get_state())))
    elif issubclass(type(source), random.SystemRandom):
        pass
    elif issubclass(type(source), random.Random):
        yield "state", Fact(frozen(source.getstate()))
    elif issubclass(type(source), np.random.Generator):
        yield "bit_generator", source.bit_generator
    elif issubclass(type(source), np.random.RandomState):
        yield "state", Fact(frozen(source.get_state(legacy=False)))
    elif issubclass(type(source), np.random.SeedSequence):
        yield "state", Fact(frozen(source.state))
    else:
        yield "state", Fact(frozen(source.state))
        yield "seed_seq", source.seed_seq


def _file_parts(file: Any) -> Iterator[tuple[str, Any]]:
    # A file of the user's own making is asked as what it is made from.
    base: Any = next(one for one in type(file).__mro__ if is_library_class(one) and "tell" in one.__dict__)
    if file.closed:
        yield "position", Fact("closed")
        return
    try:
        yield "position", Fact(base.tell(file))
    except (OSError, ValueError):  # no seeking, or a text file within its iteration
        yield "position", Fact("not told")
    if issubclass(base, (io.BytesIO, io.StringIO)):
        yield "value", Fact(digest(str(base.getvalue(file)).encode()))


def _generator_parts(generator: types.GeneratorType[Any, Any, Any]) -> Iterator[tuple[str, Any]]:
    frame = generator.gi_frame
    yield "place", Fact("ended" if frame is None else frame.f_lasti)
    if frame is not None:
        found = frame.f_locals
        names = dict(found)
        if type(found) is dict:  # before Python 3.13 a copy, which would hold what the generator lets go of
            found.clear()
        yield from ((f"'s {name}", part) for name, part in names.items())
        yield "yield from", generator.gi_yieldfrom


def _iterator_parts(iterator: Any) -> Iterator[tuple[str, Any]]:
    yield "state", Made(_inside(iterator))


def _inside(iterator: Any) -> Any:
    """Return what an iterator of Python's own says of itself, iterators within it opened too."""
    name = type(iterator).__name__
    try:
        told = iterator.__reduce__()
    except (TypeError, AttributeError):
        return repr(iterator) if name in {"count", "repeat"} else name
    return _opened(told)


def _opened(told: Any) -> Any:
    if type(told) in {tuple, list}:
        return tuple(_opened(part) for part in told)
    if _by_name(type(told)) is _iterator_parts:
        return _inside(told)
    return told


def _buffer_parts(buffer: Any) -> Iterator[tuple[str, Any]]:
    yield "value", Fact(digest(buffer[:] if issubclass(type(buffer), mmap.mmap) else bytes(buffer)))
    if issubclass(type(buffer), mmap.mmap):
        yield "position", Fact(buffer.tell())


def _partial_parts(partial: functools.partial[Any]) -> Iterator[tuple[str, Any]]:
    yield from ((f"'s {name}", part) for name, part in partial.keywords.items())
    yield "'s func", partial.func
    yield "'s args", partial.args


def _local_parts(local: Any) -> Iterator[tuple[str, Any]]:
    if type(local).__init__ is not object.__init__:
        return  # to ask it would make this thread's own, by calling that
    yield from ((f".{name}", part) for name, part in list(local.__dict__.items()))


def _module_parts(module: nn.Module) -> Iterator[tuple[str, Any]]:
    """Yield what a scripted module holds outside of Python; of others all is in their attributes."""
    if issubclass(type(module), torch.jit.ScriptModule):
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
    (threading.Event, lambda event: iter([("set", Fact(event.is_set()))])),
    (contextvars.ContextVar, lambda variable: iter([("value", variable.get(None))])),
    (type(functools.lru_cache(abs)), lambda cached: iter([(".__wrapped__", cached.__wrapped__)])),
    (types.MappingProxyType, lambda proxy: iter([("items", Made(dict(proxy)))])),
    (nn.Module, _module_parts),
)


def _table_parts(table: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a table of pandas holds; how that lies in memory is pandas' affair."""
    util = sys.modules["pandas"].util
    rows = util.hash_pandas_object(table, index=True).to_numpy()
    names = repr(list(table.columns) if hasattr(table, "columns") else getattr(table, "name", None))
    kinds = repr(table.dtypes.tolist() if hasattr(table, "columns") else table.dtype)
    yield "value", Fact((digest(rows.tobytes()), names, kinds))


# What these tell is all there is to them.
_WHOLE = {_tensor_parts, _function_parts, _generator_parts, _local_parts, _buffer_parts, _table_parts}


def _by_name(kind: type) -> Any:
    """Kinds that cannot be named by their type: of C, of packages that may not be there."""
    home = kind.__module__.partition(".")[0]
    if home == "itertools" or (
        home == "builtins" and hasattr(kind, "__next__") and hasattr(kind, "__reduce__")
    ):
        return _iterator_parts
    if kind.__module__ == "multiprocessing.shared_memory":
        return lambda thing: iter([("value", Fact(digest(bytes(getattr(thing, "buf", None) or b""))))])
    if home in {"ctypes", "_ctypes"} or kind.__mro__[-2:][0].__module__ == "_ctypes":
        return lambda thing: iter([("value", Fact(digest(memoryview(thing).tobytes())))])
    if kind.__module__ == "multiprocessing.sharedctypes":
        return lambda thing: iter([("value", thing._obj)])  # noqa: SLF001
    if home == "_queue":
        return lambda thing: iter([("size", Fact(thing.qsize()))])
    if home == "_hashlib":
        return lambda thing: iter([("digest", Fact(thing.hexdigest()))])
    if home == "pandas" and kind.__name__ in {"DataFrame", "Series", "Index"}:
        return _table_parts
    if kind.__name__ in {"lock", "RLock"} and home == "_thread":
        return lambda thing: iter([("locked", Fact(getattr(thing, "locked", lambda: None)()))])
    return None


def _is_machine(kind: type) -> bool:
    name = kind.__module__
    return any(name == one or name.startswith(one + ".") for one in _MACHINES) and kind.__name__ != "local"
