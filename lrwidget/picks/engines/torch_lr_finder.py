"""pytorch-lr-finder's rule, on what it sees: rates, and its own running mean of the loss, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget.picks.engines.slopes import at_slope, too_few, unit_steepest

if TYPE_CHECKING:
    import numpy.typing as npt

    from lrwidget.picks.sweep import Choice

__all__ = ["torch_lr_finder_steepest"]


def torch_lr_finder_steepest(
    lr: npt.ArrayLike, mean: npt.ArrayLike, skip_start: int = 10, skip_end: int = 5
) -> Choice:
    """Pick ``lr[argmin(np.gradient(mean))]``, unit spacing, of points ``[skip_start : -skip_end]``.

    https://github.com/davidtvs/pytorch-lr-finder/blob/v0.2.2/torch_lr_finder/lr_finder.py, ``LRFinder.plot``

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        Of the whole sweep. Fewer than ``skip_start + skip_end + 2``: no pick (there, a RuntimeError).
    skip_start, skip_end : int
        Points left out at the ends, at least 0.
    """
    index, slope = unit_steepest(mean, skip_start, skip_end)
    if index is None:
        return too_few("pytorch-lr-finder", skip_start + skip_end + 2, np.size(mean))
    return at_slope(np.asarray(lr, dtype=np.float64)[index], slope, "pytorch-lr-finder")
