"""The figure: what it looks like without data, its numbers, and its forms, live, static, and as a picture.

``figure`` draws a history as a static plotly figure. It is loaded when it is asked for: plotly's Python takes
a tenth of a second, and the live figure needs none of it.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["figure"]


def __getattr__(name: str) -> Any:
    if name not in {"figure", "static_figure"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = importlib.import_module("lrwidget.plot.static_figure")
    return room if name == "static_figure" else room.figure
