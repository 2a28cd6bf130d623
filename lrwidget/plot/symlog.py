"""A symmetric logarithmic axis, which plotly does not have.

The change in loss spans decades on both sides of zero: noise at low rates, descent below zero,
blow-up above it. It is drawn as ``asinh(value / threshold)``: linear within the threshold,
logarithmic beyond. Ticks and hover show the true values.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrwidget.plot.ranges import finite

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Ticks", "quiet_threshold", "symlog", "symlog_ticks"]

_MAX_TICKS_A_SIDE = 3


@dataclass(frozen=True)
class Ticks:
    """Tick marks of a symlog axis: where they stand (transformed) and what they say (true values)."""

    positions: tuple[float, ...]
    labels: tuple[str, ...]


def symlog(values: ArrayLike, threshold: float) -> NDArray[np.float64]:
    """Return ``asinh(values / threshold)``: about linear within ``threshold``, logarithmic beyond it."""
    with np.errstate(over="ignore"):  # what is infinitely far off is drawn nowhere
        return np.asarray(np.arcsinh(np.asarray(values, dtype=np.float64) / threshold))


def quiet_threshold(slopes: ArrayLike, quiet: int) -> float:
    """Return the width of the linear part: what the change in loss amounts to where nothing happens yet.

    Parameters
    ----------
    slopes : array_like, shape (n,)
        Change in loss, in the sweep's order.
    quiet : int
        How many of the first points count as the quiet, low-rate part.

    Returns
    -------
    float
        Twice the median size of the quiet slopes, but within [1/1000, 1/10] of the largest slope
        below zero, so that neither noise nor a perfectly flat start decides the picture. 1.0 when
        there is nothing to go by.
    """
    values = finite(slopes)
    if values.size == 0:
        return 1.0
    descent = float(-values.min()) if values.min() < 0 else float(np.abs(values).max())
    if descent == 0:
        return 1.0
    noise = 2.0 * float(np.median(np.abs(values[: max(quiet, 1)])))
    return min(max(noise, descent / 1000), descent / 10) or 1.0  # the tenth of the smallest number is 0


def symlog_ticks(low: float, high: float, threshold: float) -> Ticks:
    """Return ticks at zero and at powers of ten on both sides, for true values in [low, high].

    At most three decades a side are marked (the largest that fit, thinned evenly), because more
    would run into one another in a small panel. A side that has room for none, but goes beyond the
    threshold, is marked at 5 or 2 times a power of ten.
    """
    values = sorted({-v for v in _side(-low, threshold)} | {0.0} | set(_side(high, threshold)))
    return Ticks(
        positions=tuple(float(v) for v in symlog(values, threshold)),
        labels=tuple(_label(v) for v in values),
    )


def _side(reach: float, threshold: float) -> list[float]:
    if reach < threshold:
        return []
    top = math.floor(math.log10(reach) + 1e-9)
    # A tick nearer to zero than the threshold would touch the zero's label.
    bottom = math.ceil(math.log10(threshold * 1.5))
    if top < bottom:
        size = 10.0 ** math.floor(math.log10(reach))
        return [lone for lone in (5 * size, 2 * size) if 1.5 * threshold <= lone <= reach][:1]
    stride = max(1, math.ceil((top - bottom + 1) / _MAX_TICKS_A_SIDE))
    return [10.0**k for k in range(top, bottom - 1, -stride)]


def _label(value: float) -> str:
    if value == 0:
        return "0"
    sign = "−" if value < 0 else "+"
    return sign + re.sub(r"e\+?(-?)0*", r"e\1", f"{abs(value):g}")  # 1e-6, as rates are written
