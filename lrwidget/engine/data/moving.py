"""Walk through batches of any shape: tuples, dicts, named tuples, dataclasses, nested in each other."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

__all__ = ["copied", "map_tensors", "move", "sample_count", "target_of", "tensors_in"]

TARGETS = ("labels", "label", "targets", "target")


def move(batch: Any, device: torch.device, *, late: bool = False) -> Any:
    """Return the batch with its tensors on a device; its containers are new, so that nobody's are changed.

    An object that is no container but has ``.to(device)`` is asked to move itself.

    Parameters
    ----------
    batch : object
    device : torch.device
    late : bool
        Whether copies may run on after the return. A loader may write the next batch into the memory of this
        one, so somebody has to wait for them before it is asked for that.
    """
    kind = type(batch)
    if kind is tuple or kind is list:
        for item in batch:
            if type(item) is not torch.Tensor or item.device != device:
                break
        else:
            return kind(batch)  # nearly every batch on the host: nothing to move, but in every step a look
    return map_tensors(batch, lambda tensor: tensor.to(device, non_blocking=late), device)


def map_tensors(
    batch: Any,
    change: Callable[[Any], Any],
    device: torch.device | None = None,
    kinds: tuple[type, ...] = (torch.Tensor,),
) -> Any:
    """Return the batch with every tensor changed, in new containers of the same kinds.

    Parameters
    ----------
    batch : object
    change : callable
        Takes a tensor, returns a tensor.
    device : torch.device or None
        Where to move what is no tensor and no container, but has ``.to``; None = leave it.
    kinds : tuple of types
        What is changed, if not tensors alone.
    """
    if isinstance(batch, kinds):
        return change(batch)
    if type(batch) in {tuple, list}:
        return type(batch)([map_tensors(item, change, device, kinds) for item in batch])
    if isinstance(batch, Mapping):
        items = {key: map_tensors(item, change, device, kinds) for key, item in batch.items()}
        return _rebuilt(batch, items)
    if device is not None and callable(getattr(batch, "to", None)):
        # Some move themselves in place: the caller's own is left where it is.
        moving: Any = batch if isinstance(batch, tuple) else copy.copy(batch)
        return moving.to(device)
    if isinstance(batch, tuple) and hasattr(batch, "_make"):
        return batch._make(map_tensors(item, change, device, kinds) for item in batch)
    if isinstance(batch, (tuple, list)):
        return type(batch)(map_tensors(item, change, device, kinds) for item in batch)
    if dataclasses.is_dataclass(batch) and not isinstance(batch, type):
        return _rebuilt_dataclass(batch, change, device, kinds)
    return batch


def copied(batch: Any) -> Any:
    """Return the batch with copies of its tensors and arrays, in new containers.

    Loaders may fill the same buffer for every batch: what is kept over the next draw must be a copy.
    """

    def clone(thing: Any) -> Any:
        if isinstance(thing, np.ndarray):
            return thing.copy()
        return thing.detach().clone().requires_grad_() if thing.requires_grad else thing.clone()

    with torch.inference_mode(False):
        return map_tensors(batch, clone, kinds=(torch.Tensor, np.ndarray))


def tensors_in(batch: Any) -> Iterator[torch.Tensor]:
    """Yield every tensor of the batch, in order."""
    found: list[torch.Tensor] = []

    def note(tensor: torch.Tensor) -> torch.Tensor:
        found.append(tensor)
        return tensor

    map_tensors(batch, note)
    yield from found


def target_of(batch: Any) -> Any:
    """Return a sequence's second item, or a dict's entry called ``labels`` or ``target``; or None."""
    if isinstance(batch, (tuple, list)) and len(batch) > 1:
        return batch[1]
    if isinstance(batch, Mapping):
        return next((batch[key] for key in TARGETS if key in batch), None)
    return None


def sample_count(batch: Any) -> int:
    """Return how many samples a batch holds: the length of its target, else of its first tensor."""
    target = target_of(batch)
    if not isinstance(target, torch.Tensor):
        target = next(tensors_in(batch), None)
    return int(target.shape[0]) if target is not None and target.dim() else 1


def _rebuilt(batch: Mapping[Any, Any], items: dict[Any, Any]) -> Any:
    if type(batch) is dict:
        return items
    try:
        rebuilt: Any = copy.copy(batch)  # keeps what the kind of dict carries beside its items
        for key, item in items.items():
            rebuilt[key] = item
    except TypeError:  # a mapping that cannot be written to
        return items
    return rebuilt


def _rebuilt_dataclass(
    batch: Any, change: Callable[[Any], Any], device: torch.device | None, kinds: tuple[type, ...]
) -> Any:
    rebuilt = copy.copy(batch)
    for field in dataclasses.fields(batch):
        value = map_tensors(getattr(batch, field.name), change, device, kinds)
        object.__setattr__(rebuilt, field.name, value)  # frozen ones too
    return rebuilt
