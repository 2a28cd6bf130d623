"""PyTorch's own cyclical schedulers, made with the bounds that a range test shows."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from torch.optim.lr_scheduler import CyclicLR, OneCycleLR

from lrwidget.engine.optimizers import JoinedOptimizers
from lrwidget.engine.rates import group_ratios
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    import torch

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
    _check_count("total_steps", total_steps)
    _check_options("one_cycle", OneCycleLR, options, ("max_lr", "total_steps", "epochs", "steps_per_epoch"))
    options.setdefault("cycle_momentum", _has_momentum(optimizer))
    options.setdefault("div_factor", max_lr / base_lr)
    rates = [max_lr * ratio for ratio in group_ratios(optimizer)]
    return OneCycleLR(optimizer, max_lr=rates, total_steps=total_steps, **options)


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
    _check_count("step_size_up", step_size_up)
    _check_options("cyclic", CyclicLR, options, ("base_lr", "max_lr", "step_size_up"))
    options.setdefault("cycle_momentum", _has_momentum(optimizer))
    ratios = group_ratios(optimizer)
    return CyclicLR(
        optimizer,
        base_lr=[base_lr * ratio for ratio in ratios],
        max_lr=[max_lr * ratio for ratio in ratios],
        step_size_up=step_size_up,
        **options,
    )


def _has_momentum(optimizer: torch.optim.Optimizer) -> bool:
    # Both schedulers refuse optimizers without one; a momentum of 0 is none.
    return all("betas" in group or group.get("momentum") for group in optimizer.param_groups)


def _check_one(optimizer: Any) -> None:
    if isinstance(optimizer, JoinedOptimizers):
        raise SettingsError(
            f"PyTorch's schedulers steer one optimizer, and here are {len(optimizer.parts)}. Make one "
            "for each, with the bounds: OneCycleLR(optimizer, max_lr=w.bounds[1], total_steps=...)."
        )


def _check_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(f"{name} must be a whole number of optimizer steps, at least 1; got {value!r}.")


def _check_options(what: str, kind: type, options: dict[str, Any], ours: tuple[str, ...]) -> None:
    allowed = [name for name in inspect.signature(kind).parameters if name not in {"optimizer", *ours}]
    for name in options:
        if name not in allowed:
            hint = " The bounds decide it." if name in {"base_lr", "max_lr"} else ""
            raise SettingsError(
                f"{what}() takes {', '.join(allowed)} of torch.optim.lr_scheduler.{kind.__name__}; got "
                f"{name!r}.{hint}"
            )
