"""Bounds of a cyclical schedule: where the loss starts to fall, and where it stops falling or turns ragged.

After Smith, "Cyclical Learning Rates for Training Neural Networks" (arXiv 1506.01186), section 3.3: "note
the learning rate value when the accuracy starts to increase and when the accuracy slows, becomes ragged, or
starts to fall. These two learning rates are good choices for bounds."
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lrwidget._text import format_rate
from lrwidget.curves.axis import axis
from lrwidget.curves.smooth_curve import flat_start, head_size
from lrwidget.curves.smoothing import is_even, local_linear, spans
from lrwidget.curves.valley import NoDescent, Valley

if TYPE_CHECKING:
    from lrwidget.curves.axis import FloatArray
    from lrwidget.picks.sweep import Sweep

__all__ = ["Bounds", "find_bounds"]

# Losses around a place that tell how ragged the curve is there.
WINDOW = 7
# Ragged: the losses scatter this many times as widely as at the flat start, and by this share of the descent.
RAGGED_TIMES = 4.0
RAGGED_SHARE = 0.15
# At most so many places of the curve are computed; between them it is straight.
PLACES = 256


@dataclass(frozen=True)
class Bounds:
    """Both ends of a cyclical schedule, in the units of the optimizer's ``lr``.

    Attributes
    ----------
    base_lr : float or None
        Where the loss starts to fall; None when it never does.
    max_lr : float or None
        Where it stops falling (95 % of the descent is done) or turns ragged, whichever comes first.
    reason : str
        One plain sentence: why these two, or why there are none.
    """

    base_lr: float | None
    max_lr: float | None
    reason: str


@np.errstate(all="ignore")
def find_bounds(sweep: Sweep) -> Bounds:
    """Return the bounds that a sweep shows."""
    valley = sweep.valley
    if isinstance(valley, NoDescent):
        return Bounds(None, None, valley.reason)
    ragged = _first_ragged(sweep, valley)
    top = valley.knee if ragged is None else min(ragged, valley.knee)
    base, most = sweep.rate(valley.start), sweep.rate(top)
    if not base < most:
        return Bounds(None, None, f"the loss falls and levels off within one step, at {format_rate(most, 2)}")
    how = "levels off" if top == valley.knee else "turns ragged"
    return Bounds(
        base,
        most,
        f"the loss starts to fall at {format_rate(base, 2)} and {how} at {format_rate(most, 2)}",
    )


def _first_ragged(sweep: Sweep, valley: Valley) -> float | None:
    """Return the first place on the descent where the losses scatter far more than at its start."""
    x = axis(sweep.lr, sweep.step_mode)
    finite = np.isfinite(sweep.loss)
    count = finite.size if finite.all() else int(np.argmin(finite))
    x, loss = x[:count], sweep.loss[:count]
    # At each of 10,000 it would take a second, and be no other to the eye.
    at = x[np.unique(np.linspace(0, count - 1, min(count, PLACES)).astype(int))]
    bandwidth = sweep.bandwidth * sweep.decade
    level = np.interp(x, at, local_linear(x, loss, at, bandwidth, spans(x, bandwidth))[0])
    off = np.abs(loss - level)
    inside = (x > valley.start + 0.1 * sweep.decade) & (x < valley.knee)
    descent = float(level[: flat_start(x)].mean() - level[x <= valley.floor].min())
    # Medians: one lucky or unlucky batch is no raggedness.
    head = head_size(sweep.num_iter) if is_even(x) else flat_start(x)
    limit = max(RAGGED_TIMES * float(np.median(off[:head])), RAGGED_SHARE * descent)
    ragged = np.flatnonzero(inside & (_running_median(off) > limit))
    return float(x[ragged[0]]) if ragged.size else None


def _running_median(values: FloatArray) -> FloatArray:
    """Return the median of each value and its neighbours, of which there are fewer at the ends."""
    half = WINDOW // 2
    inner = slice(half, max(values.size - half, half))
    result = np.empty(values.size)
    if values.size >= WINDOW:
        result[inner] = np.median(sliding_window_view(values, WINDOW), axis=1)
    for index in (*range(min(half, values.size)), *range(inner.stop, values.size)):
        result[index] = np.median(values[max(index - half, 0) : index + half + 1])
    return result
