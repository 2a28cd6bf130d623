"""The evaluation of picks: measured once, gone on with where it stopped, picked from without measuring."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from benchmarks import evaluation, knees
from benchmarks.evaluation import Found, Measured, aims, regret
from benchmarks.evaluation_tasks import TASKS, Task
from lrwidget import RangeTest


def line() -> TensorDataset:
    x = torch.randn(80, 2)
    return TensorDataset(x, x.sum(1, keepdim=True))


TINY = Task(
    "tiny",
    lambda: nn.Linear(2, 1),
    line,
    nn.MSELoss(),
    lambda p: torch.optim.SGD(p, lr=1e-2),
    1e-3,
    8,
    guard=True,
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setattr(evaluation, "TASKS", (TINY,))
    monkeypatch.setattr(evaluation, "STEPS", 5)
    return TINY


def go(path: Path, *more: str) -> None:
    evaluation.main(["--num-iter", "12", "--out", str(path), *more])


@pytest.mark.usefixtures("tiny")
def test_what_was_measured_before_an_end_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure, out, seen = evaluation.measure, tmp_path / "results.json.gz", []

    def stops(task: Task, trained: int, seed: int, num_iter: int) -> Measured:
        seen.append((trained, seed))
        if len(seen) == 3:
            raise KeyboardInterrupt
        return measure(task, trained, seed, num_iter)

    monkeypatch.setattr(evaluation, "measure", stops)
    with pytest.raises(KeyboardInterrupt):
        go(out, "--seeds", "0", "1")
    assert len(evaluation.load(out)) == 2
    go(out, "--seeds", "0", "1")
    assert [one.key for one in evaluation.load(out)] == [
        ("tiny", trained, seed, 12) for trained in evaluation.TRAINED for seed in (0, 1)
    ]
    assert len(seen) == 3 + 4


def test_picks_are_made_without_measuring_and_are_those_of_the_sweep(
    tiny: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results.json.gz"
    evaluation.save(out, evaluation.measure(tiny, 0, 0, 60))
    before = out.read_bytes()
    monkeypatch.setattr(evaluation, "measure", pytest.fail)
    go(out, "--picks-only", "--num-iter", "60")
    assert "| tiny |" in capsys.readouterr().out
    assert out.read_bytes() == before
    state = evaluation.prepared(tiny, 0, 0)
    torch.manual_seed(2)
    swept = RangeTest(
        state.model, state.optimizer, tiny.criterion, state.train, num_iter=60, fixed_batches=4
    ).run()
    (kept,) = evaluation.load(out)
    for rule in evaluation.COMPARED:
        assert evaluation.pick(kept, "fixed", rule) == pytest.approx(swept.suggest(rule).lr, rel=1e-3)


def test_blown_up_rates_are_kept_as_such(tiny: Task, tmp_path: Path) -> None:
    out = tmp_path / "results.json.gz"
    curve = {"lr": [1e-3, 1e-2], "loss": [1.0, math.inf]}
    evaluation.save(out, Measured(tiny.name, 0, 0, 2, {"0.001": 0.5, "1": math.inf}, {"training": curve}))
    (kept,) = evaluation.load(out)
    assert kept.constant["1"] == math.inf
    assert kept.curves["training"] == curve


def rates(**picks: float | None) -> Found:
    """Return what was found where 1e-2 is best, with the knee's picks."""
    made = {way: {"knee": lr, "steepest": 1e-2} for way, lr in picks.items()}
    return Found("made up", 0, 0, 100, 1e-2, {1e-3: 2.0, 1e-2: 1.0, 1e-1: math.inf}, 3.0, made)


@pytest.mark.parametrize(
    ("picks", "missed"),
    [
        ((1e-2, 2.9e-2, 3.4e-3), 0),
        ((1e-2, 3.1e-2, 3.2e-3), 3),  # above three times the best; not near to that on training losses
        ((1e-2, 1e-2, 3.3e-3), 1),
        ((None, 1.1e-3, 2.9e-2), 0),  # nothing to be near to
        ((None, 0.9e-3, 3.1e-2), 2),
        ((None, None, None), 0),
        ((1e-2, None, 1e-2), 1),
    ],
)
def test_the_aims(picks: tuple[float | None, ...], missed: int) -> None:
    found = rates(**dict(zip(("training", *evaluation.KEPT), picks, strict=True)))
    assert len(aims(found)) == missed


@pytest.mark.parametrize(
    ("lr", "lost"),
    [(1e-2, 0.0), (1e-3, 0.5), (10**-2.5, 0.25), (1e-1, 1.0), (1.0, 1.0), (5e-4, 0.75), (10**-1.5, 0.5)],
)
def test_regret_is_the_share_of_the_gain_that_is_lost(lr: float, lost: float) -> None:
    assert regret(rates(), lr) == pytest.approx(lost)


def test_tables_are_put_where_the_page_wants_them() -> None:
    page = "a <!-- x: begin -->old<!-- x: end --> b"
    assert evaluation.with_tables(page, {"x": "new"}) == "a <!-- x: begin -->\n\nnew\n\n<!-- x: end --> b"


def test_the_page_shows_what_today_s_rules_pick_from_the_kept_curves() -> None:
    kept = evaluation.load(evaluation.RESULTS)
    assert {one.task for one in kept} == {task.name for task in TASKS}
    shown = evaluation.tables(
        [evaluation.found(one) for one in kept if one.num_iter == evaluation.NUM_ITER]
    ) | {"knees": knees.table(kept)}
    page = evaluation.PAGE.read_text(encoding="utf-8")
    assert evaluation.with_tables(page, shown) == page


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_every_task_trains_at_its_own_rate(task: Task) -> None:
    state = evaluation.prepared(task, 1, 0)
    (own,) = {group["lr"] for group in state.optimizer.param_groups}
    assert any(math.isclose(own, rate) for rate in task.rates)
    assert math.isfinite(state.at(own, 2))
