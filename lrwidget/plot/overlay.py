"""What is drawn over the curves once a rate has been picked: the labelled point and the band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrwidget._text import format_rate
from lrwidget.plot.markup import as_text

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.picks.pick import Pick

__all__ = ["Overlay", "overlay"]


@dataclass(frozen=True)
class Overlay:
    """The suggestion's place in both panels, its label, and the band of good rates.

    Attributes
    ----------
    lr : float or None
        The suggested rate; None when there is no pick.
    loss, change : float
        Height of the smoothed curve and its slope at ``lr``; 0 when there is no pick.
    label : str
        What stands beside the point; plotly's markup.
    band : tuple of float or None
        (from, to): rates among which good constant rates lie, both ends included.
    """

    lr: float | None
    loss: float
    change: float
    label: str
    band: tuple[float, float] | None


def overlay(history: History, pick: Pick, *, bandwidth: float = 0.3) -> Overlay:
    """Return what to draw over ``history`` for ``pick``."""
    if pick.lr is None:
        return Overlay(None, 0.0, 0.0, "", None)
    at = history.curve(bandwidth, at=[pick.lr])
    label = f"<b>{format_rate(pick.lr, digits=2)}</b> {as_text(pick.rule)}"
    if pick.one_cycle_max is not None:
        label += f"<br>1cycle max {format_rate(pick.one_cycle_max, digits=2)}"
    return Overlay(pick.lr, float(at.value[0]), float(at.slope[0]), label, _inside(pick.band, history))


def _inside(band: tuple[float, float] | None, history: History) -> tuple[float, float] | None:
    """Cut the band to the sweep's own range: nothing is known about the rates outside it."""
    if band is None:
        return None
    low = max(band[0], history.settings.start_lr)
    high = min(band[1], history.settings.end_lr)
    return (low, high) if low < high else None
