"""Whether a model has been trained since, seen without a copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

__all__ = ["changed_since", "marks"]

Marks = dict[int, int]


def marks(model: nn.Module) -> Marks:
    """Return how often each parameter has been written to, by its identity."""
    return {id(parameter): parameter._version for parameter in model.parameters()}  # noqa: SLF001


def changed_since(model: nn.Module, before: Marks) -> bool:
    """Return whether a parameter that was there before has been written to since."""
    now = marks(model)
    return any(now.get(key, version) != version for key, version in before.items())
