"""What a user's own function changes besides the model: found by looking at what it refers to.

A step often reaches for more than it is handed: a second model, its optimizer, an exponential moving
average, a gradient scaler. Python functions tell what they refer to: the variables of their closure, the
globals they name, the object they are a method of. Nothing is called on the way, and nothing of installed
packages is looked into.
"""

from __future__ import annotations

import random
import sys
from collections import deque
from contextlib import suppress
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.utils.data import DataLoader, Dataset

from lrwidget.engine.spies import is_spy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["found_in", "hooks_of"]

# What a training step changes. Plain tensors and lists are not among these: more often than not they are
# somebody's notes of the sweep, which are to stay.
CHANGING = (
    nn.Module,
    torch.optim.Optimizer,
    LRScheduler,
    ReduceLROnPlateau,
    getattr(torch.amp, "GradScaler", torch.cuda.amp.GradScaler),
    torch.Generator,
    random.Random,
    np.random.Generator,
    np.random.RandomState,
)
# Data, code and values: large, or with nothing behind them.
CLOSED = (Dataset, DataLoader, torch.Tensor, np.ndarray, str, bytes, int, float, complex, type(None), type)
#: Steps from the function to what it refers to: method, object, attribute, item.
DEEPEST = 4
# A longer container is data.
LARGEST = 100

Named = tuple[str, Any]


def found_in(function: Any, label: str) -> list[Named]:
    """Return ``(name, object)`` for all that changes and that a function refers to, each once."""
    found: list[Named] = []
    seen: dict[int, Any] = {}
    waiting: deque[tuple[str, Any, int]] = deque([(label, function, 0)])
    while waiting:
        name, thing, depth = waiting.popleft()
        if id(thing) in seen or isinstance(thing, CLOSED) or is_spy(thing):
            continue
        seen[id(thing)] = thing
        if isinstance(thing, CHANGING):
            found.append((name, thing))
        elif depth < DEEPEST:
            waiting += [
                (f"{name}: {key}" if depth == 0 else f"{name}.{key}", item, depth + 1)
                for key, item in _behind(thing)
            ]
    return found


def hooks_of(owner: Any) -> list[Any]:
    """Return the functions hooked into a module and those below it, or into an optimizer."""
    owners = owner.modules() if isinstance(owner, nn.Module) else (owner,)
    tables = (table for one in owners for name, table in vars(one).items() if "_hooks" in name and table)
    return [hook for table in tables if isinstance(table, dict) for hook in table.values()]


def _behind(thing: Any) -> Iterable[Named]:
    if isinstance(thing, partial):
        return [("func", thing.func), *_numbered(thing.args), *thing.keywords.items()]
    if isinstance(thing, MethodType):
        return [("self", thing.__self__), ("method", thing.__func__)]
    if isinstance(thing, FunctionType):
        return _behind_function(thing)
    if isinstance(thing, dict):
        return [(str(key), item) for key, item in thing.items()] if len(thing) <= LARGEST else ()
    if isinstance(thing, (list, tuple)):
        return _numbered(thing) if len(thing) <= LARGEST else ()
    if isinstance(thing, ModuleType) or not _is_own(type(thing).__module__):
        return ()
    own = [one for one in type(thing).__mro__ if _is_own(one.__module__)]
    methods = [
        (name, item) for one in own for name, item in vars(one).items() if isinstance(item, FunctionType)
    ]
    return [*getattr(thing, "__dict__", {}).items(), *methods]


def _behind_function(function: FunctionType) -> Iterator[Named]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # not assigned yet
            yield name, cell.cell_contents
    yield from _numbered(function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()
    yield from vars(function).items()
    if not _is_own(function.__module__):
        return
    names = set(_names(function.__code__))
    for name in names & function.__globals__.keys():
        thing = function.__globals__[name]
        yield name, thing
        if isinstance(thing, ModuleType) and _is_own(thing.__name__):
            yield from ((f"{name}.{key}", vars(thing)[key]) for key in names & vars(thing).keys())


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _numbered(items: Iterable[Any]) -> list[Named]:
    return [(str(index), item) for index, item in enumerate(items)]


def _is_own(module: str | None) -> bool:
    """Return whether a module is the user's own code, no installed package's and not Python's."""
    top = (module or "").partition(".")[0]
    if not top or top == "builtins" or top in sys.stdlib_module_names or top == __name__.partition(".")[0]:
        return False
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    return "site-packages" not in file and "dist-packages" not in file
