"""Loaders, datasets, and passes through a loader that are under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.utils.data import DataLoader, Dataset
from torch.utils.data.dataloader import _BaseDataLoaderIter

from lrwidget.engine.state.kinds.objects import Attributes, below, is_hooks, keep_object
from lrwidget.engine.state.parts import ATOMS, ProtocolState
from lrwidget.engine.state.walk import Kind, Way

if TYPE_CHECKING:
    from lrwidget.engine.state.parts import Part
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["DATASETS", "LOADERS", "NODES", "PASSES", "put_aside_pass", "told_by"]

#: Persistent workers have one iterator, which each ``iter()`` starts over; and torchdata's loader, once asked
#: for its state, hands out the iterator it made for that.
_PASSES = (("_iterator", None), ("_initial_iter_for_state_dict", False))
#: What every DataLoader has, and is handed: the state of one of a user's own kind does not speak for these.
_HANDED = frozenset(vars(DataLoader([])))  # type: ignore[arg-type]


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
    handed = met.way._replace(by_function=False)
    own = below(met._replace(way=handed))
    for name, item in part.kept.items():
        if type(item) not in ATOMS and name not in passes:
            way = handed._replace(data=True) if name == "dataset" else handed if name in _HANDED else own
            walk.keep(item, f"{label}.{name}", way, attributes, name)
    kind = type(met.value)
    walk.keep(kind, kind.__name__, Way(named=met.way.named, by_function=True))


def _keep_dataset(walk: Walk, met: Met) -> None:
    way = met.way._replace(data=True, by_function=False)
    keep_object(walk, met._replace(way=way))


def _keep_nodes(walk: Walk, met: Met) -> None:
    keep_object(walk, met._replace(way=met.way._replace(renewed=True)))


def _name_pass(walk: Walk, met: Met) -> None:
    walk.cannot(met, "a pass through a DataLoader that is under way: its batches can be drawn only once")


class _PassState(ProtocolState):
    """The state of a loader made of torchdata's nodes, whose one iterator is the pass that is under way."""

    __slots__ = ("loader",)

    def __init__(self, label: str, loader: Any) -> None:
        self.loader = loader
        super().__init__(label, loader.state_dict, loader.load_state_dict)

    def give_back(self) -> None:
        super().give_back()
        # What was loaded would be the next pass, and is this one: the next begins anew.
        iter(self.loader)


def told_by(teller: Any, label: str) -> Part | None:
    """Return what a loader's own ``state_dict`` tells of it; None = it holds no pass, and its attributes do.

    Raises
    ------
    Exception
        Whatever ``state_dict`` raises: it may want arguments.
    """
    if not _is_of_nodes(type(teller)):
        return ProtocolState(f"state of {label}", teller.state_dict, teller.load_state_dict)
    if getattr(teller, "_it", None) is None:
        return None
    return _PassState(f"state of {label}", teller)


def _is_of_nodes(kind: type) -> bool:
    return kind.__module__.startswith("torchdata.nodes") and hasattr(kind, "load_state_dict")


NODES = Kind("loaders of nodes", _is_of_nodes, _keep_nodes)
LOADERS = Kind("loaders", lambda kind: issubclass(kind, DataLoader), _keep_loader)
DATASETS = Kind("datasets", lambda kind: issubclass(kind, Dataset), _keep_dataset)
PASSES = Kind("passes", lambda kind: issubclass(kind, _BaseDataLoaderIter), _name_pass)
