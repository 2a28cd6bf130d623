"""The page's side, played by setting traits: what buttons and fields do without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import torch

from lrwidget import LRWidget
from tests.widget.tasks import Task


class Page:
    """A widget's controls, found by their names, as a page would."""

    def __init__(self, widget: LRWidget) -> None:
        self.screen = widget._control.screen
        self.panel = self.screen.panel
        self.plot = self.screen.plot
        self.name, self.said = uuid4().hex, 0

    def press(self, name: str) -> None:
        buttons = {button.description: button for button in self.panel.rows[0].children if button.description}
        assert not buttons[name].disabled, f"{name} cannot be pressed"
        buttons[name].value = True
        assert buttons[name].value is False, f"{name} stays down"

    def say(self, what: str = "", value: Any = None, *, lr: Any = None, label: str = "") -> None:
        """Send a message of the page's script; without ``what`` it only says that a page is there."""
        self.said += bool(what)
        said = [{"n": self.said, "what": what, "value": value, "lr": lr, "label": label}] if what else []
        data = {"method": "custom", "content": {"page": self.name, "said": said}}
        self.plot.comm.handle_msg({"content": {"data": data}, "buffers": [], "header": {}})

    @property
    def status(self) -> str:
        return "\n".join([self.panel.status.text, *self.panel.status.details])

    def snapshot(self) -> dict[str, Any]:
        state = self.plot.get_state("_snapshot")["_snapshot"]
        return {**state, "buffers": [np.frombuffer(part) for part in state["buffers"]]}


@pytest.fixture
def page(w: LRWidget) -> Page:
    return Page(w)


def test_run_stop_accept_reset_by_their_buttons(w: LRWidget, page: Page, task: Task) -> None:
    page.press("Run")
    assert w.wait(30)
    assert w.state == "finished"
    assert "Completed 40 steps" in page.status
    page.press("Accept")
    assert w.state == "accepted"
    assert task.rates == [w.accepted_lr]
    assert f"Accepted: lr = {w.accepted_lr:.6g}" in page.status
    page.press("Reset")
    assert w.state == "idle"
    assert page.snapshot()["count"] == 0


