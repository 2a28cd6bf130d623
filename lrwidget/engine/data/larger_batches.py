"""Small batches joined into larger ones, for evaluation: fewer forwards, each with more to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch

from lrwidget.engine.data.moving import sample_count, tensors_in
from lrwidget.engine.state.memory import nbytes
from lrwidget.errors import SetupError

__all__ = ["join", "join_for_statistics"]


def join(batches: Iterable[Any], most: int) -> list[Any]:
    """Return the same samples in the same order, in batches of up to so many.

    Batches stay whole. Joined are neighbours of one structure, of tuples, lists and dicts, whose tensors have
    the samples in their first dimension and agree in all others.

    Parameters
    ----------
    batches : iterable
        As the loader gave them.
    most : int
        Samples to a batch; one that has more already is left as it is.

    Raises
    ------
    SetupError
        When there are several batches small enough, and none could be joined.
    """
    given = list(batches)
    result = list(_joined(given, most))
    small = [batch for batch in given if 2 * sample_count(batch) <= most]
    if len(small) > 1 and len(result) == len(given):
        raise SetupError(
            f"eval_batch_size={most} needs batches that can be joined: tuples, lists or dicts of tensors "
            "with the samples in the first dimension and all other sizes alike; got "
            f"{_told(given[0])} and {_told(given[1])}. Leave eval_batch_size out, or pad to one length."
        )
    return result


def join_for_statistics(batches: Iterable[Any], like: Any) -> list[Any]:
    """Return the same samples in the same order, in batches as large as a training batch where possible.

    Layers that compute statistics of each batch see as many samples as they do in training. A short last
    batch joins the one before it, which is then up to half as large again. What cannot be joined, as
    different sizes cannot, stays as it is.

    Parameters
    ----------
    batches : iterable
        As the loader gave them.
    like : object
        A training batch: its samples, and the memory it takes, are the most that batches are joined to.
    """
    most, most_bytes = sample_count(like), nbytes(tensors_in(like))
    given = list(batches)
    largest = max((nbytes(tensors_in(batch)) / max(sample_count(batch), 1) for batch in given), default=0)
    room = int(most_bytes / largest) if largest else most
    result = list(_joined(given, min(most, max(room, 1))))
    if len(result) > 1:
        last, before = result[-1], result[-2]
        counts = sample_count(before), sample_count(last)
        if 2 * counts[1] < min(most, counts[0] + 1) and _alike(before, last, *counts):
            result[-2:] = [_cat([before, last])]
    return result


def _joined(batches: list[Any], most: int) -> Iterator[Any]:
    run: list[Any] = []
    samples = 0
    for batch in batches:
        more = sample_count(batch)
        if run and (samples + more > most or not _alike(run[0], batch, sample_count(run[0]), more)):
            yield _cat(run)
            run, samples = [], 0
        run.append(batch)
        samples += more
    if run:
        yield _cat(run)


def _alike(one: Any, other: Any, one_count: int, other_count: int) -> bool:
    """Return whether two batches of so many samples can be joined."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return (
            one.dim() > 0
            and (one.shape[0], other.shape[:1]) == (one_count, (other_count,))
            and (one.shape[1:], one.dtype, one.device, one.layout)
            == (other.shape[1:], other.dtype, other.device, other.layout)
        )
    counts = (one_count, other_count)
    if type(one) in {tuple, list}:
        return len(one) == len(other) and all(_alike(a, b, *counts) for a, b in zip(one, other, strict=True))
    if type(one) is dict:
        return list(one) == list(other) and all(_alike(one[key], other[key], *counts) for key in one)
    return False


def _cat(run: list[Any]) -> Any:
    if len(run) == 1:
        return run[0]
    first = run[0]
    if isinstance(first, torch.Tensor):
        return torch.cat(run)
    if isinstance(first, Mapping):
        return {key: _cat([batch[key] for batch in run]) for key in first}
    return type(first)(_cat(list(parts)) for parts in zip(*run, strict=True))


def _told(batch: Any) -> str:
    if isinstance(batch, torch.Tensor):
        return f"a tensor of shape {tuple(batch.shape)}"
    if isinstance(batch, (tuple, list)):
        return f"a {type(batch).__name__} of {', '.join(map(_told, batch))}"
    if isinstance(batch, Mapping):
        inside = ", ".join(f"{key}: {_told(value)}" for key, value in batch.items())
        return f"a {type(batch).__name__} of {inside}"
    return f"a {type(batch).__name__}"
