"""Rates of an optimizer's parameter groups, and the ratios between them that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrwidget.engine.rates.optimizers import AnyOptimizer

__all__ = ["group_ratios", "own_rates", "ratios_of", "set_rate", "set_rates", "write_rate"]


def group_ratios(optimizer: AnyOptimizer) -> list[float]:
    """Return each group's rate divided by that of the first group whose rate is not zero.

    A group at rate 0 has ratio 0, and stays at 0. When all are at 0, as under a warm-up that has not begun,
    the groups' ``initial_lr`` decide; without those, every ratio is 1.
    """
    groups = optimizer.param_groups
    return ratios_of(*([float(group.get(key, 0.0)) for group in groups] for key in ("lr", "initial_lr")))


def leading_rate(optimizer: AnyOptimizer) -> float | None:
    """Return the rate to which ratios are: the first group's whose rate is not zero; None = all are."""
    rates = (float(group.get(key, 0.0)) for key in ("lr", "initial_lr") for group in optimizer.param_groups)
    return next((rate for rate in rates if rate), None)


def ratios_of(*choices: Sequence[float]) -> list[float]:
    """Return the rates over the first one that is not 0, for the first choice that has one; else all 1."""
    for rates in choices:
        reference = next((rate for rate in rates if rate), None)
        if reference is not None:
            return [rate / reference for rate in rates]
    return [1.0] * len(choices[0])


def set_rate(optimizer: AnyOptimizer, ratios: Sequence[float], lr: float) -> None:
    """Set every group's rate to ``lr`` times its ratio; a rate that is a tensor is filled in place."""
    set_rates(optimizer, [lr * ratio for ratio in ratios])


def set_rates(optimizer: AnyOptimizer, rates: Sequence[float]) -> None:
    """Set each group's own rate; one that is a tensor is filled in place."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        write_rate(group, "lr", rate)


def own_rates(optimizer: AnyOptimizer) -> None:
    """Give each group a rate of its own where several groups share one tensor."""
    seen: set[int] = set()
    for group in optimizer.param_groups:
        lr = group["lr"]
        if isinstance(lr, torch.Tensor):
            group["lr"] = lr.clone() if id(lr) in seen else lr
            seen.add(id(lr))


def write_rate(where: Any, key: Any, rate: float) -> None:
    """Write a rate into a group, or a list of rates; a tensor that stands there is filled in place."""
    held = where.get(key) if isinstance(where, dict) else where[key]
    if isinstance(held, torch.Tensor):
        # The optimizer's kernels and captured graphs read this very tensor.
        with torch.no_grad():
            held.fill_(rate)
    else:
        where[key] = rate
