"""What a loader gives after a sweep, held against what it would have given without one."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.errors import LoaderError, LRWidgetWarning
from tests.engine.worlds import seed_all

__all__ = ["WHEN", "check_loader", "pair"]

# Where the sweep is made: before anything was drawn, within the first pass, after a pass that was broken off,
# after a whole one.
WHEN = ("fresh", "mid-pass", "broken-off", "between-passes")


def check_loader(
    make: Callable[[], Any],
    when: str,
    as_pair: Callable[[Any], Any] = tuple,
    *,
    may_be_refused: bool = False,
    **options: Any,
) -> None:
    """Compare the rest of an open pass and the next two passes, batch for batch and bit for bit.

    ``as_pair`` makes ``(x, y)`` of a batch. ``may_be_refused``: such a loader need not be taken; nothing may
    be drawn from it then.
    """

    def sweep(loader: Any) -> None:
        with pytest.raises(LoaderError) if may_be_refused else nullcontext():
            _sweep(loader, as_pair, **options)

    without = _passes(make, when, None, as_pair)
    with_one = _passes(make, when, sweep, as_pair)
    assert [len(one) for one in with_one] == [len(one) for one in without], "passes of other lengths"
    assert with_one == without, "other batches"


def _passes(make: Any, when: str, sweep: Any, as_pair: Any) -> list[list[Any]]:
    seed_all(0)
    loader = make()
    opened: Iterator[Any] = iter(())
    found = []
    if when in {"mid-pass", "broken-off"}:
        opened = _begun(loader)
        found.append([_plain(as_pair(next(opened))) for _ in range(2)])
    if when == "broken-off":
        opened = iter(())
    if when == "between-passes":
        found.append([_plain(as_pair(batch)) for batch in _begun(loader)])
    if sweep is not None:
        sweep(loader)
    found.append([_plain(as_pair(batch)) for batch in opened])
    del opened
    return found + [[_plain(as_pair(batch)) for batch in _begun(loader)] for _ in range(2)]


def _begun(loader: Any) -> Iterator[Any]:
    return iter(loader() if inspect.isfunction(loader) else loader)


def _sweep(loader: Any, as_pair: Any, **options: Any) -> None:
    """Sweep with something that draws random numbers of its own."""
    model = nn.Sequential(nn.LazyLinear(3), nn.Dropout(0.2))
    with (
        torch.random.fork_rng()
    ):  # what a user makes for the sweep is theirs: only the sweep itself is compared
        model(torch.zeros(1, options.pop("features", 6)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step_fn(batch: Any) -> torch.Tensor:
        x, y = as_pair(batch)
        return nn.functional.cross_entropy(model(x.float().reshape(len(x), -1)), y.reshape(-1).long() % 3)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LRWidgetWarning)
        given = {"num_iter": 7, "start_lr": 1e-4, "end_lr": 1e-2, "diverge_th": None, **options}
        history = RangeTest(model, optimizer, None, loader, step_fn=step_fn, **given).run()
    assert len(history) == 7


def pair(batch: dict[str, Any]) -> tuple[Any, Any]:
    """The batch of a loader of dicts."""
    return batch["x"], batch["y"]


def _plain(thing: Any) -> Any:
    if isinstance(thing, torch.Tensor):
        return str(thing.dtype), thing.tolist()
    if isinstance(thing, dict):
        return {key: _plain(one) for key, one in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_plain(one) for one in thing]
    return thing.tolist() if hasattr(thing, "tolist") else thing
