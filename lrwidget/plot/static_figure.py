"""The static figure: two panels, loss and change in loss, over one shared rate axis.

It is the live plot's picture: both fill the same blank figure, this one here, from a finished history.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from lrwidget._text import exact_rate
from lrwidget._validate import one_of
from lrwidget.plot.blank import HEADING, HEIGHT, MARGIN, blank
from lrwidget.plot.drawn import drawn
from lrwidget.plot.metric import metric_range
from lrwidget.plot.overlay import checked, overlay
from lrwidget.plot.style import THEMES, band_style, bounds_style, marker_style
from lrwidget.plot.symlog import symlog

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.picks.pick import Pick
    from lrwidget.plot.drawn import Drawn
    from lrwidget.plot.overlay import Overlay
    from lrwidget.plot.style import Theme

__all__ = ["draw_marker", "drawable", "figure"]


def figure(
    history: History,
    pick: Pick | None = None,
    lr: float | None = None,
    *,
    bandwidth: float = 0.3,
    bounds: tuple[float, float] | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Draw a history as a static plotly figure, the same picture as the live one.

    Parameters
    ----------
    history : History
        What a sweep recorded.
    pick : Pick, optional
        A suggestion to mark. The history's ``suggest()`` is used when it is left out.
    lr : float, optional
        Where the marker stands. No marker is drawn when it is left out.
    bandwidth : float
        Smoothing, in decades; 0 draws the raw losses only.
    bounds : tuple of float, optional
        ``(base_lr, max_lr)`` of a cyclical schedule, shaded instead of the band of good constant rates.
    theme : {"light", "dark"}
        For which page.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``loss``, ``smoothed loss``, ``change in loss`` and ``suggestion`` (one a panel). The
        curves have at most 512 places, the losses are all there. The change is drawn on a symlog axis;
        its true values are in ``customdata``. With a metric also ``metric`` and ``smoothed metric``; with a
        marker also ``marker`` (one a panel).
    """
    settings = history.settings
    pick, lr, bounds = checked(pick, lr, bounds)
    one_of("theme", theme, THEMES)
    empty = blank(
        settings.start_lr,
        settings.end_lr,
        linear=settings.step_mode == "linear",
        metric_name=history.metric_name,
        theme=theme,
    )
    fig = go.Figure(empty, skip_invalid=True)  # an older plotly knows less, and needs no more
    curves = drawn(history, bandwidth)
    _fill(fig, history, curves)
    if pick is None:
        pick = history.suggest(bandwidth=bandwidth)
    _draw_overlay(fig, overlay(history, pick, bandwidth=bandwidth), curves.panels.threshold, theme)
    if bounds is not None:
        fig.layout.shapes = ()
        fig.add_shape(x0=bounds[0], x1=bounds[1], **bounds_style(theme))
    if lr is not None:
        draw_marker(fig, lr, curves, theme)
    return fig


def _fill(fig: go.Figure, history: History, curves: Drawn) -> None:
    """Put the numbers into the figure, and its axes around them."""
    shown = curves.panels
    fig.data[0].update(x=history.lr, y=drawable(history.loss))
    fig.data[1].update(x=curves.lr, y=drawable(curves.value))
    change = drawable(symlog(curves.slope, shown.threshold))
    fig.data[2].update(x=curves.lr, y=change, customdata=curves.slope)
    fig.layout.yaxis.range = shown.loss_range
    fig.layout.yaxis2.update(
        range=shown.change_range, tickvals=shown.ticks.positions, ticktext=shown.ticks.labels
    )
    if history.metric is not None:
        raw, line = fig.data[-2:]
        raw.update(x=history.lr, y=drawable(history.metric))
        line.update(x=curves.lr, y=curves.metric)
        fig.layout.yaxis3.range = metric_range(history.metric)


def _draw_overlay(fig: go.Figure, over: Overlay, threshold: float, theme: Theme) -> None:
    if over.lr is not None:
        fig.data[3].update(x=[over.lr], y=[over.loss])
        fig.data[4].update(x=[over.lr], y=[math.asinh(over.change / threshold)])
    if over.band is not None:
        fig.add_shape(x0=over.band[0], x1=over.band[1], **band_style(theme))


def draw_marker(fig: go.Figure, lr: float, curves: Drawn, theme: Theme) -> None:
    """Draw the line over both panels, a ring on each curve, and the rate above."""
    style = marker_style(theme)
    above = HEADING / (HEIGHT - MARGIN["t"] - MARGIN["b"])
    fig.add_shape(x0=lr, x1=lr, y1=1 + above, **style["line"])
    at = curves.at(lr)
    if at is not None:
        heights = {"y": at[0], "y2": math.asinh(at[1] / curves.panels.threshold)}
        for axis, y in heights.items():
            fig.add_trace({**style["ring"], "x": [lr], "y": [y], "yaxis": axis})
    x = lr if fig.layout.xaxis.type == "linear" else math.log10(lr)
    fig.add_annotation(x=x, yshift=HEADING, text=f"<b>{exact_rate(lr)}</b>", **style["pill"])


def drawable(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Leave a gap where a value is not finite."""
    return np.where(np.isfinite(values), values, np.nan)
