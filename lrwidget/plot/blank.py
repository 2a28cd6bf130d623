"""The figure without data: the one definition of how it looks.

Plain dictionaries, as plotly.js takes them: the live plot sends them to the page without asking plotly's
Python, which takes a tenth of a second to be loaded and to make its first figure.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, Any

from lrwidget.plot.markup import as_text
from lrwidget.plot.style import SUGGESTION, THEMES, theme_patch

if TYPE_CHECKING:
    from lrwidget.plot.style import Theme

__all__ = ["HEIGHT", "blank"]

HEIGHT = 440  # px
_LOSS_PANEL = (0.44, 1.0)
_CHANGE_PANEL = (0.0, 0.37)
_MARGIN = {"l": 90, "r": 34, "t": 34, "b": 50}
_METRIC_MARGIN = 92  # px at the right, for the metric's axis, its title and the buttons of plotly's own
_RATE = "<b>%{x:.3g}</b>"


def blank(
    start_lr: float,
    end_lr: float,
    *,
    linear: bool = False,
    metric_name: str | None = None,
    theme: Theme = "light",
) -> dict[str, Any]:
    """Return ``data`` and ``layout`` of the figure, its rate axis spanning the whole requested range.

    Parameters
    ----------
    start_lr, end_lr : float
        The first and the last rate of the sweep; both are inside the axis.
    linear : bool
        Whether the rates, and so their axis, are spaced linearly. Logarithmic otherwise.
    metric_name : str, optional
        What is drawn over the loss with an axis of its own, at the right; None = nothing. Written as text,
        whatever is in it.
    theme : {"light", "dark"}
        The page's theme.
    """
    layout: dict[str, Any] = {
        "template": {},
        "height": HEIGHT,
        "margin": dict(_MARGIN),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 12},
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "modebar": {"orientation": "v", "bgcolor": "rgba(0,0,0,0)"},
        "xaxis": _rate_axis(start_lr, end_lr, linear=linear),
        "yaxis": {
            **_axis(),
            "domain": list(_LOSS_PANEL),
            "range": [0, 1],
            "title": {"text": "loss", "standoff": 10},
            "exponentformat": "power",
        },
        "yaxis2": {
            **_axis(),
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
    data = [*_curves(theme, "" if linear else " per decade"), _suggestion("y"), _suggestion("y2")]
    if metric_name is not None:
        shown = as_text(metric_name) or "metric"
        data += _metric_curves(shown, theme)
        layout["yaxis3"] = _metric_axis(shown, theme)
        layout["margin"]["r"] = _METRIC_MARGIN
    return {"data": data, "layout": layout}


# -- traces ---------------------------------------------------------------------------------------


def _curves(theme: Theme, unit: str) -> list[dict[str, Any]]:
    colours = THEMES[theme]
    return [
        {
            "type": "scatter",
            "name": "loss",
            "mode": "markers",
            "marker": {"size": 5, "color": colours["loss"], "opacity": 0.55},
            "hovertemplate": "loss %{y:.5g}<extra></extra>",
        },
        {
            "type": "scatter",
            "name": "smoothed loss",
            "mode": "lines",
            "line": {"color": colours["loss"], "width": 2.5},
            "hovertemplate": "smoothed %{y:.5g}<extra></extra>",
        },
        {
            "type": "scatter",
            "name": "change in loss",
            "mode": "lines",
            "yaxis": "y2",
            "line": {"color": colours["change"], "width": 2.5},
            "hovertemplate": f"change %{{customdata:.3g}}{unit}<extra></extra>",
        },
    ]


def _suggestion(yaxis: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": "suggestion",
        "mode": "markers",
        "yaxis": yaxis,
        "hoverinfo": "skip",
        "cliponaxis": False,
        "marker": {"size": 11, "color": SUGGESTION, "line": {"width": 1.5, "color": "#ffffff"}},
    }


def _metric_curves(shown: str, theme: Theme) -> list[dict[str, Any]]:
    colour = THEMES[theme]["metric"]
    return [
        {
            "type": "scatter",
            "name": "metric",
            "mode": "markers",
            "yaxis": "y3",
            "marker": {"size": 4, "color": colour, "opacity": 0.35},
            "hovertemplate": f"{shown} %{{y:.4g}}<extra></extra>",
        },
        {
            "type": "scatter",
            "name": "smoothed metric",
            "mode": "lines",
            "yaxis": "y3",
            "line": {"color": colour, "width": 2, "dash": "dash"},
            "hoverinfo": "skip",
        },
    ]


# -- axes -----------------------------------------------------------------------------------------


def _axis() -> dict[str, Any]:
    return {
        "showgrid": True,
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "ticklabeloverflow": "allow",  # to look for overflows, plotly measures each label at each drawing
    }


def _rate_axis(start_lr: float, end_lr: float, *, linear: bool) -> dict[str, Any]:
    axis = {
        **_axis(),
        "type": "linear" if linear else "log",
        "range": list(_rate_range(start_lr, end_lr, linear=linear)),
        "anchor": "y2",
        "title": {"text": "learning rate", "standoff": 8},
        "exponentformat": "power",
        "hoverformat": ".3g",
        "spikethickness": 1,
        "spikedash": "solid",
        "unifiedhovertitle": {"text": "lr " + _RATE},
    }
    if not linear:
        axis |= {"tickfont": {"size": 11}, "dtick": 1 if math.log10(end_lr / start_lr) > 1.5 else "D1"}
    return axis


def _rate_range(start_lr: float, end_lr: float, *, linear: bool) -> tuple[float, float]:
    low, high = (start_lr, end_lr) if linear else (math.log10(start_lr), math.log10(end_lr))
    pad = 0.02 * (high - low)
    return low - pad, high + pad


def _metric_axis(shown: str, theme: Theme) -> dict[str, Any]:
    colour = THEMES[theme]["metric"]
    return {
        "overlaying": "y",
        "side": "right",
        "tickmode": "auto",  # its own round numbers, not those beside the ticks of the loss
        "domain": list(_LOSS_PANEL),
        "range": [0, 1],
        "title": {"text": shown, "standoff": 8, "font": {"color": colour}},
        "tickfont": {"color": colour},
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
    }
