"""What the two panels show of given curves: their ranges and the lower panel's ticks, as one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrwidget.curves.smooth_curve import head_size
from lrwidget.plot.ranges import loss_range, readable_count, slope_range
from lrwidget.plot.symlog import Ticks, quiet_threshold, symlog, symlog_ticks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Panels", "curve_count", "panels"]

_CHANGE_PAD = 0.08


@dataclass(frozen=True)
class Panels:
    """Both panels' axes.

    Attributes
    ----------
    loss_range : tuple of float
        (bottom, top) of the loss panel.
    curve_count : int
        For how many of the first points the smoothed curve is drawn.
    threshold : float
        Width of the change panel's linear part; its axis shows ``asinh(change / threshold)``.
    change_range : tuple of float
        (bottom, top) of the change panel, transformed.
    ticks : Ticks
        The change panel's ticks.
    """

    loss_range: tuple[float, float]
    curve_count: int
    threshold: float
    change_range: tuple[float, float]
    ticks: Ticks


def panels(losses: ArrayLike, changes: ArrayLike, num_iter: int, quiet: int | None = None) -> Panels:
    """Return the axes that show these losses and changes, of a sweep planned with ``num_iter`` points.

    ``quiet`` is how many of the first make up the flat start, where the rates do not lie evenly.
    """
    quiet = head_size(num_iter) if quiet is None else quiet
    threshold = quiet_threshold(changes, quiet)
    low, high = slope_range(changes, threshold)
    bottom, top = (float(v) for v in symlog([low, high], threshold))
    reach = loss_range(losses, quiet)
    pad = _CHANGE_PAD * (top - bottom)
    return Panels(
        loss_range=reach,
        curve_count=readable_count(losses, reach[1]),
        threshold=threshold,
        change_range=(bottom - pad, top + pad),
        ticks=symlog_ticks(low, high, threshold),
    )


def curve_count(losses: ArrayLike, num_iter: int, quiet: int | None = None) -> int:
    """Return :attr:`Panels.curve_count`, which depends on the losses alone."""
    quiet = head_size(num_iter) if quiet is None else quiet
    return readable_count(losses, loss_range(losses, quiet)[1])
