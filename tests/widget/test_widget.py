"""LRWidget from Python: what its methods and properties promise."""

from __future__ import annotations

import asyncio
import gc
import signal
import weakref

import pytest

from lrwidget import LRWidget, LRWidgetWarning, SettingsError, StateError
from tests.widget.tasks import Task


def test_before_a_sweep(w: LRWidget) -> None:
    assert w.state == "idle"
    assert (w.history, w.stop_reason, w.error, w.lr, w.suggested_lr, w.accepted_lr) == (None,) * 6


def test_run_returns_the_history_and_gives_everything_back(w: LRWidget, task: Task) -> None:
    history = w.run()
    assert (w.state, w.stop_reason) == ("finished", "completed")
    assert len(history) == 40
    assert w.history == history
    assert w.pick == history.suggest("steepest")
    assert w.suggested_lr == float(f"{w.pick.lr:.3g}") == w.lr
    assert task.unchanged
    assert task.rates == [0.5]


def test_start_returns_at_once_and_leaves_the_thread_free(w: LRWidget, task: Task) -> None:
    task.hold(5)
    w.start()
    assert task.reached.wait(10)
    assert w.state == "running"
    assert w.history is not None
    assert len(w.history) == 4
    assert not w.wait(0)
    task.gate.set()
    assert w.wait(30)
    assert w.state == "finished"
    assert task.unchanged


def test_accept_sets_every_group_in_its_ratio_and_reset_takes_it_back() -> None:
    task = Task(groups=2)
    w = task.widget()
    w.run()
    assert w.accept() == w.suggested_lr == w.accepted_lr
    assert task.rates == pytest.approx([w.accepted_lr, w.accepted_lr / 10])
    assert w.state == "accepted"
    assert w.accept(0.25) == 0.25
    assert task.rates == pytest.approx([0.25, 0.025])
    assert w.lr == 0.25
    w.reset()
    assert task.rates == [0.5, 0.05]
    assert w.state == "idle"
    assert (w.history, w.lr, w.accepted_lr) == (None, None, None)
    w.close()


def test_an_override_stays_until_it_is_taken_back(w: LRWidget) -> None:
    w.run()
    w.lr = 0.123
    w.rule = "floor"
    assert w.lr == 0.123
    assert w.suggested_lr == float(f"{w.history.suggest('floor').lr:.3g}")
    w.lr = None
    assert w.lr == w.suggested_lr


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), "fast", True])
def test_a_rate_that_cannot_be_one_is_refused(w: LRWidget, task: Task, bad: object) -> None:
    with pytest.raises(SettingsError, match="lr must be a finite number greater than 0"):
        w.lr = bad
    with pytest.raises(SettingsError, match="lr must be a finite number greater than 0"):
        w.accept(bad)
    assert w.lr is None
    assert task.rates == [0.5]


def test_bad_settings_are_told_when_the_widget_is_made(task: Task) -> None:
    with pytest.raises(SettingsError, match="start_lr must be smaller than end_lr"):
        task.widget(start_lr=2.0)
    with pytest.raises(SettingsError, match=r"rule must be one of 'steepest'.*got 'deepest'"):
        task.widget(rule="deepest")
    with pytest.raises(SettingsError, match="bandwidth"):
        task.widget(bandwidth=-1)
    with pytest.raises(TypeError, match="num_it"):
        task.widget(num_it=100)


def test_accept_without_a_rate_says_what_to_do(w: LRWidget) -> None:
    with pytest.raises(StateError, match=r"no rate to accept: run a sweep first, or give one"):
        w.accept()


def test_accept_reset_and_run_are_refused_while_a_sweep_is_on(w: LRWidget, task: Task) -> None:
    task.hold(3)
    w.start()
    assert task.reached.wait(10)
    for call in (w.accept, w.reset, w.run, w.start):
        with pytest.raises(StateError, match="not possible while a sweep is running"):
            call()
    assert task.rates != []
    w.stop()
    task.gate.set()
    assert w.wait(30)
    assert w.stop_reason == "stopped"
    assert len(w.history) == 3
    assert task.unchanged


def test_pause_and_resume(w: LRWidget, task: Task) -> None:
    task.hold(5)
    w.start()
    assert task.reached.wait(10)
    w.pause()
    assert w.state == "paused"
    task.gate.set()
    assert not w.wait(0.3)
    assert len(w.history) == 5
    w.resume()
    assert w.wait(30)
    assert (w.state, w.stop_reason, len(w.history)) == ("finished", "completed", 40)


def test_stop_ends_a_pause(w: LRWidget, task: Task) -> None:
    task.hold(5)
    w.start()
    assert task.reached.wait(10)
    w.pause()
    task.gate.set()
    w.stop()
    assert w.wait(30)
    assert w.stop_reason == "stopped"


