"""The first valley of a loss curve: where the descent starts, is steepest, is over, and where it blows up.

Everything is judged on the loss from low rates up to the first valley's far rim, never on the wreckage that
comes after a blow-up, and on a normalised scale, 1 = the flat start, 0 = the lowest losses, so that any
positive factor and any constant on the loss, negative losses too, change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrwidget.curves.smooth_curve import OVERSHOOT, base_level, flat_start, low_level, single_noise
from lrwidget.curves.smoothing import local_linear, noise_gain, spans

if TYPE_CHECKING:
    from lrwidget.curves.axis import FloatArray

__all__ = ["NoDescent", "Valley", "find_valley"]

GRID = 241
ROUNDS = 3
# A dip in the smoothed loss is real when it is this many of its own standard errors deep. Of 200 sweeps of
# pure noise, 100 steps each, 14 look like a descent without this test, and none with it.
SURE = 4.0
# Losses that differ by less than this, relative to their level, differ by rounding.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Valley:
    """Landmarks of the first valley, as places on the sweep's axis, and its size.

    Attributes
    ----------
    start : float
        First place where the smoothed loss has clearly left the flat start.
    steepest : float
        Where its slope is most negative, between ``start - .3`` decade and ``floor``.
    halfway : float
        First place where half of the descent is done.
    knee : float
        First place where 95 % of the descent is done.
    floor : float
        Where it is lowest before it climbs again.
    edge : float or None
        First place after the floor where a quarter of the descent is lost again; None if it did not blow up.
    removed : float
        The descent as a share of the loss at the start (of its absolute value); ``inf`` if that is 0.
    width : float
        From start to floor, in decades.
    """

    start: float
    steepest: float
    halfway: float
    knee: float
    floor: float
    edge: float | None
    removed: float
    width: float


@dataclass(frozen=True)
class NoDescent:
    """There is no valley, and ``reason`` says why."""

    reason: str


@dataclass(frozen=True, eq=False)
class _Frame:
    """What stays the same in all rounds: the axis, the flat start's length, the grid, the smoothing."""

    x: FloatArray
    head: int
    bandwidth: float
    decade: float
    grid: FloatArray
    gain: FloatArray
    spans: FloatArray | None


@dataclass(frozen=True, eq=False)
class _View:
    """One round's look at the curve: its smoothed level and slope, its fall so far, how sure they are."""

    level: FloatArray
    slope: FloatArray
    noise: float
    error: FloatArray
    fall: FloatArray
    end: int


def find_valley(
    x: FloatArray, loss: FloatArray, bandwidth: float = 0.3, decade: float = 1.0
) -> Valley | NoDescent:
    """Find the first valley.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Places of the losses, strictly increasing; see :func:`lrwidget.curves.axis.axis`.
    loss : ndarray, shape (n,)
        Raw losses. Everything from the first non-finite one on is left out, and counts as one very
        high loss.
    bandwidth : float
        Standard deviation of the smoothing, in decades; 0 = straight lines between the points.
    decade : float
        Length of one decade in units of ``x``; see :func:`lrwidget.curves.decade`.

    Returns
    -------
    Valley or NoDescent

    Notes
    -----
    With ``base`` the median of the flat start, the first 15 % of the losses and at least 5
    (:func:`~lrwidget.curves.smooth_curve.flat_start`), and ``lo`` the mean of the 3 smallest,
    ``z = clip((loss - lo) / (base - lo), -.3, 1.3)`` is smoothed by local-linear regression on 241 places.
    The valley ends where the smoothed loss has climbed back half of its descent; ``lo`` is then taken inside
    it and all is repeated, at most 3 rounds. Added to the definitions that these rules were measured with: a
    dip counts only if it is deeper than 4 of its own standard errors, for noise is no valley. Where the
    places do not lie evenly each counts for the part of the axis that it stands for
    (:func:`~lrwidget.curves.smoothing.spans`).
    """
    finite = np.isfinite(loss)
    count = loss.size if finite.all() else int(np.argmin(finite))
    head = flat_start(x)
    needed = head + 3
    if count < needed:
        return NoDescent(f"no descent found: {count} finite losses are too few, at least {needed} are needed")
    with np.errstate(all="ignore"):
        x, width = x[: count + 1], bandwidth * decade
        grid = np.linspace(x[0], x[-1], GRID)
        share = spans(x, width)
        gain = noise_gain(x, grid, width, share)
        frame = _Frame(x, head, width, decade, grid, gain, share)
        return _search(frame, loss[:count])


