"""Colours and themes of the figure.

The data colours are Okabe and Ito's, told apart by colour-blind readers and readable on both
a light and a dark page (`Color Universal Design <https://jfly.uni-koeln.de/color/>`_).
"""

from __future__ import annotations

from typing import Any, Final, Literal

__all__ = [
    "CHANGE",
    "FONT",
    "LOSS",
    "MARKER",
    "METRIC",
    "SUGGESTION",
    "THEMES",
    "Theme",
    "band_style",
    "bounds_style",
    "marker_style",
    "theme_patch",
]

LOSS: Final = "#0072B2"
CHANGE: Final = "#009E73"
SUGGESTION: Final = "#D55E00"
MARKER: Final = "#CC79A7"
METRIC: Final = "#E69F00"

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

Theme = Literal["light", "dark"]

#: What differs between the themes. Everything else in the figure is the same on both.
THEMES: Final[dict[Theme, dict[str, str]]] = {
    "light": {
        "ink": "#1f2328",
        "soft": "#59636e",
        "grid": "#e4e8ec",
        "line": "#b6bdc6",
        "paper": "#ffffff",
        "loss": LOSS,
        "change": CHANGE,
        "metric": "#8F5F00",  # the orange, darkened: as text on white it has too little contrast
        "suggestion": SUGGESTION,
        "marker": MARKER,
        "pill": "#1b0f16",
        "bound": "#007A59",
        "bound_pill": "#ffffff",
        "band": "rgba(0,158,115,0.10)",
    },
    "dark": {
        "ink": "#e6edf3",
        "soft": "#a3adb8",
        "grid": "#2f3740",
        "line": "#5b636d",
        "paper": "#111111",
        # The same hues, lifted: the originals have too little contrast on a dark page.
        "loss": "#56A8DD",
        "change": "#2EBD93",
        "metric": METRIC,
        "suggestion": "#F07F2E",
        "marker": "#E39CC4",
        "pill": "#1b0f16",
        "bound": "#2EBD93",
        "bound_pill": "#04231a",
        "band": "rgba(46,189,147,0.13)",
    },
}


def theme_patch(theme: Theme) -> dict[str, Any]:
    """Return the layout attributes of one theme, keyed by plotly's dotted attribute names."""
    colours = THEMES[theme]
    patch: dict[str, Any] = {
        "font.color": colours["soft"],
        "modebar.color": colours["soft"],
        "modebar.activecolor": colours["ink"],
        "hoverlabel.bgcolor": colours["paper"],
        "hoverlabel.bordercolor": colours["line"],
        "hoverlabel.font.color": colours["ink"],
        "xaxis.spikecolor": colours["line"],
        "yaxis2.zerolinecolor": colours["line"],
    }
    for axis in ("xaxis", "yaxis", "yaxis2"):
        patch[f"{axis}.gridcolor"] = colours["grid"]
    return patch


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
    return {**band_style(theme), "line": {"width": 1.5, "color": colours["bound"], "dash": "dot"}}


def marker_style(theme: Theme) -> dict[str, dict[str, Any]]:
    """Return how the marker looks where nobody can move it.

    ``line`` is a shape, ``ring`` a trace for each curve, ``pill`` the annotation that says the rate. Where
    they stand is for the caller to add.
    """
    colours = THEMES[theme]
    return {
        "line": {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "y0": 0,
            "layer": "below",
            "line": {"color": colours["marker"], "width": 2},
        },
        "ring": {
            "type": "scatter",
            "name": "marker",
            "mode": "markers",
            "hoverinfo": "skip",
            "marker": {
                "size": 9,
                "color": colours["paper"],
                "opacity": 1,
                "line": {"color": colours["marker"], "width": 2.5},
            },
        },
        "pill": {
            "xref": "x",
            "yref": "paper",
            "y": 1,
            "yanchor": "bottom",
            "showarrow": False,
            "borderpad": 2,
            "bgcolor": colours["marker"],
            "font": {"size": 12, "color": colours["pill"]},
        },
    }
