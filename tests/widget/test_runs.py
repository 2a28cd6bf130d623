"""Every sweep stays: runs with names, one of them judged, the others beside it; and nothing gets mixed up."""

from __future__ import annotations

import pytest
import torch

from lrwidget import LRWidget, Runs, SettingsError, StateError
from tests.widget.pages import Page
from tests.widget.tasks import Task


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def w(task: Task) -> LRWidget:
    return task.widget()


def sweep(w: LRWidget, task: Task, decay: float) -> None:
    task.optimizer.param_groups[0]["weight_decay"] = decay
    w.run()


@pytest.fixture
def three(w: LRWidget, task: Task) -> LRWidget:
    for decay in (0.0, 0.1, 1.0):
        sweep(w, task, decay)
    return w


def test_every_sweep_is_kept_and_named_by_what_it_differs_in(three: LRWidget) -> None:
    assert isinstance(three.runs, Runs)
    assert three.runs.names == ("SGD", "wd 0.1", "wd 1")
    assert three.runs.active == 2
    assert three.history is three.runs["wd 1"].history


def test_a_page_has_them_and_the_curves_of_those_that_are_not_judged(three: LRWidget) -> None:
    page = Page(three)  # opened late: it is given all of it
    told = page.state["runs"]
    assert [(run["name"], run["active"], run["shown"]) for run in told] == [
        ("SGD", False, True),
        ("wd 0.1", False, True),
        ("wd 1", True, True),
    ]
    assert [run["lr"] for run in told] == [
        pytest.approx(run.history.suggest().lr, rel=5e-3) for run in three.runs
    ]
    assert set(page.runs) == {told[0]["id"], told[1]["id"]}
    rates, losses, slopes = page.runs[told[0]["id"]]
    known = three.runs["SGD"].history
    assert rates == known.lr[: len(rates)].tolist()
    assert losses == pytest.approx(known.smoothed()[: len(rates)].tolist())
    assert len(slopes) == len(rates)


def test_showing_another_run_makes_its_pick_the_suggestion(three: LRWidget) -> None:
    page = Page(three)
    three.lr = 0.0123
    first = page.state["runs"][0]["id"]
    assert page.say("activate_run", run=first)["done"]
    history = three.runs["SGD"].history
    assert three.history is history
    assert page.losses == history.loss.tolist()
    assert three.lr == three.suggested_lr == page.lr == pytest.approx(history.suggest().lr, rel=5e-3)
    assert three.pick == history.suggest()
    assert set(page.runs) == {run["id"] for run in page.state["runs"][1:]}
    assert three.runs.active == 0


def test_a_move_that_was_meant_for_the_run_before_does_nothing(three: LRWidget) -> None:
    page = Page(three)
    seen = {"sweep": page.state["sweep"], "state": "finished", "lr": page.lr}
    page.say("activate_run", run=page.state["runs"][0]["id"])
    lr = three.lr
    for name, args in (("move", {"lr": 0.5}), ("accept", {"lr": 0.5}), ("try", {"lr": 0.5})):
        assert not page.say(name, seen=seen, **args)["done"]
    assert three.lr == lr
    assert three.accepted_lr is None


def test_what_was_accepted_stays_accepted_whatever_run_is_shown(three: LRWidget, task: Task) -> None:
    rate = three.accept()
    three.show_run("SGD")
    assert (three.state, three.accepted_lr, task.rates) == ("accepted", rate, [rate])
    three.undo()
    assert (three.state, task.rates) == ("finished", [0.5])
    assert three.history is three.runs["SGD"].history


def test_another_rule_and_another_smoothing_judge_the_run_that_is_shown(three: LRWidget) -> None:
    page = Page(three)
    three.show_run(0)
    three.rule = "knee"
    assert three.pick == three.runs[0].history.suggest("knee")
    before = page.runs[page.state["runs"][1]["id"]][1]
    three.bandwidth = 0.0
    after = page.runs[page.state["runs"][1]["id"]][1]
    assert after == three.runs[1].history.loss[: len(after)].tolist() != before
    picks = [run.history.suggest("knee", 0.0).lr for run in three.runs]
    assert [run["lr"] for run in page.state["runs"]] == [
        None if lr is None else pytest.approx(lr, rel=5e-3) for lr in picks
    ]


