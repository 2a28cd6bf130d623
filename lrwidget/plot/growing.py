"""The smoothed curve of a long sweep while it runs: within a pixel or two, at a cost that stays the same.

The exact curve weighs every loss anew at every place, which for 10,000 points takes as long as dozens of
training steps. Here losses come in groups, so narrow against the smoothing that only their means matter, and
the weights, which depend on the rates alone, are computed once a sweep. What is left of a picture's curve is
one product of matrices. Once the sweep has ended the exact curve is drawn in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget.curves.smooth_curve import Curve, flat_start, limited
from lrwidget.curves.smoothing import is_even

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GrowingCurve"]

#: How many groups all losses of a sweep are put into.
_GROUPS = 1024
#: The smoothing must be so many times wider than the groups are apart: narrower, and the mean is not enough.
_LEAST_WIDTH = 4.0


class GrowingCurve:
    """The curve of one sweep, as far as it is known.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Where all rates of the sweep stand on its axis, increasing.
    at : ndarray, shape (m,)
        The places among them where the curve is evaluated.
    bandwidth : float
        Standard deviation of the smoothing, in units of ``x``.
    """

    def __init__(self, x: NDArray[np.float64], at: NDArray[np.float64], bandwidth: float) -> None:
        self._x, self._size = x, x.size
        self._each = -(-x.size // _GROUPS)
        self._ends = x[np.minimum(np.arange(self._each, x.size + self._each, self._each), x.size) - 1]
        centre = _sums(x, self._each) / _sums(np.ones(x.size), self._each)
        self._bandwidth = bandwidth
        #: Whether this smoothing can be drawn in this way.
        self.fits = bandwidth > 0 and is_even(x) and bool(np.all(np.diff(centre) * _LEAST_WIDTH <= bandwidth))
        self._places = at
        if self.fits:
            middle = x[x.size // 2]  # sums of squares lose less, the smaller the numbers
            self._from, self._to = (centre - middle) / bandwidth, (at - middle) / bandwidth
            self._weight = np.exp(-0.5 * np.square(self._from[None, :] - self._to[:, None]))

    def through(self, loss: NDArray[np.float64]) -> Curve:
        """Return the curve through the first losses, at all places that these reach.

        Parameters
        ----------
        loss : ndarray, shape (k,)
            Raw losses of the first ``k`` rates.

        Returns
        -------
        Curve
            At the first places only; there are none before the first group is full.
        """
        finite = np.isfinite(loss)
        kept = loss.copy()
        kept[finite] = limited(loss[finite], flat_start(self._x[: loss.size]))
        height = float(kept[finite][0]) if finite.any() else np.nan
        kept[~finite] = height  # has no weight
        whole = loss.size // self._each if loss.size < self._size else self._ends.size
        known = whole * self._each
        count, total = _sums(finite[:known] * 1.0, self._each), _sums(kept[:known] - height, self._each)
        places = int(np.searchsorted(self._places, self._ends[whole - 1], "right")) if whole else 0
        source = self._from[:whole]
        columns = [count, count * source, count * source**2, total, total * source]
        with np.errstate(all="ignore"):  # with too few losses there is no slope yet
            sums = self._weight[:places, :whole] @ np.stack(columns, axis=1)
            zeroth, first, second, value, product = sums.T
            mean = first / zeroth
            spread = second / zeroth - mean**2
            level = value / zeroth
            tilt = np.where(spread > 1e-9, (product / zeroth - mean * level) / spread, 0.0)
        return Curve(level + tilt * (self._to[:places] - mean) + height, tilt / self._bandwidth)


def _sums(values: NDArray[np.float64], each: int) -> NDArray[np.float64]:
    """Return the sum of every ``each`` values; the last may be of fewer."""
    return np.add.reduceat(values, np.arange(0, values.size, each)) if values.size else values
