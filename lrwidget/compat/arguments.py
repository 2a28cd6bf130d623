"""The arguments of a finder, checked with the texts that pytorch-lr-finder's users know."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.compat.rates import first_rate, group_schedules, starting_rates
from lrwidget.engine.placement import placed
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from torch import nn

__all__ = ["check_folder", "place", "sweep"]


def check_folder(cache_dir: str | Path | None) -> None:
    """Raise SettingsError unless the folder for temporary files is one, or none is given."""
    if cache_dir is not None and not Path(cache_dir).is_dir():
        raise SettingsError("Given `cache_dir` is not a valid directory.")


def sweep(
    optimizer: torch.optim.Optimizer,
    start_lr: Any,
    end_lr: float,
    num_iter: int,
    step_mode: str,
    smooth_f: float,
) -> dict[str, Any]:
    """Return what a range test is told of its rates and its smoothing.

    Raises
    ------
    SettingsError
        When one of them cannot work.
    """
    starts = starting_rates(optimizer, start_lr)
    mode = str(step_mode).lower()
    if mode not in ("exp", "linear"):
        raise SettingsError(f"expected one of (exp, linear), got {step_mode}")
    if num_iter <= 1:
        raise SettingsError("`num_iter` must be larger than 1")
    if smooth_f < 0 or smooth_f >= 1:
        raise SettingsError("smooth_f is outside the range [0, 1[")
    return {
        "start_lr": first_rate(starts),
        "end_lr": end_lr,
        "num_iter": num_iter,
        "step_mode": mode,
        "smooth_f": smooth_f,
        "group_schedules": partial(group_schedules, starts),
    }


def place(
    model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device | str | int | None
) -> dict[str, Any]:
    """Return what a range test is told of where it runs; None = where the model is."""
    if device is None:
        return {}
    chosen = torch.device(device)
    return {"device": chosen, "around": partial(placed, model, optimizer, chosen)}
