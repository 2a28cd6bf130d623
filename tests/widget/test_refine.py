"""A part of the range swept densely, a range extended: one whole sweep, in the place of the run refined."""

from __future__ import annotations

import pytest
import torch

from lrwidget import LRWidget, RangeTest, SettingsError, StateError
from tests.widget.pages import Page
from tests.widget.tasks import Task


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def w(task: Task) -> LRWidget:
    widget = task.widget(end_lr=0.01)
    widget.run()
    return widget


def unharmed(task: Task) -> bool:
    same = all(torch.equal(value, task.before[name]) for name, value in task.model.state_dict().items())
    return same and task.rates == [0.5]


def test_run_here_is_one_long_sweep_and_takes_the_runs_place(w: LRWidget, task: Task) -> None:
    page = Page(w)
    w.rename_run(0, "mine")
    before = w.history
    assert page.state["can"]["refine"]
    assert page.say("refine", low=1e-4, high=1e-3)["done"]
    assert w.wait(30)
    history = w.history
    inside = (history.lr >= 1e-4 * (1 - 1e-9)) & (history.lr <= 1e-3 * (1 + 1e-9))
    assert inside.sum() == 50
    outside = set(history.lr[~inside].tolist())
    assert outside == {lr for lr in before.lr.tolist() if not 1e-4 <= lr <= 1e-3}
    assert w.runs.names == ("mine",)
    assert page.losses == history.loss.tolist()
    alone = RangeTest(
        task.model,
        task.optimizer,
        task.criterion,
        task.loader,
        lr_schedule=history.lr.tolist(),
        diverge_th=1e9,
    ).run()
    assert alone.loss.tolist() == history.loss.tolist(), "what it would have been at once"
    assert unharmed(task)
    assert w._control.state.plan.num_iter == 40, "the next Run is as the fields say"


def test_extend_goes_on_where_the_loss_has_not_blown_up(w: LRWidget, task: Task) -> None:
    page = Page(w)
    before = w.history
    assert page.state["can"]["extend"]
    assert page.say("extend")["done"]
    assert w.wait(30)
    assert w.history.lr[-1] == pytest.approx(1.0)
    assert w.history.loss[: len(before)].tolist() == before.loss.tolist()
    assert len(w.runs) == 1
    assert unharmed(task)


def test_a_refined_sweep_that_is_stopped_keeps_the_run_too(w: LRWidget, task: Task) -> None:
    page = Page(w)
    before = w.history
    task.hold(5)
    page.say("refine", low=1e-4, high=1e-3)
    assert task.reached.wait(10)
    page.say("stop")
    task.gate.set()
    assert w.wait(30)
    assert w.stop_reason == "stopped"
    assert w.runs[0].history is before
    assert len(w.runs) == 2


def test_from_python_to_the_left_and_again(w: LRWidget) -> None:
    first = w.history.lr[0]
    w.extend(start_lr=first / 100)
    assert w.history.lr[0] == pytest.approx(first / 100)
    w.zoom(1e-5, 1e-4, 60)
    w.zoom(3e-5, 6e-5)
    assert len(w.runs) == 1
    lr = w.history.lr
    assert (lr[1:] > lr[:-1]).all()


@pytest.mark.parametrize(
    ("low", "high"),
    [(1e-3, 1e-4), (0, 1), (None, 1e-3), ("a", 1), (10.0, 100.0), (float("nan"), 1), (1e-3, 1e-3)],
)
def test_a_part_that_is_none_is_refused_and_loses_nothing(w: LRWidget, low: object, high: object) -> None:
    page = Page(w)
    before = w.history
    answer = page.say("refine", low=low, high=high)
    assert not answer["done"]
    assert answer["why"] in page.status
    assert w.history is before
    assert w.state == "finished"


def test_nothing_is_refined_before_a_sweep_or_of_a_variant(task: Task) -> None:
    w = task.widget()
    page = Page(w)
    assert not page.state["can"]["refine"]
    with pytest.raises(StateError, match="run one first"):
        w.zoom(1e-4, 1e-3)
    w.compare({"AdamW": {"optimizer": torch.optim.AdamW}})
    assert not page.state["can"]["refine"]
    assert not page.state["can"]["extend"]
    with pytest.raises(StateError):
        w.extend(end_lr=100.0)


def test_lists_of_group_rates_have_none_for_other_sweeps(task: Task) -> None:
    rates = [10 ** (-4 + 3 * step / 39) for step in range(40)]
    w = task.widget(group_schedules=[rates])
    w.run()
    with pytest.raises(SettingsError, match="group_schedules"):
        w.zoom(1e-4, 1e-3)
    assert w.state == "finished"
