"""The sweeps of other engines: each with its own range, its own rule to stop, its own rule to pick."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.picks.sweeps import Curve
from lrwidget.curves.smoothing import debiased_ema, ema
from lrwidget.picks import suggest


@dataclass(frozen=True)
class Engine:
    """Which sweep is run, by which name ours knows the rule, the running mean, and what is too high for it.

    It stops once the mean is more than so many times the lowest so far, and goes on where it is not a number.
    """

    sweep: str
    rule: str
    mean: Callable[[np.ndarray], np.ndarray]  # type: ignore[type-arg]
    times: float

    def pick(self, curve: Curve) -> float | None:
        """Return the rate that it suggests."""
        planned = curve.num_iter
        loss = np.array(curve.loss + [math.nan] * (planned - len(curve.loss)))
        with np.errstate(all="ignore"):
            mean = self.mean(loss)
            best = np.fmin.accumulate(mean)
            diverged = np.flatnonzero(mean > self.times * best)
        count = int(diverged[0]) + 1 if diverged.size else planned
        rates = np.geomspace(curve.start, curve.end, planned)
        return suggest(rates[:count], loss[:count], self.rule, end_lr=curve.end, num_iter=planned).lr


def _lightning(loss: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return debiased_ema(loss, ahead=1)


def _slow(loss: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return ema(loss, 0.05)


ENGINES = {
    "pytorch-lr-finder": Engine("to 10", "torch-lr-finder", _slow, 5),
    "pytorch-lr-finder, to 100": Engine("to 100", "torch-lr-finder", _slow, 5),
    "pytorch-lr-finder, validation, to 100": Engine("validation, to 100", "torch-lr-finder", _slow, 5),
    "Lightning 2.5.3 and later": Engine("1e-8 to 1", "lightning", _lightning, 4),
    "Lightning before": Engine("1e-8 to 1", "lightning-2.5.2", _lightning, 4),
    "ignite": Engine("to 10", "ignite", _slow, 5),
    "Athena": Engine("to 10", "athena-steepest", _slow, 5),
    "fastai, valley": Engine("to 10", "fastai-valley", debiased_ema, 4),
    "fastai, slide": Engine("to 10", "fastai-slide", debiased_ema, 4),
    "fastai, minimum": Engine("to 10", "fastai-minimum", debiased_ema, 4),
    "fastai, steep": Engine("to 10", "fastai-steep", debiased_ema, 4),
}
