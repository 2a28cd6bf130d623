"""Every place that holds a rate, kept so that accepting another one can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.rates.groups import flat_schedulers, read_place, write_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrwidget.engine.rates.optimizers import AnyOptimizer

__all__ = ["KeptRates"]

_IN_GROUPS = ("lr", "initial_lr")
_IN_SCHEDULERS = ("base_lrs", "_last_lr")


class KeptRates:
    """Remembers every rate that :func:`lrwidget.engine.accept_rate` may change.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    schedulers : iterable
        Attached schedulers.
    places : iterable of (object, str)
        What else :func:`lrwidget.engine.write_rate` writes to.
    """

    def __init__(
        self,
        optimizer: AnyOptimizer,
        schedulers: Iterable[object] = (),
        places: Iterable[tuple[Any, str]] = (),
    ) -> None:
        held: list[tuple[Any, Any]] = [
            (group, key) for group in optimizer.param_groups for key in _IN_GROUPS if key in group
        ]
        for scheduler in flat_schedulers(schedulers):
            for name in _IN_SCHEDULERS:
                rates = getattr(scheduler, name, None)
                if isinstance(rates, list):
                    held += [(rates, index) for index in range(len(rates))]
        self._kept = [(where, key, where[key], float(where[key])) for where, key in held]
        self._elsewhere = [(where, key, read_place(where, key)) for where, key in places]

    def give_back(self) -> None:
        """Put every rate back; tensors stay the same tensors."""
        for where, key, value, number in self._kept:
            if isinstance(value, torch.Tensor):
                with torch.no_grad():
                    value.fill_(number)
            where[key] = value
        for where, key, value in self._elsewhere:
            write_place(where, key, value)
