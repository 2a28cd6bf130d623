"""fastai's four rules, on what they see: rates, and fastai's running mean of the loss, sliced as it slices.

Source of them all, and of the slice: https://github.com/fastai/fastai/blob/2.8.12/fastai/callback/schedule.py

fastai computes in single precision, and so do these rules. The answer is the rate as it was given, not
rounded.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._text import format_rate
from lrwidget.picks.engines.slopes import at_slope, single
from lrwidget.picks.sweep import Choice

if TYPE_CHECKING:
    import numpy.typing as npt

    from lrwidget.curves.axis import FloatArray

__all__ = [
    "fastai_minimum",
    "fastai_part",
    "fastai_slide",
    "fastai_steep",
    "fastai_valley",
    "longest_fall",
]


def fastai_valley(lr: npt.ArrayLike, mean: npt.ArrayLike) -> Choice:
    """Pick half-way down the longest strictly falling subsequence; ``valley`` in fastai's source.

    With ``k`` its length and ``j`` its last index: ``lr[j - k + int(k / 3) + int(k / 6)]``, where index -1 is
    the last point. Where nothing falls, ``lr[0]``.

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        Points ``[num_it // 10 : -5]`` of a sweep, up to the first NaN. None left: no pick (there, an
        IndexError).
    """
    mean, lr = single(mean), np.asarray(lr, dtype=np.float64)
    if not mean.size:
        return _too_few("valley", 1, 0)
    longest, end = longest_fall(mean)
    if longest == 1:
        return Choice(float(lr[0]), "the first point looked at, by fastai's valley", ("nothing falls",))
    index = end - longest + longest // 3 + longest // 6
    return Choice(float(lr[index]), "half-way down the longest fall of the running mean, by fastai's valley")


def fastai_slide(lr: npt.ArrayLike, mean: npt.ArrayLike, lr_diff: int = 15, thresh: float = 0.005) -> Choice:
    """Pick where a window that slides in from the right meets even slopes; ``slide`` in fastai's source.

    With ``g = np.gradient(mean)``, unit spacing: the window's ends ``r`` and ``l = r - lr_diff`` start with
    ``r`` at the last point, and move left by one while ``abs(g[r] - g[l]) > thresh``. The pick is the last
    ``lr[l]`` for which that held, or the first one looked at.

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        As for :func:`fastai_valley`. Too few for the window: no pick (there, an IndexError).
    lr_diff : int
        Width of the window in points, at least 0.
    thresh : float
        In units of the loss per point.
    """
    mean, lr = single(mean), np.asarray(lr, dtype=np.float64)
    needed = max(lr_diff + 1, 2)
    if mean.size < needed:
        return _too_few("slide", needed, mean.size)
    chosen = left = mean.size - 1 - lr_diff
    with np.errstate(all="ignore"):
        slope = np.gradient(mean)
        while left >= 0 and abs(slope[left + lr_diff] - slope[left]) > thresh:
            chosen = left
            left -= 1
    return Choice(float(lr[chosen]), "where the slopes of the running mean level out, by fastai's slide")


def fastai_minimum(lr: npt.ArrayLike, mean: npt.ArrayLike) -> Choice:
    """Pick a tenth of the rate of the lowest mean: ``lr[argmin(mean)] / 10``; ``minimum`` in fastai's source.

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        As for :func:`fastai_valley`. None left: no pick (there, an IndexError).
    """
    mean, lr = single(mean), np.asarray(lr, dtype=np.float64)
    if not mean.size:
        return _too_few("minimum", 1, 0)
    lowest = float(lr[int(np.argmin(mean))])
    return Choice(
        lowest / 10,
        f"a tenth of {format_rate(lowest, 2)}, the rate of the lowest mean, by fastai's minimum",
    )


def fastai_steep(lr: npt.ArrayLike, mean: npt.ArrayLike) -> Choice:
    """Pick the left end of the steepest step in log-rate; ``steep`` in fastai's source.

    ``lr[argmin((mean[i+1] - mean[i]) / (log(lr[i+1]) - log(lr[i])))]``.

    Parameters
    ----------
    lr, mean : array_like, shape (n,)
        As for :func:`fastai_valley`. Fewer than 2: no pick (there, an IndexError).
    """
    mean, lr = single(mean), np.asarray(lr, dtype=np.float64)
    if mean.size < 2:
        return _too_few("steep", 2, mean.size)
    with np.errstate(all="ignore"):
        slope = np.diff(mean) / np.diff(np.log(single(lr)))
    index = int(np.argmin(slope))
    return at_slope(lr[index], slope[index], "fastai's steep")


def fastai_part(lr: FloatArray, mean: FloatArray, num_iter: int) -> tuple[FloatArray, FloatArray]:
    """Return what fastai's rules see of a sweep: points ``[num_iter // 10 : -5]``, up to the first NaN.

    Parameters
    ----------
    lr, mean : ndarray, shape (n,)
        Rates, and the running mean of the loss.
    num_iter : int
        Planned number of rates; a sweep that stopped early has fewer.
    """
    part = slice(num_iter // 10, -5)
    nan = np.isnan(mean[part])
    stop = int(np.argmax(nan)) if nan.any() else nan.size
    return lr[part][:stop], mean[part][:stop]


def longest_fall(mean: npt.NDArray[np.floating[Any]]) -> tuple[int, int]:
    """Return length and last index of the longest strictly falling subsequence; of several, the first to end.

    Parameters
    ----------
    mean : ndarray, shape (n,)
        No NaN in it; ``n >= 1``.
    """
    ends: list[float] = []  # ends[m]: the largest negated value's smallest possible end of a fall m + 1 long
    lengths = []
    for value in (-mean).tolist():
        length = bisect_left(ends, value)
        ends[length : length + 1] = [value]
        lengths.append(length + 1)
    longest = max(lengths)
    return longest, lengths.index(longest)


def _too_few(rule: str, needed: int, got: int) -> Choice:
    return Choice(
        None,
        f"fastai's {rule} needs at least {needed} losses between the first tenth and the last 5; got {got}",
    )
