"""The numbers of a figure: which points the curve is drawn through, and what the panels then show.

However long the sweep, the curve is drawn at no more than :data:`MAX_CURVE` of its rates: more cannot be told
apart on a screen, and each costs as much as the sweep is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrwidget.plot.metric import drawn_metric
from lrwidget.plot.panels import Panels, curve_count, panels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrwidget.history.record import History

__all__ = ["MAX_CURVE", "Drawn", "drawn", "drawn_curve", "stride"]

MAX_CURVE = 512
_EMPTY: NDArray[np.float64] = np.empty(0)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is drawn of a history.

    Attributes
    ----------
    lr, value, slope : ndarray, shape (m,)
        Rates of the curve, the smoothed loss there, and its change; as far as the curve is readable.
    metric : ndarray, shape (m,)
        The smoothed metric there; zero without one.
    panels : Panels
        The axes that show them.
    """

    lr: NDArray[np.float64]
    value: NDArray[np.float64]
    slope: NDArray[np.float64]
    metric: NDArray[np.float64]
    panels: Panels

    def at(self, lr: float) -> tuple[float, float] | None:
        """Return value and slope of the drawn curve at a rate; None where it is not drawn."""
        if self.lr.size == 0 or not self.lr[0] <= lr <= self.lr[-1]:
            return None
        value, slope = (float(np.interp(lr, self.lr, part)) for part in (self.value, self.slope))
        return (value, slope) if np.isfinite(value) and np.isfinite(slope) else None


def drawn(history: History, bandwidth: float) -> Drawn:
    """Return what is drawn of ``history`` with a smoothing of ``bandwidth`` decades."""
    lr, value, slope, metric = drawn_curve(history, bandwidth)
    settings = history.settings
    shown = panels(history.loss, slope, settings.num_iter, settings.flat_start)
    return Drawn(lr, value, slope, metric, shown)


def drawn_curve(history: History, bandwidth: float) -> tuple[NDArray[np.float64], ...]:
    """Return the curve: rates, values, slopes, and the smoothed metric, which without one is zero."""
    settings = history.settings
    count = curve_count(history.loss, settings.num_iter, settings.flat_start)
    every = stride(history)
    chosen = np.arange(0, count, every)
    if chosen.size == 0:
        return _EMPTY, _EMPTY, _EMPTY, _EMPTY
    if chosen[-1] != count - 1:
        chosen = np.append(chosen, count - 1)
    lr = history.lr[chosen]
    if every == 1:
        whole = history.curve(bandwidth)
        value, slope = whole.value[:count], whole.slope[:count]
    else:
        curve = history.curve(bandwidth, at=lr)
        value, slope = curve.value, curve.slope
    metric = np.zeros_like(lr)
    if history.metric is not None:
        metric = drawn_metric(history, bandwidth, history.x[chosen])
    return lr, value, slope, metric


def stride(history: History) -> int:
    """Return which of the rates of a sweep have a place on its curve: every so many."""
    return -(-max(history.settings.num_iter, len(history)) // MAX_CURVE)
