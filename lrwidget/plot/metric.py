"""The metric's curve: over the loss, with an axis of its own at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.curves.axis import decade
from lrwidget.history.metric import smoothed_metric
from lrwidget.plot.ranges import finite

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from lrwidget.history.record import History

__all__ = ["drawn_metric", "metric_range"]


def drawn_metric(history: History, bandwidth: float, at: ArrayLike) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the smoothed metric at places on the history's axis; ``bandwidth`` in decades."""
    settings = history.settings
    unit = decade(settings.start_lr, settings.end_lr, settings.step_mode)
    return smoothed_metric(history.x, np.asarray(history.metric), bandwidth * unit, at)


def metric_range(metric: ArrayLike) -> tuple[float, float]:
    """Return the (bottom, top) of the metric's axis: all finite values, and a little room."""
    values = finite(metric)
    if values.size == 0:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    pad = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return low - pad, high + pad
