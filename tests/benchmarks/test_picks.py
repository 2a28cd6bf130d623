"""The pick benchmark's arithmetic: what a rate is worth, who is chosen, what is measured and when."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.evaluation import with_tables
from benchmarks.picks import __main__ as command
from benchmarks.picks import plan, training
from benchmarks.picks.calibration import calibrated
from benchmarks.picks.contenders import Decision, Scored, decided
from benchmarks.picks.engines import ENGINES
from benchmarks.picks.report import tables
from benchmarks.picks.results import Record, Results
from benchmarks.picks.scores import Truth, difference, over_tasks, truth
from benchmarks.picks.signs import SIGNS, calibration_of, of_the_evaluation
from benchmarks.picks.sweeps import WAYS, Curve, decades_that_matter
from benchmarks.picks.tasks import HELD_OUT, TASKS, TUNING, Batches, State, Task
from benchmarks.picks.training import CONSTANT, ONE_CYCLE, shape

TASK = TASKS[0]
TRUTH = Truth((1e-3, 1e-2, 1e-1), (2.0, 1.0, 3.0), 3.0)


@pytest.mark.parametrize(
    ("lr", "score"),
    [
        (1e-2, 0.0),
        (1e-3, 0.5),
        (10**-2.5, 0.25),  # half-way, in decades
        (1e-1, 1.0),
        (10.0, 1.0),  # above the grid nothing is gained
        (5e-4, 0.75),  # below it half as much at half the rate
        (1e-9, 1.0),
    ],
)
def test_a_rate_s_score_is_the_share_of_the_gain_that_it_loses(lr: float, score: float) -> None:
    assert TRUTH.of_rate(lr) == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize(
    ("loss", "score"),
    [(1.0, 0.0), (2.0, 0.5), (0.5, -0.25), (-9.0, -1.0), (7.0, 1.0), (math.inf, 1.0), (math.nan, 1.0)],
)
def test_other_optimizers_may_be_better_than_the_best_rate(loss: float, score: float) -> None:
    assert TRUTH.of_loss(loss) == score


def results(path: Path, *records: tuple[int, str, str, float]) -> Results:
    made = Results(path)
    for seed, what, name, loss in records:
        made.add(Record(TASK.name, seed, what, name, 10, 0.1, {"held_out": loss, "train": 2 * loss}))
    return made


def test_the_truth_is_the_mean_over_seeds_where_all_were_trained(tmp_path: Path) -> None:
    kept = results(
        tmp_path / "kept.jsonl",
        *((0, "start", "start", 3.0), (1, "start", "start", 5.0)),
        *((0, CONSTANT, "0.001", 2.0), (0, CONSTANT, "0.01", 1.0), (0, CONSTANT, "0.1", math.inf)),
        *((1, CONSTANT, "0.01", 2.0), (1, CONSTANT, "0.1", 1.0), (1, CONSTANT, "1", 9.0)),
    )
    found = truth(kept, TASK, [0, 1])
    assert found is not None
    assert found.lr == (0.01, 0.1)
    assert found.start == 4.0
    assert found.loss == (1.5, 2.5)  # what blew up counts as no gain
    assert found.best == 0.01
    alone = truth(kept, TASK, [1], judged="train")
    assert alone is not None
    assert alone.loss == (4.0, 2.0, 10.0)
    assert truth(kept, TASK, []) is None


def test_the_interval_is_over_tasks_and_of_nothing_but_them() -> None:
    same = over_tasks([0.2] * 9)
    assert (same.low, same.middle, same.high) == pytest.approx((0.2, 0.2, 0.2))
    spread = over_tasks([0.0] * 9 + [1.0])
    assert spread.low == 0.0
    assert spread.middle == pytest.approx(0.1)
    assert 0.2 <= spread.high <= 0.4
    better = difference({"a": 0.1, "b": 0.2, "c": 9.0}, {"a": 0.3, "b": 0.4})
    assert (better.low, better.high) == pytest.approx((-0.2, -0.2))


RATES = [10 ** (half / 2) for half in range(-6, -1)]


@pytest.mark.parametrize(
    ("loss", "how", "edge", "won"),
    [
        ([5.0, 4.0, 3.0, 4.0, 5.0], Decision(), None, RATES[2]),  # a parabola that is even about it
        ([5.0, 4.0, 3.0, 2.0, 1.0], Decision(), None, RATES[3]),  # the best is the last: nothing to refine
        ([5.0, 4.0, 3.0, 2.0, 1.0], Decision(walk=True), None, RATES[4]),
        ([1.0, 2.0, 3.0, 4.0, 5.0], Decision(walk=True), None, RATES[0]),
        ([5.0, 4.0, 3.0, 2.0, 1.0], Decision(5), RATES[2], RATES[2]),  # none above the edge
        ([5.0, 4.0, math.inf, math.inf, math.inf], Decision(), None, RATES[1]),
        ([math.inf] * 5, Decision(), None, None),
        ([5.0, 4.0, 3.0, 2.0, 1.0], Decision(moved=True), RATES[3], RATES[3]),  # none lies above it
        ([1.0, 2.0, 3.0, 2.0, 1.0], Decision(moved=True), RATES[2], RATES[0]),  # all are a half decade lower
        ([5.0, 4.0, 3.0, 2.0, 1.0], Decision(), RATES[0] / 2, None),
    ],
)
def test_trials_decide(loss: list[float], how: Decision, edge: float | None, won: float | None) -> None:
    assert decided(RATES, loss, how, edge) == (None if won is None else pytest.approx(won))


def test_trials_are_refined_by_a_parabola_through_the_logarithm_of_the_loss() -> None:
    place = math.log10(RATES[2]) + 0.1
    loss = [math.exp((math.log10(rate) - place) ** 2) for rate in RATES]
    assert decided(RATES, loss, Decision(), None) == pytest.approx(10**place)
    shifted = [value - 5 for value in loss]  # negative losses have no logarithm: theirs is through the loss
    assert decided(RATES, shifted, Decision(), None) == pytest.approx(10**place, rel=0.05)
    assert decided(RATES, loss, Decision(refined=False), None) == RATES[2]


def test_flagged_and_bad_are_counted() -> None:
    picks = [
        Scored(1e-2, 0.9, ("low contrast: much",)),
        Scored(1e-2, 0.1, ("no blow-up seen",)),
        *[Scored(1e-2, 0.0)] * 7,
        Scored(1e-2, 0.31),
        Scored(None, 0.9, ("no descent found",)),  # then the default rate is kept, and one has been told
    ]
    found = calibrated(picks)
    assert (found.flagged_bad, found.flagged_good, found.quiet_bad, found.quiet_good) == (2, 1, 1, 7)
    assert found.good_flagged == pytest.approx(1 / 8)
    assert found.times == pytest.approx((2.5 / 4) / (1.5 / 9))
    assert calibrated(picks, "blow-up").flagged_bad == 0
    assert math.isnan(calibrated(picks[2:9]).times)


def test_warnings_are_to_be_believed_where_models_had_come_far() -> None:
    # Eight models, fresh and after 10 and 100 steps, judged on kept batches: there, picks can be bad.
    picks = [seen for seen in of_the_evaluation() if seen.kept]
    found = calibration_of(SIGNS["a warning of today"], picks)
    assert found.flagged_bad >= 20
    assert found.times >= 3
    assert found.good_flagged <= 0.2


def test_other_engines_stop_by_their_own_rules() -> None:
    rates = np.geomspace(1e-7, 100, 100)
    falls = 2 - 1.5 / (1 + np.exp(-4 * (np.log10(rates) + 3)))
    blown = np.where(rates > 1, 1e3, falls)
    curve = Curve(1e-7, 100, 100, [float(one) for one in blown])
    for name in ("pytorch-lr-finder", "fastai, valley"):
        picked = ENGINES[name].pick(curve)
        assert picked is not None
        assert 1e-4 < picked < 1
    # Where the losses end in one that is not a number, these go on to the last rate.
    cut = replace(curve, loss=[*curve.loss[:70], math.nan])
    assert ENGINES["pytorch-lr-finder"].pick(cut) is not None


def test_the_second_pass_is_over_the_decades_that_matter() -> None:
    rates = np.geomspace(1e-7, 10, 33)
    loss = 2 - 1.5 / (1 + np.exp(-4 * (np.log10(rates) + 3))) + 5 * (rates > 0.3)
    low, high = decades_that_matter(Curve(1e-7, 10, 33, list(loss)))
    assert 1e-6 < low < 1e-4
    assert 0.1 < high < 10
    assert decades_that_matter(Curve(1e-7, 10, 33, [1.0] * 33)) == (1e-7, 10)


def test_what_was_cut_off_is_measured_again_and_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    results(path, (0, "start", "start", 3.0), (0, CONSTANT, "0.1", 2.0))
    path.write_text(path.read_text()[:-9])
    again = Results(path)
    assert (TASK.name, 0, CONSTANT, "0.1") not in again
    again.add(Record(TASK.name, 0, CONSTANT, "0.1", 10, 0.1, {"held_out": 7.0}))
    assert [record.name for record in Results(path)] == ["start", "0.1"]
    assert Results(path)[TASK.name, 0, CONSTANT, "0.1"].values["held_out"] == 7.0


@pytest.mark.parametrize("best", [-5.0, -3.0, -1.0, 0.5])
def test_the_grid_goes_on_until_the_best_rate_lies_inside_and_both_ends_are_bad(
    best: float, tmp_path: Path
) -> None:
    kept = results(tmp_path / "kept.jsonl", (0, "start", "start", 10.0))
    for part in plan.parts(TASK, 0, CONSTANT, kept):
        lr = float(part.name)
        loss = 1 + (math.log10(lr) - best) ** 2
        kept.add(Record(TASK.name, 0, CONSTANT, part.name, 10, 0.1, {"held_out": loss}))
    tried = kept.named(TASK.name, 0, CONSTANT)
    places = sorted(math.log10(float(name)) for name in tried)
    lowest = min(places, key=lambda place: abs(place - best))
    assert places[0] < lowest < places[-1]
    assert abs(lowest - best) <= 0.13  # quarters of a decade about the best
    ends_are_bad = all(1 + (end - best) ** 2 > 5.5 for end in (places[0], places[-1]))
    assert ends_are_bad or len(places) == plan.MOST + 2
    assert plan.complete(TASK, 0, CONSTANT, kept)
    assert next(plan.parts(TASK, 0, CONSTANT, kept), None) is None  # nothing is measured twice


def test_every_task_is_measured_once_before_any_is_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[int, str]] = []

    def parts(task: Task, seed: int, stage: str, *_: object) -> list[plan.Part]:
        done.append((seed, task.name))
        return []

    monkeypatch.setattr(plan, "parts", parts)
    plan.run(TASKS[:3], [0, 1], ["start", "sweep"], Results(tmp_path / "kept.jsonl"), 1.0)
    assert [seed for seed, _ in done] == [0] * 6 + [1] * 6
    assert len(set(done[:3])) == 3


def test_half_of_the_tasks_are_held_out() -> None:
    assert len(TASKS) >= 16
    halves = Counter(task.half for task in TASKS)
    assert halves[TUNING] == halves[HELD_OUT]
    assert len({task.name for task in TASKS}) == len(TASKS)
    for half in (TUNING, HELD_OUT):
        of_half = [task for task in TASKS if task.half == half]
        assert any(task.before for task in of_half), "a warm start in each half"
        assert len({task.optimizer for task in of_half}) >= 4


def test_one_cycle_is_pytorch_s() -> None:
    steps = 40
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=steps, cycle_momentum=False)
    ours = shape(ONE_CYCLE, steps)
    for step in range(steps):
        assert ours(step) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-6)
        optimizer.step()
        if step + 1 < steps:
            cycle.step()
    assert shape(CONSTANT, steps)(7) == 1.0


def test_batches_come_in_the_same_order_for_every_rate() -> None:
    samples = (torch.arange(10), torch.arange(10))
    batches = Batches(samples, 4, 3)
    first, again = ([x.tolist() for x, _ in itertools.islice(batches, 5)] for _ in range(2))
    assert first == again
    assert all(len(batch) == 4 for batch in first)
    assert first != [x.tolist() for x, _ in itertools.islice(Batches(samples, 4, 4), 5)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_task_trains(task: Task) -> None:
    torch.manual_seed(0)
    model = task.model()
    if task.before is not None:
        task.before.then(model)
    x, y = task.data()
    size = task.batch_size
    state = State(task, 0, model, (x[: 2 * size], y[: 2 * size]), (x[:size], y[:size]))
    outcome = training.at_rate(state, task.kind.lowest, CONSTANT, 6)
    assert math.isfinite(outcome.held_out)
    assert training.at_rate(state, 10 * task.kind.lowest, CONSTANT, 6) != outcome
    again = training.at_rate(state, task.kind.lowest, CONSTANT, 6)
    assert again == outcome, "nothing of one training is left in the next"


def test_the_page_shows_what_today_s_rules_pick_from_the_kept_sweeps() -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    assert with_tables(page, tables(Results(command.KEPT))) == page, "make picks ARGS=--report writes it anew"


def test_the_ways_of_equal_time_cost_the_same() -> None:
    equal = ("training, 100", "fixed 1, 75", "fixed 4, 43", "two passes, training, 33 + 67")
    assert all(WAYS[name].cost == pytest.approx(100, abs=1) for name in equal)
