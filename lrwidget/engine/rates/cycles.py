"""PyTorch's own cyclical schedulers, made with the bounds that a range test shows."""

from __future__ import annotations

import inspect
import math
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR

from lrwidget._validate import said, shown, whole
from lrwidget.engine.rates.groups import group_ratios
from lrwidget.engine.rates.optimizers import JoinedOptimizers
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cyclic", "one_cycle"]


def one_cycle(
    optimizer: torch.optim.Optimizer, base_lr: float, max_lr: float, /, total_steps: int, **options: Any
) -> OneCycleLR:
    """Return a one-cycle schedule from ``base_lr`` up to ``max_lr`` and down again.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Its param groups keep their ratios (:func:`lrwidget.engine.group_ratios`).
    base_lr, max_lr : float
        First and highest rate of the first group that is not frozen.
    total_steps : int
        Optimizer steps of the whole training, at least 1: call ``scheduler.step()`` after each.
    **options
        Everything else of :class:`torch.optim.lr_scheduler.OneCycleLR`, such as ``pct_start``. Momentum is
        cycled where the optimizer has one.
    """
    _check_one(optimizer)
    total_steps = _steps("total_steps", total_steps)
    _check_options("one_cycle", OneCycleLR, options, ("max_lr", "total_steps", "epochs", "steps_per_epoch"))
    asked = {"total_steps": total_steps, **options}
    options.setdefault("cycle_momentum", _has_momentum(optimizer))
    options.setdefault("div_factor", max_lr / base_lr)
    rates = [max_lr * ratio for ratio in group_ratios(optimizer)]
    make: Callable[[Any], OneCycleLR] = partial(OneCycleLR, max_lr=rates, total_steps=total_steps, **options)
    _rehearse("one_cycle", make, optimizer, asked)
    return make(optimizer)


def cyclic(
    optimizer: torch.optim.Optimizer, base_lr: float, max_lr: float, /, step_size_up: int, **options: Any
) -> CyclicLR:
    """Return Smith's cyclical schedule, by default triangular, between ``base_lr`` and ``max_lr``.

    Parameters
    ----------
    optimizer, base_lr, max_lr
        As for :func:`one_cycle`.
    step_size_up : int
        Optimizer steps from ``base_lr`` to ``max_lr``, at least 1; Smith advises 2 to 10 epochs' worth.
    **options
        Everything else of :class:`torch.optim.lr_scheduler.CyclicLR`, such as ``mode="triangular2"``.
    """
    _check_one(optimizer)
    step_size_up = _steps("step_size_up", step_size_up)
    _check_options("cyclic", CyclicLR, options, ("base_lr", "max_lr", "step_size_up"))
    asked = {"step_size_up": step_size_up, **options}
    options.setdefault("cycle_momentum", _has_momentum(optimizer))
    ratios = group_ratios(optimizer)
    make: Callable[[Any], CyclicLR] = partial(
        CyclicLR,
        base_lr=[base_lr * ratio for ratio in ratios],
        max_lr=[max_lr * ratio for ratio in ratios],
        step_size_up=step_size_up,
        **options,
    )
    _rehearse("cyclic", make, optimizer, asked)
    return make(optimizer)


def _has_momentum(optimizer: torch.optim.Optimizer) -> bool:
    # Both schedulers refuse optimizers without one; a momentum of 0 is none.
    return all("betas" in group or group.get("momentum") for group in optimizer.param_groups)


def _check_one(optimizer: Any) -> None:
    if isinstance(optimizer, JoinedOptimizers):
        raise SettingsError(
            f"PyTorch's schedulers steer one optimizer, and here are {len(optimizer.parts)}. Make one "
            "for each, with the bounds: OneCycleLR(optimizer, max_lr=w.bounds[1], total_steps=...)."
        )


def _rehearse(what: str, make: Callable[[Any], object], optimizer: Any, asked: dict[str, Any]) -> None:
    """Raise SettingsError when a scheduler cannot be made: PyTorch's write to an optimizer before they check.

    It is made for a stand-in, with the same groups around other parameters.
    """
    groups = [
        {key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in group.items()}
        | {"params": [torch.zeros(1)]}
        for group in optimizer.param_groups
    ]
    try:
        stand_in = torch.optim.Optimizer(groups, dict(optimizer.defaults))
        make(stand_in)
        rates = [float(group["lr"]) for group in stand_in.param_groups]
        if not all(0 <= rate < math.inf for rate in rates):
            raise ValueError(f"it would begin with the rates {rates}")
    except Exception as error:
        call = ", ".join(f"{name}={shown(value)}" for name, value in asked.items())
        raise SettingsError(f"PyTorch cannot make {what}({call}): {said(error)}.") from error


def _steps(name: str, value: Any) -> int:
    try:
        return whole(name, value, 1, sys.maxsize)
    except SettingsError as error:
        raise SettingsError(
            f"{name} must be a whole number of optimizer steps, at least 1; got {shown(value)}."
        ) from error


def _check_options(what: str, kind: type, options: dict[str, Any], ours: tuple[str, ...]) -> None:
    allowed = [name for name in inspect.signature(kind).parameters if name not in {"optimizer", *ours}]
    for name in options:
        if name not in allowed:
            hint = " The bounds decide it." if name in {"base_lr", "max_lr"} else ""
            raise SettingsError(
                f"{what}() takes {', '.join(allowed)} of torch.optim.lr_scheduler.{kind.__name__}; got "
                f"{name!r}.{hint}"
            )
