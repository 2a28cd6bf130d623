"""Write learning rates into an optimizer, so that its parameter groups keep their ratios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from lrwidget._validate import positive
from lrwidget.engine.rates.optimizers import SCHEDULER_MARKS, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lrwidget.engine.rates.optimizers import AnyOptimizer

__all__ = [
    "accept_rate",
    "flat_schedulers",
    "group_ratios",
    "own_rates",
    "read_place",
    "set_rate",
    "set_rates",
    "write_place",
]


def group_ratios(optimizer: AnyOptimizer, keys: Sequence[str] = ("lr", "initial_lr")) -> list[float]:
    """Return each group's rate divided by that of the first group whose rate is not zero.

    A group at rate 0 has ratio 0, and stays at 0. When all are at 0, as under a warm-up that has not begun,
    the groups' ``initial_lr`` decide; without those, every ratio is 1. ``keys``: what is looked at, in order.
    """
    for key in keys:
        rates = [float(group.get(key, 0.0)) for group in optimizer.param_groups]
        reference = next((rate for rate in rates if rate), None)
        if reference is not None:
            return [rate / reference for rate in rates]
    return [1.0] * len(optimizer.param_groups)


def set_rate(optimizer: AnyOptimizer, ratios: Sequence[float], lr: float) -> None:
    """Set every group's rate to ``lr`` times its ratio; a rate that is a tensor is filled in place."""
    set_rates(optimizer, [lr * ratio for ratio in ratios])


def set_rates(optimizer: AnyOptimizer, rates: Sequence[float]) -> None:
    """Set each group's own rate; one that is a tensor is filled in place."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        _write(group, "lr", rate)


def own_rates(optimizer: AnyOptimizer) -> None:
    """Give each group a rate of its own where several groups share one tensor."""
    seen: set[int] = set()
    for group in optimizer.param_groups:
        lr = group["lr"]
        if isinstance(lr, torch.Tensor):
            group["lr"] = lr.clone() if id(lr) in seen else lr
            seen.add(id(lr))


def read_place(where: Any, key: str) -> Any:
    """Return what a mapping, or an object's attribute, holds under a name."""
    return where[key] if isinstance(where, Mapping) else getattr(where, key)


def write_place(where: Any, key: str, value: Any) -> None:
    """Write into a mapping, or an object's attribute, under a name."""
    if isinstance(where, Mapping):
        where[key] = value  # type: ignore[index]  # one that can be written to
    else:
        setattr(where, key, value)


def accept_rate(
    optimizer: AnyOptimizer,
    lr: float,
    schedulers: Iterable[object] = (),
    places: Iterable[tuple[Any, str]] = (),
) -> str:
    """Put a chosen rate into an optimizer, and into the schedulers that steer it.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer, or several as one
        Its groups keep their ratios (:func:`group_ratios`); ``initial_lr`` is updated where there is one.
    lr : float
        Rate of the first group that is not frozen; finite, greater than 0.
    schedulers : iterable
        Attached schedulers, whose ``base_lrs`` are updated; those inside a ``SequentialLR`` or
        ``ChainedScheduler`` too. One that has not stepped yet takes the rate as its base, of which a warm-up
        puts a part into the optimizer; one in the middle of its course goes on from the rate. One-cycle and
        cyclic schedulers carry rates of their own and are left alone. The returned line says so.
    places : iterable of (object, str)
        Where else the rate is written as it is: a mapping and a key, or an object and an attribute's name.
        What a training framework makes its next optimizer with, for example ``(hparams, "lr")``.

    Returns
    -------
    str
        What each group now holds, such as ``"lr = 0.0123"`` or ``"3 groups: 0.01, 0.001, 0 (frozen)"``.

    Raises
    ------
    SettingsError
        When the rate is not finite and positive.
    """
    lr = positive("lr", lr, "Give for example 0.01.")
    groups, attached = optimizer.param_groups, flat_schedulers(schedulers)
    cyclic = any("max_lr" in group for group in groups) or any(hasattr(s, "max_lrs") for s in attached)
    parts = [1.0] * len(groups)
    ratios = group_ratios(optimizer)
    if not cyclic and any(hasattr(scheduler, "base_lrs") for scheduler in attached):
        parts = [_part(group) for group in groups]
        ratios = group_ratios(optimizer, ("initial_lr", "lr"))
    rates = [lr * ratio for ratio in ratios]
    begun = any(getattr(scheduler, "last_epoch", 0) > 0 for scheduler in attached)
    # In the middle of its course a schedule goes on from the rate; else it begins at its part of it.
    bases = [rate / part if begun and part else rate for rate, part in zip(rates, parts, strict=True)]
    now = rates if begun else [rate * part for rate, part in zip(rates, parts, strict=True)]
    set_rates(optimizer, now)
    for group, base in zip(groups, bases, strict=True):
        if "max_lr" not in group and "initial_lr" in group:
            _write(group, "initial_lr", base)
    for where, key in places:
        write_place(where, key, lr)
    if not cyclic:
        for scheduler in attached:
            _write_base_rates(scheduler, groups, bases, now)
    if cyclic:
        return (
            f"{_receipt(rates)}; the attached one-cycle or cyclic scheduler keeps its own rates: "
            "make it anew with this one"
        )
    if set(parts) != {1.0}:
        return f"{_receipt(rates)}; the attached schedule " + (
            "goes on from there" if begun else f"puts it at {_listed(now)} now"
        )
    if not attached and _steered(optimizer):
        return (
            f"{_receipt(rates)}; a scheduler was attached to this optimizer, and goes on from its old rate "
            "unless it is given too: scheduler=..."
        )
    return _receipt(rates)


def _part(group: Mapping[str, Any]) -> float:
    """Return how much of its base rate a schedule has put into a group."""
    base = float(group.get("initial_lr", 0.0))
    return float(group["lr"]) / base if base else 1.0


def _steered(optimizer: AnyOptimizer) -> bool:
    return any(hasattr(part.step, mark) for part in parts_of(optimizer) for mark in SCHEDULER_MARKS)


def _write(group: dict[str, Any], key: str, rate: float) -> None:
    if isinstance(group.get(key), torch.Tensor):
        # The optimizer's kernels and captured graphs read this very tensor.
        with torch.no_grad():
            group[key].fill_(rate)
    else:
        group[key] = rate


def flat_schedulers(schedulers: Iterable[object]) -> list[Any]:
    """Return schedulers and those inside them (of a ``SequentialLR`` or ``ChainedScheduler``)."""
    found: list[Any] = []
    for scheduler in schedulers:
        found += [scheduler, *flat_schedulers(getattr(scheduler, "_schedulers", ()))]
    return found


def _write_base_rates(
    scheduler: Any, groups: Sequence[Mapping[str, Any]], bases: Sequence[float], now: Sequence[float]
) -> None:
    own = getattr(getattr(scheduler, "optimizer", None), "param_groups", groups)
    numbers = [number for number, group in enumerate(groups) if any(group is mine for mine in own)]
    for name, values in (("base_lrs", bases), ("_last_lr", now)):
        old = getattr(scheduler, name, None)
        if isinstance(old, list) and len(old) == len(numbers):
            for index, number in enumerate(numbers):
                if isinstance(old[index], torch.Tensor):
                    old[index].fill_(values[number])
                else:
                    old[index] = values[number]


def _receipt(rates: Sequence[float]) -> str:
    return f"lr = {_listed(rates)}" if len(rates) == 1 else f"{len(rates)} groups: {_listed(rates)}"


def _listed(rates: Sequence[float]) -> str:
    return ", ".join(f"{rate:.6g}" if rate else "0 (frozen)" for rate in rates)
