"""The arguments of a finder, checked with the texts that pytorch-lr-finder's users know."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrwidget._validate import floats, real, shown, whole
from lrwidget.compat.rates import first_rate, group_schedules, starting_rates
from lrwidget.engine.checks import device_named
from lrwidget.engine.placement import placed
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["check_folder", "place", "sweep"]


def check_folder(cache_dir: str | Path | None) -> None:
    """Raise SettingsError unless the folder for temporary files is one, or none is given."""
    if cache_dir is not None and not _is_folder(cache_dir):
        raise SettingsError("Given `cache_dir` is not a valid directory.")


def _is_folder(path: Any) -> bool:
    try:
        return Path(path).is_dir()
    except Exception:  # noqa: BLE001 - whatever a user's __fspath__ raises
        return False


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
    if isinstance(start_lr, list):
        floats("start_lr", start_lr)
    elif start_lr is not None:
        real("start_lr", start_lr)
    starts = starting_rates(optimizer, start_lr)
    mode = step_mode.lower() if isinstance(step_mode, str) else ""
    if mode not in ("exp", "linear"):
        word = step_mode if mode.isalnum() and len(mode) < 40 else shown(step_mode)
        raise SettingsError(f"expected one of (exp, linear), got {word}")
    if whole("num_iter", num_iter, -sys.maxsize) <= 1:
        raise SettingsError("`num_iter` must be larger than 1")
    if not 0 <= real("smooth_f", smooth_f) < 1:
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
    chosen = device_named(device)
    return {"device": chosen, "around": partial(placed, model, optimizer, chosen)}
