"""Put a chosen rate into an optimizer, and wherever else the next step takes its rate from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget._text import format_rate
from lrwidget._validate import positive
from lrwidget.engine.rates.groups import group_ratios, ratios_of, set_rates, write_rate
from lrwidget.engine.rates.optimizers import SCHEDULER_MARKS, as_one, parts_of
from lrwidget.engine.rates.places import checked_places, rates_in, write_place
from lrwidget.engine.rates.schedulers import (
    awaits_warm_up,
    checked_schedulers,
    flat_schedulers,
    give_base_rates,
    has_begun,
    is_cyclic,
    own_scale,
    takes_base_rates,
)
from lrwidget.engine.rates.undo import KeptRates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from lrwidget.engine.rates.optimizers import AnyOptimizer
    from lrwidget.engine.rates.places import Place

__all__ = ["accept_rate"]


def accept_rate(
    optimizer: AnyOptimizer | Sequence[torch.optim.Optimizer],
    lr: float,
    scheduler: object | Sequence[object] | None = None,
    write_to: Sequence[Any] = (),
) -> str:
    """Put a chosen rate into an optimizer, and into the schedulers that steer it: everywhere or nowhere.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer or sequence of them
        Its groups keep their ratios (:func:`~lrwidget.engine.group_ratios`); ``initial_lr`` is updated where
        there is one.
    lr : float
        Rate of the first group that is not frozen; finite, greater than 0.
    scheduler : object or sequence, optional
        Attached schedulers, PyTorch's (or any with ``base_lrs``) and timm's; those inside a ``SequentialLR``
        or ``ChainedScheduler`` too. One that has not stepped yet takes the rate as its base, of which a
        warm-up puts a part into the optimizer; one in the middle of its course goes on from the rate.
        One-cycle and cyclic schedulers carry rates of their own and are left alone. The returned line says
        so.
    write_to : sequence, optional
        Where else the rate goes. ``(mapping, key)`` and ``(object, attribute's name)``: it is written there
        as it is, such as ``(hparams, "lr")``. An array, tensor or list with a rate for each step is scaled,
        in place, so that the largest of its rates is ``lr``.

    Returns
    -------
    str
        What each group now holds, such as ``"lr = 0.0123"`` or ``"3 groups: 0.01, 0.001, 0 (frozen)"``.

    Raises
    ------
    SettingsError
        When the rate is not finite and positive, or a scheduler or place cannot take one.
    """
    lr = positive("lr", lr, "Give for example 0.01.")
    joined: AnyOptimizer = as_one(optimizer)
    attached, places = flat_schedulers(checked_schedulers(scheduler)), checked_places(write_to)
    before = KeptRates(joined, attached, places)
    try:
        return _write(joined, lr, attached, places)
    except BaseException:  # a place of the user's that cannot be written to
        before.give_back()
        raise


def _write(optimizer: AnyOptimizer, lr: float, attached: list[Any], places: tuple[Place, ...]) -> str:
    groups = optimizer.param_groups
    cyclic = any("max_lr" in group for group in groups) or any(map(is_cyclic, attached))
    parts = [1.0] * len(groups)
    ratios = group_ratios(optimizer)
    based = next(filter(takes_base_rates, attached), None)
    if not cyclic and based is not None:
        whole = [float(group.get("initial_lr", 0.0)) * own_scale(based, group) for group in groups]
        parts = [_part(group, base) for group, base in zip(groups, whole, strict=True)]
        ratios = ratios_of(whole, [float(group["lr"]) for group in groups])
    rates = [lr * ratio for ratio in ratios]
    begun = any(map(has_begun, attached))
    # In the middle of its course a schedule goes on from the rate; else it begins at its part of it.
    bases = [rate / part if begun and part else rate for rate, part in zip(rates, parts, strict=True)]
    now = rates if begun else [rate * part for rate, part in zip(rates, parts, strict=True)]
    held = [id(group) for one in attached if awaits_warm_up(one) for group in one.optimizer.param_groups]
    now = [float(g["lr"]) if id(g) in held else rate for g, rate in zip(groups, now, strict=True)]
    if not cyclic:
        for one in attached:
            give_base_rates(one, groups, bases, now)
    set_rates(optimizer, now)
    for group, base in zip(groups, bases, strict=True):
        if "max_lr" not in group and "initial_lr" in group:
            write_rate(group, "initial_lr", base / own_scale(based, group))
    for where, key in places:
        write_place(where, key, lr)
    receipt = _receipt(rates) + _arrays(places, lr)
    if cyclic:
        return (
            f"{receipt}; the attached one-cycle or cyclic scheduler keeps its own rates: "
            "make it anew with this one"
        )
    if set(parts) != {1.0}:
        return f"{receipt}; the attached schedule " + (
            "goes on from there" if begun else f"puts it at {_listed(now)} now"
        )
    if not attached and _steered(optimizer):
        return (
            f"{receipt}; a scheduler was attached to this optimizer, and goes on from its old rate "
            "unless it is given too: scheduler=..."
        )
    return receipt


def _part(group: Mapping[str, Any], base: float) -> float:
    """Return how much of its base rate a schedule has put into a group."""
    return float(group["lr"]) / base if base else 1.0


def _steered(optimizer: AnyOptimizer) -> bool:
    return any(hasattr(part.step, mark) for part in parts_of(optimizer) for mark in SCHEDULER_MARKS)


def _receipt(rates: Sequence[float]) -> str:
    return f"lr = {_listed(rates)}" if len(rates) == 1 else f"{len(rates)} groups: {_listed(rates)}"


def _arrays(places: Sequence[Place], lr: float) -> str:
    sizes = [rates_in(where).size for where, key in places if key is None]
    return "".join(f"; {size} scheduled rates scaled, up to {format_rate(lr, digits=6)}" for size in sizes)


def _listed(rates: Sequence[float]) -> str:
    return ", ".join(format_rate(rate, digits=6) if rate else "0 (frozen)" for rate in rates)
