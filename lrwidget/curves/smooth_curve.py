"""The curve we draw: the centred, smoothed loss, and its slope, the "change in loss"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lrwidget.curves.smoothing import is_even, local_linear, spans

if TYPE_CHECKING:
    from lrwidget.curves.axis import FloatArray

__all__ = ["Curve", "base_level", "curve", "flat_start", "head_size", "limited", "low_level", "single_noise"]

# How far beyond the flat start and the lowest losses a loss still counts, as a share of the descent.
OVERSHOOT = 0.3
# A drop of this many sd of single losses is a descent; in pure noise the lowest of a hundred are 2 down.
CLEAR = 3.5


@dataclass(frozen=True, eq=False)
class Curve:
    """A smoothed loss and its slope, at the same places.

    Attributes
    ----------
    value : ndarray, shape (m,)
        Smoothed loss, in units of the loss.
    slope : ndarray, shape (m,)
        Change in loss per decade of the rate; on a linear sweep per unit of the rate.
    """

    value: FloatArray
    slope: FloatArray


def head_size(count: int) -> int:
    """Return how many of ``count`` losses make up the flat start of a sweep: 15 %, at least 5."""
    return max(5, int(0.15 * count))


def flat_start(x: FloatArray) -> int:
    """Return how many of the losses at some places make up the flat start of a sweep.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Places on the axis, strictly increasing.

    Returns
    -------
    int
        :func:`head_size`; of places that do not lie evenly no more than lie in the first 15 % of the axis,
        for where few are quiet and many in the descent the first 15 % of all may be half-way down. At least
        5.
    """
    count, span = x.size, float(x[-1] - x[0]) if x.size else 0.0
    usual = head_size(count)
    if usual == 5 or is_even(x):
        return usual
    # As if they lay evenly, the first at 1: of those that do, the head's last is at .15 n.
    places = 1 + (count - 1) * (x - x[0]) / span
    return min(usual, max(5, int(np.searchsorted(places, 0.15 * count + 1e-6, "right"))))


def base_level(loss: FloatArray, head: int) -> float:
    """Return the loss of the flat start, the median of the finite ones among the first ``head``."""
    first = loss[:head]
    return float(np.median(first[np.isfinite(first)]))


def low_level(loss: FloatArray) -> float:
    """Return the lowest loss: the mean of the 3 smallest finite values, for one may be a lucky batch."""
    finite = loss[np.isfinite(loss)]
    lowest = np.partition(finite, 2)[:3] if finite.size > 3 else finite
    return float(np.mean(np.sort(lowest)))


def single_noise(loss: FloatArray) -> float:
    """Return the sd of single losses around their trend, from the median size of their steps."""
    return float(1.4826 * np.median(np.abs(np.diff(loss))) / np.sqrt(2))


def curve(x: npt.ArrayLike, loss: npt.ArrayLike, bandwidth: float, at: npt.ArrayLike | None = None) -> Curve:
    """Smooth a loss by local-linear regression, without letting the blow-up bend what comes before it.

    Parameters
    ----------
    x : array_like, shape (n,)
        Places of the losses, strictly increasing; see :func:`lrwidget.curves.axis.axis`.
    loss : array_like, shape (n,)
        Raw losses. Non-finite ones carry no weight, and the curve runs through their places all the same.
    bandwidth : float
        Standard deviation of the Gaussian kernel in units of ``x``. 0 = no smoothing: the raw loss itself and
        ``np.gradient(loss, x)``.
    at : array_like, shape (m,), optional
        Where to evaluate; by default at ``x``.

    Returns
    -------
    Curve
        All NaN only if no loss is finite.

    Notes
    -----
    Losses are first limited to ``[lo - .3 d, base + .3 d]``: ``base`` is the level of the flat start, ``lo``
    the mean of the 3 smallest losses after it, ``d = base - lo``. Not so where there is no descent to
    protect, that is unless ``d`` exceeds 3.5 times the noise: a loss that only rises is drawn rising.
    """
    x = np.asarray(x, dtype=np.float64)
    loss = np.asarray(loss, dtype=np.float64)
    places = x if at is None else np.asarray(at, dtype=np.float64)
    with np.errstate(all="ignore"):
        if bandwidth <= 0 and at is None:
            return Curve(loss.copy(), np.gradient(loss, x) if loss.size > 1 else np.zeros(loss.shape))
        finite = np.isfinite(loss)
        kept, share = loss[finite], spans(x, bandwidth)
        if bandwidth > 0:
            kept = limited(kept, flat_start(x))
        share = None if share is None else share[finite]
        return Curve(*local_linear(x[finite], kept, places, bandwidth, share))


def limited(loss: FloatArray, head: int) -> FloatArray:
    """Return finite losses, of which ``head`` make up the flat start, within the limits of :func:`curve`."""
    if loss.size <= head:
        return loss
    base, low = base_level(loss, head), low_level(loss[head:])
    margin = OVERSHOOT * (base - low)
    if not base - low > CLEAR * single_noise(loss[: 3 * head]):
        return loss
    return np.clip(loss, low - margin, base + margin)
