"""The static figure: two panels, loss and change in loss, over one shared rate axis.

It is the live plot's picture: both fill the same blank figure, this one here, from a finished history.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from lrwidget._validate import one_of, pair, positive, shown
from lrwidget.errors import SettingsError
from lrwidget.picks.pick import Pick
from lrwidget.plot.blank import blank
from lrwidget.plot.metric import fill_metric
from lrwidget.plot.overlay import Overlay, overlay
from lrwidget.plot.panels import panels
from lrwidget.plot.style import MARKER, THEMES, band_style, bounds_style, label_style
from lrwidget.plot.symlog import symlog

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.plot.style import Theme

__all__ = ["figure"]


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
        change is drawn on a symlog axis; its true values are in ``customdata``. With a metric also
        ``metric`` and ``smoothed metric``.
    """
    settings = history.settings
    linear = settings.step_mode == "linear"
    pick, lr, bounds = _checked(pick, lr, bounds, theme)
    rates = settings.start_lr, settings.end_lr
    fig = go.Figure(blank(*rates, linear=linear, metric_name=history.metric_name, theme=theme))
    drawn = history.curve(bandwidth)
    shown = panels(history.loss, drawn.slope, settings.num_iter)
    fig.data[0].update(x=history.lr, y=_drawable(history.loss))
    curve_lr, value, slope = (part[: shown.curve_count] for part in (history.lr, drawn.value, drawn.slope))
    fig.data[1].update(x=curve_lr, y=_drawable(value))
    fig.data[2].update(x=curve_lr, y=_drawable(symlog(slope, shown.threshold)), customdata=slope)
    fig.update_layout(
        yaxis_range=shown.loss_range,
        yaxis2={
            "range": shown.change_range,
            "tickvals": shown.ticks.positions,
            "ticktext": shown.ticks.labels,
        },
    )
    if pick is None:
        pick = history.suggest(bandwidth=bandwidth)
    _draw_overlay(fig, overlay(history, pick, bandwidth=bandwidth), shown.threshold, theme)
    if history.metric is not None:
        fill_metric(fig, history, bandwidth)
    if bounds is not None:
        fig.layout.shapes = ()
        fig.add_shape(x0=bounds[0], x1=bounds[1], **bounds_style(theme))
    if lr is not None:
        fig.add_shape(
            type="line", xref="x", yref="paper", x0=lr, x1=lr, y0=0, y1=1, line={"color": MARKER, "width": 2}
        )
    return fig


def _checked(
    pick: object, lr: object, bounds: object, theme: object
) -> tuple[Pick | None, float | None, tuple[float, float] | None]:
    """Return what :func:`figure` was given, the numbers as floats, or raise SettingsError."""
    one_of("theme", theme, THEMES)
    if not (pick is None or isinstance(pick, Pick)):
        raise SettingsError(f"pick must be a Pick, as history.suggest() returns; got {shown(pick)}.")
    advice = "Give for example 0.01."
    if bounds is not None:
        low, high = pair("bounds", bounds)
        bounds = positive("bounds[0]", low, advice), positive("bounds[1]", high, advice)
    return pick, None if lr is None else positive("lr", lr, advice), bounds


def _draw_overlay(fig: go.Figure, over: Overlay, threshold: float, theme: Theme) -> None:
    if over.lr is not None:
        fig.data[3].update(x=[over.lr], y=[over.loss])
        fig.data[4].update(x=[over.lr], y=[math.asinh(over.change / threshold)])
        x = over.lr if fig.layout.xaxis.type == "linear" else math.log10(over.lr)
        fig.add_annotation(x=x, y=over.loss, text=over.label, **label_style(theme))
    if over.band is not None:
        fig.add_shape(x0=over.band[0], x1=over.band[1], **band_style(theme))


def _drawable(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Leave a gap where a value is not finite."""
    return np.where(np.isfinite(values), values, np.nan)
