"""The metric's curve: over the loss, with an axis of its own at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.core.metric import smoothed_metric
from lrwidget.core.schedule import decade
from lrwidget.plot.markup import as_text
from lrwidget.plot.ranges import finite
from lrwidget.plot.style import THEMES, Theme

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from numpy.typing import ArrayLike

    from lrwidget.core.history import History

__all__ = ["add_metric", "drawn_metric", "fill_metric", "metric_range"]

_RIGHT = 92  # px for the axis, its title and the buttons of plotly's own


def add_metric(fig: go.Figure, name: str, panel: tuple[float, float], theme: Theme) -> None:
    """Add the metric's two traces, empty, and its axis to a figure.

    Parameters
    ----------
    fig : plotly.graph_objects.Figure
    name : str
        Written as text, whatever is in it.
    panel : tuple of float
        The loss panel's (bottom, top), as shares of the figure.
    theme : {"light", "dark"}
    """
    colour = THEMES[theme]["metric"]
    shown = as_text(name) or "metric"
    fig.add_scatter(
        name="metric",
        mode="markers",
        yaxis="y3",
        marker={"size": 4, "color": colour, "opacity": 0.35},
        hovertemplate=f"{shown} %{{y:.4g}}<extra></extra>",
    )
    fig.add_scatter(
        name="smoothed metric",
        mode="lines",
        yaxis="y3",
        line={"color": colour, "width": 2, "dash": "dash"},
        hoverinfo="skip",
    )
    fig.update_layout(
        margin_r=_RIGHT,
        yaxis3={
            "overlaying": "y",
            "side": "right",
            "tickmode": "auto",  # its own round numbers, not those beside the ticks of the loss
            "domain": list(panel),
            "range": [0, 1],
            "title": {"text": shown, "standoff": 8, "font": {"color": colour}},
            "tickfont": {"color": colour},
            "showgrid": False,
            "zeroline": False,
            "ticks": "outside",
            "ticklen": 4,
        },
    )


def fill_metric(fig: go.Figure, history: History, bandwidth: float) -> None:
    """Fill the traces that :func:`add_metric` added."""
    raw, line = (next(fig.select_traces({"name": name})) for name in ("metric", "smoothed metric"))
    metric = np.asarray(history.metric)
    raw.update(x=history.lr, y=np.where(np.isfinite(metric), metric, np.nan))
    line.update(x=history.lr, y=drawn_metric(history, bandwidth, history.x))
    fig.update_layout(yaxis3_range=metric_range(metric))


def drawn_metric(history: History, bandwidth: float, at: ArrayLike) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the smoothed metric at places on the history's axis; ``bandwidth`` in decades."""
    settings = history.settings
    unit = decade(settings.start_lr, settings.end_lr, settings.step_mode)
    return smoothed_metric(history, bandwidth * unit, at)


def metric_range(metric: ArrayLike) -> tuple[float, float]:
    """Return the (bottom, top) of the metric's axis: all finite values, and a little room."""
    values = finite(metric)
    if values.size == 0:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    pad = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return low - pad, high + pad
