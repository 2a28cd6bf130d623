"""The shapes of curves that docs/reading-curves.md explains: swept, kept, drawn, and told in its tables.

Run it with ``python -m benchmarks.shapes``; with ``--kept`` it sweeps nothing, and draws and tells what was
kept, by the rules of today.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import look
from benchmarks.evaluation import with_tables
from benchmarks.shape_sweeps import SHAPES, Swept
from lrwidget import History, Pick
from lrwidget._text import format_rate
from lrwidget.plot.drawn import drawn

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reading-curves.md"
FOLDER = ROOT / "benchmarks" / "results" / "shapes"
TEXTBOOK = "textbook"

ENDS = {
    "completed": "all {asked}",
    "diverged": "{run} of {asked}, diverged",
    "non-finite": "{run} of {asked}, not finite",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Sweep, or take what was kept; draw, and write the tables into the page."""
    parser = argparse.ArgumentParser(prog="benchmarks.shapes", description=__doc__)
    parser.add_argument("--kept", action="store_true", help="sweep nothing")
    parser.add_argument("--only", default="", help="shapes whose name contains this")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    chosen = {shape: swept for shape, swept in SHAPES.items() if given.only in shape}
    if not given.kept:
        for one in {one.name: one for swept in chosen.values() for one in swept}.values():
            print(one.name, flush=True)
            keep(one)
    for shape, swept in chosen.items():
        picture(shape, swept, PAGE.parent / "images")
    tables = {shape: table(swept) for shape, swept in chosen.items()}
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


def keep(swept: Swept) -> None:
    """Sweep, and keep what any machine would record: no times, no receipt."""
    found = swept.sweep()
    told = {"stop_reason": found.stop_reason, "metric": found.metric, "metric_name": found.metric_name}
    FOLDER.mkdir(parents=True, exist_ok=True)
    History(found.lr, found.loss, found.settings, **told).save(FOLDER / f"{swept.name}.json")


def kept(swept: Swept) -> History:
    return History.load(FOLDER / f"{swept.name}.json")


def table(swept: Sequence[Swept]) -> str:
    """Return one row a sweep: what, how far it ran, the suggestion, and what is noted with it."""
    lines = ["| swept | rates run | suggested | noted with it |", "|---|---|---|---|"]
    for one in swept:
        history = kept(one)
        pick = history.suggest(on=one.on)
        run = ENDS[str(history.stop_reason)].format(run=len(history), asked=history.settings.num_iter)
        rate = "none" if pick.lr is None else format_rate(pick.lr, 2)
        lines.append(f"| {one.what} | {run} | {rate} | {_noted(pick)} |")
    return "\n".join(lines)


def _noted(pick: Pick) -> str:
    return "; ".join(pick.warnings) if pick.lr is not None else pick.reason


# -- pictures ----------------------------------------------------------------------------------------------


def picture(shape: str, swept: Sequence[Swept], folder: Path) -> list[Path]:
    """Draw the sweeps of a shape side by side; return the files."""

    def paint(axes: Any, ink: str) -> None:
        if shape == TEXTBOOK:
            _textbook(axes, ink, kept(swept[0]))
            return
        for axis, one in zip(axes, shown, strict=True):
            history = kept(one)
            _curve(axis, history, history.suggest(on=one.on), one.on)
            axis.set_title(one.title, fontsize=10)

    shown = [one for one in swept if one.drawn]
    paths = look.draw(f"curve-{shape}", folder, paint, columns=max(len(shown), 2), height=2.6, dpi=140)
    for path in paths:
        _shrink(path)
    return paths


def _shrink(path: Path) -> None:
    """Write a picture anew with so few colours as it has, a third of the size."""
    from PIL import Image

    with Image.open(path) as whole:
        few = whole.quantize(64, method=Image.Quantize.FASTOCTREE)
    few.save(path, optimize=True)


def _curve(axis: Any, history: History, pick: Pick, on: str) -> None:
    """Draw losses, or a metric, as the widget does: dots, smoothed line, band and suggestion."""
    curves = drawn(history, 0.3)
    values, line, colour = history.loss, curves.value, look.BLUE
    low, high = curves.panels.loss_range
    if on == "metric":
        values, line, colour = np.asarray(history.metric), curves.metric, look.ORANGE
        room = 0.08 * float(np.ptp(values))
        low, high = float(values.min()) - room, float(values.max()) + room
    settings = history.settings
    axis.set(
        xscale="log", xlim=(settings.start_lr, settings.end_lr), ylim=(low, high), xlabel="learning rate"
    )
    axis.plot(history.lr, values, ".", color=colour, alpha=0.6, markersize=4)
    axis.plot(curves.lr, line, color=colour, linewidth=1.8)
    if pick.lr is not None and pick.band is not None:
        low, high = max(pick.band[0], settings.start_lr), min(pick.band[1], settings.end_lr)
        axis.axvspan(low, high, color=look.GREEN, alpha=0.12, linewidth=0)
        height = float(np.interp(pick.lr, curves.lr, line))
        edge = {"markeredgecolor": "white", "markeredgewidth": 0.8, "zorder": 5, "clip_on": False}
        axis.plot([pick.lr], [height], "D", color=look.PURPLE, markersize=7, **edge)
    axis.tick_params(labelsize=8)
    axis.xaxis.label.set_size(8)


def _textbook(axes: Any, ink: str, history: History) -> None:
    """Draw both of the widget's panels, and say what stands where."""
    pick = history.suggest()
    loss, change = axes
    _curve(loss, history, pick, "loss")
    loss.set_title("loss", fontsize=10)
    low, high = loss.get_ylim()
    for lr, text in ((3e-6, "too low:\nnothing moves"), (1.5e-3, "it learns"), (2.5, "too high:\nblows up")):
        loss.text(lr, low + 0.2 * (high - low), text, color=ink, fontsize=8, ha="center", va="center")
    curves = drawn(history, 0.3)
    change.set(xscale="log", xlim=loss.get_xlim(), xlabel="learning rate")
    lowest = float(np.nanmin(curves.slope))
    change.set_ylim(1.25 * lowest, -1.25 * lowest)
    change.axhline(0, color=look.GREY, linewidth=1)
    change.plot(curves.lr, curves.slope, color=look.GREEN, linewidth=1.8)
    if pick.lr is not None:
        edge = {"markeredgecolor": "white", "markeredgewidth": 0.8, "zorder": 5}
        height = float(np.interp(pick.lr, curves.lr, curves.slope))
        change.plot([pick.lr], [height], "D", color=look.PURPLE, markersize=7, **edge)
    change.text(2e-5, 0.62 * lowest, "steepest descent:\nlowest here", color=ink, fontsize=8, ha="center")
    change.set_title("change in loss per decade", fontsize=10)
    change.tick_params(labelsize=8)
    change.xaxis.label.set_size(8)


if __name__ == "__main__":
    main()
