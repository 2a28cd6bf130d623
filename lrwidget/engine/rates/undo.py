"""Every place that holds a rate, kept so that accepting another one can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.rates.places import read_place, write_place
from lrwidget.engine.rates.schedulers import flat_schedulers, rates_held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrwidget.engine.rates.optimizers import AnyOptimizer
    from lrwidget.engine.rates.places import Place

__all__ = ["KeptRates"]

_IN_GROUPS = ("lr", "initial_lr")


class KeptRates:
    """Remembers every rate that :func:`lrwidget.engine.accept_rate` may change.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    schedulers : iterable
        Attached schedulers.
    places : iterable of pairs
        What else it writes to: see :mod:`lrwidget.engine.rates.places`.
    """

    def __init__(
        self,
        optimizer: AnyOptimizer,
        schedulers: Iterable[object] = (),
        places: Iterable[Place] = (),
    ) -> None:
        held: list[tuple[Any, Any]] = [
            (group, key) for group in optimizer.param_groups for key in _IN_GROUPS if key in group
        ]
        elsewhere = list(places)
        for scheduler in flat_schedulers(schedulers):
            lists, attributes = rates_held(scheduler)
            held += [(rates, index) for rates in lists for index in range(len(rates))]
            elsewhere += attributes
        self._kept = [(where, key, where[key], float(where[key])) for where, key in held]
        self._elsewhere = [(where, key, read_place(where, key)) for where, key in elsewhere]

    def give_back(self) -> None:
        """Put every rate back; tensors stay the same tensors."""
        for where, key, value, number in self._kept:
            if isinstance(value, torch.Tensor):
                with torch.no_grad():
                    value.fill_(number)
            where[key] = value
        for where, key, value in self._elsewhere:
            write_place(where, key, value)
