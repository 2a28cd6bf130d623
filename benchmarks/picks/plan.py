"""What is measured, in which order: every task once before any is measured again."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.picks import training
from benchmarks.picks.optimizers import RIVALS
from benchmarks.picks.results import Record, Results
from benchmarks.picks.sweeps import ENGINES_SWEEPS, WAYS, Curve, swept
from benchmarks.picks.tasks import State, Task, start
from benchmarks.picks.training import CONSTANT, ONE_CYCLE
from benchmarks.picks.trials import tried
from lrwidget.picks import suggest

COARSE = 7  # rates of a grid to begin with, half a decade apart
MOST = 16  # and at most, before it is refined
BAD = 0.5  # the grid goes on to where this share of what can be gained is lost
#: Around which picks is tried: the way that is swept, and the rule.
AROUND = (("training, 100", "steepest"), ("fixed 4, 100", "knee"))
#: Kinds of parts, in the order of their use.
STAGES = ("start", "sweep", CONSTANT, "trials", "rival", ONE_CYCLE)


@dataclass(frozen=True)
class Part:
    """One thing to measure: what it is called, how many steps it takes, how it is done."""

    what: str
    name: str
    steps: float
    measure: Callable[[], dict[str, Any]]


def run(
    tasks: Sequence[Task], seeds: Sequence[int], stages: Sequence[str], results: Results, share: float
) -> None:
    """Measure what is missing, all tasks of a seed before the next seed, saying what is done and left."""
    pace = Pace()
    todo = [(seed, stage, task) for seed in seeds for stage in stages for task in tasks]
    for number, (seed, stage, task) in enumerate(todo):
        for part in parts(task, seed, stage, results, share):
            began, wall = time.process_time(), time.perf_counter()
            values = part.measure()
            seconds = time.process_time() - began
            steps = round(task.steps * share)
            results.add(Record(task.name, seed, part.what, part.name, steps, round(seconds, 2), values))
            pace.saw(task, part.steps, time.perf_counter() - wall)
        later = (one for one in todo[number + 1 :] if not complete(one[2], *one[:2], results))
        left = sum(pace.expected(each, what) for _, what, each in later)
        print(
            f"{number + 1} of {len(todo)}: {task.name}, seed {seed}, {stage}. "
            f"About {left / 60:.0f} minutes left",
            file=sys.stderr,
            flush=True,
        )


def parts(task: Task, seed: int, stage: str, results: Results, share: float = 1.0) -> Iterator[Part]:
    """Yield what is missing of a stage; it is expected to be in the results when the next is asked for."""
    steps = round(task.steps * share)
    for part in _all_parts(task, seed, stage, results, steps):
        if (task.name, seed, part.what, part.name) not in results:
            yield part


def complete(task: Task, seed: int, stage: str, results: Results) -> bool:
    """Return whether nothing of a stage is missing."""
    begun = (task.name, seed, "start", "start") in results
    if stage == "trials" and not all((task.name, seed, "sweep", way) in results for way, _ in AROUND):
        return False
    return begun and next(parts(task, seed, stage, results), None) is None


def _all_parts(task: Task, seed: int, stage: str, results: Results, steps: int) -> Iterator[Part]:
    def state() -> State:
        return start(task, seed)

    if stage == "start":
        yield Part(stage, stage, 1, lambda: asdict(training.untrained(state())))
    elif stage == "sweep":
        for name, way in (WAYS | ENGINES_SWEEPS).items():
            yield Part(stage, name, way.cost, lambda way=way: {"passes": swept(state(), way)})  # type: ignore[misc]
    elif stage in {CONSTANT, ONE_CYCLE}:
        yield from _grid(task, seed, stage, results, steps)
    elif stage == "trials":
        for way, rule in AROUND:
            rate = base_of_trials(task, results[task.name, seed, "sweep", way], rule)
            yield Part(stage, f"{way}, {rule}", 500, lambda rate=rate: tried(state(), rate))  # type: ignore[misc]
    elif stage == "rival":
        for name in RIVALS:
            yield Part(
                stage,
                name,
                steps,
                lambda name=name: asdict(training.by_rival(state(), name, CONSTANT, steps)),  # type: ignore[misc]
            )


def base_of_trials(task: Task, sweep: Record, rule: str) -> float:
    """Return the rate that trials begin around: the pick, or the optimizer's default where there is none."""
    curve = Curve(**sweep.values["passes"][-1])
    lr = suggest(curve.lr, curve.loss, rule, end_lr=curve.end, num_iter=curve.num_iter).lr
    return task.kind.default if lr is None else lr


def _grid(task: Task, seed: int, schedule: str, results: Results, steps: int) -> Iterator[Part]:
    """Half decades, until the best lies inside and both ends are bad; then the best's neighbours."""

    def part(place: int) -> Part:
        lr = rate(place)
        return Part(
            schedule,
            f"{lr:.4g}",
            steps,
            lambda: asdict(training.at_rate(start(task, seed), lr, schedule, steps)),
        )

    def loss(place: int) -> float:
        found = results.get((task.name, seed, schedule, f"{rate(place):.4g}"))
        return math.inf if found is None else found.values["held_out"]

    first = round(4 * math.log10(task.kind.lowest))
    places = [first + 2 * number for number in range(COARSE)]  # quarters of decades
    for place in places:
        yield part(place)
    begun = results[task.name, seed, "start", "start"].values["held_out"]

    def is_bad(place: int, lowest: float) -> bool:
        return loss(place) - lowest >= BAD * (begun - lowest)

    while len(places) < MOST:
        best = min(places, key=loss)
        if best == places[0] or not is_bad(places[0], loss(best)):
            places.insert(0, places[0] - 2)
            yield part(places[0])
        elif best == places[-1] or not is_bad(places[-1], loss(best)):
            places.append(places[-1] + 2)
            yield part(places[-1])
        else:
            break
    best = min(places, key=loss)
    for place in (best - 1, best + 1):
        yield part(place)


def rate(place: int) -> float:
    """Return the rate of a place, which is in quarters of decades."""
    return float(10 ** (place / 4))


class Pace:
    """How long parts take: seconds a step of each task as this run goes, and the steps of each stage."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._steps: dict[str, float] = {}

    def saw(self, task: Task, steps: float, seconds: float) -> None:
        """Take note of a part."""
        if steps > 1:  # one step takes what making the data takes
            self._seconds[task.name] = self._seconds.get(task.name, 0.0) + seconds
            self._steps[task.name] = self._steps.get(task.name, 0.0) + steps

    def expected(self, task: Task, stage: str) -> float:
        """Return the seconds that a stage of a task is going to take, as far as that is known."""
        if not self._steps:
            return 0.0
        a_step = {name: self._seconds[name] / self._steps[name] for name in self._steps}
        known = a_step.get(task.name, sum(a_step.values()) / len(a_step))
        return steps_of(task)[stage] * known


def steps_of(task: Task) -> dict[str, float]:
    """Return the steps of each stage of a task, about."""
    ways = sum(way.cost for way in (WAYS | ENGINES_SWEEPS).values())
    grid = (COARSE + 5) * task.steps
    counts = (1, ways, grid, 500 * len(AROUND), len(RIVALS) * task.steps, grid)
    return dict(zip(STAGES, counts, strict=True))
