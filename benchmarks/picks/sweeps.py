"""The sweeps of a task: in every way that is to be compared, and as other engines run theirs."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.picks.tasks import State
from lrwidget import RangeTest
from lrwidget.curves.valley import NoDescent
from lrwidget.picks.pick import sweep_of

START, END = 1e-7, 10.0
KEPT_HELD_OUT = 128  # samples of a validation set


@dataclass(frozen=True)
class Way:
    """A way to sweep: how many rates from where to where, and what is judged.

    ``cost`` is what it takes beside training so many steps: one evaluated batch counts a third of a step.
    A way with ``dense`` rates runs these a second time, over the decades that its first pass found to matter.
    """

    num_iter: int
    fixed: int = 0
    end: float = END
    start: float = START
    dense: int = 0
    stops: bool = True
    validation: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def cost(self) -> float:
        """Steps that it costs at most."""
        batches = 4 if self.validation else self.fixed
        return (self.num_iter + self.dense) * (1 + batches / 3)


# The ways of ours, then those of other engines, which stop by rules of their own: see `engines`.
WAYS = {
    "training, 100": Way(100),
    "training, 200": Way(200),
    "training, 300": Way(300),
    "fixed 1, 75": Way(75, 1),
    "fixed 1, 100": Way(100, 1),
    "fixed 4, 43": Way(43, 4),
    "fixed 4, 100": Way(100, 4),
    "fixed 8, 100": Way(100, 8),
    "two passes, training, 33 + 67": Way(33, dense=67),
    "two passes, fixed 1, 25 + 50": Way(25, 1, dense=50),
    "two passes, fixed 4, 33 + 67": Way(33, 4, dense=67),
}
ENGINES_SWEEPS = {
    "to 10": Way(100, stops=False),
    "1e-8 to 1": Way(100, start=1e-8, end=1.0, stops=False),
    "to 100": Way(100, end=100.0, stops=False),
    "validation, to 100": Way(100, end=100.0, stops=False, validation=True, options={"eval_mode": "eval"}),
}


Rates = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Curve:
    """A sweep as it ran: its rates are the first of ``num_iter`` from ``start`` to ``end``."""

    start: float
    end: float
    num_iter: int
    loss: list[float]

    @property
    def lr(self) -> Rates:
        """The rates that were run."""
        return np.geomspace(self.start, self.end, self.num_iter)[: len(self.loss)]


def swept(state: State, way: Way) -> list[dict[str, Any]]:
    """Return the fields of a sweep's curve; of two, the coarse one first, where there are two passes."""
    first = _pass(state, way, Curve(way.start, way.end, way.num_iter, []), 3)
    if not way.dense:
        return [asdict(first)]
    low, high = decades_that_matter(first)
    return [asdict(first), asdict(_pass(state, way, Curve(low, high, way.dense, []), 4))]


def decades_that_matter(coarse: Curve) -> tuple[float, float]:
    """Return one decade below the descent, and where it blows up; all, where nothing falls."""
    end, count = coarse.end, coarse.num_iter
    sweep = sweep_of(coarse.lr, coarse.loss, 0.3, step_mode="exp", end_lr=end, num_iter=count)
    valley = sweep.valley
    if isinstance(valley, NoDescent):
        return coarse.start, end
    edge = valley.floor + 1 if valley.edge is None else valley.edge + 0.3
    return float(f"{10 ** (valley.start - 1):.4g}"), float(f"{min(10**edge, end):.4g}")


def _pass(state: State, way: Way, plan: Curve, order: int) -> Curve:
    model, optimizers = state.begun()
    draws = torch.Generator().manual_seed(1000 * (state.seed + 1) + order)
    size = state.task.batch_size
    loader = DataLoader(TensorDataset(*state.train), size, shuffle=True, drop_last=True, generator=draws)
    options = dict(way.options)
    if way.fixed:
        options["fixed_batches"] = way.fixed
    kept = TensorDataset(*(part[:KEPT_HELD_OUT] for part in state.held_out))
    torch.manual_seed(state.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = RangeTest(
            model,
            optimizers if len(optimizers) > 1 else optimizers[0],
            state.task.criterion,
            loader,
            DataLoader(kept, 32) if way.validation else None,
            lr_schedule=np.geomspace(plan.start, plan.end, plan.num_iter),
            diverge_th=5.0 if way.stops else None,
            **options,
        )
        history = test.run()
    return replace(plan, loss=digits(history.loss))


def digits(values: Any) -> list[float]:
    """Return numbers in 6 digits, which is more than any rule sees."""
    return [float(f"{value:.6g}") for value in values]
