"""What a rate is worth: the share of what could be gained that it loses; how sure a mean over tasks is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.picks.results import Results
from benchmarks.picks.tasks import Task
from benchmarks.picks.training import CONSTANT

BAD, USELESS = 0.3, 0.5
LOWEST = -1.0  # nothing counts as better than that: optimizers that are not the task's own may be
DRAWS = 5000
LEVEL = 0.9


@dataclass(frozen=True)
class Truth:
    """The loss that each rate comes to, over all seeds, and the one before any training.

    Attributes
    ----------
    lr, loss : tuple of float
        Rates of the grid, rising, and mean losses; what blew up, or got worse, counts as ``start``.
    start : float
        The loss before.
    """

    lr: tuple[float, ...]
    loss: tuple[float, ...]
    start: float

    @property
    def best(self) -> float:
        """The rate with the lowest loss."""
        return self.lr[int(np.argmin(self.loss))]

    def of_loss(self, loss: float) -> float:
        """Return 0 for the loss of the best rate, 1 for one no better than before any training."""
        lowest = min(self.loss)
        if not loss < self.start:
            return 1.0
        return max((loss - lowest) / (self.start - lowest), LOWEST)

    def of_rate(self, lr: float) -> float:
        """Return the score of a rate.

        The loss between two rates of the grid lies on a straight line over the logarithm of the rate. Above
        the highest nothing is gained, and below the lowest as much less as the rate is lower.
        """
        if lr > self.lr[-1] * 1.001:
            return 1.0
        loss = float(np.interp(math.log10(lr), np.log10(self.lr), self.loss))
        if lr < self.lr[0]:
            loss = self.start - (self.start - loss) * lr / self.lr[0]
        return self.of_loss(loss)


def truth(
    results: Results, task: Task, seeds: Sequence[int], schedule: str = CONSTANT, judged: str = "held_out"
) -> Truth | None:
    """Return the truth of a task, from the seeds whose grids are complete; None if there is none."""
    grids = {
        seed: {
            float(name): record.values[judged]
            for name, record in results.named(task.name, seed, schedule).items()
        }
        for seed in seeds
    }
    if not grids:
        return None
    start = float(np.mean([results[task.name, seed, "start", "start"].values[judged] for seed in seeds]))
    # Where all seeds were trained: outside of it a seed's grid says nothing.
    low, high = max(min(grid) for grid in grids.values()), min(max(grid) for grid in grids.values())
    rates = [
        rate for rate in sorted({rate for grid in grids.values() for rate in grid}) if low <= rate <= high
    ]
    return Truth(tuple(rates), tuple(_mean(list(grids.values()), rates, start)), start)


def _mean(grids: Sequence[Mapping[float, float]], rates: Sequence[float], start: float) -> list[float]:
    curves = []
    for grid in grids:
        known = sorted(grid)
        losses = [min(grid[rate], start) for rate in known]  # infinity, too
        curves.append(np.interp(np.log10(rates), np.log10(known), losses))
    return [float(loss) for loss in np.mean(curves, axis=0)]


@dataclass(frozen=True)
class Interval:
    """A mean over tasks, and where it lies in nine of ten draws of as many tasks."""

    low: float
    middle: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.3f} [{self.low:.2f}, {self.high:.2f}]"


def over_tasks(scores: Sequence[float]) -> Interval:
    """Return the mean of the tasks' scores with its bootstrap interval."""
    values = np.asarray(scores, dtype=np.float64)
    draws = np.random.default_rng(0).integers(0, values.size, (DRAWS, values.size))
    low, high = np.quantile(values[draws].mean(1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(values.mean()), float(high))


def difference(one: Mapping[str, float], other: Mapping[str, float]) -> Interval:
    """Return by how much the first is worse, task by task; below 0 it is better."""
    shared = [name for name in one if name in other]
    return over_tasks([one[name] - other[name] for name in shared])
