"""A Trainer's batches, with what its steps count over several of them."""

from __future__ import annotations

import inspect
from collections.abc import MutableMapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from lrwidget.engine.data.batches import BatchStream

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ITEMS", "Batches"]

# Rides along in a batch: by how many items the losses of its step are divided.
ITEMS = "lrwidget: num_items_in_batch"


class Batches:
    """A Trainer's batches, those of one step counted together as ``train()`` does.

    Parameters
    ----------
    loader : iterable
    trainer : transformers.Trainer
    accumulation : int
        Batches per step.
    """

    def __init__(self, loader: Any, trainer: Any, accumulation: int) -> None:
        self._loader = loader
        self._trainer = trainer
        self._accumulation = accumulation

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[Any]:
        stream = BatchStream(self._loader)
        try:
            drawn = stream.one_by_one(None)
            while step := self._next_step(drawn):
                yield from step
        finally:
            stream.close()

    def _next_step(self, drawn: Iterator[Any]) -> list[Any]:
        collect = getattr(self._trainer, "get_batch_samples", None)  # from transformers 4.46 on
        if collect is None:
            return list(islice(drawn, self._accumulation))
        where = (self._trainer.args.device,) if "device" in inspect.signature(collect).parameters else ()
        batches, items = collect(drawn, self._accumulation, *where)
        if items is not None and len(batches) != self._accumulation:
            # The rest of a pass: the engine's step goes on into the next one.
            items = items * self._accumulation / max(len(batches), 1)
        for batch in batches:
            if items is not None and isinstance(batch, MutableMapping):
                batch[ITEMS] = items
        return list(batches)
