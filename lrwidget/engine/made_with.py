"""What a sweep is made with, as its receipt tells it, so that two sweeps can be told apart afterwards."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.data.moving import sample_count
from lrwidget.engine.rates.optimizers import parts_of

if TYPE_CHECKING:
    from lrwidget.engine.rates.optimizers import AnyOptimizer

__all__ = ["batch_size_of", "optimizer_options"]

#: What is swept, and how a step is computed rather than which.
_NO_DIFFERENCE = frozenset({"params", "lr", "foreach", "fused", "capturable", "differentiable"})
_LONGEST_TEXT = 40
_MOST_NUMBERS = 8


def optimizer_options(optimizer: AnyOptimizer) -> dict[str, Any]:
    """Return the options of the param groups that decide what a step does, as JSON could hold them.

    Those that the optimizer's class takes, such as ``weight_decay``, ``momentum`` and ``betas``: not the
    rate, and not what an optimizer counts or keeps in its groups. Where groups differ, a list with each
    group's own.
    """
    options: dict[str, list[Any]] = {}
    for part in parts_of(optimizer):
        taken = _taken_by(type(part))
        for group in part.param_groups:
            for name in group:
                if isinstance(name, str) and name in taken and name not in _NO_DIFFERENCE:
                    value = _plain(group[name])
                    if value is not None:
                        options.setdefault(name, []).append(value)
    return {
        name: values[0] if all(value == values[0] for value in values) else values
        for name, values in options.items()
    }


def batch_size_of(loader: object, batch: object) -> int | None:
    """Return how many samples a batch has, by what its loader says, else by one that was drawn."""
    for one in (loader, getattr(loader, "batch_sampler", None)):
        size = getattr(one, "batch_size", None)
        if isinstance(size, int) and not isinstance(size, bool):
            return size
    try:
        return int(sample_count(batch))
    except Exception:  # noqa: BLE001 - a batch may be of any kind, and a receipt is not worth an error
        return None


def _taken_by(kind: type) -> set[str]:
    """Return the names of what a class and those that it comes from are made with."""
    names: set[str] = set()
    for one in kind.__mro__:
        made = vars(one).get("__init__")
        if made is not None and one is not object:
            try:
                names |= inspect.signature(made).parameters.keys()
            except (TypeError, ValueError):  # written in another language
                continue
    return names


def _plain(value: Any) -> Any:
    """Return a number, a truth value, a short text or a few numbers; None for anything else."""
    if isinstance(value, torch.Tensor):
        return float(value) if value.numel() == 1 and not value.is_complex() and not value.is_meta else None
    if isinstance(value, (bool, int, float)):
        return value if abs(value) < 2**53 or isinstance(value, float) else None
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else None
    if isinstance(value, (list, tuple)) and 0 < len(value) <= _MOST_NUMBERS:
        made = [_plain(one) for one in value]
        return None if None in made else made
    return None
