"""Trials of three rates against the same steps in a loop by hand, which neither remembers nor restores."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import tasks
from benchmarks.measure import interleaved
from benchmarks.sweeps import AGAIN, AIM_FROM_MS, BARE, Comparison, bare, counted_steps
from benchmarks.tasks import Task
from benchmarks.text import Table, short, spread, verdict
from lrwidget import RateTrials

HOW = """\
Three rates, the middle one first. The bare loop takes as many steps at the same rates, one after another, and
gives nothing back. No trial is ended early. Steps are counted, and the losses of the first rate compared."""
TRIALS = "RateTrials"
#: Largest ratio we want where a step takes at least AIM_FROM_MS.
AIM = 1.03
RATES = (1e-3, 3e-4, 3e-3)


def by_hand(task: Task, steps: int) -> list[float]:
    return [loss for lr in RATES for loss in bare(task, [lr] * steps, item=True)]


def tried(task: Task, steps: int) -> list[float]:
    trials = RateTrials(
        task.model,
        task.optimizer,
        task.criterion,
        task.loader,
        rates=RATES,
        steps=steps,
        early_stop=False,
        diverge_th=None,
    ).run()
    return [float(loss) for one in trials for loss in one.loss]


def compare(name: str, device: str, steps: int, rounds: int) -> Comparison:
    """Time three trials of so many steps, after checking that they do the bare loop's work."""
    task = tasks.make(name, device)
    calls = {
        BARE: lambda: by_hand(task, steps),
        TRIALS: lambda: tried(task, steps),
        AGAIN: lambda: by_hand(task, steps),
    }
    found = []
    for call in (calls[BARE], calls[TRIALS]):
        task.reset()
        with counted_steps(task.optimizer) as taken:
            found.append(call())
        if len(taken) != len(RATES) * steps:
            raise AssertionError(f"{name}: {len(taken)} steps, not {len(RATES) * steps}")
    if found[0][:steps] != found[1][:steps] and device == "cpu":
        raise AssertionError(f"{name}: trials see other losses than the bare loop")
    return Comparison(task.name, device, len(RATES) * steps, interleaved(calls, rounds, task.reset))


def shown(found: Sequence[Comparison]) -> Table:
    """One row a task."""
    rows = []
    for each in found:
        cost = each.cost(TRIALS)
        wanted = each.step_ms >= AIM_FROM_MS
        rows.append(
            [
                each.task,
                f"{each.steps} of {short(each.step_ms)} ms",
                spread(cost, 3),
                verdict(f"{AIM}", cost.middle <= AIM) if wanted else "",
                f"{each.fastest(TRIALS):.3f}",
                spread(each.cost(AGAIN), 3),
            ]
        )
    head = ["", "steps", "CPU / bare loop", "aim", "fastest / fastest", "bare loop again"]
    return Table("Trials of three rates", head, rows)