def test_a_failure_is_kept_and_run_works_again(w: LRWidget, task: Task) -> None:
    task.hold(8)
    task.fail = RuntimeError("out of order")
    task.gate.set()
    with pytest.raises(RuntimeError, match="out of order"):
        w.run()
    assert (w.state, w.stop_reason) == ("failed", "error")
    assert isinstance(w.error, RuntimeError)
    assert len(w.history) == 7
    assert task.unchanged
    task.fail = None
    w.run()
    assert (w.state, w.error) == ("finished", None)


def test_a_failure_in_the_background_does_not_escape_the_thread(w: LRWidget, task: Task) -> None:
    task.hold(8)
    task.fail = RuntimeError("out of order")
    task.gate.set()
    w.start()
    assert w.wait(30)
    assert w.state == "failed"
    assert str(w.error) == "out of order"
    assert task.unchanged


def test_an_error_before_the_first_step_keeps_the_last_history(w: LRWidget, task: Task) -> None:
    history = w.run()
    task.loader.clear()
    with pytest.raises(ValueError, match="train_loader"):
        w.run()
    assert w.state == "failed"
    assert w.history == history
    assert w.suggested_lr is not None


def test_ctrl_c_ends_run_cleanly(w: LRWidget, task: Task) -> None:
    task.hold(6)
    task.fail = KeyboardInterrupt()
    task.gate.set()
    history = w.run()
    assert (w.state, w.stop_reason, len(history)) == ("finished", "interrupted", 5)
    assert task.unchanged


def test_a_real_sigint_ends_run_cleanly(task: Task) -> None:
    w = task.widget(callback=lambda point: signal.raise_signal(signal.SIGINT) if point.index == 9 else None)
    w.run()
    assert (w.state, w.stop_reason) == ("finished", "interrupted")
    assert task.unchanged
    w.close()


def test_another_widget_on_the_same_model_ends_the_first_ones_sweep(w: LRWidget, task: Task) -> None:
    task.hold(5)
    w.start()
    assert task.reached.wait(10)
    task.gate.set()
    second = task.widget()
    assert w.state == "finished"
    assert task.unchanged
    task.hold(5)
    second.start()
    assert task.reached.wait(10)
    with pytest.raises(StateError, match="Another widget is sweeping this model"):
        w.start()
    assert w.state == "finished"
    task.gate.set()
    second.close()


def test_close_ends_a_sweep_and_lets_go_of_the_model() -> None:
    task = Task()
    w = task.widget()
    task.hold(5)
    w.start()
    assert task.reached.wait(10)
    task.gate.set()
    w.close()
    assert task.unchanged
    with pytest.raises(StateError, match="closed"):
        w.start()
    with pytest.raises(StateError, match="closed"):
        w.accept(0.1)
    w.close()
    model = weakref.ref(task.model)
    del task
    gc.collect()
    assert model() is None


def test_an_own_list_of_rates_is_run_as_it_is(task: Task) -> None:
    rates = [1e-4, 1e-3, 2e-3, 0.1, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9]
    w = task.widget(lr_schedule=rates, start_lr=1e-7, end_lr=1.0, num_iter=100)
    assert w.run().lr.tolist() == rates
    w.close()


def test_accepted_writes_nothing_where_nobody_can_press_unless_that_is_asked_for(
    w: LRWidget, task: Task
) -> None:
    with pytest.raises(StateError, match=r"Nobody can press Accept here.*unattended=\"suggestion\""):
        asyncio.run(w.accepted())
    assert (task.rates, w.state) == ([0.5], "idle")
    with pytest.raises(SettingsError, match="unattended must be one of 'refuse', 'suggestion'; got 'guess'"):
        asyncio.run(w.accepted(unattended="guess"))
    with pytest.warns(LRWidgetWarning, match="the suggestion of the rule 'steepest' was accepted"):
        lr = asyncio.run(w.accepted(unattended="suggestion"))
    assert lr == w.suggested_lr == task.rates[0]
    assert asyncio.run(w.accepted()) == lr


def test_a_script_gets_one_line_of_text(w: LRWidget, capsys: pytest.CaptureFixture[str]) -> None:
    w.run()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Learning-rate range test. ")
    assert "Completed 40 steps" in shown.err
    assert shown.err.count("\n") == 1


def test_a_callback_that_waits_for_the_sweep_is_told_instead_of_hanging(task: Task) -> None:
    w = task.widget(callback=lambda point: w.wait() if point.index == 3 else None)
    w.start()
    assert w.wait(30)
    assert w.state == "failed"
    assert "use stop()" in str(w.error)
    assert task.unchanged
    w.close()


def test_a_callback_may_stop_the_sweep(task: Task) -> None:
    w = task.widget(callback=lambda point: w.stop() if point.index == 3 else None)
    w.run()
    assert (w.stop_reason, len(w.history)) == ("stopped", 4)
    w.close()


def test_repr_says_where_it_stands(w: LRWidget) -> None:
    assert repr(w) == "LRWidget(idle)"
    w.run()
    assert repr(w).startswith("LRWidget(finished, completed, lr=")