def test_run_reads_pause_and_resume_while_a_sweep_is_on(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(4)
    page.press("Run")
    assert task.reached.wait(10)
    page.press("Pause")
    assert w.state == "paused"
    assert "Paused" in page.status
    task.gate.set()
    page.press("Resume")
    assert w.wait(30)
    assert w.stop_reason == "completed"


def test_what_is_accepted_is_what_the_page_showed(w: LRWidget, page: Page, task: Task) -> None:
    w.run()
    page.say("lr", 0.0456)
    assert w.lr == page.panel.lr.value == 0.0456
    w.lr = 0.3  # by a cell; the page has not heard of it when the person presses
    page.say("press", "accept", lr=0.0456)
    assert w.accepted_lr == w.lr == page.plot.lr == 0.0456
    assert task.rates == [0.0456]
    w.reset()
    for shown, text in (
        (None, "The page showed no rate"),
        (-1, "lr must be a finite number"),
        ("x", "lr must"),
    ):
        page.say("press", "accept", lr=shown)
        assert text in page.status
        assert (task.rates, w.state) == ([0.5], "idle")


def test_a_press_does_what_its_button_said_though_the_state_has_changed(
    w: LRWidget, page: Page, task: Task
) -> None:
    task.hold(4)
    page.say("press", "run", label="Run")
    assert task.reached.wait(10)
    page.say("press", "run", label="Run")  # a double click: not "Pause"
    assert w.state == "running"
    assert "not possible" not in page.status
    page.say("press", "run", label="Pause")
    assert w.state == "paused"
    page.say("press", "run", label="Pause")
    assert w.state == "paused"
    page.say("press", "run", label="Resume")
    task.gate.set()
    assert w.wait(30)
    history = w.history
    page.say("press", "run", label="Pause")  # too late: the sweep is over
    assert (w.state, w.history) == ("finished", history)
    page.say("press", "accept", lr=w.lr)
    page.say("press", "reset")
    assert (w.state, task.rates) == ("idle", [0.5])
    page.say("press", "dance")
    assert w.state == "idle"


def test_stop_and_use_suggestion_by_the_page_s_script(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(4)
    page.say("press", "run", label="Run")
    assert task.reached.wait(10)
    page.say("press", "stop")
    task.gate.set()
    assert w.wait(30)
    assert w.stop_reason == "stopped"
    w.run()
    page.say("lr", 0.0456)
    page.say("press", "suggestion", lr=0.0456)
    assert w.lr == w.suggested_lr != 0.0456


def test_the_log_has_one_line_for_a_sweep_that_no_page_could_be_told_of(
    w: LRWidget, page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise ConnectionError("the page is gone")

    monkeypatch.setattr(page.plot, "send", lost)
    monkeypatch.setattr("lrwidget.widget.publisher._TICKS_A_SECOND", 1e9)
    for _ in range(2):
        caplog.clear()
        w.run()
        (line,) = caplog.messages
        assert line.endswith("harms no sweep: ConnectionError: the page is gone")


@pytest.mark.parametrize("hears", [False, True])
def test_a_run_whose_page_does_not_answer_says_how_to_stop_it(
    w: LRWidget, page: Page, task: Task, monkeypatch: pytest.MonkeyPatch, hears: bool
) -> None:
    monkeypatch.setattr("lrwidget.widget.screen.in_kernel", lambda: True)
    monkeypatch.setattr("lrwidget.widget.controller._ANSWER_WITHIN", 0.1)
    page.say()  # a page is there, and was heard before the cell
    task.hold(9)
    cell = threading.Thread(target=w.run)
    cell.start()
    assert task.reached.wait(10)
    if hears:
        page.say()
    time.sleep(0.2)
    page.screen.paint()
    assert ("interrupt the kernel to stop" in page.status) == (not hears)
    task.gate.set()
    cell.join(30)
    assert "interrupt the kernel" not in page.status


def test_a_page_that_opens_late_is_served_everything(w: LRWidget, page: Page) -> None:
    history = w.run()
    snapshot = page.snapshot()
    assert snapshot["first"] == 0
    np.testing.assert_array_equal(snapshot["buffers"][1], history.loss)


def test_the_marker_and_the_field_agree(w: LRWidget, page: Page) -> None:
    w.run()
    page.plot.lr = 0.0456
    assert w.lr == 0.0456
    assert page.panel.lr.value == 0.0456
    page.panel.lr.value = 0.0789
    assert w.lr == page.plot.lr == 0.0789
    page.press("Use suggestion")
    assert w.lr == page.plot.lr == w.suggested_lr


def test_a_bad_number_is_told_and_put_back(w: LRWidget, page: Page) -> None:
    w.run()
    before = page.panel.lr.value
    page.panel.lr.value = -3.0
    assert "lr must be a finite number greater than 0; got -3.0" in page.status
    assert page.panel.lr.value == before
    assert w.lr == w.suggested_lr


def test_bad_ends_are_told_and_nothing_is_lost(w: LRWidget, page: Page) -> None:
    history = w.run()
    page.panel.start_lr.value = 5.0
    page.press("Run")
    assert "start_lr must be smaller than end_lr" in page.status
    assert w.state == "finished"
    assert w.history == history
    page.panel.start_lr.value = 1e-3
    page.press("Run")
    assert w.wait(30)
    assert w.history.lr[0] == 1e-3


def test_rule_and_smoothing_pick_at_once(w: LRWidget, page: Page) -> None:
    history = w.run()
    page.panel.rule.value = "floor"
    assert w.suggested_lr == history.suggest("floor").lr
    assert page.plot.get_state("_overlay")["_overlay"]["lr"] == w.suggested_lr
    page.panel.bandwidth.value = 0.6
    assert w.suggested_lr == history.suggest("floor", 0.6).lr
    w.rule = "steepest"
    assert page.panel.rule.value == "steepest"
    w.bandwidth = 0.1
    assert page.panel.bandwidth.value == 0.1


def test_a_page_that_cannot_be_reached_does_not_end_the_sweep(
    w: LRWidget, page: Page, monkeypatch: pytest.MonkeyPatch, task: Task
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise ConnectionError("the page is gone")

    monkeypatch.setattr(page.plot, "send", lost)
    w.run()
    assert (w.state, len(w.history)) == ("finished", 40)
    assert task.unchanged


def test_an_error_text_is_one_line_of_plain_text(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(3)
    task.fail = ValueError("<script>alert(1)</script>\n  second line")
    task.gate.set()
    page.press("Run")
    assert w.wait(30)
    assert page.panel.status.text.endswith("ValueError: <script>alert(1)</script> second line")
    assert page.panel.status.tone == "error"
    assert "Everything was restored" in page.status


def test_progress_is_shown_while_running_only(w: LRWidget, page: Page, task: Task) -> None:
    assert page.panel.status.fraction is None
    task.hold(21)
    page.press("Run")
    assert task.reached.wait(10)
    page.screen.paint()
    assert page.panel.status.fraction == 0.5
    assert "step 20 of 40" in page.status
    assert "left" in page.status
    task.gate.set()
    assert w.wait(30)
    assert page.panel.status.fraction is None


@pytest.mark.parametrize("kernel", [False, True])
def test_a_sweep_in_a_kernel_sends_plotly_to_a_page_it_may_not_hear_and_a_script_packs_none(
    w: LRWidget, page: Page, monkeypatch: pytest.MonkeyPatch, kernel: bool
) -> None:
    monkeypatch.setattr("lrwidget.widget.screen.in_kernel", lambda: kernel)
    monkeypatch.setattr("lrwidget.widget.lrwidget.in_kernel", lambda: False)  # nothing is displayed
    w.run()
    assert bool(page.plot.get_state("_plotly_js")["_plotly_js"]) == kernel


def _noises() -> Iterator[torch.Tensor]:
    while True:
        yield 0.01 * torch.randn(32, 1)


def _with_noise(task: Task) -> LRWidget:
    noises = _noises()

    def step_fn(batch: Any) -> torch.Tensor:
        return task.criterion(task.model(batch[0]), batch[1] + next(noises))

    return LRWidget(task.model, task.optimizer, None, task.loader, step_fn=step_fn, num_iter=20, end_lr=1.0)


@pytest.mark.filterwarnings("ignore::lrwidget.errors.LRWidgetWarning")
def test_what_cannot_be_given_back_is_told_on_the_page_while_the_sweep_runs_in_the_background(
    task: Task,
) -> None:
    w = _with_noise(task)
    page = Page(w)
    for _ in range(2):  # Python itself would tell of the second nowhere
        task.hold(8)
        page.press("Run")
        assert task.reached.wait(30)
        w.pause()
        assert "noises" in page.status
        assert "cannot give" in page.status
        assert page.panel.status.tone == "warning"
        task.gate.set()
        w.resume()
        assert w.wait(30)
        assert "noises" in page.status
        page.press("Accept")
        assert "noises" in page.status
        assert any("noises" in text for text in w.history.receipt["not_kept"])
        assert any("noises" in text for text in w.history.receipt["warnings"])
    page.press("Reset")
    assert "noises" not in page.status
    w.close()


@pytest.mark.filterwarnings("ignore::lrwidget.errors.LRWidgetWarning")
def test_that_few_batches_serve_evaluation_is_told_on_the_page(task: Task) -> None:
    w = LRWidget(
        task.model,
        task.optimizer,
        task.criterion,
        task.loader,
        _Endless(task),
        num_iter=5,
        end_lr=1e-3,
    )
    page = Page(w)
    page.press("Run")
    assert w.wait(60)
    assert "evaluation uses the first 100 batches of val_loader" in page.status
    w.close()


class _Endless:
    """A loader that does not tell how many batches it has."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def __iter__(self) -> Iterator[Any]:
        while True:
            yield self._task.loader[0]
