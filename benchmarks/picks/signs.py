"""What can be seen on a curve, and whether it goes with bad picks: what warnings are chosen from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from benchmarks import evaluation
from benchmarks.picks.calibration import Calibration, counted
from benchmarks.picks.results import Results
from benchmarks.picks.scores import BAD, Truth
from benchmarks.picks.sweeps import WAYS, Curve
from benchmarks.picks.tasks import Task
from lrwidget.curves.valley import Valley
from lrwidget.picks import Pick, suggest
from lrwidget.picks.pick import sweep_of

RULES = ("steepest", "knee")


@dataclass(frozen=True)
class Seen:
    """A pick, the valley it is from, and what it was worth.

    ``kept``: judged on kept batches. ``hidden``: training losses, of another sweep of the same model, show no
    descent that is deeper than their noise.
    """

    pick: Pick
    valley: Valley
    score: float
    kept: bool
    hidden: bool


SIGNS: dict[str, Callable[[Seen], bool]] = {
    "less than 1.6 decades wide": lambda seen: seen.valley.width < 1.6,
    "less than 1 decade wide": lambda seen: seen.valley.width < 1,
    "no blow-up": lambda seen: seen.valley.edge is None,
    "less than 25 % of the loss removed": lambda seen: seen.valley.removed < 0.25,
    "less than 15 %": lambda seen: seen.valley.removed < 0.15,
    "less than 10 %": lambda seen: seen.valley.removed < 0.1,
    "less than 5 %": lambda seen: seen.valley.removed < 0.05,
    "no descent in training losses": lambda seen: seen.hidden,
    "a warning of today": lambda seen: bool(seen.pick.warnings),
}


def calibration_of(sign: Callable[[Seen], bool], picks: Iterable[Seen]) -> Calibration:
    """Count on which picks a sign stands, and which are bad."""
    return counted((sign(seen), seen.score > BAD) for seen in picks)


def of_task(results: Results, task: Task, truth: Truth) -> Iterator[Seen]:
    """Yield the picks of a task's sweeps of one pass."""
    for seed in sorted({record.seed for record in results if record.task == task.name}):
        sweeps = results.named(task.name, seed, "sweep")
        curves = {name: Curve(**sweeps[name].values["passes"][-1]) for name in WAYS if name in sweeps}
        plain = curves.get("training, 100")
        hidden = plain is not None and suggest(plain.lr, plain.loss, "knee").lr is None
        for name, curve in curves.items():
            if not WAYS[name].dense:
                yield from _seen(curve, truth.of_rate, kept=bool(WAYS[name].fixed), hidden=hidden)


@lru_cache(maxsize=1)
def of_the_evaluation() -> tuple[Seen, ...]:
    """Return the picks from the curves that ``benchmarks.evaluation`` kept."""
    picks = []
    for measured in evaluation.load(evaluation.RESULTS):
        found = evaluation.found(measured)
        curves = {
            way: Curve(curve["lr"][0], 10.0, measured.num_iter, curve["loss"])
            for way, curve in measured.curves.items()
            if way in {"training", *evaluation.KEPT}
        }
        plain = curves["training"]
        hidden = suggest(plain.lr, plain.loss, "knee").lr is None
        for way, curve in curves.items():
            picks += _seen(
                curve, lambda lr, of=found: evaluation.regret(of, lr), kept=way != "training", hidden=hidden
            )
    return tuple(picks)


def _seen(curve: Curve, score: Callable[[float], float], *, kept: bool, hidden: bool) -> Iterator[Seen]:
    end, count = curve.end, curve.num_iter
    loss = np.asarray(curve.loss)
    valley = sweep_of(curve.lr, loss, 0.3, step_mode="exp", end_lr=end, num_iter=count).valley
    if isinstance(valley, Valley):
        for rule in RULES:
            pick = suggest(curve.lr, loss, rule, end_lr=end, num_iter=count)
            if pick.lr is not None:
                yield Seen(pick, valley, score(pick.lr), kept, hidden)
