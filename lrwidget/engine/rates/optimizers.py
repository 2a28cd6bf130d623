"""Several optimizers that are stepped as one, and optimizers whose step calls for a closure."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SCHEDULER_MARKS", "AnyOptimizer", "JoinedOptimizers", "as_one", "needs_closure", "parts_of"]

#: How PyTorch's schedulers mark the ``step`` of their optimizer; the second before 2.5.
SCHEDULER_MARKS = ("_wrapped_by_lr_sched", "_with_counter")


class JoinedOptimizers:
    """Optimizers that share one sweep: their param groups in a row, all of them zeroed and stepped together.

    Parameters
    ----------
    parts : sequence of torch.optim.Optimizer
    """

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = tuple(parts)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of all, in order: the very dicts that the optimizers hold."""
        return [group for part in self.parts for group in part.param_groups]


AnyOptimizer = torch.optim.Optimizer | JoinedOptimizers


def as_one(optimizer: Any) -> Any:
    """Return a list or tuple of optimizers joined, anything else as it is."""
    return JoinedOptimizers(optimizer) if isinstance(optimizer, (list, tuple)) else optimizer


def parts_of(optimizer: Any) -> tuple[torch.optim.Optimizer, ...]:
    """Return the optimizers that were joined, or the one there is."""
    return optimizer.parts if isinstance(optimizer, JoinedOptimizers) else (optimizer,)


def needs_closure(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether ``optimizer.step`` cannot be called without a closure, as that of LBFGS."""
    try:
        closure = inspect.signature(optimizer.step).parameters.get("closure")
    except (TypeError, ValueError):  # a step written in another language
        return False
    return closure is not None and closure.default is inspect.Parameter.empty
