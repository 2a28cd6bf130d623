"""Variants compared in a widget: each a run, drawn as it comes, from the same start; all is given back."""

from __future__ import annotations

import pytest
import torch

from lrwidget import LRWidget, SettingsError, StateError
from tests.widget.pages import Page
from tests.widget.tasks import Task


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def w(task: Task) -> LRWidget:
    return task.widget()


def unharmed(task: Task) -> bool:
    same = all(torch.equal(value, task.before[name]) for name, value in task.model.state_dict().items())
    return same and task.rates == [0.5] and not task.optimizer.state


def test_each_variant_is_a_run_drawn_as_it_comes(w: LRWidget, task: Task) -> None:
    page = Page(w)
    grid = {f"wd {wd:g}": {"weight_decay": wd} for wd in (0.0, 0.1, 1.0)}
    runs = w.compare(grid | {"AdamW": {"optimizer": torch.optim.AdamW}})
    assert runs.names == w.runs.names == (*grid, "AdamW")
    assert [run["name"] for run in page.state["runs"]] == list(runs.names)
    assert len(list(filter(None, page.points.values()))) == 4, "each was drawn"
    assert page.losses == w.history.loss.tolist() == runs["AdamW"].history.loss.tolist()
    assert runs["wd 0"].history.loss[0] == runs["wd 1"].history.loss[0], "from the same start"
    assert runs["wd 0"].history.loss[-1] != runs["wd 1"].history.loss[-1]
    assert unharmed(task)
    assert task.optimizer.param_groups[0]["weight_decay"] == 0


def test_the_same_sweeps_as_without_a_widget(w: LRWidget, task: Task) -> None:
    runs = w.compare([{"weight_decay": 0.1}, {"momentum": 0.9}])
    task.optimizer.param_groups[0]["momentum"] = 0.9
    w.run()
    assert w.history.loss.tolist() == runs["momentum 0.9"].history.loss.tolist()


def test_accept_says_that_the_rate_alone_is_written(w: LRWidget, task: Task) -> None:
    page = Page(w)
    w.run()
    assert "variant" not in page.status
    w.compare({"AdamW": {"optimizer": torch.optim.AdamW}})
    assert "the variant 'AdamW'. Accept writes its rate into your optimizer as it is" in page.status
    rate = w.accept()
    assert task.rates == [rate]
    assert isinstance(task.optimizer, torch.optim.SGD)
    w.show_run(0)
    assert "variant" not in page.status


def test_what_cannot_be_varied_is_refused_before_the_first_begins(w: LRWidget, task: Task) -> None:
    with pytest.raises(SettingsError, match="weight_decai"):
        w.compare({"one": {"weight_decay": 0.1}, "two": {"weight_decai": 0.1}})
    assert len(w.runs) == 0
    assert w.state == "idle"
    assert unharmed(task)


def test_an_error_in_the_second_variant_keeps_the_first_and_is_raised(w: LRWidget, task: Task) -> None:
    page = Page(w)

    def broken(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("mine, in the second")

    with pytest.raises(RuntimeError, match="mine, in the second"):
        w.compare({"one": {}, "two": {"criterion": broken}, "three": {}})
    assert w.runs.names == ("one",)
    assert page.state["state"] == "failed"
    assert unharmed(task)
    w.show_run("one")
    assert w.state == "finished"


def test_stop_ends_those_to_come_too(w: LRWidget, task: Task) -> None:
    page = Page(w)
    stopped: list[bool] = []

    def criterion(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if len(w.runs) == 1 and not stopped and w.history is not None and len(w.history) > 5:
            stopped.append(page.say("stop")["done"])
        return torch.nn.functional.mse_loss(output, target)

    runs = w.compare({name: {"criterion": criterion} for name in ("one", "two", "three")})
    assert runs.names == ("one", "two")
    assert runs["two"].history.stop_reason == "stopped"
    assert unharmed(task)


def test_while_a_sweep_is_on_nothing_is_compared(w: LRWidget, task: Task) -> None:
    task.hold(5)
    w.start()
    assert task.reached.wait(10)
    with pytest.raises(StateError, match="while a sweep is running"):
        w.compare({"one": {}})
    task.gate.set()
    assert w.wait(30)
    assert len(w.runs) == 1


def test_a_callback_hears_the_points_of_all(task: Task) -> None:
    heard: list[float] = []
    w = task.widget(callback=lambda point: heard.append(point.loss))
    runs = w.compare([{}, {"weight_decay": 0.1}])
    assert heard == [loss for run in runs for loss in run.history.loss.tolist()]
