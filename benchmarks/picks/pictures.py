"""The two pictures of docs/picks.md: who stands where, and how much a rate matters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import look
from benchmarks.look import BLUE, GREEN, GREY, ORANGE, PURPLE
from benchmarks.picks.contenders import DEFAULT, ENGINE, OTHERS, OURS, RIVAL, TRIALS, contenders
from benchmarks.picks.report import HALVES, is_shown
from benchmarks.picks.results import Results
from benchmarks.picks.standings import Measured, Standing, measured
from benchmarks.picks.tasks import TASKS

STANDINGS, VALLEYS = "picks-standings", "picks-valleys"
COLOURS_OF_LINES = 10  # matplotlib's own; then they come again
COLOURS = {TRIALS: GREEN, OURS: BLUE, ENGINE: ORANGE, DEFAULT: GREY, RIVAL: PURPLE}


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw both from results; return the files."""
    found = measured(results)
    standings = [found.standing(each) for each in contenders()]
    shown = [each for each in standings if each.scored and is_shown(each) and not _is_variant(each)]
    shown.sort(key=lambda each: each.of_half("").mean.middle, reverse=True)
    paths = look.draw(
        STANDINGS, folder, lambda axes, ink: _standings(axes, ink, shown), height=0.17 * len(shown) + 1
    )
    return paths + look.draw(VALLEYS, folder, lambda axes, _: _valleys(axes, found), height=3.9)


def _is_variant(standing: Standing) -> bool:
    """Return whether a picture can do without: trials that decide otherwise, fastai's rules on our sweep."""
    name, kind = standing.contender.name, standing.contender.kind
    plain = name.startswith("3 rates, around")
    return (kind == TRIALS and not plain) or (kind == OURS and name.partition(",")[0] in OTHERS)


def _standings(axes: Any, ink: str, shown: Sequence[Standing]) -> None:
    """One row a contender: its mean, and the interval as a line; a plot for each half."""
    for axis, half in zip(axes, HALVES, strict=True):
        for place, each in enumerate(shown):
            standing = each.of_half(half)
            if standing.scored:
                mean, colour = standing.mean, COLOURS[each.contender.kind]
                axis.plot([mean.low, mean.high], [place, place], color=colour, linewidth=2.5, alpha=0.45)
                axis.plot([mean.middle], [place], color=colour, marker="o", markersize=4)
        axis.set_title(f"{half} tasks", fontsize=9)
        axis.set_xlabel("score: 0 = the best rate, 1 = untrained", fontsize=8)
        axis.set_xlim(-0.15, 1.02)
        axis.set_ylim(-0.7, len(shown) - 0.3)
        names = [each.contender.name for each in shown] if axis is axes[0] else [""] * len(shown)
        axis.set_yticks(range(len(shown)), names, fontsize=6.5)
        axis.tick_params(axis="x", labelsize=8)
    handles = [axes[1].plot([], [], color=COLOURS[kind], marker="o", label=kind)[0] for kind in COLOURS]
    legend = axes[1].legend(handles=handles, fontsize=7, loc="center right")
    for text in legend.get_texts():
        text.set_color(ink)


def _valleys(axes: Any, found: Measured) -> None:
    """The score of each rate of the grid, over the best rate of its task."""
    for axis, half in zip(axes, HALVES, strict=True):
        of_half = [task for task in TASKS if task.half == half and task.name in found.truths]
        for number, task in enumerate(of_half):
            truth = found.truths[task.name]
            scores = [truth.of_rate(lr) for lr in truth.lr]
            style = "-" if number < COLOURS_OF_LINES else "--"
            axis.plot(np.array(truth.lr) / truth.best, scores, style, linewidth=1, label=task.name)
        axis.set_xscale("log")
        axis.set_title(f"{half} tasks", fontsize=9)
        axis.set_xlabel("rate / best rate", fontsize=8)
        axis.tick_params(labelsize=8)
        if axis.lines:
            axis.legend(fontsize=6, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.18))
    axes[0].set_ylabel("score", fontsize=8)
