"""Functions, methods and classes of the user's: what they refer to, and the variables they bind anew.

A step often reaches for more than it is handed: a second model, its optimizer, an exponential moving
average, the hidden state of the batch before. Python functions tell what they refer to: the variables of
their closure, the globals they name, the object they are a method of. Nothing is called on the way, and
nothing of installed packages is looked into.
"""

from __future__ import annotations

import dis
import enum
import functools
import sys
from functools import lru_cache, partial
from pathlib import Path
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from lrwidget.engine.state.kinds.objects import Attributes, attributes_of, keep_attributes
from lrwidget.engine.state.parts import ABSENT, Part, same
from lrwidget.engine.state.walk import Kind, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["CLASSES", "ENUMERATIONS", "FUNCTIONS"]

_CACHED = type(lru_cache(maxsize=1)(lambda: None))
_KINDS = (
    FunctionType,
    MethodType,
    BuiltinFunctionType,
    partial,
    functools.partialmethod,
    staticmethod,
    classmethod,
    _CACHED,
)


class _Cell(Part):
    """A captured variable that a function binds anew."""

    __slots__ = ("cell", "kept")

    def __init__(self, label: str, cell: CellType) -> None:
        self.cell = cell
        super().__init__(label)

    def take(self) -> None:
        self.kept = self._read()

    def differs(self) -> bool:
        return not same(self._read(), self.kept)

    def give_back(self) -> None:
        if self._read() is self.kept:
            return
        if self.kept is ABSENT:
            del self.cell.cell_contents
        else:
            self.cell.cell_contents = self.kept

    def _read(self) -> Any:
        try:
            return self.cell.cell_contents
        except ValueError:  # not assigned yet
            return ABSENT


class _Names(Part):
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
        self.kept = [self.namespace.get(name, ABSENT) for name in self.names]

    def differs(self) -> bool:
        return any(
            not same(self.namespace.get(name, ABSENT), value)
            for name, value in zip(self.names, self.kept, strict=True)
        )

    def give_back(self) -> None:
        for name, value in zip(self.names, self.kept, strict=True):
            now = self.namespace.get(name, ABSENT)
            if now is value:
                continue
            if value is ABSENT:
                self.drop(name)
            else:
                self.put(name, value)


def _keep(walk: Walk, met: Met) -> None:
    value, label = met.value, met.label
    way = Way(named=met.way.named, by_function=True, notes=True)
    if isinstance(value, FunctionType):
        _keep_function(walk, value, label, way)
    elif isinstance(value, MethodType):
        # The method of a module or a loader is as good as the object; of a user's own trainer likewise.
        walk.keep(value.__self__, f"{label}: self", way)
        walk.keep(value.__func__, label, way)
    elif isinstance(value, BuiltinFunctionType):
        owner = value.__self__
        if owner is not None and not isinstance(owner, (ModuleType, type)):
            walk.keep(owner, f"{label}: self", way)
    elif isinstance(value, (partial, functools.partialmethod)):
        walk.keep(value.func, label, way)
        for index, item in enumerate(value.args):
            walk.keep(item, f"{label}: argument {index}", way)
        for name, item in value.keywords.items():
            walk.keep(item, f"{label}: {name}", way)
    else:
        walk.keep(value.__wrapped__ if isinstance(value, _CACHED) else value.__func__, label, way)


def _keep_function(walk: Walk, function: FunctionType, label: str, way: Way) -> None:
    code = function.__code__
    bound = _bound_in(code)
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        if name in bound.variables and walk.enter(cell):
            walk.part(_Cell(f"{label}: {name}", cell))
        try:
            inside = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
        walk.keep(inside, f"{label}: {name}", way, _CellHolder(cell), name)
    for index, item in enumerate(function.__defaults__ or ()):
        walk.keep(item, f"{label}: default {index}", way)
    for name, item in (function.__kwdefaults__ or {}).items():
        walk.keep(item, f"{label}: {name}", way)
    attributes = attributes_of(function)
    if attributes is not None and is_own(function.__module__):
        part = Attributes(label, attributes, lambda _: False)
        walk.part(part)
    for name, item in list(attributes.items()) if attributes else ():
        walk.keep(item, f"{label}.{name}", way)
    if is_own(function.__module__):
        _keep_globals(walk, function, label, bound, way)


