"""All that chooses a rate, or needs none: what each comes to on one task and seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.picks.engines import ENGINES
from benchmarks.picks.optimizers import RIVALS
from benchmarks.picks.results import Results
from benchmarks.picks.scores import Truth
from benchmarks.picks.sweeps import WAYS, Curve
from benchmarks.picks.tasks import Task
from benchmarks.picks.training import CONSTANT
from benchmarks.picks.trials import FACTORS, LOOKS
from lrwidget.picks import Pick, suggest

RULES = ("steepest", "knee", "floor", "edge")
OTHERS = ("valley", "minimum", "seed")
OURS, TRIALS, ENGINE, DEFAULT, RIVAL = "ours", "trials", "other engines", "fixed rates", "no rate needed"


@dataclass(frozen=True)
class Scored:
    """What a contender came to: the rate (None = it gave none, or needs none), and the score."""

    lr: float | None
    score: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contender:
    """Who: a name, a kind, and how it is scored; None where nothing was measured, or it does not apply."""

    name: str
    kind: str
    scored: Callable[[Results, Task, int, str, Truth], Scored | None]


def pick_of(results: Results, task: Task, seed: int, way: str, rule: str) -> Pick | None:
    """Return what a rule picks from a kept sweep, or None if there is none."""
    record = results.get((task.name, seed, "sweep", way))
    if record is None:
        return None
    curve = Curve(**record.values["passes"][-1])
    return suggest(curve.lr, curve.loss, rule, end_lr=curve.end, num_iter=curve.num_iter)


def _or_default(lr: float | None, task: Task, truth: Truth) -> float:
    """Score a rate; where there is none, the one that the optimizer keeps: PyTorch's default."""
    return truth.of_rate(task.kind.default if lr is None else lr)


def by_rule(way: str, rule: str) -> Contender:
    """Return the contender that takes what a rule picks from a sweep of ours."""

    def scored(results: Results, task: Task, seed: int, schedule: str, truth: Truth) -> Scored | None:
        pick = pick_of(results, task, seed, way, rule)
        if pick is None:
            return None
        lr = pick.one_cycle_max if rule == "knee" and schedule != CONSTANT else pick.lr
        return Scored(lr, _or_default(lr, task, truth), pick.warnings if lr is not None else (pick.reason,))

    return Contender(f"{rule}, {way}", OURS, scored)


def by_engine(name: str) -> Contender:
    """Return the contender that takes what another engine picks from its own sweep."""
    engine = ENGINES[name]

    def scored(results: Results, task: Task, seed: int, _schedule: str, truth: Truth) -> Scored | None:
        record = results.get((task.name, seed, "sweep", engine.sweep))
        if record is None:
            return None
        lr = engine.pick(Curve(**record.values["passes"][-1]))
        return Scored(lr, _or_default(lr, task, truth))

    return Contender(name, ENGINE, scored)


def by_rate(name: str, rate: Callable[[Task], float]) -> Contender:
    """Return the contender that always takes a rate of the optimizer's."""

    def scored(results: Results, task: Task, seed: int, schedule: str, truth: Truth) -> Scored | None:
        if not results.named(task.name, seed, schedule):
            return None  # no more often than there are grids: it is the same rate for all seeds
        return Scored(rate(task), truth.of_rate(rate(task)))

    return Contender(name, DEFAULT, scored)


def by_rival(name: str) -> Contender:
    """Return the contender that is another optimizer."""

    def scored(results: Results, task: Task, seed: int, schedule: str, truth: Truth) -> Scored | None:
        record = results.get((task.name, seed, "rival", name))
        if record is None or schedule != CONSTANT:
            return None
        return Scored(None, truth.of_loss(record.values["held_out"]))

    return Contender(name, DEFAULT if name.startswith("AdamW") else RIVAL, scored)


@dataclass(frozen=True)
class Decision:
    """How short trainings decide: how many rates, after how many steps, on which loss, refined or not.

    ``walk``: where the best is the lowest or highest of three, the next one is tried too. ``moved``: rather
    than to leave out those above the edge, all are moved down by half decades.
    """

    rates: int = 3
    steps: int = 100
    kept: bool = True
    refined: bool = True
    walk: bool = False
    moved: bool = False


