"""The steepest-descent rules of pytorch-lr-finder, Athena, Lightning and ignite, on what they see.

Each takes rates and that engine's own running mean of the loss, whole: the slicing is part of the rule. A
slope that is not a number counts as the smallest, in numpy's ``argmin`` as in torch's, so a NaN decides where
these rules let one in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget.picks.engines.fastai import at_slope, single
from lrwidget.picks.rules import Choice

if TYPE_CHECKING:
    import numpy.typing as npt

    from lrwidget.picks.engines.fastai import SingleArray

__all__ = [
    "athena_minimum",
    "athena_steepest",
    "ignite_steepest",
    "lightning_old",
    "lightning_steepest",
    "torch_lr_finder_steepest",
]


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
    index, slope = _steepest(mean, skip_start, skip_end)
    if index is None:
        return _too_few("pytorch-lr-finder", skip_start + skip_end + 2, np.size(mean))
    return at_slope(np.asarray(lr, dtype=np.float64)[index], slope, "pytorch-lr-finder")


def athena_steepest(
    lr: npt.ArrayLike, mean: npt.ArrayLike, skip_start: int = 10, skip_end: int = 5
) -> Choice:
    """Pick as :func:`torch_lr_finder_steepest` does, except that the first point looked at is no pick.

    Athena tests the index for truth, so that index 0 counts as no suggestion.

    https://github.com/firekind/athena/blob/15c2d038f7fd79a4bd2c7de66201d62b93616e51/athena/tuning/lr_finder.py,
    ``LRFinder.plot``

    Parameters
    ----------
    lr, mean, skip_start, skip_end
        As there.
    """
    index, slope = _steepest(mean, skip_start, skip_end)
    if index is None:
        return _too_few("Athena", skip_start + skip_end + 2, np.size(mean))
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
        return _too_few("Athena", 1, 0)
    if np.isnan(mean[0]):
        return Choice(float(lr[0]), "the first point, by Athena", ("the first loss is not a number",))
    lowest = float(lr[int(np.nanargmin(mean))])
    return Choice(lowest, "where the running mean of the loss is lowest, by Athena")


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
        return _too_few("Lightning", 2, shown.size, "finite losses left")
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
        return _too_few("Lightning", 2, int(finite.sum()), "finite losses left")
    with np.errstate(all="ignore"):
        slope = np.gradient(mean[finite])
    index = int(np.argmin(slope))
    choice = at_slope(
        np.asarray(lr, dtype=np.float64)[skip_begin + index], slope[index], "Lightning up to 2.5.2"
    )
    if finite[: index + 1].all():
        return choice
    return Choice(choice.lr, choice.reason, (*choice.warnings, "too low: losses before it are not finite"))


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


def _steepest(mean: npt.ArrayLike, skip_start: int, skip_end: int) -> tuple[int | None, float]:
    """Return index and slope of the steepest unit-spacing descent in a slice; None if it is too short."""
    mean = np.asarray(mean, dtype=np.float64)
    shown = mean[skip_start : max(mean.size - skip_end, 0)]
    if shown.size < 2:
        return None, np.nan
    with np.errstate(all="ignore"):
        slope = np.gradient(shown)
    index = int(np.argmin(slope))
    return skip_start + index, float(slope[index])


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


def _too_few(whose: str, needed: int, got: int, what: str = "losses") -> Choice:
    return Choice(None, f"{whose} needs at least {needed} {what} to suggest a rate; got {got}")
