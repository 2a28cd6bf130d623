"""Axes that stay while they serve: the picture of a running sweep shall grow, not jump.

Each new point would move every axis a little, and with it all that is drawn. So a range is kept as long as it
shows what it must without wasting much; and one that is outgrown makes room for what comes next. A page that
gets the same axes again has only the new points to draw. Once the sweep has ended the exact axes are shown.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from lrwidget.plot.symlog import symlog_ticks

if TYPE_CHECKING:
    from lrwidget.plot.panels import Panels

__all__ = ["calm_panels", "calm_range"]

#: How much of a range must be filled, as a share of its height.
_FILLED = 0.4
#: By how much of its height a range may be exceeded: less than its own margin, so no point is cut off.
_SLACK = 0.03
#: How much of its height is added at the end where a range was outgrown.
_ROOM = 0.3
#: How far the change panel's threshold may be from the right one, either way.
_THRESHOLD_FACTOR = 4.0


def calm_range(kept: tuple[float, float] | None, wanted: tuple[float, float]) -> tuple[float, float]:
    """Return the (bottom, top) to show: the one that is shown now, if it serves.

    Parameters
    ----------
    kept : tuple of float or None
        What is shown; None = nothing yet.
    wanted : tuple of float
        What would show all points, and only these.
    """
    if kept is None:
        return wanted
    (bottom, top), (low, high) = kept, wanted
    slack, room = _SLACK * (top - bottom), _ROOM * (high - low)
    fell, rose = low < bottom - slack, high > top + slack
    grown = (low - room if fell else bottom, high + room if rose else top)
    if high - low >= _FILLED * (grown[1] - grown[0]):
        return grown
    return (low - room if fell else low, high + room if rose else high)


def calm_panels(kept: Panels | None, wanted: Panels) -> Panels:
    """Return both panels' axes to show, each kept if it serves; ``curve_count`` is always the wanted one."""
    if kept is None:
        return wanted
    loss = calm_range(kept.loss_range, wanted.loss_range)
    ratio = wanted.threshold / kept.threshold
    if 1 / _THRESHOLD_FACTOR <= ratio <= _THRESHOLD_FACTOR:
        low, high = (math.asinh(ratio * math.sinh(end)) for end in wanted.change_range)
        change = calm_range(kept.change_range, (low, high))
        bottom, top = (kept.threshold * math.sinh(end) for end in change)
        ticks = kept.ticks if change == kept.change_range else symlog_ticks(bottom, top, kept.threshold)
        if len(ticks.positions) > 1 or len(wanted.ticks.positions) == 1:
            calm = replace(kept, change_range=change, ticks=ticks)
            return replace(calm, loss_range=loss, curve_count=wanted.curve_count)
    # Another scale, because the old one is far off, or has no mark but its zero.
    return replace(wanted, loss_range=loss)