def decided(lr: Sequence[float], loss: Sequence[float], how: Decision, edge: float | None) -> float | None:
    """Return the rate that won, refined by a parabola through the logarithm of the loss where it can be."""
    middle, width = len(lr) // 2, how.rates // 2
    if how.moved and edge is not None:
        while middle > width and lr[middle + width] > edge:
            middle -= 1
    tried = [
        index for index in range(middle - width, middle + width + 1) if edge is None or lr[index] <= edge
    ]
    tried = [index for index in tried if math.isfinite(loss[index])]
    if not tried:
        return None
    best = min(tried, key=lambda index: loss[index])
    if how.walk and best in {middle - width, middle + width}:
        further = best + (1 if best > middle else -1)
        if 0 <= further < len(lr) and math.isfinite(loss[further]) and (edge is None or lr[further] <= edge):
            tried.append(further)
            best = min(tried, key=lambda index: loss[index])
    if how.refined and {best - 1, best + 1} <= set(tried):
        return _vertex(lr, loss, best)
    return lr[best]


def _vertex(lr: Sequence[float], loss: Sequence[float], best: int) -> float:
    """Return where the parabola through three neighbours is lowest, over the logarithm of both."""
    left, middle, right = loss[best - 1 : best + 2]
    if left > 0 and middle > 0 and right > 0:
        left, middle, right = math.log(left), math.log(middle), math.log(right)
    bend = left - 2 * middle + right
    if bend <= 0:
        return lr[best]
    step = math.log(lr[best + 1] / lr[best])
    return float(lr[best] * math.exp(step * 0.5 * (left - right) / bend))


def by_trials(name: str, way: str, rule: str, how: Decision) -> Contender:
    """Return the contender that tries rates around a rule's pick."""

    def scored(results: Results, task: Task, seed: int, schedule: str, truth: Truth) -> Scored | None:
        record = results.get((task.name, seed, "trials", f"{way}, {rule}"))
        pick = pick_of(results, task, seed, way, rule)
        if record is None or pick is None or schedule != CONSTANT:
            return None
        looked = np.reshape(record.values["kept"], (len(FACTORS), len(LOOKS)))
        loss = list(looked[:, LOOKS.index(how.steps)]) if how.kept else record.values["last"]
        lr = decided(record.values["lr"], loss, how, pick.edge)
        return Scored(lr, _or_default(lr, task, truth))

    return Contender(name, TRIALS, scored)


def contenders() -> Iterator[Contender]:
    """Yield all, in the order of the table."""
    for base in (("training, 100", "steepest"), ("fixed 4, 100", "knee")):
        around = f"around {base[1]}, {base[0]}"
        yield by_trials(f"3 rates, {around}", *base, Decision())
        yield by_trials(f"3 rates, not refined, {around}", *base, Decision(refined=False))
        yield by_trials(f"3 rates, training losses, {around}", *base, Decision(kept=False))
        as_engine = Decision(kept=False, refined=False, moved=True)
        yield by_trials(f"3 rates, as the engine decides, {around}", *base, as_engine)
        following = replace(as_engine, walk=True)
        yield by_trials(f"3 rates and the next, as the engine decides, {around}", *base, following)
        yield by_trials(f"3 rates, 50 steps, {around}", *base, Decision(steps=50))
        yield by_trials(f"3 rates and the next, {around}", *base, Decision(walk=True))
        yield by_trials(f"5 rates, {around}", *base, Decision(5))
        yield by_trials(f"5 rates, 50 steps, {around}", *base, Decision(5, 50))
    for way in WAYS:
        for rule in RULES:
            yield by_rule(way, rule)
    for rule in OTHERS:
        yield by_rule("training, 100", rule)
    for name in ENGINES:
        yield by_engine(name)
    yield by_rate("PyTorch's default", lambda task: task.kind.default)
    yield by_rate("as people write it", lambda task: task.kind.customary)
    for name in RIVALS:
        yield by_rival(name)
