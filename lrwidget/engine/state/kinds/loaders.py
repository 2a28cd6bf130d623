"""Loaders, datasets, and passes through a loader that are under way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from torch.utils.data import DataLoader, Dataset
from torch.utils.data.dataloader import _BaseDataLoaderIter

from lrwidget.engine.state.kinds.objects import is_hooks, keep_object
from lrwidget.engine.state.parts import ATOMS, Attributes
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["DATASETS", "LOADERS", "PASSES", "put_aside_pass"]

#: Persistent workers have one iterator, which each ``iter()`` starts over; and torchdata's loader, once asked
#: for its state, hands out the iterator it made for that.
_PASSES = (("_iterator", None), ("_initial_iter_for_state_dict", False))


def put_aside_pass(loader: object) -> None:
    """Have a loader begin anew: the pass it holds is the user's, and comes back with its attributes."""
    attributes = vars(loader) if isinstance(loader, DataLoader) else {}
    for name, fresh in _PASSES:
        if name in attributes:
            attributes[name] = fresh


def _keep_loader(walk: Walk, met: Met) -> None:
    attributes, label = vars(met.value), met.label
    part = Attributes(label, attributes, is_hooks)
    walk.part(part)
    passes = {name for name, _ in _PASSES}
    way = replace(met.way, by_function=False)
    for name, item in part.kept.items():
        if type(item) not in ATOMS and name not in passes:
            below = replace(way, data=True) if name == "dataset" else way
            walk.keep(item, f"{label}.{name}", below, attributes, name)


def _keep_dataset(walk: Walk, met: Met) -> None:
    way = replace(met.way, data=True, by_function=False)
    keep_object(walk, replace(met, way=way))


def _name_pass(walk: Walk, met: Met) -> None:
    walk.cannot(met, "a pass through a DataLoader that is under way: its batches can be drawn only once")


LOADERS = Kind("loaders", lambda kind: issubclass(kind, DataLoader), _keep_loader)
DATASETS = Kind("datasets", lambda kind: issubclass(kind, Dataset), _keep_dataset)
PASSES = Kind("passes", lambda kind: issubclass(kind, _BaseDataLoaderIter), _name_pass)
