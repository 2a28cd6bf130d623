"""What the steepest-descent rules of several engines have in common.

A slope that is not a number counts as the smallest, in numpy's ``argmin`` as in torch's, so a NaN decides
where these rules let one in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.picks.sweep import Choice

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["SingleArray", "at_slope", "single", "too_few", "unit_steepest"]


SingleArray = np.ndarray[Any, np.dtype[np.float32]]


def at_slope(lr: float, slope: float, whose: str) -> Choice:
    """Return the choice of the smallest slope, saying whether anything falls there."""
    warnings: tuple[str, ...] = ()
    if np.isnan(slope):
        warnings = ("the slope there is not a number, which argmin takes for the smallest",)
    elif not slope < 0:
        warnings = ("the running mean falls nowhere",)
    return Choice(float(lr), f"where the running mean of the loss falls most steeply, by {whose}", warnings)


def single(values: npt.ArrayLike) -> SingleArray:
    """Return values in single precision; what is too large becomes infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(values, dtype=np.float64).astype(np.float32)


def unit_steepest(mean: npt.ArrayLike, skip_start: int, skip_end: int) -> tuple[int | None, float]:
    """Return index and slope of the steepest unit-spacing descent in a slice; None if it is too short."""
    mean = np.asarray(mean, dtype=np.float64)
    shown = mean[skip_start : max(mean.size - skip_end, 0)]
    if shown.size < 2:
        return None, np.nan
    with np.errstate(all="ignore"):
        slope = np.gradient(shown)
    index = int(np.argmin(slope))
    return skip_start + index, float(slope[index])


def too_few(whose: str, needed: int, got: int, what: str = "losses") -> Choice:
    """Return that there is no rate, because an engine needs more than it got."""
    return Choice(None, f"{whose} needs at least {needed} {what} to suggest a rate; got {got}")
