"""The batches that serve every evaluation: how many are drawn, and in what size they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import DataLoader

from lrwidget.engine.data.moving import copied, tensors_in
from lrwidget.engine.state.memory import free_bytes, nbytes, readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.engine.data.batches import BatchStream

__all__ = ["SHARE", "WITHOUT_LENGTH", "draw_to_keep", "length_of"]

#: Share of the free memory that batches drawn once may take.
SHARE = 0.25
#: Batches that are drawn of a loader that does not tell how many it has.
WITHOUT_LENGTH = 100
# What a batch takes at least, in Python's own objects: a loader may give numbers without end.
LEAST_BYTES = 1000
_NOTED = "_IterableDataset_len_called"


def draw_to_keep(
    stream: BatchStream, loader: Any, most: int | None, name: str, asked: str, *, warn: Callable[[str], None]
) -> list[Any]:
    """Draw what is left of a pass, as copies, within bounds; warn of a bound that was met.

    Parameters
    ----------
    stream : BatchStream
        Of the loader.
    loader : iterable
        Asked for its length.
    most : int or None
        As many as the user wants; None = all.
    name, asked : str
        What a warning calls the loader, and the option that says how many.
    warn : callable
        Takes the warning.
    """
    length = length_of(loader)
    limit = most if most is not None else WITHOUT_LENGTH if length is None else None
    is_kept = type(loader) in {list, tuple}  # somebody holds them anyway
    kept: list[Any] = []
    size = 0
    room: float | None = None
    for batch in stream.one_by_one(limit):
        kept.append(batch if is_kept else copied(batch))
        tensors = list(tensors_in(batch))
        new = 0 if is_kept else max(nbytes(tensors), LEAST_BYTES)
        size += new
        if len(kept) in {limit, length}:
            continue
        if room is None:
            room = SHARE * free_bytes(tensors[0].device if tensors else torch.device("cpu"))
        if size + new > room:
            whole = str(most or length or "an unknown number")
            warn(
                f"evaluation uses the first {len(kept)} batches of {name} ({readable(size)}) of {whole}: the "
                f"next would take more than a quarter of the free memory. {asked} says how many are used."
            )
            return kept
    if most is None and length is None and len(kept) == WITHOUT_LENGTH:
        warn(
            f"evaluation uses the first {WITHOUT_LENGTH} batches of {name}, which does not tell how many it "
            f"has. {asked} says how many are used."
        )
    return kept


def length_of(loader: Any) -> int | None:
    """Return how many batches a loader says it has; None = it does not tell. The loader is as it was."""
    # A DataLoader notes on itself that it was asked, and warns if a stream then gives more.
    attributes = vars(loader) if isinstance(loader, DataLoader) else {}
    noted = attributes.get(_NOTED)
    try:
        return len(loader)
    except (TypeError, NotImplementedError, AttributeError):
        return None
    finally:
        if _NOTED in attributes:
            attributes[_NOTED] = noted