def _keep_globals(walk: Walk, function: FunctionType, label: str, bound: _Bound, way: Way) -> None:
    namespace = function.__globals__
    if bound.globals:
        walk.part(
            _Names(label, namespace, sorted(bound.globals), namespace.__setitem__, namespace.__delitem__)
        )
    for name in sorted(bound.named):
        if name not in namespace:
            continue
        thing = namespace[name]
        if not isinstance(thing, ModuleType):
            walk.keep(thing, f"{label}: {name}", way, namespace, name)
        elif is_own(thing.__name__):
            held = vars(thing)
            if written := sorted(bound.attributes & held.keys()):
                walk.part(_Names(f"{label}: {name}", held, written, held.__setitem__, held.__delitem__))
            for key in sorted(bound.named & held.keys()):
                if not isinstance(held[key], ModuleType):
                    walk.keep(held[key], f"{label}: {name}.{key}", way)


class _CellHolder:
    """A captured variable, written to as an item is."""

    __slots__ = ("_cell",)

    def __init__(self, cell: CellType) -> None:
        self._cell = cell

    def __setitem__(self, name: str, value: Any) -> None:
        self._cell.cell_contents = value


class _Bound:
    """What a function's code, and that of functions within it, names and binds."""

    __slots__ = ("attributes", "globals", "named", "variables")

    def __init__(self) -> None:
        self.named: set[str] = set()
        self.globals: set[str] = set()
        self.variables: set[str] = set()
        self.attributes: set[str] = set()


_BINDING = {
    "STORE_GLOBAL": "globals",
    "DELETE_GLOBAL": "globals",
    "STORE_DEREF": "variables",
    "DELETE_DEREF": "variables",
    "STORE_ATTR": "attributes",
    "DELETE_ATTR": "attributes",
}


@lru_cache(maxsize=4096)
def _bound_in(code: CodeType) -> _Bound:
    bound = _Bound()
    for one in _codes(code):
        bound.named.update(one.co_names)
        for instruction in dis.get_instructions(one):
            target = _BINDING.get(instruction.opname)
            if target is not None:
                getattr(bound, target).add(instruction.argval)
    return bound


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _keep_class(walk: Walk, met: Met) -> None:
    """Keep what stands on a user's own class, as counters of all its objects do; and enter its methods."""
    way = Way(named=met.way.named, by_function=True, notes=True)
    for base in met.value.__mro__:
        if not is_own(base.__module__) or (base is not met.value and not walk.enter(base)):
            continue
        label = base.__name__
        held = vars(base)
        names = [name for name, item in held.items() if not _is_dunder(name) and _is_variable(item)]
        if names:
            walk.part(_Names(label, held, names, partial(setattr, base), partial(delattr, base)))
        for name, item in held.items():
            inner = item.fget if isinstance(item, property) else item
            if not _is_dunder(name) or isinstance(inner, FunctionType):  # tables of Python's own machinery
                walk.keep(inner, f"{label}.{name}", way)


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_variable(item: Any) -> bool:
    return not isinstance(item, (*_KINDS, property, type)) and not hasattr(type(item), "__get__")


def is_own(module: str | None) -> bool:
    """Return whether a module is the user's own code, no installed package's and not Python's."""
    if not isinstance(module, str):
        return False
    top = module.partition(".")[0]
    return top not in _LIBRARIES and _is_own(top)


# Those whose objects are met most: nothing needs to be asked about them.
_LIBRARIES = sys.stdlib_module_names | {"", "lrwidget", "numpy", "torch"}


def _is_own(top: str) -> bool:
    if top == "__main__":  # a notebook's cells, whatever file the kernel was started from
        return True
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    if "site-packages" in file or "dist-packages" in file:
        return False
    # What lies in a virtual environment was installed there, in whatever folder of it.
    return sys.prefix == sys.base_prefix or not Path(file).is_relative_to(sys.prefix)


# Members of a user's own enumeration may carry more than their value.
ENUMERATIONS = Kind(
    "enumerations",
    lambda kind: issubclass(kind, enum.Enum) and is_own(kind.__module__),
    keep_attributes,
)
CLASSES = Kind("classes", lambda kind: issubclass(kind, type), _keep_class)
FUNCTIONS = Kind("functions", lambda kind: issubclass(kind, _KINDS), _keep)
