"""Which part of the numbers the panels show: the readable part, not the wreckage after a blow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["finite", "loss_range", "readable_count", "slope_range"]

#: Sums and multiples of such numbers are still numbers.
_LARGEST = 1e300

#: How far above the starting level the loss panel reaches, in units of the descent: room to see
#: the loss turn upwards, without letting a diverging tail flatten everything before it.
_HEADROOM = 0.6
_MARGIN = 0.06
#: The smallest height of the loss panel, relative to the loss: early noise must not fill the panel.
_LEAST_SHARE = 0.1


def finite(values: ArrayLike) -> NDArray[np.float64]:
    """Return the finite ones of some values, as far from zero as can still be reckoned with."""
    numbers = np.asarray(values, dtype=np.float64)
    return np.clip(numbers[np.isfinite(numbers)], -_LARGEST, _LARGEST)


def loss_range(losses: ArrayLike, quiet: int) -> tuple[float, float]:
    """Return the (bottom, top) of the loss panel.

    Parameters
    ----------
    losses : array_like, shape (n,)
        Raw losses; non-finite ones are ignored.
    quiet : int
        How many of the first points count as the starting level (their median).

    Returns
    -------
    tuple of float
        Bottom and top, both inside the panel's margin. (0, 1) when there is no finite loss.
    """
    values = finite(losses)
    if values.size == 0:
        return 0.0, 1.0
    start = values[: max(quiet, 1)]
    base, low = float(np.median(start)), float(values.min())
    spread = max(base - low, 2.0 * float(start.max() - base), _LEAST_SHARE * abs(base), 1e-12)
    top = min(float(values.max()), base + _HEADROOM * spread)
    top = max(top, base + 0.1 * spread)
    bottom = min(low, top - spread)
    pad = _MARGIN * (top - bottom)
    return bottom - pad, top + pad


def slope_range(slopes: ArrayLike, threshold: float) -> tuple[float, float]:
    """Return the (bottom, top) of the change panel, in true values.

    The whole descent is shown; upward slopes are shown up to ten times the steepest descent.
    """
    values = finite(slopes)
    if values.size == 0:
        return -threshold, threshold
    bottom = min(float(values.min()), -threshold)
    top = max(min(float(values.max()), -10.0 * bottom), threshold)
    return bottom, top


def readable_count(losses: ArrayLike, top: float) -> int:
    """Return how many of the first points the smoothed curve is drawn for.

    A curve through the wreckage after a blow-up means nothing: it ends one point after the last loss
    that the panel, reaching up to ``top``, still shows.
    """
    values = np.asarray(losses, dtype=np.float64)
    shown = np.flatnonzero(values <= top)  # not a number compares as False
    return min(int(shown[-1]) + 2, values.size) if shown.size else values.size
