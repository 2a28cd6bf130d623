"""Lightning's two rules, on what they see: rates, and its own running mean of the loss, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget.picks.engines.slopes import at_slope, single, too_few
from lrwidget.picks.sweep import Choice

if TYPE_CHECKING:
    import numpy.typing as npt

    from lrwidget.picks.engines.slopes import SingleArray

__all__ = ["lightning_old", "lightning_steepest"]


def lightning_steepest(
    lr: npt.ArrayLike, mean: npt.ArrayLike, skip_begin: int = 10, skip_end: int = 1
) -> Choice:
    """Pick where ``d mean / d lr`` is smallest, as Lightning does since 2.5.3.

    Per unit of the rate, not of its logarithm: on an exponential grid that picks far too low. Of points
    ``[skip_begin : -skip_end]`` those with a finite mean, in single precision, by the second-order formula of
    ``torch.gradient`` for uneven spacing, one-sided at the ends.

    https://github.com/Lightning-AI/pytorch-lightning/blob/2.5.3/src/lightning/pytorch/tuner/lr_finder.py,
    ``_LRFinder.suggestion``

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        Of the whole sweep. Fewer than 2 finite left: no pick (there, None). ``skip_end=0`` leaves none.
    skip_begin, skip_end : int
        Points left out at the ends, at least 0.
    """
    rates = np.asarray(lr, dtype=np.float64)
    part = slice(skip_begin, -skip_end)  # -0 ends it at the start, there as here
    finite = np.isfinite(single(mean)[part])
    shown, rates = single(mean)[part][finite], rates[part][finite]
    if shown.size < 2:
        return too_few("Lightning", 2, shown.size, "finite losses left")
    slope = _uneven_gradient(single(rates), shown)
    index = int(np.argmin(slope))
    return at_slope(rates[index], slope[index], "Lightning's slope per unit of the rate")


def lightning_old(lr: npt.ArrayLike, mean: npt.ArrayLike, skip_begin: int = 10, skip_end: int = 1) -> Choice:
    """Pick the smallest unit-spacing gradient, as Lightning did up to 2.5.2.

    Of points ``[skip_begin : -skip_end]`` those with a finite mean are kept, and ``lr[skip_begin + index]``
    is taken by the index among these: one to the left for each that was dropped before it.

    https://github.com/Lightning-AI/pytorch-lightning/blob/2.5.2/src/lightning/pytorch/tuner/lr_finder.py,
    ``_LRFinder.suggestion``

    Parameters
    ----------
    lr, mean, skip_begin, skip_end
        As for :func:`lightning_steepest`.
    """
    mean = single(mean)[skip_begin:-skip_end]
    finite = np.isfinite(mean)
    if finite.sum() < 2:
        return too_few("Lightning", 2, int(finite.sum()), "finite losses left")
    with np.errstate(all="ignore"):
        slope = np.gradient(mean[finite])
    index = int(np.argmin(slope))
    choice = at_slope(
        np.asarray(lr, dtype=np.float64)[skip_begin + index], slope[index], "Lightning up to 2.5.2"
    )
    if finite[: index + 1].all():
        return choice
    return Choice(choice.lr, choice.reason, (*choice.warnings, "too low: losses before it are not finite"))


def _uneven_gradient(x: SingleArray, y: SingleArray) -> SingleArray:
    """Return ``torch.gradient(y, spacing=[x])``, operation by operation, so that every bit is the same."""
    with np.errstate(all="ignore"):
        step, rise = np.diff(x), np.diff(y)
        left, right = step[:-1], step[1:]
        inner = -right / (left * (left + right)) * y[:-2]
        inner = inner + (right - left) / (left * right) * y[1:-1]
        inner = inner + left / (right * (left + right)) * y[2:]
        ends = rise[[0, -1]] / step[[0, -1]]
    return np.concatenate([ends[:1], inner, ends[1:]])
