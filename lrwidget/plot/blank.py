"""The figure without data: the one definition of how it looks.

Plain dictionaries, as plotly.js takes them: the live plot sends them to the page without asking plotly's
Python, which takes a tenth of a second to be loaded and to make its first figure. The static figure and the
picture in a saved notebook are made of the same.

From top to bottom, in pixels that stay the same at every height: a row for the marker's rate, a row for the
heading, the panel of the loss, a row for the next heading, the panel of the change, a row for the labels of
the axis and one for its title. So no text stands on a curve or on another text.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from lrwidget._text import format_rate
from lrwidget.plot.markup import as_text
from lrwidget.plot.style import FONT, THEMES, band_style, bounds_style, marker_style, theme_patch

if TYPE_CHECKING:
    from lrwidget.plot.style import Theme

__all__ = ["GAP", "HEADING", "HEIGHT", "MARGIN", "blank", "domains", "page_figure", "rate_range"]

HEIGHT: Final = 420  # px
#: Around both panels, px. At the left is room for five digits; plotly makes more where labels are longer.
MARGIN: Final = {"l": 50, "r": 16, "t": 38, "b": 38}
#: Between the panels, px.
GAP: Final = 28
#: The row of a heading, px: it is between the panel and what is above it.
HEADING: Final = 18
_LOSS_SHARE = 0.63
_SHORT = 1.5  # decades; a longer axis has labels at powers of ten, a shorter one at round rates
_FEWEST_ROUND = 3  # of these; where there are fewer, it has whichever plotly finds
_RATE = "<b>%{x:.3g}</b>"


def blank(
    start_lr: float,
    end_lr: float,
    *,
    linear: bool = False,
    metric_name: str | None = None,
    theme: Theme = "light",
    height: int = HEIGHT,
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
    height : int
        Of the whole figure, in pixels.
    """
    loss, change = domains(height)
    unit = "" if linear else " per decade"
    layout: dict[str, Any] = {
        "template": {},
        "height": height,
        "margin": dict(MARGIN),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 11},
        "showlegend": False,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": "zoom",
        "modebar": {"orientation": "h", "bgcolor": "rgba(0,0,0,0)"},
        "xaxis": _rate_axis(start_lr, end_lr, linear=linear),
        "yaxis": {
            **_value_axis(),
            "domain": list(loss),
            "range": [0, 1],
            "exponentformat": "power",
            "nticks": 6,
        },
        "yaxis2": {
            **_value_axis(),
            "domain": list(change),
            "anchor": "x",
            "range": [-1, 1],
            "tickvals": [0],
            "ticktext": ["0"],
            "zeroline": True,
            "zerolinewidth": 1,
        },
        "annotations": [
            _heading("loss", loss[1]),
            _heading("change in loss" + unit, change[1]),
            {
                **_words("learning rate"),
                "name": "rate title",
                "x": 1,
                "xanchor": "right",
                "y": 0,
                "yanchor": "top",
                "yshift": -20,
            },
        ],
    }
    for path, value in theme_patch(theme).items():
        *parents, key = path.split(".")
        reduce(lambda part, name: part.setdefault(name, {}), parents, layout)[key] = value
    data = [*_curves(theme, unit), _suggestion("y", theme), _suggestion("y2", theme)]
    if metric_name is not None:
        shown = as_text(metric_name) or "metric"
        data += _metric_curves(shown, theme)
        layout["yaxis3"] = _metric_axis(loss, theme)
        layout["margin"]["r"] = MARGIN["l"]
        heading = {**_heading(shown, loss[1]), "x": 1, "xanchor": "right", "name": "metric heading"}
        heading["font"] = {**heading["font"], "color": THEMES[theme]["metric"]}
        layout["annotations"].append(heading)
    return {"data": data, "layout": layout}


def page_figure(
    start_lr: float,
    end_lr: float,
    *,
    linear: bool = False,
    metric_name: str | None = None,
    height: int = HEIGHT,
) -> dict[str, Any]:
    """Return what a page must know to draw the figure in either theme; parameters are those of :func:`blank`.

    Returns
    -------
    dict
        ``data`` and ``layout`` of the blank figure, ``themes`` with all that differs between them, and
        ``limits``, the first and the last rate.
    """
    figure = blank(start_lr, end_lr, linear=linear, metric_name=metric_name, height=height)
    themes = {
        name: {
            **colours,
            "layout": theme_patch(name),
            "band": band_style(name),
            "bounds": bounds_style(name),
            "static_marker": {**marker_style(name), "heading": HEADING},
        }
        for name, colours in THEMES.items()
    }
    return {**figure, "themes": themes, "limits": [start_lr, end_lr]}


