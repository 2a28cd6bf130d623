"""What a sweep recorded, as pytorch-lr-finder keeps it: two lists, the loss smoothed, and the best of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lrwidget.compat.rates import recorded_rates
from lrwidget.curves.smoothing import ema

if TYPE_CHECKING:
    from lrwidget.history.record import History

__all__ = ["best_of", "lists_of"]


def lists_of(history: History) -> dict[str, list[float]]:
    """Return ``{"lr": [...], "loss": [...]}``, two plain lists of floats, equally long.

    The loss is the running mean, ``h[i] = f*l[i] + (1-f)*h[i-1]``.
    """
    settings = history.settings
    return {
        "lr": recorded_rates(settings)[: len(history)],
        "loss": ema(history.loss, settings.smooth_f).tolist(),
    }


def best_of(losses: list[float]) -> float | None:
    """Return the smallest loss that is a number; None when there is none."""
    return min((loss for loss in losses if not math.isnan(loss)), default=None)
