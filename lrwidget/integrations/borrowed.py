"""A framework's own objects, borrowed for a sweep: each has its attributes back afterwards.

A trainer is a web of objects: loops, progress counters, connectors, plugins, callbacks. What a training step
may touch of it is not known beforehand, so the whole web is walked, and every object of the framework's
remembered: which attributes it has, which objects they are, and what its lists and dicts hold.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from lrwidget.engine.state.failures import raise_if_any
from lrwidget.engine.state.keeper import Keeper, attempt
from lrwidget.engine.state.kinds.containers import CONTAINERS, DICTS, FIXED
from lrwidget.engine.state.kinds.generators import GENERATORS
from lrwidget.engine.state.kinds.objects import Attributes, is_hooks, keep_attributes
from lrwidget.engine.state.rng import generator_states
from lrwidget.engine.state.walk import Kind, Kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["kept", "kept_random"]

# Kept by the engine, or data: neither is entered.
OTHERS = (type, Enum, nn.Module, torch.Tensor, Dataset, DataLoader)
_OTHERS = Kind("others", lambda kind: issubclass(kind, OTHERS), None)


@contextmanager
def kept(
    roots: Iterable[object],
    packages: Iterable[str],
    *,
    attributes_of: Iterable[object] = (),
    leave: Iterable[object] = (),
) -> Iterator[None]:
    """Give a framework's objects back as they were, whatever the block does with them.

    Parameters
    ----------
    roots : iterable of object
        Where the walk begins.
    packages : iterable of str
        Objects whose class, or a base of it, is from one of these packages are remembered and entered.
    attributes_of : iterable of object
        Others of which only the attributes are given back, not what lists among them hold.
    leave : iterable of object
        Those that the walk leaves out: they may change.

    Raises
    ------
    RestoreError
        On the way out, when something could not be given back; everything else was.
    """
    names = frozenset(packages)
    framework = Kind("framework", lambda kind: _is_of(kind, names), keep_attributes)
    keeper = Keeper(Kinds((_OTHERS, DICTS, FIXED, CONTAINERS, GENERATORS, framework)))
    for part in attributes_of:
        keeper.enter(part)
        keeper.part(Attributes(type(part).__name__, vars(part), is_hooks))
    for part in leave:
        keeper.enter(part)
    for root in roots:
        keeper.walk(root, type(root).__name__)
    try:
        yield
    finally:
        failed = keeper.give_back()
        keeper.free()
        raise_if_any(failed, "Make the trainer anew.")


@contextmanager
def kept_random(*devices: torch.device) -> Iterator[None]:
    """Give the random state of Python, NumPy and PyTorch back after the block.

    Raises
    ------
    RestoreError
        When one could not be given back; the others were.
    """
    states = generator_states(devices)
    try:
        yield
    finally:
        raise_if_any(attempt(states), "Seed it anew.")


def _is_of(kind: type, packages: frozenset[str]) -> bool:
    return bool(kind.__dictoffset__) and any(
        base.__module__.partition(".")[0] in packages for base in kind.__mro__
    )
