"""One race at a time: what must not be mistaken when two things happen at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from lrwidget import LRWidget, StateError
from lrwidget.widget.judgement import Choice
from tests.widget.pages import Page
from tests.widget.tasks import Task


def test_a_sweep_begun_while_the_last_one_is_still_painted_is_waited_for_and_stays_its_own(
    task: Task,
) -> None:
    w = task.widget()
    page = Page(w)
    painting, go_on = threading.Event(), threading.Event()
    ended = w._control.screen.ended

    def slowly() -> None:
        w._control.screen.ended = ended
        painting.set()
        assert go_on.wait(30)
        ended()

    w._control.screen.ended = slowly
    w.start()
    assert painting.wait(30)
    assert w.state == "finished"
    task.hold(5)
    w.start()
    assert task.reached.wait(30)
    go_on.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "lrwidget sweep"][:1]:
        thread.join(30)
    assert not w.wait(0), "the first sweep's end was taken for the second's"
    with pytest.raises(StateError, match="Another widget is sweeping this model"):
        task_widget_that_stops_nobody(task).start()
    assert len(page.losses) <= 4, "the first sweep's points are drawn over the second's"
    task.gate.set()
    assert w.wait(30)
    assert task.unchanged
    assert w.stop_reason == "completed"
    assert page.losses == w.history.loss.tolist()
    w.close()


def task_widget_that_stops_nobody(task: Task) -> LRWidget:
    """A widget that was there before the sweep began, as far as the sweep knows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lrwidget.widget.lrwidget.owner_of", lambda _: None)
        return task.widget()


def test_run_returns_its_own_history_though_somebody_resets_at_once(w: LRWidget) -> None:
    ended = w._control.screen.ended
    w._control.screen.ended = lambda: (ended(), w.reset())
    assert len(w.run()) == 40
    assert w.state == "idle"


def test_a_system_without_threads_is_told_and_nothing_stays_running(
    w: LRWidget, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="new thread"):
            w.start()
    assert (w.state, str(w.error)) == ("failed", "can't start new thread")
    assert w.wait(0)
    assert task.unchanged
    w.run()
    assert w.state == "finished"


def test_close_within_a_sweep_is_refused_and_leaves_the_widget_whole(task: Task) -> None:
    w = task.widget(callback=lambda point: w.close() if point.index == 3 else None)
    w.start()
    assert w.wait(30)
    assert w.state == "failed"
    assert "use stop()" in str(w.error)
    w.accept(0.1)
    assert task.rates == [0.1]
    w.close()


def test_a_rule_chosen_while_the_sweep_ends_is_the_rule_of_its_pick(
    w: LRWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosers: list[threading.Thread] = []
    judged = Choice.judged

    def choose_between(self: Choice, history: Any) -> Any:
        judgement = judged(self, history)
        if history is not None and not choosers:  # judged by the old rule, and not said yet
            choosers.append(threading.Thread(target=lambda: setattr(w, "rule", "floor")))
            choosers[0].start()
            choosers[0].join(30)
        return judgement

    monkeypatch.setattr(Choice, "judged", choose_between)
    w.run()
    assert w.pick == w.history.suggest("floor")
    assert w.pick.rule == w.rule == "floor"


def test_a_late_reset_does_not_empty_the_figure_of_the_next_sweep(w: LRWidget) -> None:
    page = Page(w)
    w.run()
    cleared = w._control.screen.cleared

    def late() -> None:
        w._control.screen.cleared = cleared
        w.run()
        cleared()

    w._control.screen.cleared = late
    w.reset()
    assert w.state == "finished"
    assert page.losses == w.history.loss.tolist()
