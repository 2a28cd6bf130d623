"""Bounds, schedules, metrics and further places of the rate, as a widget's user has them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR

from lrwidget import LRWidget, SettingsError, StateError
from tests.widget.pages import Page
from tests.widget.tasks import Task

FALLING = {"start_lr": 1e-5, "end_lr": 100.0, "num_iter": 80, "diverge_th": 5.0, "fixed_batches": 1}


def closeness(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return -(output - target).abs().mean()


@pytest.fixture
def swept(task: Task) -> LRWidget:
    widget = task.widget(**FALLING)
    widget.run()
    return widget


def test_bounds_are_those_of_the_history(swept: LRWidget) -> None:
    found = swept.history.bounds()
    assert swept.bounds == (float(f"{found.base_lr:.3g}"), float(f"{found.max_lr:.3g}"))
    assert found.base_lr < found.max_lr


@pytest.mark.parametrize(("make", "kind"), [("one_cycle", OneCycleLR), ("cyclic", CyclicLR)])
def test_schedules_run_between_the_bounds(swept: LRWidget, task: Task, make: str, kind: type) -> None:
    swept.bounds = 0.001, 0.1
    scheduler = getattr(swept, make)(10)
    assert isinstance(scheduler, kind)
    assert scheduler.optimizer is task.optimizer
    assert task.rates == pytest.approx([0.001])


def test_without_bounds_a_schedule_says_what_to_do(task: Task) -> None:
    w = task.widget()
    with pytest.raises(StateError, match=r"There are no bounds for one_cycle\(\): run a sweep first"):
        w.one_cycle(total_steps=10)
    w.run()
    none = type(w.history.bounds())(None, None, "no descent found")
    vars(w._control.state.judgement)["read_off"] = none
    with pytest.raises(StateError, match=r"no bounds for cyclic\(\) \(no descent found\).*w\.bounds = "):
        w.cyclic(step_size_up=10)
    assert task.rates == [0.5]


def test_no_schedule_while_a_sweep_is_on(task: Task, w: LRWidget) -> None:
    task.hold(4)
    w.start()
    assert task.reached.wait(10)
    with pytest.raises(StateError, match=r"one_cycle\(\) is not possible while a sweep is running"):
        w.one_cycle(10)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((0.1, 0.01), "base_lr must be smaller than max_lr; got base_lr=0.1, max_lr=0.01"),
        ((0.0, 0.1), "base_lr must be a finite number greater than 0"),
        ((0.1, float("inf")), "max_lr must be a finite number greater than 0"),
        ((0.1, "x"), "max_lr must be"),
    ],
)
def test_bounds_that_cannot_be_are_refused_and_nothing_moves(
    swept: LRWidget, bounds: tuple[Any, Any], message: str
) -> None:
    before = swept.bounds
    with pytest.raises(SettingsError, match=message):
        swept.bounds = bounds
    assert swept.bounds == before


def test_the_button_shows_them_the_page_moves_them_and_a_new_sweep_forgets(swept: LRWidget) -> None:
    page, found = Page(swept), swept.bounds
    assert page.state["choice"]["bounds"] is None
    page.say("show_bounds", shown=True)
    assert tuple(page.state["choice"]["bounds"]) == found
    assert "Bounds: " in page.status
    page.say("bounds", bounds=[0.001, 0.2])
    assert swept.bounds == (0.001, 0.2)
    assert "Bounds: 0.001 to 0.2." in page.status
    assert not page.say("bounds", bounds=[0.3, 0.2])["done"]
    assert swept.bounds == (0.001, 0.2)
    assert page.state["choice"]["bounds"] == [0.001, 0.2]
    assert "base_lr must be smaller than max_lr" in page.status
    page.say("bounds", bounds=None)
    assert tuple(page.state["choice"]["bounds"]) == found
    page.say("show_bounds", shown=False)
    assert page.state["choice"]["bounds"] is None
    swept.bounds = 0.001, 0.2
    swept.run()
    assert swept.bounds == pytest.approx(found)


def test_where_there_are_no_bounds_the_page_says_why(task: Task) -> None:
    w = task.widget(start_lr=1e-9, end_lr=1e-8)
    page = Page(w)
    page.say("show_bounds", shown=True)
    assert "bounds" not in page.status.lower()
    w.run()
    assert "No bounds: no descent found" in page.status
    assert page.state["choice"]["bounds"] is None


def test_rules_run_on_a_metric_when_asked_to(task: Task) -> None:
    w = task.widget(**FALLING, metric=closeness)
    w.run()
    page, on_loss = Page(w), w.suggested_lr
    page.say("on", on="metric")
    assert w.on == "metric"
    assert w.suggested_lr == float(f"{w.history.suggest(on='metric').lr:.3g}") != on_loss
    assert w.pick == w.history.suggest(on="metric")
    w.on = "loss"
    assert w.suggested_lr == on_loss
    assert page.state["choice"]["on"] == "loss"
    other = task.widget(**FALLING, metric=closeness, on="metric")
    other.run()
    assert other.suggested_lr == float(f"{w.history.suggest(on='metric').lr:.3g}")


def test_without_a_metric_there_is_nothing_else_to_run_on(task: Task) -> None:
    with pytest.raises(SettingsError, match='on="metric" needs a metric'):
        task.widget(on="metric")
    with pytest.raises(SettingsError, match="on must be one of 'loss', 'metric'; got 'accuracy'"):
        task.widget(metric=closeness, on="accuracy")
    page = Page(task.widget())
    assert page.state["offers"]["metric_name"] is None
    assert not page.say("on", on="metric")["done"]


def test_accept_writes_to_further_places_and_reset_gives_them_back(task: Task) -> None:
    config, module = {"lr": 7.0, "other": 1}, SimpleNamespace(learning_rate=None)
    w = task.widget(write_to=[(config, "lr"), (module, "learning_rate")])
    w.run()
    assert (config["lr"], module.learning_rate) == (7.0, None)
    w.accept(0.025)
    assert (config, module.learning_rate) == ({"lr": 0.025, "other": 1}, 0.025)
    assert task.rates == [0.025]
    w.reset()
    assert (config["lr"], module.learning_rate) == (7.0, None)
    assert task.rates == [0.5]


def test_an_unknown_option_is_told(task: Task) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'num_steps'"):
        task.widget(num_steps=3)