def domains(height: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where the panels of loss and change stand, each from its bottom to its top.

    In shares of what a figure of ``height`` pixels leaves between its margins, from below.
    """
    panels = height - MARGIN["t"] - MARGIN["b"]
    change = (1 - _LOSS_SHARE) * (panels - GAP) / panels
    return (change + GAP / panels, 1.0), (0.0, change)


# -- traces ---------------------------------------------------------------------------------------


def _curves(theme: Theme, unit: str) -> list[dict[str, Any]]:
    colours = THEMES[theme]
    return [
        {
            "type": "scatter",
            "name": "loss",
            "mode": "markers",
            "marker": {"size": 5, "color": colours["loss"], "opacity": 0.45},
            "hovertemplate": "loss %{y:.5g}<extra></extra>",
        },
        {
            "type": "scatter",
            "name": "smoothed loss",
            "mode": "lines",
            "line": {"color": colours["loss"], "width": 2},
            "hovertemplate": "smoothed %{y:.5g}<extra></extra>",
        },
        {
            "type": "scatter",
            "name": "change in loss",
            "mode": "lines",
            "yaxis": "y2",
            "line": {"color": colours["change"], "width": 2},
            "hovertemplate": f"change %{{customdata:.3g}}{unit}<extra></extra>",
        },
    ]


def _suggestion(yaxis: str, theme: Theme) -> dict[str, Any]:
    colours = THEMES[theme]
    return {
        "type": "scatter",
        "name": "suggestion",
        "mode": "markers",
        "yaxis": yaxis,
        "hoverinfo": "skip",
        "marker": {
            "size": 9,
            "symbol": "diamond",
            "color": colours["suggestion"],
            "line": {"width": 1.5, "color": colours["paper"]},
        },
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
            "line": {"color": colour, "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
        },
    ]


# -- axes and words -------------------------------------------------------------------------------


def _words(text: str) -> dict[str, Any]:
    return {"text": text, "xref": "paper", "yref": "paper", "showarrow": False, "borderpad": 0}


def _heading(text: str, top: float) -> dict[str, Any]:
    """Return the heading of the panel that ends at ``top``, above it and flush with its left side."""
    place = {"x": 0, "xanchor": "left", "y": top, "yanchor": "bottom", "yshift": 1}
    return {**_words(f"<b>{text}</b>"), **place, "font": {"size": 11}}


def _axis() -> dict[str, Any]:
    return {
        "showgrid": True,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickangle": 0,
        "ticklabeloverflow": "allow",  # to look for overflows, plotly measures each label at each drawing
    }


def _value_axis() -> dict[str, Any]:
    return {**_axis(), "automargin": "left"}


def _rate_axis(start_lr: float, end_lr: float, *, linear: bool) -> dict[str, Any]:
    axis = {
        **_axis(),
        "type": "linear" if linear else "log",
        "range": list(rate_range(start_lr, end_lr, linear=linear)),
        "anchor": "y2",
        "exponentformat": "power",
        "hoverformat": ".3g",
        "spikethickness": 1,
        "spikedash": "solid",
        "unifiedhovertitle": {"text": "lr " + _RATE},
    }
    if not linear and math.log10(end_lr / start_lr) > _SHORT:
        axis |= {"dtick": 1, "tickfont": {"size": 9}}  # plotly writes powers a quarter larger
    elif not linear and len(rates := round_rates(start_lr, end_lr)) >= _FEWEST_ROUND:
        axis |= {"tickvals": rates, "ticktext": [format_rate(lr, 1) for lr in rates]}
    return axis


def round_rates(start_lr: float, end_lr: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten in [``start_lr``, ``end_lr``]."""
    powers = range(math.floor(math.log10(start_lr)), math.ceil(math.log10(end_lr)) + 1)
    rates = (float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5))
    return [lr for lr in rates if start_lr <= lr <= end_lr]


def rate_range(start_lr: float, end_lr: float, *, linear: bool) -> tuple[float, float]:
    """Return the ends of the rate axis, as plotly takes them: of a logarithmic one the logarithms."""
    low, high = (start_lr, end_lr) if linear else (math.log10(start_lr), math.log10(end_lr))
    pad = 0.02 * (high - low)
    return low - pad, high + pad


def _metric_axis(domain: tuple[float, float], theme: Theme) -> dict[str, Any]:
    return {
        "overlaying": "y",
        "side": "right",
        "automargin": "right",
        "exponentformat": "power",
        "tickmode": "auto",  # its own round numbers, not those beside the ticks of the loss
        "nticks": 6,
        "domain": list(domain),
        "range": [0, 1],
        "tickfont": {"color": THEMES[theme]["metric"]},
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
    }