def _search(frame: _Frame, loss: FloatArray) -> Valley | NoDescent:
    base, low = base_level(loss, frame.head), low_level(loss)
    places = frame.x[: loss.size]
    for turn in range(ROUNDS):
        if not ROUNDING * abs(base) < base - low < np.inf:
            return NoDescent("no descent found: the loss does not fall below its level at the start")
        view = _look(frame, (loss - low) / (base - low))
        inside = low_level(loss[places <= frame.grid[view.end]])
        if inside == low or turn == ROUNDS - 1:
            break
        low = inside
    floor = int(np.argmin(view.level[: view.end + 1]))
    if not view.fall[floor] > max(0.1, SURE * view.error[floor]):
        return NoDescent("no descent found: the loss falls by no more than its own noise")
    return _landmarks(frame, view, floor, (base - low) / abs(base) if base else np.inf)


def _look(frame: _Frame, z: FloatArray) -> _View:
    z = np.clip(z, -OVERSHOOT, 1 + OVERSHOOT)
    if z.size < frame.x.size:  # the non-finite loss that ended the sweep
        z = np.append(z, 1 + OVERSHOOT)
    level, slope = local_linear(frame.x, z, frame.grid, frame.bandwidth, frame.spans)
    steps = np.diff(z[: 3 * frame.head])
    # Robust, for thresholds on single losses; and root mean square, for the errors of means: losses in few
    # digits mostly do not differ from their neighbours at all, and their median difference is 0.
    noise = single_noise(z[: 3 * frame.head])
    error = np.sqrt(np.mean(steps**2) / 2) * np.sqrt(frame.gain**2 + 1 / frame.head)
    # Measured from the flat start, whose mean need not be 1, for its losses are clipped; and from nothing
    # higher than what came before, for a loss that only rises falls nowhere.
    start_level = min(1.0, float(np.mean(z[: frame.head])))
    fall = np.minimum(start_level, np.maximum.accumulate(level)) - level
    end = _end(level, fall, max(0.1, 2 * noise), error)
    return _View(level, slope, noise, error, fall, end)


def _end(level: FloatArray, fall: FloatArray, deep: float, error: FloatArray) -> int:
    """Return the index where the first valley has climbed back half of its depth, or the last index."""
    lowest = np.minimum.accumulate(level)
    where = np.maximum.accumulate(np.where(level == lowest, np.arange(level.size), 0))
    real = (1 - lowest > deep) & (fall[where] > SURE * error[where])
    left = real & (level - lowest > 0.5 * (1 - lowest))
    return int(np.argmax(left)) if left.any() else level.size - 1


def _landmarks(frame: _Frame, view: _View, floor: int, contrast: float) -> Valley:
    grid, level, bottom = frame.grid, view.level, float(view.level[floor])
    depth = 1 - bottom
    below = level[: floor + 1] < 1 - max(0.05, 2 * view.noise)
    if below.any():
        start = int(np.argmax(below))
    else:
        # Single losses scatter more than the whole descent, but together they show it: from half-way down on.
        start = floor - int(np.argmax(level[floor::-1] >= 1 - 0.5 * depth))
    first = int(np.searchsorted(grid, grid[start] - 0.3 * frame.decade))
    steepest = first + int(np.argmin(view.slope[first : floor + 1]))
    halfway = int(np.argmax(level <= bottom + 0.5 * depth))
    knee = int(np.argmax(level <= bottom + 0.05 * depth))
    climbed = level[floor:] > bottom + 0.25 * depth
    return Valley(
        start=float(grid[start]),
        steepest=float(grid[steepest]),
        halfway=float(grid[halfway]),
        knee=float(grid[knee]),
        floor=float(grid[floor]),
        edge=float(grid[floor + int(np.argmax(climbed))]) if climbed.any() else None,
        removed=depth * contrast,
        width=float(grid[floor] - grid[start]) / frame.decade,
    )
