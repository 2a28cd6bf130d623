"""ignite's rule, on what it sees: rates, and its own running mean of the loss, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget.picks.engines.slopes import at_slope, single
from lrwidget.picks.sweep import Choice

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["ignite_steepest"]


def ignite_steepest(lr: npt.ArrayLike, mean: npt.ArrayLike) -> Choice:
    """Pick the smallest interior central difference before the lowest mean; ``FastaiLRFinder.lr_suggestion``.

    With ``m = argmin(mean)``: ``lr[argmin(.5 * (mean[i+1] - mean[i-1]))]`` over ``0 < i < m``, in single
    precision. The first NaN, if there is one, is the lowest.

    https://github.com/pytorch/ignite/blob/v0.5.2/ignite/handlers/lr_finder.py

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        Of the whole sweep. ``m < 2``: no pick (there, a RuntimeError).
    """
    mean = single(mean)
    lowest = int(np.argmin(mean)) if mean.size else -1
    if lowest < 2:
        return Choice(
            None, "ignite finds no U-shaped curve: the running mean is lowest before its third point"
        )
    with np.errstate(all="ignore"):
        slope = np.float32(0.5) * (mean[2 : lowest + 1] - mean[: lowest - 1])
    index = int(np.argmin(slope))
    return at_slope(np.asarray(lr, dtype=np.float64)[1 + index], slope[index], "ignite")
