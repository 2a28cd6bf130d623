"""Every contender on every task: scores by task, over seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.picks import plan
from benchmarks.picks.contenders import Contender, Scored
from benchmarks.picks.results import Results
from benchmarks.picks.scores import BAD, Interval, Truth, over_tasks, truth
from benchmarks.picks.tasks import TASKS, Task
from benchmarks.picks.training import CONSTANT


@dataclass(frozen=True)
class Standing:
    """A contender's picks, by task; each task counts the same, whatever its seeds."""

    contender: Contender
    scored: dict[str, list[Scored]]

    def of_half(self, half: str) -> Standing:
        """Return the same on one half of the tasks; "" = on all."""
        names = {task.name for task in TASKS if half in {task.half, ""}}
        return Standing(self.contender, {name: one for name, one in self.scored.items() if name in names})

    @property
    def by_task(self) -> dict[str, float]:
        """The mean score on each task."""
        return {name: float(np.mean([one.score for one in seeds])) for name, seeds in self.scored.items()}

    @property
    def mean(self) -> Interval:
        """The mean over tasks."""
        return over_tasks(list(self.by_task.values()))

    @property
    def picks(self) -> list[Scored]:
        """Of all tasks and seeds."""
        return [one for seeds in self.scored.values() for one in seeds]

    @property
    def bad(self) -> int:
        """How many picks are bad."""
        return sum(one.score > BAD for one in self.picks)


@dataclass(frozen=True)
class Measured:
    """What there is: the results, and of each task the seeds that are complete, and the truth."""

    results: Results
    schedule: str
    seeds: dict[str, list[int]]
    truths: dict[str, Truth]

    def standing(self, contender: Contender) -> Standing:
        """Score one contender wherever it can be."""
        scored: dict[str, list[Scored]] = {}
        for task in TASKS:
            if task.name in self.truths:
                found = [one for one in self._of(contender, task) if one is not None]
                if found:
                    scored[task.name] = found
        return Standing(contender, scored)

    def _of(self, contender: Contender, task: Task) -> Iterator[Scored | None]:
        for seed in sorted({record.seed for record in self.results if record.task == task.name}):
            yield contender.scored(self.results, task, seed, self.schedule, self.truths[task.name])


def measured(results: Results, schedule: str = CONSTANT, judged: str = "held_out") -> Measured:
    """Return the truths of all tasks as far as they are known."""
    present = sorted({record.seed for record in results})
    seeds = {
        task.name: [seed for seed in present if plan.complete(task, seed, schedule, results)]
        for task in TASKS
    }
    truths = {task.name: truth(results, task, seeds[task.name], schedule, judged) for task in TASKS}
    return Measured(results, schedule, seeds, {name: one for name, one in truths.items() if one is not None})
