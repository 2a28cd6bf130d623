"""Three ways to smooth a loss: the two running means other finders use, and the centred one we draw.

A running mean looks only back, so it shifts every feature towards higher rates, by up to .6 decade. The
local-linear regression looks both ways, keeps a straight line straight up to its very ends, and gives the
slope for free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from lrwidget.core.schedule import FloatArray

__all__ = ["debiased_ema", "ema", "local_linear", "noise_gain"]

# Beyond 8 sd a Gaussian weight is below 1.3e-14: leaving such points out changes no digit that counts.
REACH = 8.0
# Kernel weights computed at once; 2 MB per temporary array, whatever the number of points.
BLOCK = 1 << 18


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


def debiased_ema(losses: npt.ArrayLike, beta: float = 0.98) -> FloatArray:
    """Return fastai's running mean: ``v = beta*v + (1-beta)*l[i]`` from 0, ``h[i] = v / (1 - beta**(i+1))``.

    Parameters
    ----------
    losses : array_like, shape (n,)
        Raw losses, as recorded. From a NaN on, all are NaN.
    beta : float
        Weight of the OLD mean, in [0, 1).
    """
    mean = 0.0
    smoothed = []
    for i, value in enumerate(np.asarray(losses, dtype=np.float64).tolist()):
        mean = beta * mean + (1 - beta) * value
        smoothed.append(mean / (1 - beta ** (i + 1)))
    return np.array(smoothed, dtype=np.float64)


def local_linear(
    x: npt.ArrayLike, y: npt.ArrayLike, at: npt.ArrayLike, bandwidth: float
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
        ok, fitted, tilt = _fit(x[window], y[window] - height, at[part], bandwidth)
        value[part][ok] = fitted + height
        slope[part][ok] = tilt
    return value, slope


def noise_gain(x: FloatArray, at: FloatArray, bandwidth: float) -> FloatArray:
    """Return how much of the data's noise is left in :func:`local_linear`'s value: sd out over sd in.

    Parameters
    ----------
    x, at, bandwidth
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
        weight, centre, distance = _kernel(x, at[part], bandwidth)
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


def _kernel(x: FloatArray, at: FloatArray, bandwidth: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weights (rows sum to 1), their centre, and the distances from that centre, in bandwidths."""
    distance = (x[None, :] - at[:, None]) / bandwidth
    weight = distance * distance
    # A common factor of one place's weights changes nothing; this one keeps the nearest point's weight at 1.
    weight -= weight.min(axis=1, keepdims=True)
    weight *= -0.5
    np.exp(weight, out=weight)
    weight /= weight.sum(axis=1, keepdims=True)
    centre = np.einsum("ij,ij->i", weight, distance)
    distance -= centre[:, None]
    return weight, centre, distance


def _fit(
    x: FloatArray, y: FloatArray, at: FloatArray, bandwidth: float
) -> tuple[npt.NDArray[np.bool_], FloatArray, FloatArray]:
    """Fit one block; return where the kernel reached two points or more, and value and slope there."""
    weight, centre, distance = _kernel(x, at, bandwidth)
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
