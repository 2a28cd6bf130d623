"""The figure: two panels, loss and change in loss, over one shared rate axis.

:func:`blank` is the one definition of how it looks. The live plot sends it to the page once and
fills it there; :func:`figure` fills it here, from a finished history.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from lrwidget.core.given import one_of, pair, positive, shown
from lrwidget.core.picks import Pick
from lrwidget.errors import SettingsError
from lrwidget.plot.metric import add_metric, fill_metric
from lrwidget.plot.overlay import Overlay, overlay
from lrwidget.plot.panels import panels
from lrwidget.plot.style import MARKER, SUGGESTION, THEMES, Theme, theme_patch
from lrwidget.plot.symlog import symlog

if TYPE_CHECKING:
    from lrwidget.core.history import History

__all__ = ["HEIGHT", "blank", "figure"]

HEIGHT = 440  # px
_LOSS_PANEL = (0.44, 1.0)
_CHANGE_PANEL = (0.0, 0.37)
_RATE = "<b>%{x:.3g}</b>"


def blank(
    start_lr: float,
    end_lr: float,
    *,
    linear: bool = False,
    metric_name: str | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Return the figure without data, its rate axis spanning the whole requested range.

    Parameters
    ----------
    start_lr, end_lr : float
        The first and the last rate of the sweep; both are inside the axis.
    linear : bool
        Whether the rates, and so their axis, are spaced linearly. Logarithmic otherwise.
    metric_name : str, optional
        What is drawn over the loss with an axis of its own, at the right; None = nothing.
    theme : {"light", "dark"}
        The page's theme.
    """
    colours = THEMES[theme]
    data = [
        go.Scatter(
            name="loss",
            mode="markers",
            marker={"size": 5, "color": colours["loss"], "opacity": 0.55},
            hovertemplate="loss %{y:.5g}<extra></extra>",
        ),
        go.Scatter(
            name="smoothed loss",
            mode="lines",
            line={"color": colours["loss"], "width": 2.5},
            hovertemplate="smoothed %{y:.5g}<extra></extra>",
        ),
        go.Scatter(
            name="change in loss",
            mode="lines",
            yaxis="y2",
            line={"color": colours["change"], "width": 2.5},
            hovertemplate="change %{customdata:.3g}" + ("" if linear else " per decade") + "<extra></extra>",
        ),
        _suggestion_trace("y"),
        _suggestion_trace("y2"),
    ]
    axis = {
        "showgrid": True,
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "ticklabeloverflow": "allow",  # to look for overflows, plotly measures each label at each drawing
    }
    layout: dict[str, Any] = {
        "template": go.layout.Template(),
        "height": HEIGHT,
        "margin": {"l": 90, "r": 34, "t": 34, "b": 50},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 12},
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "modebar": {"orientation": "v", "bgcolor": "rgba(0,0,0,0)"},
        "xaxis": {
            **axis,
            "type": "linear" if linear else "log",
            "range": list(_rate_range(start_lr, end_lr, linear=linear)),
            "anchor": "y2",
            "title": {"text": "learning rate", "standoff": 8},
            "exponentformat": "power",
            "hoverformat": ".3g",
            "spikethickness": 1,
            "spikedash": "solid",
            "unifiedhovertitle": {"text": "lr " + _RATE},
            **(
                {}
                if linear
                else {"tickfont": {"size": 11}, "dtick": 1 if math.log10(end_lr / start_lr) > 1.5 else "D1"}
            ),
        },
        "yaxis": {
            **axis,
            "domain": list(_LOSS_PANEL),
            "range": [0, 1],
            "title": {"text": "loss", "standoff": 10},
            "exponentformat": "power",
        },
        "yaxis2": {
            **axis,
            "domain": list(_CHANGE_PANEL),
            "anchor": "x",
            "range": [-1, 1],
            "title": {"text": "change in loss" + ("" if linear else "<br>per decade"), "standoff": 10},
            "tickvals": [0],
            "ticktext": ["0"],
            "zeroline": True,
        },
    }
    for path, value in theme_patch(theme).items():
        *parents, key = path.split(".")
        reduce(lambda part, name: part.setdefault(name, {}), parents, layout)[key] = value
    # In one call: plotly takes ten times as long to update a figure as to make it.
    fig = go.Figure(data=data, layout=layout)
    if metric_name is not None:
        add_metric(fig, metric_name, _LOSS_PANEL, theme)
    return fig


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
    fig = blank(
        settings.start_lr, settings.end_lr, linear=linear, metric_name=history.metric_name, theme=theme
    )
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


def _suggestion_trace(yaxis: str) -> go.Scatter:
    return go.Scatter(
        name="suggestion",
        mode="markers",
        yaxis=yaxis,
        hoverinfo="skip",
        cliponaxis=False,
        marker={"size": 11, "color": SUGGESTION, "line": {"width": 1.5, "color": "#ffffff"}},
    )


def _draw_overlay(fig: go.Figure, over: Overlay, threshold: float, theme: Theme) -> None:
    if over.lr is not None:
        fig.data[3].update(x=[over.lr], y=[over.loss])
        fig.data[4].update(x=[over.lr], y=[math.asinh(over.change / threshold)])
        x = over.lr if fig.layout.xaxis.type == "linear" else math.log10(over.lr)
        fig.add_annotation(x=x, y=over.loss, text=over.label, **label_style(theme))
    if over.band is not None:
        fig.add_shape(x0=over.band[0], x1=over.band[1], **band_style(theme))


def label_style(theme: Theme) -> dict[str, Any]:
    """Return how the suggestion's label looks: beside its point, away from the curve."""
    colours = THEMES[theme]
    return {
        "xref": "x",
        "yref": "y",
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": 9,
        "yshift": 5,
        "align": "left",
        "showarrow": False,
        "font": {"size": 12, "color": colours["ink"]},
        "bgcolor": colours["veil"],
    }


def band_style(theme: Theme) -> dict[str, Any]:
    """Return how the band of good rates looks: a quiet stripe behind both panels."""
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": THEMES[theme]["band"],
    }


def bounds_style(theme: Theme) -> dict[str, Any]:
    """Return how the range of a cyclical schedule looks: the same stripe, with edges."""
    colours = THEMES[theme]
    return {**band_style(theme), "line": {"width": 1.5, "color": colours["change"], "dash": "dot"}}


def _rate_range(start_lr: float, end_lr: float, *, linear: bool) -> tuple[float, float]:
    low, high = (start_lr, end_lr) if linear else (math.log10(start_lr), math.log10(end_lr))
    pad = 0.02 * (high - low)
    return low - pad, high + pad


def _drawable(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Leave a gap where a value is not finite."""
    return np.where(np.isfinite(values), values, np.nan)
