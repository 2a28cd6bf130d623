"""Three ways to smooth a loss: the two running means other finders use, with the way back, and our own.

A running mean looks only back, so it shifts every feature towards higher rates, by up to .6 decade. The
local-linear regression looks both ways, keeps a straight line straight up to its very ends, and gives the
slope for free.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from lrwidget.curves.axis import FloatArray

__all__ = [
    "debiased_ema",
    "ema",
    "is_even",
    "local_linear",
    "noise_gain",
    "spans",
    "undo_debiased_ema",
    "undo_ema",
]

# Beyond 8 sd a Gaussian weight is below 1.3e-14: leaving such points out changes no digit that counts.
REACH = 8.0
# Kernel weights computed at once; 2 MB per temporary array, whatever the number of points.
BLOCK = 1 << 18
# Gaps between rates that differ by less, relative to themselves, differ by rounding, or by a last step that
# was made to end on a round rate.
SAME_GAP = 0.05


def ema(losses: npt.ArrayLike, smooth_f: float) -> FloatArray:
    """Return pytorch-lr-finder's running mean: ``h[0] = l[0]``, ``h[i] = f*l[i] + (1-f)*h[i-1]``.

    Parameters
    ----------
    losses : array_like, shape (n,)
        Raw losses, as recorded. From a NaN on, all are NaN.
    smooth_f : float
        Weight of the NEW loss, in [0, 1]; 0 means no smoothing.
    """
    raw = np.array(losses, dtype=np.float64)
    if smooth_f == 0 or raw.size == 0:
        return raw
    values = raw.tolist()
    mean = values[0]
    smoothed = [mean]
    for value in values[1:]:
        mean = smooth_f * value + (1 - smooth_f) * mean
        smoothed.append(mean)
    return np.array(smoothed)


def undo_ema(means: npt.ArrayLike, smooth_f: float) -> FloatArray:
    """Return the losses that :func:`ema` made a running mean of: ``l[i] = (h[i] - (1-f)*h[i-1]) / f``.

    Parameters
    ----------
    means : array_like, shape (n,)
        The running mean. Behind a NaN or an infinity it tells nothing more of the losses; it stands for them
        itself there.
    smooth_f : float
        As it was given to :func:`ema`. With 0 and with 1 the running mean is the losses.
    """
    mean = np.array(means, dtype=np.float64)
    if smooth_f == 0 or mean.size == 0:
        return mean
    with np.errstate(all="ignore"):
        raw = np.concatenate([mean[:1], (mean[1:] - (1 - smooth_f) * mean[:-1]) / smooth_f])
    return np.where(np.isfinite(mean) & np.isfinite(np.concatenate([[0.0], mean[:-1]])), raw, mean)


def debiased_ema(losses: npt.ArrayLike, beta: float = 0.98, ahead: int = 0) -> FloatArray:
    """Return fastai's running mean: ``v = beta*v + (1-beta)*l[i]`` from 0, ``h[i] = v / (1 - beta**(i+1))``.

    Parameters
    ----------
    losses : array_like, shape (n,)
        Raw losses, as recorded. From a NaN on, all are NaN.
    beta : float
        Weight of the OLD mean, in [0, 1).
    ahead : int
        Added to the exponent ``i + 1``. Lightning's is one step ahead, so that the mean of a constant 1 is
        .505, .673, .758, ...
    """
    mean = 0.0
    smoothed = []
    for i, value in enumerate(np.asarray(losses, dtype=np.float64).tolist(), 1 + ahead):
        mean = beta * mean + (1 - beta) * value
        smoothed.append(mean / (1 - beta**i))
    return np.array(smoothed, dtype=np.float64)


def undo_debiased_ema(means: npt.ArrayLike, beta: float = 0.98, ahead: int = 0) -> FloatArray:
    """Return the losses that :func:`debiased_ema` made a running mean of.

    ``v[i] = h[i] * (1 - beta**(i+1))``, ``l[i] = (v[i] - beta*v[i-1]) / (1-beta)``.

    Parameters
    ----------
    means : array_like, shape (n,)
        The running mean. Rounding in it comes back 50 times as large at the default ``beta``. A NaN, and what
        an infinity hides, stand for themselves.
    beta, ahead
        As they were given to :func:`debiased_ema`.
    """
    last = 0.0
    losses = []
    for i, value in enumerate(np.asarray(means, dtype=np.float64).tolist(), 1 + ahead):
        total = value * (1 - beta**i)
        known = math.isfinite(total) and math.isfinite(last)
        losses.append((total - beta * last) / (1 - beta) if known else value)
        # Lightning writes NaN for a step that gave no loss, and goes on with the mean it had.
        last = last if math.isnan(total) else total
    return np.array(losses, dtype=np.float64)


def is_even(x: FloatArray) -> bool:
    """Return whether places lie evenly, but for rounding and, of a tenth of them, for more than that."""
    gaps = np.diff(x)
    if gaps.size < 2:
        return True
    usual = float(np.median(gaps))
    return bool(np.mean(np.abs(gaps - usual) > SAME_GAP * usual) <= 0.1 and gaps.max() <= 2 * usual)


def spans(x: FloatArray, bandwidth: float) -> FloatArray | None:
    """Return how much of the axis each place stands for; None where they lie evenly, and each for as much.

    Half-way to its neighbours, on either side at most a bandwidth. Without this a curve that is smoothed
    where sparse places meet dense ones is that of the dense side: its steepest place moves up to .2 decade.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Strictly increasing.
    bandwidth : float
        Of the smoothing, in units of ``x``.
    """
    if bandwidth <= 0 or is_even(x):
        return None
    half: FloatArray = np.minimum(np.diff(x) / 2, bandwidth)
    before, behind = np.concatenate([half[:1], half]), np.concatenate([half, half[-1:]])
    return np.asarray(before + behind)


@np.errstate(all="ignore")  # where a kernel is too narrow or too wide to compute, the lines stay
def local_linear(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    at: npt.ArrayLike,
    bandwidth: float,
    spans: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Fit a straight line around each place by weighted least squares, weights Gaussian in distance.

    Parameters
    ----------
    x : array_like, shape (n,)
        Places of the data, strictly increasing; ``n >= 1``.
    y : array_like, shape (n,)
        Finite values there.
    at : array_like, shape (m,)
        Where to evaluate, in any order, also outside the data.
    bandwidth : float
        Standard deviation of the kernel, in units of ``x``, at least 0. With 0, or where the kernel reaches
        one point only, the result is the limit of ever smaller bandwidths: straight lines from point to
        point, flat outside.
    spans : ndarray, shape (n,), optional
        A further weight for each point: see :func:`spans`.

    Returns
    -------
    value, slope : ndarray, shape (m,)
        Height of the fitted line at each place, and its slope in units of ``y`` per unit of ``x``.

    Notes
    -----
    Cleveland (1979), "Robust locally weighted regression", without the robustness rounds. Work is
    O(n m), memory O(n + m).
    """
    x = np.asarray(x, dtype=np.float64)
    y = np.asarray(y, dtype=np.float64)
    at = np.asarray(at, dtype=np.float64)
    value, slope = _interpolate(x, y, at)
    if bandwidth <= 0 or x.size < 2:
        return value, slope
    height = float(np.mean(y))  # taken off first, so that a large constant costs no digits
    rows = max(1, BLOCK // x.size)
    for first in range(0, at.size, rows):
        part = slice(first, first + rows)
        window = _window(x, at[part], bandwidth)
        further = None if spans is None else spans[window]
        ok, fitted, tilt = _fit(x[window], y[window] - height, at[part], bandwidth, further)
        value[part][ok] = fitted + height
        slope[part][ok] = tilt
    return value, slope


@np.errstate(all="ignore")
def noise_gain(
    x: FloatArray, at: FloatArray, bandwidth: float, spans: FloatArray | None = None
) -> FloatArray:
    """Return how much of the data's noise is left in :func:`local_linear`'s value: sd out over sd in.

    Parameters
    ----------
    x, at, bandwidth, spans
        As for :func:`local_linear`; independent noise of equal sd is assumed in the data.

    Returns
    -------
    ndarray, shape (m,)
        Between 0 and 1, at the ends about twice as large as inside; 1 where nothing is smoothed.
    """
    gain = np.ones(at.shape)
    if bandwidth <= 0 or x.size < 2:
        return gain
    rows = max(1, BLOCK // x.size)
    for first in range(0, at.size, rows):
        part = slice(first, first + rows)
        weight, centre, distance = _kernel(x, at[part], bandwidth, spans)
        spread = np.einsum("ij,ij,ij->i", weight, distance, distance)
        ok = spread > 1e-12 * (1 + centre * centre)
        share = weight[ok] * (1 - (centre[ok] / spread[ok])[:, None] * distance[ok])
        gain[part][ok] = np.sqrt(np.einsum("ij,ij->i", share, share))
    return gain


def _window(x: FloatArray, at: FloatArray, bandwidth: float) -> slice:
    """Return the points within reach of any place in ``at``, and at least the two nearest on each side."""
    reach = REACH * bandwidth
    low, high = float(at.min()), float(at.max())
    first = min(int(np.searchsorted(x, low - reach)), int(np.searchsorted(x, low)) - 2, x.size - 2)
    last = max(int(np.searchsorted(x, high + reach, "right")), int(np.searchsorted(x, high, "right")) + 2, 2)
    return slice(max(0, first), last)


def _kernel(
    x: FloatArray, at: FloatArray, bandwidth: float, spans: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weights (rows sum to 1), their centre, and the distances from that centre, in bandwidths."""
    distance = (x[None, :] - at[:, None]) / bandwidth
    weight = distance * distance
    # A common factor of one place's weights changes nothing; this one keeps the nearest point's weight at 1.
    weight -= weight.min(axis=1, keepdims=True)
    weight *= -0.5
    np.exp(weight, out=weight)
    if spans is not None:
        weight *= spans
    weight /= weight.sum(axis=1, keepdims=True)
    centre = np.einsum("ij,ij->i", weight, distance)
    distance -= centre[:, None]
    return weight, centre, distance


def _fit(
    x: FloatArray, y: FloatArray, at: FloatArray, bandwidth: float, spans: FloatArray | None
) -> tuple[npt.NDArray[np.bool_], FloatArray, FloatArray]:
    """Fit one block; return where the kernel reached two points or more, and value and slope there."""
    weight, centre, distance = _kernel(x, at, bandwidth, spans)
    mean = weight @ y
    weight *= distance
    spread = np.einsum("ij,ij->i", weight, distance)
    ok = spread > 1e-12 * (1 + centre * centre)
    tilt = (weight @ y)[ok] / spread[ok]
    return ok, mean[ok] - tilt * centre[ok], tilt / bandwidth


def _interpolate(x: FloatArray, y: FloatArray, at: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the limit of bandwidth 0: straight lines between the points, slopes from ``np.gradient``."""
    if x.size == 0:
        return np.full(at.shape, np.nan), np.full(at.shape, np.nan)
    if x.size == 1:
        return np.full(at.shape, y[0]), np.zeros(at.shape)
    return np.interp(at, x, y), np.interp(at, x, np.gradient(y, x))
