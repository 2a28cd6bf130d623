"""Colours and themes of the figure.

The data colours are Okabe and Ito's, told apart by colour-blind readers and readable on both
a light and a dark page (`Color Universal Design <https://jfly.uni-koeln.de/color/>`_).
"""

from __future__ import annotations

from typing import Any, Final, Literal

__all__ = [
    "CHANGE",
    "LOSS",
    "MARKER",
    "METRIC",
    "SUGGESTION",
    "THEMES",
    "Theme",
    "band_style",
    "bounds_style",
    "label_style",
    "theme_patch",
]

LOSS: Final = "#0072B2"
CHANGE: Final = "#009E73"
SUGGESTION: Final = "#D55E00"
MARKER: Final = "#CC79A7"
METRIC: Final = "#E69F00"

Theme = Literal["light", "dark"]

#: What differs between the themes. Everything else in the figure is the same on both.
THEMES: Final[dict[Theme, dict[str, str]]] = {
    "light": {
        "ink": "#24292f",
        "soft": "#6e7781",
        "grid": "#e7eaee",
        "line": "#b6bdc6",
        "paper": "#ffffff",
        "veil": "rgba(255,255,255,0.7)",
        "loss": LOSS,
        "change": CHANGE,
        "metric": "#B87A00",  # the orange, darkened: on white it has too little contrast
        "band": "rgba(0,158,115,0.10)",
    },
    "dark": {
        "ink": "#e6e6e6",
        "soft": "#a8b0b9",
        "grid": "#30363d",
        "line": "#5b636d",
        "paper": "#111111",
        "veil": "rgba(17,17,17,0.6)",
        # The same hues, lifted: the originals have too little contrast on a dark page.
        "loss": "#56A8DD",
        "change": "#2EBD93",
        "metric": METRIC,
        "band": "rgba(46,189,147,0.16)",
    },
}


def theme_patch(theme: Theme) -> dict[str, Any]:
    """Return the layout attributes of one theme, keyed by plotly's dotted attribute names."""
    colours = THEMES[theme]
    patch: dict[str, Any] = {
        "font.color": colours["ink"],
        "modebar.color": colours["soft"],
        "modebar.activecolor": colours["ink"],
        "hoverlabel.bgcolor": colours["paper"],
        "hoverlabel.bordercolor": colours["line"],
        "hoverlabel.font.color": colours["ink"],
        "xaxis.spikecolor": colours["line"],
    }
    for axis in ("xaxis", "yaxis", "yaxis2"):
        patch[f"{axis}.gridcolor"] = colours["grid"]
        patch[f"{axis}.linecolor"] = colours["line"]
        patch[f"{axis}.tickcolor"] = colours["line"]
        patch[f"{axis}.zerolinecolor"] = colours["line"]
    return patch


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