def test_while_a_sweep_is_on_all_are_beside_it_and_none_can_be_shown(three: LRWidget, task: Task) -> None:
    page = Page(three)
    task.hold(5)
    three.start()
    assert task.reached.wait(10)
    assert not any(run["active"] for run in page.state["runs"])
    assert len(page.runs) == 3
    answer = page.say("activate_run", run=page.state["runs"][0]["id"])
    assert not answer["done"]
    assert "while a sweep is running" in answer["why"]
    page.say("rename_run", run=page.state["runs"][0]["id"], name="the first")
    page.say("remove_run", run=page.state["runs"][1]["id"])
    task.gate.set()
    assert three.wait(30)
    assert three.runs.names == ("the first", "wd 1", "wd 1 (2)")


def test_rename_remove_and_hide(three: LRWidget) -> None:
    page = Page(three)
    first, second, third = (run["id"] for run in page.state["runs"])
    assert not page.say("rename_run", run=first, name="wd 0.1")["done"], "another run has it"
    assert not page.say("rename_run", run=first, name=" \n ")["done"]
    assert page.say("rename_run", run=first, name="  plain\n SGD ")["done"]
    assert page.say("show_run", run=first, shown=False)["done"]
    assert [run["shown"] for run in page.state["runs"]] == [False, True, True]
    assert page.say("remove_run", run=second)["done"]
    assert page.say("remove_run", run=second)["done"] is False, "it has gone"
    assert three.runs.names == ("plain SGD", "wd 1")
    assert set(page.runs) == {first}
    assert page.say("remove_run", run=third)["done"], "the one that is judged: another is judged instead"
    assert three.history is three.runs["plain SGD"].history
    assert page.losses == three.history.loss.tolist()
    assert page.runs == {}
    answer = page.say("remove_run", run=first)
    assert not answer["done"]
    assert "reset()" in answer["why"]


@pytest.mark.parametrize("run", [None, "1", 99, -1, 1.5, True, [1]])
@pytest.mark.parametrize("name", ["activate_run", "remove_run", "rename_run", "show_run"])
def test_a_run_that_is_none_is_refused(three: LRWidget, name: str, run: object) -> None:
    page = Page(three)
    names, active = three.runs.names, three.runs.active
    answer = page.say(name, run=run, name="x", shown=False)
    assert not answer["done"]
    assert (three.runs.names, three.runs.active) == (names, active)


def test_numbers_are_not_given_again(three: LRWidget, task: Task) -> None:
    page = Page(three)
    numbers = {run["id"] for run in page.state["runs"]}
    page.say("remove_run", run=page.state["runs"][-1]["id"])
    sweep(three, task, 0.3)
    assert page.state["runs"][-1]["id"] not in numbers


def test_by_name_and_place_from_python(three: LRWidget) -> None:
    three.show_run(-2)
    assert three.runs.active == 1
    three.rename_run("wd 0.1", "decayed")
    three.remove_run("decayed")
    assert three.runs.names == ("SGD", "wd 1")
    with pytest.raises(SettingsError, match="Did you mean 'wd 1'"):
        three.show_run("wd1")
    with pytest.raises(StateError, match="reset"):
        three.remove_run(0), three.remove_run(0)


def test_clear_forgets_them_all(three: LRWidget) -> None:
    page = Page(three)
    three.reset()
    assert len(three.runs) == 0
    assert page.state["runs"] == []
    assert page.runs == {}


def test_a_sweep_without_a_step_is_no_run_and_one_that_failed_is(w: LRWidget, task: Task) -> None:
    task.optimizer.param_groups[0]["params"][0].requires_grad_(False)
    task.fail = RuntimeError("mine")
    task.hold(3)
    task.gate.set()
    with pytest.raises(RuntimeError, match="mine"):
        w.run()
    assert len(w.runs) == 1
    assert len(w.runs[0].history) == 2
    w._control.set_plan({"start_lr": 1e-3, "end_lr": 1e-4})
    with pytest.raises(SettingsError):
        w.run()
    assert len(w.runs) == 1


def test_the_model_is_as_before_whatever_is_shown(three: LRWidget, task: Task) -> None:
    three.show_run(0)
    three.remove_run(1)
    assert all(torch.equal(value, task.before[name]) for name, value in task.model.state_dict().items())
    assert task.rates == [0.5]


def test_the_saved_result_shows_those_beside_it_and_stays_small(w: LRWidget, task: Task) -> None:
    saved: list[str] = []
    w._saved._update = lambda bundle, **_: saved.append(bundle["text/html"])
    w._saved._show = lambda *_, **__: None
    w._saved.display()
    for number in range(14):
        sweep(w, task, 0.1 * number)
    alone = len(saved[0])
    assert alone < len(saved[3]) < len(saved[-1]) < 100_000
    before = len(saved[-1])
    for run in range(13):
        w._control.draw_run(w._control.state.kept.numbers[run], shown=False)
    assert abs(len(saved[-1]) - alone) < 500 < before - alone
