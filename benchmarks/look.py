"""How the documentation's pictures look: one file a theme, transparent, readable on both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

INK = {"light": "#24292f", "dark": "#e6e6e6"}
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
GREY = "#8c959f"


def draw(
    name: str,
    folder: Path,
    paint: Callable[[Any, str], None],
    *,
    columns: int = 2,
    height: float = 2.9,
    dpi: int = 200,
) -> list[Path]:
    """Let ``paint(axes, ink)`` paint ``columns`` plots side by side, once a theme; return the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    paths = []
    for theme, ink in INK.items():
        figure, axes = plt.subplots(1, columns, figsize=(8.6, height), dpi=dpi, layout="constrained")
        paint(axes, ink)
        for axis in figure.axes:
            _dress(axis, ink)
        path = folder / f"{name}-{theme}.png"
        figure.savefig(path, transparent=True)
        plt.close(figure)
        paths.append(path)
    return paths


def _dress(axis: Any, ink: str) -> None:
    axis.set_facecolor("none")
    axis.tick_params(which="both", colors=ink)
    axis.grid(alpha=0.2, color=ink)
    axis.set_axisbelow(True)
    for part in (axis.xaxis.label, axis.yaxis.label, axis.title):
        part.set_color(ink)
    for side, spine in axis.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(ink)
    legend = axis.get_legend()
    if legend is not None:
        legend.get_frame().set_visible(False)
        for label in legend.get_texts():
            label.set_color(ink)
