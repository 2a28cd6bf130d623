"""Where a LightningModule keeps the rate that ``configure_optimizers`` makes its next optimizer with."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from math import isclose
from numbers import Real
from typing import Any

from lrwidget.engine.rates.places import read_place
from lrwidget.errors import LRWidgetWarning

__all__ = ["places_of_the_rate", "warn_unless_used"]

NAMES = ("lr", "learning_rate")
_NOTHING = object()


def places_of_the_rate(module: Any) -> list[tuple[Any, str]]:
    """Return where ``configure_optimizers`` may find the rate: the module's attributes and hparams."""
    places: list[tuple[Any, str]] = []
    for name in NAMES:
        kind = getattr(type(module), name, None)
        fixed = isinstance(kind, property) and kind.fset is None
        if not fixed and _may_hold_a_rate(getattr(module, name, _NOTHING)):
            places.append((module, name))
    # Asked for, they are made where there were none.
    hparams = module.hparams if "_hparams" in vars(module) else None
    if isinstance(hparams, Mapping):
        places += [(hparams, name) for name in NAMES if _may_hold_a_rate(hparams.get(name, _NOTHING))]
    return places


def warn_unless_used(places: list[tuple[Any, str]], module: Any, optimizer: Any) -> None:
    """Warn when a fit, which makes its optimizer anew, would hardly use what is written to the places."""
    who = f"the {type(module).__name__}"
    if not places:
        warnings.warn(
            f"{who} has no lr or learning_rate, nor have its hparams, so an accepted rate reaches only this "
            "widget's optimizer. trainer.fit() makes another one: let configure_optimizers() use self.lr.",
            LRWidgetWarning,
            stacklevel=3,
        )
        return
    held = [read_place(where, name) for where, name in places]
    group = next((group for group in optimizer.param_groups if _rate_of(group)), optimizer.param_groups[0])
    made = (_rate_of(group), group.get("max_lr", 0.0))
    if any(isclose(value or 0.0, rate, rel_tol=1e-6) for value in held for rate in made):
        return
    told = ", ".join(f"{name}={value}" for (_, name), value in zip(places, held, strict=True))
    warnings.warn(
        f"configure_optimizers() gave its first param group the rate {made[0]:.6g}, but {who} holds {told}. "
        "An accepted rate is written there as it is: let configure_optimizers() use it for the first group.",
        LRWidgetWarning,
        stacklevel=3,
    )


def _rate_of(group: dict[str, Any]) -> float:
    # Under a schedule that has begun, lr is what the schedule made of it.
    return float(group.get("initial_lr", group.get("lr", 0.0)))


def _may_hold_a_rate(value: Any) -> bool:
    return value is None or (isinstance(value, Real) and not isinstance(value, bool))
