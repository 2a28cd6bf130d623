"""What is drawn over the curves once a rate has been picked: the point of the pick, and the band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrwidget._validate import pair, positive, shown
from lrwidget.errors import SettingsError
from lrwidget.picks.pick import Pick

if TYPE_CHECKING:
    from lrwidget.history.record import History

__all__ = ["Overlay", "checked", "overlay"]


@dataclass(frozen=True)
class Overlay:
    """The suggestion's place in both panels, and the band of good rates; what they mean is said elsewhere.

    Attributes
    ----------
    lr : float or None
        The suggested rate; None when there is no pick.
    loss, change : float
        Height of the smoothed curve and its slope at ``lr``; 0 when there is no pick.
    band : tuple of float or None
        (from, to): rates among which good constant rates lie, both ends included.
    """

    lr: float | None
    loss: float
    change: float
    band: tuple[float, float] | None


def overlay(history: History, pick: Pick, *, bandwidth: float = 0.3) -> Overlay:
    """Return what to draw over ``history`` for ``pick``."""
    if pick.lr is None:
        return Overlay(None, 0.0, 0.0, None)
    at = history.curve(bandwidth, at=[pick.lr])
    return Overlay(pick.lr, float(at.value[0]), float(at.slope[0]), _inside(pick.band, history))


def checked(
    pick: object, lr: object, bounds: object
) -> tuple[Pick | None, float | None, tuple[float, float] | None]:
    """Return what is to be marked in a figure, the numbers as floats, or raise SettingsError."""
    if not (pick is None or isinstance(pick, Pick)):
        raise SettingsError(f"pick must be a Pick, as history.suggest() returns; got {shown(pick)}.")
    advice = "Give for example 0.01."
    if bounds is not None:
        low, high = pair("bounds", bounds)
        bounds = positive("bounds[0]", low, advice), positive("bounds[1]", high, advice)
    return pick, None if lr is None else positive("lr", lr, advice), bounds


def _inside(band: tuple[float, float] | None, history: History) -> tuple[float, float] | None:
    """Cut the band to the sweep's own range: nothing is known about the rates outside it."""
    if band is None:
        return None
    low = max(band[0], history.settings.start_lr)
    high = min(band[1], history.settings.end_lr)
    return (low, high) if low < high else None
