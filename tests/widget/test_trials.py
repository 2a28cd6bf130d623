"""Rates tried in a widget: live, stopped, failed, the winner accepted; everything as before after each."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import torch

from lrwidget import LRWidget, SettingsError, StateError, Trials
from tests.widget.pages import Page
from tests.widget.tasks import Task


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def w(task: Task) -> LRWidget:
    widget = task.widget()
    widget.run()
    return widget


@pytest.fixture
def unharmed(task: Task) -> Callable[[], bool]:
    """Whether model, rates and the optimizer are what they were."""

    def look() -> bool:
        same = all(torch.equal(value, task.before[name]) for name, value in task.model.state_dict().items())
        return same and task.rates == [0.5] and not task.optimizer.state

    return look


def test_the_winner_is_the_suggestion_and_the_marker_goes_there(
    w: LRWidget, unharmed: Callable[[], bool]
) -> None:
    page = Page(w)
    ruled, history = w.suggested_lr, w.history
    w.lr = 0.01
    trials = w.try_rates([0.003, 0.03, 0.3], steps=20)
    assert isinstance(trials, Trials)
    assert w.trials == trials
    assert trials.suggested_lr is not None
    assert w.suggested_lr == w.lr == page.lr == pytest.approx(trials.suggested_lr, rel=5e-3) != ruled
    assert w.history is history, "the curve stays"
    assert w.state == "finished"
    assert "best of 3 trials" in page.status
    assert unharmed()
    told = page.state["trials"]
    assert [each["lr"] for each in told["trials"]] == [0.003, 0.03, 0.3]
    assert told["winner"] is not None
    number, curves = page.trials
    assert number == told["number"]
    assert [len(steps) for steps, _ in curves] == [each["step"] for each in told["trials"]]
    assert curves[0][0][0] == 1
    assert w.runs.active_run.trials == trials


def test_by_default_three_around_the_marker(w: LRWidget) -> None:
    w.lr = 0.02
    trials = w.try_rates(steps=10)
    rates = [trial.lr for trial in trials]
    assert sorted(rates[:3]) == pytest.approx([0.02 * 10**-0.5, 0.02, 0.02 * 10**0.5])
    assert len(rates) <= 5
    if len(rates) == 5:
        assert any(rates[3] == pytest.approx(lr) for lr in (0.2, 0.002))


def test_rates_follow_the_shape_of_a_scheduler_that_is_given(w: LRWidget, task: Task) -> None:
    trials = w.try_rates(
        [0.01, 0.1], 5, scheduler=lambda it: torch.optim.lr_scheduler.StepLR(it, 2, gamma=0.1)
    )
    for trial in trials:
        if trial.ended == "completed":
            assert trial.rates.tolist() == pytest.approx([trial.lr * part for part in (1, 1, 0.1, 0.1, 0.01)])
    assert any(trial.ended == "completed" for trial in trials)
    assert task.rates == [0.5]


def test_try_from_a_page_is_around_the_rate_that_it_shows(w: LRWidget, unharmed: Callable[[], bool]) -> None:
    page = Page(w)
    assert page.state["can"]["try"]
    assert page.say("try", lr=0.02)["done"]
    assert page.say("try", lr=0.02)["done"], "an impatient hand means it once"
    assert w.wait(60)
    assert w.trials[0].lr == pytest.approx(0.02)
    assert page.state["doing"] == "sweep", "at rest"
    assert unharmed()
    page.say("accept", lr=page.lr)
    assert w.accepted_lr == page.lr == w.suggested_lr


def test_they_are_seen_while_they_run_paused_and_stopped(
    w: LRWidget, task: Task, unharmed: Callable[[], bool]
) -> None:
    page = Page(w)
    losses, curve = page.losses, w.history
    task.hold(8)
    page.say("try", lr=0.02)
    assert task.reached.wait(10)
    assert (w.state, page.state["doing"]) == ("running", "trials")
    assert page.state["can"]["pause"]
    assert not page.state["can"]["try"]
    assert "Trying rates" in page.status
    with pytest.raises(StateError, match="trials are running"):
        w.start()
    page.say("pause")
    task.gate.set()
    assert page.state["state"] == "paused"
    page.say("resume")
    page.say("stop")
    assert w.wait(30)
    assert w.stop_reason == "stopped"
    assert w.history is curve
    assert page.losses == losses
    assert unharmed()
    assert w.suggested_lr == w._control.state.judgement.lr, "trials that were stopped suggest nothing"


def test_an_error_in_them_is_told_and_everything_is_given_back(
    w: LRWidget, task: Task, unharmed: Callable[[], bool]
) -> None:
    page = Page(w)
    task.fail = RuntimeError("mine, in a trial")
    task.hold(12)
    task.gate.set()
    page.say("try", lr=0.02)
    assert w.wait(30)
    assert w.state == "failed"
    assert "mine, in a trial" in page.status
    assert isinstance(w.error, RuntimeError)
    assert page.losses == w.history.loss.tolist(), "the curve stays"
    assert unharmed()
    task.fail = None
    w.try_rates(steps=5)
    assert w.state == "finished"
    assert unharmed()


def test_from_a_cell_errors_are_raised(w: LRWidget, task: Task, unharmed: Callable[[], bool]) -> None:
    task.fail = ValueError("mine")
    task.hold(3)
    task.gate.set()
    with pytest.raises(ValueError, match="mine"):
        w.try_rates(steps=5)
    assert unharmed()


@pytest.mark.parametrize("rates", [[], [0.1], [0.1, 0.1], [0.1, -1.0], [0.1, float("nan")], "ab"])
def test_rates_that_are_none_are_refused_and_lose_nothing(w: LRWidget, rates: object) -> None:
    before = w._control.state
    with pytest.raises(SettingsError):
        w.try_rates(rates)
    assert w._control.state is before
    assert w.wait(0)


def test_without_a_rate_there_is_nothing_to_try(task: Task) -> None:
    w = task.widget()
    page = Page(w)
    assert not page.state["can"]["try"]
    with pytest.raises(StateError, match="no rate to try others around"):
        w.try_rates()
    assert len(w.try_rates([0.01, 0.1], steps=3)) == 2, "before any sweep"
    assert w.suggested_lr is not None
    assert w.history is None


def test_where_the_sweep_shows_no_rate_the_optimizers_own_is_in_the_middle(task: Task) -> None:
    held = next(iter(task.model.parameters())).new_ones(())
    w = LRWidget(task.model, task.optimizer, lambda o, _: (o * 0).sum() + held, task.loader, num_iter=40)
    w.run()
    page = Page(w)
    assert page.lr is None
    assert page.state["can"]["try"]
    assert "or press Try" in page.status
    page.say("try", lr=None)
    assert w.wait(60)
    assert w.trials[0].lr == 0.5
    assert task.rates == [0.5]


def test_another_rule_takes_the_suggestion_back_and_the_next_sweep_forgets_them(w: LRWidget) -> None:
    page = Page(w)
    w.try_rates([0.003, 0.03, 0.3], steps=20)
    w.bandwidth = 0.2
    assert "best of 3 trials" in page.status
    w.rule = "knee"
    assert w.suggested_lr == w._control.state.judgement.lr
    assert page.state["trials"] is not None, "what was tried is still shown"
    w.run()
    assert w.trials is None
    assert page.state["trials"] is None
    w.show_run(0)
    assert len(w.trials) == 3, "they belong to the run whose start they had"
    assert page.state["trials"]["number"] == page.trials[0]


def test_accept_stays_through_trials_and_undo_works(w: LRWidget, task: Task) -> None:
    rate = w.accept(0.07)
    w.try_rates([0.003, 0.03], steps=5)
    assert w.accepted_lr == rate
    assert task.rates == [rate]
    w.undo()
    assert task.rates == [0.5]


def test_a_late_page_is_given_all_points(w: LRWidget) -> None:
    w.try_rates([0.003, 0.03, 0.3], steps=20)
    page = Page(w)
    assert len(page.trials[1]) == 3
    assert page.state["trials"]["number"] == page.trials[0]


def test_closing_in_the_midst_of_a_trial_gives_everything_back(
    w: LRWidget, task: Task, unharmed: Callable[[], bool]
) -> None:
    task.hold(5)
    w._control.start_trials(lr=0.02)
    assert task.reached.wait(10)
    threading.Timer(0.1, task.gate.set).start()
    w.close()
    assert unharmed()


def test_a_callback_of_sweeps_hears_nothing_of_trials(task: Task) -> None:
    heard: list[object] = []
    w = task.widget(callback=heard.append)
    w.run()
    count = len(heard)
    w.try_rates([0.01, 0.1], steps=5)
    assert len(heard) == count
