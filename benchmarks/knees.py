"""Other definitions of the knee, held against the curves that the evaluation kept.

Run ``python -m benchmarks.knees``; ``--docs`` writes the table into ``docs/evaluation.md``.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.evaluation import (
    KEPT,
    NUM_ITER,
    PAGE,
    RESULTS,
    Found,
    aims,
    found,
    guards,
    load,
    regret,
    with_tables,
)
from lrwidget.curves import curve
from lrwidget.curves.smooth_curve import base_level, head_size
from lrwidget.curves.valley import NoDescent, Valley, find_valley

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.evaluation import Measured

BANDWIDTH = 0.3


@dataclass(frozen=True, eq=False)
class Descent:
    """One curve's first valley, and its smoothed loss up to the floor: 1 = the flat start, 0 = the floor."""

    valley: Valley
    x: np.ndarray
    level: np.ndarray
    slope: np.ndarray
    lr: np.ndarray

    def done(self, share: float) -> float:
        """Return the first place where so much of the descent is done."""
        return float(self.x[int(np.argmax(self.level <= 1 - share))])

    def far(self, share: float) -> float:
        """Return the sum of the rates until so much of the descent is done."""
        return float(np.interp(self.done(share), np.log10(self.lr), np.cumsum(self.lr)))

    def tangent(self) -> float:
        """Return where the steepest tangent meets the floor's level."""
        steepest = int(np.searchsorted(self.x, self.valley.steepest))
        if not self.slope[steepest] < 0:
            return self.valley.floor
        return min(float(self.x[steepest] - self.level[steepest] / self.slope[steepest]), self.valley.floor)

    def chord(self) -> float:
        """Return where the curve lies lowest under the straight line from start to floor."""
        part = self.x >= self.valley.start
        x, level = self.x[part], self.level[part]
        return float(x[int(np.argmax(np.interp(x, x[[0, -1]], level[[0, -1]]) - level))])


def _times(share: float, factor: float) -> Callable[[Descent], float]:
    return lambda one: min(one.done(share) + math.log10(factor), one.valley.knee)


def _steps(count: float) -> Callable[[Descent], float]:
    return lambda one: min(math.log10(one.far(0.5) / count), one.valley.knee)


def _divided(share: float, divisor: float) -> Callable[[Descent], float]:
    return lambda one: one.done(share) - math.log10(divisor)


RULES: dict[str, Callable[[Descent], float]] = {
    "`knee`: the way to half in 3 steps": _steps(3),
    "the same in 2 steps": _steps(2),
    "the same in 4 steps": _steps(4),
    "95 % done, divided by 1.8 (`knee` until now)": _divided(0.95, 1.8),
    "95 % done, divided by 4": _divided(0.95, 4),
    "three quarters done": _times(0.75, 1),
    "three quarters done, times 1.5": _times(0.75, 1.5),
    "half done, times 2": _times(0.5, 2),
    "where the steepest tangent meets the floor, divided by 1.8": lambda one: one.tangent() - math.log10(1.8),
    "farthest under the chord (Kneedle), divided by 1.8": lambda one: one.chord() - math.log10(1.8),
    "between `steepest` and 95 % done": lambda one: (one.valley.steepest + one.valley.knee) / 2,
    "95 % done, divided by 1.8, at most a tenth of the floor": lambda one: min(
        one.valley.knee - math.log10(1.8), one.valley.floor - 1
    ),
    "`steepest`": lambda one: one.valley.steepest,
}


def descent(measured: Measured, way: str) -> Descent | None:
    """Return what a rule can look at; None if there is no descent."""
    x = np.log10(measured.curves[way]["lr"])
    loss = np.array(measured.curves[way]["loss"])
    valley = find_valley(x, loss, BANDWIDTH)
    if isinstance(valley, NoDescent):
        return None
    places = np.linspace(x[0], valley.floor, 241)
    smooth = curve(x, loss, BANDWIDTH, places)
    low = smooth.value[-1]
    depth = base_level(loss, head_size(loss.size)) - low
    return Descent(valley, places, (smooth.value - low) / depth, smooth.slope / depth, 10**x)


def table(kept: list[Measured]) -> str:
    """Return what each definition is worth, as a Markdown table."""
    states = [(found(one), {way: descent(one, way) for way in ("training", *KEPT)}) for one in kept]
    lines = [
        "| rule | misses an aim, 3 models | apart | regret, 3 models | regret, 5 others | inside, 5 others "
        "| regret, longer | inside, longer |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, rule in RULES.items():
        picked = [(_picked(one, descents, rule)) for one, descents in states]
        usual = [one for one in picked if one.num_iter == NUM_ITER]
        three = [one for one in usual if one.task not in guards()]
        others = [one for one in usual if one.task in guards()]
        longer = [one for one in picked if one.num_iter > NUM_ITER]
        missed = sum(len({words.split(":")[0] for words in aims(one)}) for one in three)
        cells = [f"{missed} of {len(_there(three))}", _apart(usual), _regret(three), _regret(others)]
        cells += [_inside(others), _regret(longer), _inside(longer)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _picked(one: Found, descents: dict[str, Descent | None], rule: Callable[[Descent], float]) -> Found:
    """Return what was found with another rule's picks as the knee's, and nothing else to miss an aim."""
    picks = {
        way: {"knee": None if each is None else 10 ** rule(each), "steepest": None}
        for way, each in descents.items()
    }
    return replace(one, picks=picks)


def _there(some: list[Found]) -> list[tuple[Found, float]]:
    """Return the picks on kept batches, each with where it was found."""
    picks = [(one, one.picks[way]["knee"]) for one in some for way in KEPT]
    return [(one, lr) for one, lr in picks if lr is not None]


def _apart(some: list[Found]) -> str:
    """Return how many of the picks are farther than a factor of 3 from that on training losses."""
    both = [(lr, one.picks["training"]["knee"]) for one, lr in _there(some)]
    ratios = [max(lr / other, other / lr) for lr, other in both if other is not None]
    return f"{sum(ratio > 3 for ratio in ratios)} of {len(ratios)}"


def _regret(some: list[Found]) -> str:
    """Return the mean regret, each task counting the same."""
    tasks = {one.task for one in some}
    means = [np.mean([regret(one, lr) for one, lr in _there(some) if one.task == task]) for task in tasks]
    return f"{100 * np.mean(means):.1f} %"


def _inside(some: list[Found]) -> str:
    """Return how many of the picks lie between a tenth and three times the best constant rate."""
    there = _there(some)
    return f"{sum(0.1 <= lr / one.best <= 3 for one, lr in there)} of {len(there)}"


def main() -> None:
    """Show the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--docs", action="store_true", help="write the table into docs/evaluation.md")
    given = parser.parse_args()
    shown = {"knees": table(load(RESULTS))}
    print(shown["knees"])
    if given.docs:
        PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), shown), encoding="utf-8")


if __name__ == "__main__":
    main()
