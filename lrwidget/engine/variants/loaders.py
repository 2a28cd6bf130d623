"""A user's DataLoader made anew with another batch size, and the generators that decide its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import BatchSampler, DataLoader, IterableDataset

from lrwidget._validate import whole
from lrwidget.engine.checks import kind
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["generators_of", "with_batch_size"]

_INSTEAD = 'Give the variant a loader of its own instead: {"train_loader": DataLoader(...)}.'
#: What is handed to the new loader besides, where this PyTorch's loaders have it.
_HANDED_ON = ("timeout", "worker_init_fn", "generator", "in_order")
_OF_WORKERS = ("multiprocessing_context", "prefetch_factor", "persistent_workers")


def with_batch_size(loader: Any, size: Any) -> DataLoader[Any]:
    """Return a DataLoader like another, with the same dataset and sampler, but for its batch size.

    Raises
    ------
    SettingsError
        When the size is no whole number from 1 on, or the batches are not made by PyTorch's own loader and
        batch sampler.
    """
    size = whole("batch_size", size, 1)
    own: Any = type(loader)
    if not isinstance(loader, DataLoader):
        raise SettingsError(
            f"batch_size cannot be varied: train_loader is {kind(loader)}, whose batches are made. {_INSTEAD}"
        )
    if own.__init__ is not DataLoader.__init__:
        raise SettingsError(
            f"batch_size cannot be varied: {own.__name__} is made in a way of its own. {_INSTEAD}"
        )
    if loader.batch_size is None:
        sampler = loader.batch_sampler
        by = "its dataset" if sampler is None else f"its batch sampler, {kind(sampler)},"
        raise SettingsError(f"batch_size cannot be varied: {by} decides what a batch is. {_INSTEAD}")
    if not isinstance(loader.dataset, IterableDataset) and type(loader.batch_sampler) is not BatchSampler:
        what = kind(loader.batch_sampler)
        raise SettingsError(f"batch_size cannot be varied: {what} decides what a batch is. {_INSTEAD}")
    given: dict[str, Any] = {name: getattr(loader, name) for name in _HANDED_ON if hasattr(loader, name)}
    if loader.num_workers:
        given |= {name: getattr(loader, name) for name in _OF_WORKERS if hasattr(loader, name)}
    if not isinstance(loader.dataset, IterableDataset):
        given["sampler"] = loader.sampler
    if getattr(loader, "pin_memory_device", ""):
        given["pin_memory_device"] = loader.pin_memory_device
    made: DataLoader[Any] = own(
        loader.dataset,
        batch_size=size,
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        pin_memory=loader.pin_memory,
        drop_last=loader.drop_last,
        **given,
    )
    return made


def generators_of(loader: Any) -> Iterator[torch.Generator]:
    """Yield the generators of its own that a loader, its sampler or its batch sampler draws an order from."""
    seen: list[Any] = []
    batch_sampler = getattr(loader, "batch_sampler", None)
    for one in (
        loader,
        getattr(loader, "sampler", None),
        batch_sampler,
        getattr(batch_sampler, "sampler", None),
    ):
        generator = getattr(one, "generator", None)
        if isinstance(generator, torch.Generator) and not any(generator is other for other in seen):
            seen.append(generator)
            yield generator
