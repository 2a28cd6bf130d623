"""Athena's two rules, on what they see: rates, and its own running mean of the loss, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget.picks.engines.slopes import at_slope, too_few, unit_steepest
from lrwidget.picks.sweep import Choice

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["athena_minimum", "athena_steepest"]


def athena_steepest(
    lr: npt.ArrayLike, mean: npt.ArrayLike, skip_start: int = 10, skip_end: int = 5
) -> Choice:
    """Pick as pytorch-lr-finder does, except that the first point looked at is no pick.

    Athena tests the index for truth, so that index 0 counts as no suggestion.

    https://github.com/firekind/athena/blob/15c2d038f7fd79a4bd2c7de66201d62b93616e51/athena/tuning/lr_finder.py,
    ``LRFinder.plot``

    Parameters
    ----------
    lr, mean, skip_start, skip_end
        As there.
    """
    index, slope = unit_steepest(mean, skip_start, skip_end)
    if index is None:
        return too_few("Athena", skip_start + skip_end + 2, np.size(mean))
    if index == skip_start:
        return Choice(None, "the steepest point is the first that Athena looks at, which it never suggests")
    return at_slope(np.asarray(lr, dtype=np.float64)[index], slope, "Athena")


def athena_minimum(lr: npt.ArrayLike, mean: npt.ArrayLike) -> Choice:
    """Pick the rate of the lowest running mean, of the whole sweep, NaN left out.

    ``history["lr"][history["loss"].index(best_loss)]``, where ``best_loss`` starts as the first loss: if that
    one is NaN, nothing is smaller, and the first rate is picked.

    https://github.com/firekind/athena, ``Experiment.plot_lr_finder``

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        None: no pick (there, a ValueError).
    """
    lr, mean = np.asarray(lr, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    if not mean.size:
        return too_few("Athena", 1, 0)
    if np.isnan(mean[0]):
        return Choice(float(lr[0]), "the first point, by Athena", ("the first loss is not a number",))
    lowest = float(lr[int(np.nanargmin(mean))])
    return Choice(lowest, "where the running mean of the loss is lowest, by Athena")
