"""Batches of a fit: of a loader or a collection of loaders, as ``training_step`` gets them."""

from __future__ import annotations

import importlib
from itertools import islice
from typing import TYPE_CHECKING, Any

from torch.utils.data import DataLoader

from lrwidget.engine.data.batches import BatchStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Batches"]


class Batches:
    """The batches of a loader, or of a collection of loaders, as ``training_step`` gets them.

    Parameters
    ----------
    loaders : iterable, or a list, tuple or dict of DataLoaders
        A collection gives a batch of each at a time, a shorter one starting over, as in a fit.
    ready : callable
        Makes a batch what ``training_step`` gets.
    package : str
        Which of Lightning's two packages to take a collection's iteration from.
    limit : int or float
        Batches of a pass: so many, or this share of them, as ``limit_train_batches``.
    """

    def __init__(self, loaders: Any, ready: Callable[[Any], Any], package: str, limit: float = 1.0) -> None:
        self._loaders = loaders
        self._ready = ready
        self._package = package
        self._limit = limit
        # Here the engine finds them, to keep the state of each.
        self.parts = _data_loaders(loaders)

    def __len__(self) -> int:
        size = self._size()
        if isinstance(self._limit, int):
            return min(size, self._limit)
        return int(size * min(self._limit, 1.0))

    def __iter__(self) -> Iterator[Any]:
        # A pass that is used whole need not say how long it is.
        whole = isinstance(self._limit, float) and self._limit >= 1.0
        most = None if whole else self._limit if isinstance(self._limit, int) else len(self)
        for batch in islice(self._together() if self._is_collection else self._alone(), most):
            yield self._ready(batch)

    def _alone(self) -> Iterator[Any]:
        stream = BatchStream(self._loaders, "train_dataloaders")
        try:
            yield from stream.one_by_one(None)
        finally:
            stream.close()

    def _together(self) -> Iterator[Any]:
        """Draw from all of a collection; a CombinedLoader's own iteration is left alone."""
        for part in self.parts:
            if part.persistent_workers:  # one iterator for all: theirs comes back with the loader's state
                part._iterator = None  # noqa: SLF001
        combined = importlib.import_module(f"{self._package}.utilities.combined_loader").CombinedLoader
        drawn = combined(getattr(self._loaders, "iterables", self._loaders), self._mode)
        try:
            for batch, _, _ in drawn:
                yield batch
        finally:
            drawn.reset()

    @property
    def _is_collection(self) -> bool:
        # A list without loaders is a list of batches.
        return bool(self.parts) and not isinstance(self._loaders, DataLoader)

    @property
    def _mode(self) -> str:
        return getattr(self._loaders, "_mode", "max_size_cycle")

    def _size(self) -> int:
        if not self._is_collection:
            return len(self._loaders)
        sizes = [len(part) for part in self.parts]
        return min(sizes) if self._mode == "min_size" else max(sizes)


def _data_loaders(loaders: Any) -> list[Any]:
    loaders = getattr(loaders, "iterables", loaders)
    if isinstance(loaders, DataLoader):
        return [loaders]
    if isinstance(loaders, dict):
        loaders = list(loaders.values())
    if isinstance(loaders, (list, tuple)):
        return [part for loader in loaders for part in _data_loaders(loader)]
    return []
