"""Schedulers of the rate: PyTorch's and those that keep base rates as they do, and timm's.

PyTorch's hold ``base_lrs``, count their steps, and multiply. timm's hold ``base_values`` and, for a warm-up,
``warmup_steps`` (what a step adds); they do not count, and a group's own ``lr_scale`` is multiplied in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget._validate import shown
from lrwidget.engine.rates.groups import write_rate
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "awaits_warm_up",
    "checked_schedulers",
    "flat_schedulers",
    "give_base_rates",
    "has_begun",
    "is_cyclic",
    "own_scale",
    "rates_held",
    "takes_base_rates",
]

# Lists of rates, one for each group.
_LISTS = ("base_lrs", "_last_lr", "base_values", "warmup_steps")
# What timm's puts back at its next step, after noise was on the rate.
_WAITING = "restore_lr"


def checked_schedulers(scheduler: Any) -> tuple[object, ...]:
    """Return one scheduler, a list of them or None as a tuple, or raise SettingsError."""
    given = () if scheduler is None else scheduler if isinstance(scheduler, (list, tuple)) else (scheduler,)
    for one in given:
        if isinstance(one, type) or not callable(getattr(one, "step", None)):
            raise SettingsError(
                f"scheduler must be a scheduler of learning rates, a list of them, or None; got {shown(one)}."
            )
    return tuple(given)


def flat_schedulers(schedulers: Iterable[object]) -> list[Any]:
    """Return schedulers and those inside them (of a ``SequentialLR`` or ``ChainedScheduler``)."""
    found: list[Any] = []
    for scheduler in schedulers:
        found += [scheduler, *flat_schedulers(getattr(scheduler, "_schedulers", ()))]
    return found


def is_cyclic(scheduler: Any) -> bool:
    """Return whether a scheduler has bounds of its own, which no accepted rate moves."""
    return hasattr(scheduler, "max_lrs")


def takes_base_rates(scheduler: Any) -> bool:
    """Return whether a scheduler's rates are multiples of base rates that can be given to it."""
    return hasattr(scheduler, "base_lrs") or _is_timms(scheduler)


def own_scale(scheduler: Any, group: Mapping[str, Any]) -> float:
    """Return what a scheduler multiplies the rates of one group with, besides what it does to all."""
    return float(group.get("lr_scale", 1.0)) if _is_timms(scheduler) else 1.0


def has_begun(scheduler: Any) -> bool:
    """Return whether a scheduler is in the middle of its course."""
    if not _is_timms(scheduler):
        return bool(getattr(scheduler, "last_epoch", 0) > 0)
    return not (_holds(scheduler, scheduler.base_values) or awaits_warm_up(scheduler))


def awaits_warm_up(scheduler: Any) -> bool:
    """Return whether the groups hold the first rate of a warm-up that is the same whatever the base rate."""
    if not _is_timms(scheduler) or getattr(scheduler, "warmup_t", 0) == 0:
        return False
    return _holds(scheduler, [scheduler.warmup_lr_init] * len(scheduler.base_values))


def give_base_rates(
    scheduler: Any, groups: Sequence[Mapping[str, Any]], bases: Sequence[float], now: Sequence[float]
) -> None:
    """Have a scheduler go by these base rates, of which it has now put these into the groups."""
    own = getattr(getattr(scheduler, "optimizer", None), "param_groups", groups)
    numbers = [number for number, group in enumerate(groups) if any(group is mine for mine in own)]
    if _is_timms(scheduler):
        _give_timms(scheduler, [bases[n] / own_scale(scheduler, groups[n]) for n in numbers])
        return
    for name, values in (("base_lrs", bases), ("_last_lr", now)):
        old = getattr(scheduler, name, None)
        if isinstance(old, list) and len(old) == len(numbers):
            for index, number in enumerate(numbers):
                write_rate(old, index, values[number])


def rates_held(scheduler: Any) -> tuple[list[list[Any]], list[tuple[Any, str]]]:
    """Return what of a scheduler changes with a rate: lists, and attributes of an object."""
    lists = [getattr(scheduler, name, None) for name in _LISTS]
    attributes = [(scheduler, _WAITING)] if _is_timms(scheduler) and hasattr(scheduler, _WAITING) else []
    return [rates for rates in lists if isinstance(rates, list)], attributes


def _is_timms(scheduler: Any) -> bool:
    return (
        isinstance(getattr(scheduler, "base_values", None), list)
        and getattr(scheduler, "param_group_field", None) == "lr"
    )


def _holds(scheduler: Any, values: Sequence[float]) -> bool:
    return all(
        float(group["lr"]) == float(value) * own_scale(scheduler, group)
        for group, value in zip(scheduler.optimizer.param_groups, values, strict=False)
    )


def _give_timms(scheduler: Any, bases: Sequence[float]) -> None:
    old = scheduler.base_values
    steps = getattr(scheduler, "warmup_steps", None)
    count = getattr(scheduler, "warmup_t", 0)
    if len(old) != len(bases):
        return
    if count and isinstance(steps, list):
        init = scheduler.warmup_lr_init
        for index, (step, before, base) in enumerate(zip(steps, old, bases, strict=True)):
            # Most warm up to the base rate, and some to a part of it.
            full = step == (before - init) / count or not before
            end = base if full else (init + count * step) * (base / before)
            steps[index] = (end - init) / count
    old[:] = bases
    if getattr(scheduler, _WAITING, None) is not None:
        setattr(scheduler, _WAITING, None)
