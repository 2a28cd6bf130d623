"""A framework's own objects, borrowed for a sweep: each has its attributes back afterwards.

A trainer is a web of objects: loops, progress counters, connectors, plugins, callbacks. What a training step
may touch of it is not known beforehand, so the whole web is walked, and every object of the framework's
remembered: which attributes it has, which objects they are, and what its lists and dicts hold.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from lrwidget.engine.state.keeper import Keeper, attempt
from lrwidget.engine.state.rng import generator_states
from lrwidget.errors import RestoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["kept", "kept_random"]

# Kept by the engine, or data: neither is entered.
OTHERS = (type, Enum, nn.Module, torch.Tensor, Dataset, DataLoader)
# A longer collection is data, no list of a framework's parts.
LARGEST = 1000


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
    keeper = Keeper(by_value=False, depth=2)
    shallow = list(attributes_of)
    for part in shallow:
        keeper.keep_attributes(part, type(part).__name__, depth=0)
    for part in _web(roots, frozenset(packages), [*shallow, *leave]):
        keeper.keep_attributes(part, type(part).__name__)
    try:
        yield
    finally:
        failed = keeper.give_back()
        keeper.free()
        if failed:
            raise RestoreError(
                f"could not give back: {'; '.join(map(str, failed))}. Everything else was given back. "
                "Make the trainer anew."
            ) from failed[0].error


@contextmanager
def kept_random(*devices: torch.device) -> Iterator[None]:
    """Give the random state of Python, NumPy and PyTorch back after the block."""
    states = generator_states(devices)
    try:
        yield
    finally:
        attempt(states)


def _web(roots: Iterable[object], packages: frozenset[str], leave: Iterable[object]) -> Iterator[object]:
    """Yield each of the framework's objects that can be reached from the roots."""
    waiting: list[Any] = list(roots)
    seen = {id(part): part for part in leave}
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        if type(part) in {list, tuple, set} and len(part) <= LARGEST:
            seen[id(part)] = part
            waiting += part
        elif type(part) is dict and len(part) <= LARGEST:
            seen[id(part)] = part
            waiting += part.values()
        elif _is_of(part, packages):
            seen[id(part)] = part
            waiting += vars(part).values()
            yield part


def _is_of(part: object, packages: frozenset[str]) -> bool:
    # By the type alone: a weak reference, or a wrapper with __getattr__, may answer for what it stands for.
    if isinstance(part, OTHERS) or not any(
        kind.__module__.partition(".")[0] in packages for kind in type(part).__mro__
    ):
        return False
    return hasattr(part, "__dict__")
