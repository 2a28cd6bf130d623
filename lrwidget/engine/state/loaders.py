"""What a loader changes as it is drawn from: generators, counters, shuffled lists, its own state."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from torch import nn
from torch.utils.data import DataLoader, Dataset, Sampler

if TYPE_CHECKING:
    from lrwidget.engine.state.keeper import Keeper

__all__ = ["keep_loader"]

# A longer list is data, no list of datasets that make up another.
LARGEST_LIST = 100


def keep_loader(keeper: Keeper, loader: object, label: str = "loader") -> None:
    """Remember the state of a loader and of the samplers and datasets below it.

    The attributes of each are kept; the contents of lists, arrays and dicts only for samplers and loaders
    of the user's own, since a dataset's are the data. A ``state_dict`` is asked for wherever there is one.

    The loader then begins anew: the iterator it holds is the user's, and put aside until all is given back.
    """
    waiting: list[tuple[object, str]] = [(loader, label)]
    seen: set[int] = set()
    while waiting:
        part, where = waiting.pop()
        if id(part) in seen or not hasattr(part, "__dict__"):
            continue
        seen.add(id(part))
        # A DataLoader's list-like attributes are settings, a dataset's are data: neither is copied.
        is_data = isinstance(part, (Dataset, DataLoader))
        keeper.keep_attributes(part, where, depth=0 if is_data else None)
        if _has_state(part):
            state = copy.deepcopy(part.state_dict())  # type: ignore[attr-defined]
            keeper.part(f"state of {where}", part.load_state_dict, state)  # type: ignore[attr-defined]
        if isinstance(part, DataLoader):
            _put_aside_iterator(part)
        for name, value in vars(part).items():
            several = isinstance(value, (list, tuple)) and len(value) <= LARGEST_LIST
            for item in value if several else (value,):
                if isinstance(item, (Dataset, DataLoader, Sampler)):
                    waiting += [(item, f"{where}.{name}")]


def _has_state(part: object) -> bool:
    """Return whether a part has state that only its ``state_dict`` tells of."""
    # All that torchdata's loader resumes from are its attributes; after load_state_dict() it would go on
    # within a pass where it now begins the next one. Accelerate's loaders promise the state of such a loader.
    if isinstance(part, nn.Module) or {"next_iter_state", "use_stateful_dataloader"} & vars(part).keys():
        return False
    return callable(getattr(part, "state_dict", None)) and callable(getattr(part, "load_state_dict", None))


def _put_aside_iterator(loader: object) -> None:
    # Persistent workers have one iterator, which each iter() starts over; and torchdata's loader, once asked
    # for its state, hands out the iterator it made for that.
    attributes = vars(loader)
    for name, fresh in (("_iterator", None), ("_initial_iter_for_state_dict", False)):
        if name in attributes:
            attributes[name] = fresh
