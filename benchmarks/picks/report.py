"""The tables of docs/picks.md, from results."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from benchmarks.picks import plan
from benchmarks.picks.calibration import Calibration, calibrated
from benchmarks.picks.contenders import (
    DEFAULT,
    ENGINE,
    OURS,
    RIVAL,
    RULES,
    TRIALS,
    by_rule,
    contenders,
)
from benchmarks.picks.results import Results
from benchmarks.picks.scores import LOWEST, USELESS, Interval, Truth, difference
from benchmarks.picks.signs import SIGNS, calibration_of, of_task, of_the_evaluation
from benchmarks.picks.standings import Measured, Standing, measured
from benchmarks.picks.sweeps import WAYS
from benchmarks.picks.tasks import AGAIN, HELD_OUT, TASKS, TUNING
from benchmarks.picks.training import CONSTANT, ONE_CYCLE
from benchmarks.text import markdown
from lrwidget._text import format_rate

HALVES = (HELD_OUT, TUNING)
#: Ways and rules of ours that stand in the long table; the others are in that of the ways.
SHOWN_WAYS = ("training, 100", "training, 200", "fixed 4, 100", "two passes, fixed 1, 25 + 50")
SHOWN_RULES = ("steepest", "knee")
#: Kinds of warnings, by words in them; "" = any.
WARNINGS = {
    "": "any, or no rate",
    "low contrast": "low contrast",
    "range's start": "near the start",
    "range's end": "near the end",
}
FLAGGED = (
    ("steepest", "training, 100"),
    ("knee", "training, 100"),
    ("steepest", "fixed 4, 100"),
    ("knee", "fixed 4, 100"),
)
GOOD = 0.1  # rates no worse than that are as good as the best: the grid's own noise is as large


def tables(results: Results) -> dict[str, str]:
    """Return what the page shows, by the name of its place."""
    constant, one_cycle = measured(results), measured(results, ONE_CYCLE)
    standings = [constant.standing(each) for each in contenders()]
    return {
        "how far": how_far(results, constant, one_cycle),
        "tasks": tasks_table(constant, one_cycle),
        "standings": standings_table(standings),
        "aims": aims_table(standings),
        "differences": differences_table(standings),
        "ways": ways_table(constant),
        "training losses": short_table(results, CONSTANT, "train"),
        "one-cycle": short_table(results, ONE_CYCLE, "held_out"),
        "by task": by_task_table(standings),
        "warnings": warnings_table(constant),
        "signs": signs_table(constant),
    }


def how_far(results: Results, constant: Measured, one_cycle: Measured) -> str:
    """Return how much of the plan was measured."""
    seeds = sorted({record.seed for record in results})
    hours = sum(record.seconds for record in results) / 3600
    stages = []
    for stage in plan.STAGES[1:]:
        done = [sum(plan.complete(task, seed, stage, results) for task in TASKS) for seed in seeds]
        words = " and ".join(
            f"{count} of {len(TASKS)} tasks with seed {seed}" for count, seed in zip(done, seeds, strict=True)
        )
        stages.append(f"{stage}: {words}")
    return (
        f"Measured so far, in {hours:.1f} hours of one processor: {'; '.join(stages)}. "
        f"Below stand the {len(constant.truths)} tasks whose grid of constant rates is complete, and the "
        f"{len(one_cycle.truths)} with that of one-cycle."
    )


def tasks_table(constant: Measured, one_cycle: Measured) -> str:
    """Return what is trained, where it starts and ends, and how much the rate matters."""
    head = [
        "task",
        "half",
        "optimizer",
        "batch",
        "before",
        "loss at the start",
        "at the best rate",
        "best rate",
    ]
    rows = []
    for task in TASKS:
        truth, cycle = constant.truths.get(task.name), one_cycle.truths.get(task.name)
        found = ["", "", "", "", ""]
        if truth is not None:
            found = [
                f"{truth.start:.3g}",
                f"{min(truth.loss):.3g}",
                format_rate(truth.best, 2),
                f"{as_good(truth):.1f}",
                "" if cycle is None else format_rate(cycle.best, 2),
            ]
        before = "" if task.before is None else f"{task.before.steps} steps on other data"
        rows.append([task.name, task.half, task.optimizer, str(task.batch_size), before, *found])
    return markdown([*head, "decades as good", "best of one-cycle"], rows)


def as_good(truth: Truth) -> float:
    """Return over how many decades rates score at most 0.1."""
    low, high = math.log10(truth.lr[0]), math.log10(truth.lr[-1])
    places = [low + (high - low) * number / 400 for number in range(401)]
    inside = sum(truth.of_rate(10**place) <= GOOD for place in places)
    return (high - low) * inside / 400


def standings_table(standings: Sequence[Standing]) -> str:
    """Return every contender, kinds apart, the best first."""
    rows = []
    for kind in (TRIALS, OURS, ENGINE, DEFAULT, RIVAL):
        of_kind = [
            each for each in standings if each.contender.kind == kind and each.scored and is_shown(each)
        ]
        of_kind.sort(key=lambda each: each.of_half("").mean.middle)
        rows += [_row(each) for each in of_kind]
    head = ["", "kind", "held-out tasks", "tuning tasks", "fresh or warm", "begun again"]
    return markdown([*head, "bad (> 0.3)", "useless (> 0.5)", "no rate"], rows)


def is_shown(standing: Standing) -> bool:
    """Return whether a contender stands in the long tables."""
    name = standing.contender.name
    rule, _, way = name.partition(", ")
    return standing.contender.kind != OURS or rule not in RULES or (rule in SHOWN_RULES and way in SHOWN_WAYS)


def _row(standing: Standing) -> list[str]:
    picks = standing.picks
    useless = sum(one.score > USELESS for one in picks)
    silent = sum(one.lr is None for one in picks) if standing.contender.kind in {TRIALS, OURS, ENGINE} else 0
    halves = [standing.of_half(half) for half in HALVES]
    means = [str(half.mean) if half.scored else "" for half in halves]
    counts = [f"{count} of {len(picks)}" for count in (standing.bad, useless, silent)]
    again = [score for name, score in standing.by_task.items() if name.endswith(AGAIN)]
    others = [score for name, score in standing.by_task.items() if not name.endswith(AGAIN)]
    starts = [f"{sum(scores) / len(scores):.3f}" if scores else "" for scores in (others, again)]
    return [standing.contender.name, standing.contender.kind, *means, *starts, *counts]


def aims_table(standings: Sequence[Standing]) -> str:
    """Return the best of each kind on the held-out half: chosen on the tuning half, and by hindsight."""
    rows = []
    for kind in (TRIALS, OURS, ENGINE, DEFAULT, RIVAL):
        of_kind = [each for each in standings if each.contender.kind == kind]
        of_kind = [each for each in of_kind if each.of_half(TUNING).scored and each.of_half(HELD_OUT).scored]
        if of_kind:
            chosen = min(of_kind, key=lambda each: each.of_half(TUNING).mean.middle)
            luckiest = min(of_kind, key=lambda each: each.of_half(HELD_OUT).mean.middle)
            rows.append(
                [
                    kind,
                    chosen.contender.name,
                    f"{chosen.of_half(TUNING).mean.middle:.3f}",
                    str(chosen.of_half(HELD_OUT).mean),
                    f"{luckiest.contender.name}: {luckiest.of_half(HELD_OUT).mean.middle:.3f}",
                ]
            )
    return markdown(["kind", "best on the tuning half", "there", "on the held-out half", "best there"], rows)


def differences_table(standings: Sequence[Standing]) -> str:
    """Return by how much the trials of today are better or worse than each rival, task by task."""
    ours = next((each for each in standings if each.contender.kind == TRIALS and each.scored), None)
    if ours is None:
        return ""
    rows = []
    for each in standings:
        if each.contender.kind in {ENGINE, DEFAULT, RIVAL} and each.scored:
            cells = [_difference(ours.of_half(half), each.of_half(half)) for half in (HELD_OUT, "")]
            cells.append(_difference(ours.of_half(HELD_OUT), each.of_half(HELD_OUT), lowest=0.0))
            rows.append([each.contender.name, each.contender.kind, *map(str, cells)])
    head = [f"{ours.contender.name}, less that of", "kind", "held-out tasks", "all tasks"]
    return markdown([*head, "held-out, none below 0"], rows)


def _difference(one: Standing, other: Standing, lowest: float = LOWEST) -> Interval | str:
    shared = [name for name in one.by_task if name in other.by_task]
    first, second = ({name: max(each.by_task[name], lowest) for name in shared} for each in (one, other))
    return difference(first, second) if shared else ""


def ways_table(found: Measured) -> str:
    """Return the mean scores of our rules by what is swept and judged, and what it costs."""
    rows = []
    for way, described in WAYS.items():
        cells = []
        for rule in RULES:
            standing = found.standing(by_rule(way, rule))
            halves = [standing.of_half(half) for half in (TUNING, HELD_OUT)]
            cells.append(" / ".join(f"{half.mean.middle:.3f}" if half.scored else "" for half in halves))
        rows.append([way, f"{described.cost:.0f}", *cells])
    return markdown(["judged and swept", "steps' worth", *RULES], rows)


def short_table(results: Results, schedule: str, judged: str) -> str:
    """Return the means of those that matter, by another schedule or another loss."""
    found = measured(results, schedule, judged)
    rows = []
    for each in contenders():
        standing = found.standing(each)
        if standing.scored and is_shown(standing) and _comparable(each.kind, judged):
            halves = [standing.of_half(half) for half in HALVES]
            rows.append([each.name, each.kind, *(str(half.mean) if half.scored else "" for half in halves)])
    return markdown(["", "kind", "held-out tasks", "tuning tasks"], rows)


def _comparable(kind: str, judged: str) -> bool:
    return kind != RIVAL or judged == "held_out"


def by_task_table(standings: Sequence[Standing]) -> str:
    """Return what the foremost come to on each task."""
    chosen = [each for each in standings if each.contender.name in _foremost()]
    rows = []
    for task in TASKS:
        cells = [f"{each.by_task[task.name]:.2f}" if task.name in each.by_task else "" for each in chosen]
        rows.append([task.name, task.half, *cells])
    return markdown(["task", "half", *(each.contender.name for each in chosen)], rows)


def _foremost() -> Iterator[str]:
    yield next(each.name for each in contenders() if each.kind == TRIALS)
    yield from (
        *("steepest, training, 100", "knee, training, 100", "knee, fixed 4, 100", "pytorch-lr-finder"),
        *("fastai, valley", "PyTorch's default", "AdamW at 1e-3", "Prodigy", "schedule-free AdamW"),
    )


def warnings_table(found: Measured) -> str:
    """Return who is flagged and who is bad, by kind of warning."""
    rows = []
    for rule, way in FLAGGED:
        standing = found.standing(by_rule(way, rule))
        for kind, name in WARNINGS.items():
            cells = [
                _calibration(calibrated(standing.of_half(half).picks, kind)) for half in (TUNING, HELD_OUT)
            ]
            rows.append([f"{rule}, {way}", name, *(cell for pair in cells for cell in pair)])
    half = ["bad: flagged, not", "good: flagged, not", "times as likely"]
    return markdown(
        ["picks", "warning", *(f"{each}, {name}" for name in ("tuning", "held-out") for each in half)], rows
    )


def _calibration(found: Calibration) -> tuple[str, str, str]:
    times = "" if math.isnan(found.times) else f"{found.times:.1f}"
    return f"{found.flagged_bad}, {found.quiet_bad}", f"{found.flagged_good}, {found.quiet_good}", times


def signs_table(found: Measured) -> str:
    """Return what signs on a curve go with bad picks, on the tuning half and on the evaluation's curves."""
    tuning = [
        seen
        for task in TASKS
        if task.half == TUNING and task.name in found.truths
        for seen in of_task(found.results, task, found.truths[task.name])
    ]
    groups = (
        [seen for seen in tuning if not seen.kept],
        [seen for seen in tuning if seen.kept],
        [seen for seen in of_the_evaluation() if seen.kept],
    )
    rows = [[name, *(_sign(calibration_of(sign, group)) for group in groups)] for name, sign in SIGNS.items()]
    head = ("tuning tasks, training losses", "tuning tasks, kept batches", "eight models, kept batches")
    return markdown(["sign", *head], rows)


def _sign(found: Calibration) -> str:
    if not found.flagged_bad + found.quiet_bad:
        return f"none bad; {100 * found.good_flagged:.0f} % of the good"
    times = "" if math.isnan(found.times) else f"; {found.times:.1f} times"
    return (
        f"{found.flagged_bad} of {found.flagged_bad + found.quiet_bad} bad, "
        f"{100 * found.good_flagged:.0f} % of the good{times}"
    )
