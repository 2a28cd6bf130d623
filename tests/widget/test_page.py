"""What a person does on the page, and what it shows, without a browser."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from lrwidget import History, LRWidget
from tests.widget.pages import Page
from tests.widget.tasks import Task


@pytest.fixture
def page(w: LRWidget) -> Page:
    return Page(w)


def run(page: Page, **fields: Any) -> None:
    """Press Run."""
    plan = page.state["plan"]
    page.say("run", **{name: plan[name] for name in ("start_lr", "end_lr", "num_iter")} | fields)


def test_run_accept_undo_clear(w: LRWidget, page: Page, task: Task) -> None:
    run(page)
    assert w.wait(30)
    assert page.state["state"] == w.state == "finished"
    assert page.losses == w.history.loss.tolist()
    assert f"{w.suggested_lr:g}: the loss falls fastest here." in page.status
    assert page.state["can"]["accept"]
    page.say("accept", lr=page.lr)
    assert page.state["state"] == w.state == "accepted"
    assert task.rates == [w.accepted_lr] == [page.lr]
    assert f"Your optimizer now holds {w.accepted_lr:g}." in page.status
    page.say("undo")
    assert (w.state, task.rates) == ("finished", [0.5])
    assert page.losses == w.history.loss.tolist(), "the curve stays"
    page.say("accept", lr=page.lr)
    page.say("clear")
    assert (w.state, task.rates, w.history) == ("idle", [0.5], None)
    assert page.losses == []


def test_pause_and_resume(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(4)
    run(page)
    assert task.reached.wait(10)
    page.say("pause")
    assert page.state["state"] == "paused"
    assert page.losses == w.history.loss.tolist(), "a pause shows all that there is"
    assert page.state["can"] == {
        **dict.fromkeys(("run", "pause", "accept", "undo", "clear", "try", "refine", "extend"), False),
        **dict.fromkeys(("resume", "stop"), True),
        "move": page.state["can"]["move"],
    }
    task.gate.set()
    page.say("resume")
    assert w.wait(30)
    assert w.stop_reason == "completed"


def test_what_is_accepted_is_what_the_page_showed(w: LRWidget, page: Page, task: Task) -> None:
    w.run()
    page.say("move", lr=0.0456)
    assert w.lr == page.lr == 0.0456
    w.lr = 0.3  # by a cell; the page has not heard of it when the person presses
    assert page.say("accept", lr=0.0456)["done"]
    assert w.accepted_lr == w.lr == page.lr == 0.0456
    assert task.rates == [0.0456]
    w.reset()
    for shown, text in (
        (None, "The page showed no rate"),
        (-1, "lr must be a finite number"),
        ("x", "lr must"),
    ):
        answer = page.say("accept", lr=shown)
        assert not answer["done"]
        assert text in answer["why"]
        assert text in page.status
        assert (task.rates, w.state) == ([0.5], "idle")


def test_a_command_about_a_sweep_that_is_over_does_nothing(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(4)
    run(page)
    assert task.reached.wait(10)
    begun = page.state["sweep"]
    run(page)  # a double click: neither another sweep nor a complaint
    assert (w.state, page.state["sweep"]) == ("running", begun)
    assert page.state["words"]["tone"] == "quiet"
    task.gate.set()
    assert w.wait(30)
    history = w.history
    for late in ("pause", "resume", "stop", "run"):
        page.say(late, seen={"sweep": begun - 1})
        assert (w.state, w.history) == ("finished", history)
    page.say("pause")  # of this sweep, which has ended meanwhile
    assert (w.state, w.history) == ("finished", history)
    w.run()
    answer = page.say("accept", lr=0.0456, seen={"sweep": begun})
    assert not answer["done"]
    assert "another sweep has begun" in page.status
    page.say("move", lr=0.0456, seen={"sweep": begun})
    assert (task.rates, w.state) == ([0.5], "finished")
    assert w.lr == w.suggested_lr


def test_stop_and_back_to_the_suggestion(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(4)
    run(page)
    assert task.reached.wait(10)
    page.say("stop")
    task.gate.set()
    assert w.wait(30)
    assert w.stop_reason == "stopped"
    w.run()
    page.say("move", lr=0.0456)
    page.say("move", lr=None)
    assert w.lr == page.lr == w.suggested_lr != 0.0456


@pytest.mark.parametrize(
    "said",
    [
        {"name": "dance"},
        {"name": "move", "args": {"lr": "fast"}},
        {"name": "move", "args": {"lr": [0.1]}},
        {"name": "bounds", "args": {"bounds": [0.1, "x"]}},
        {"name": "bounds", "args": {"bounds": 5}},
        {"name": "plan", "args": {"start_lr": {}}},
        {"name": "plan", "args": {"num_iter": 1}},
        {"name": "plan", "args": {"colour": "red"}},
        {"name": "rule", "args": {"rule": "deepest"}},
        {"name": "rule", "args": {}},
        {"name": "bandwidth", "args": {"bandwidth": -1}},
        {"name": "on", "args": {"on": "metric"}},
        {"name": "export", "args": {"format": "exe"}},
        {"name": "__init__"},
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_changes_nothing(
    w: LRWidget, page: Page, task: Task, said: dict[str, Any]
) -> None:
    w.run()
    before = (w.lr, w.rule, w.bandwidth, w.bounds, w.state, task.rates)
    page.said += 1
    page.send([{"n": page.said, "seen": {"sweep": page.state["sweep"]}, **said}])
    answer = page.answers[page.said]
    assert answer["done"] is False
    assert answer["why"]
    assert (w.lr, w.rule, w.bandwidth, w.bounds, w.state, task.rates) == before


def test_a_refusal_goes_when_something_is_done(w: LRWidget, page: Page) -> None:
    w.run()
    page.say("move", lr=-3.0)
    assert "lr must be a finite number greater than 0; got -3.0" in page.status
    assert page.lr == w.suggested_lr
    page.say("move", lr=0.01)
    assert "lr must be" not in page.status


def test_the_log_has_one_line_for_a_sweep_that_no_page_could_be_told_of(
    w: LRWidget, page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise ConnectionError("the page is gone")

    monkeypatch.setattr(w, "send", lost)
    monkeypatch.setattr("lrwidget.widget.publisher._TICKS_A_SECOND", 1e9)
    for _ in range(2):
        caplog.clear()
        w.run()
        assert (w.state, len(w.history)) == ("finished", 40)
        (line,) = caplog.messages
        assert line.endswith("harms no sweep: ConnectionError: the page is gone")


@pytest.mark.parametrize("hears", [False, True])
def test_a_run_whose_page_does_not_answer_says_how_to_stop_it(
    w: LRWidget, page: Page, task: Task, monkeypatch: pytest.MonkeyPatch, hears: bool
) -> None:
    monkeypatch.setattr("lrwidget.widget.screen._ANSWER_WITHIN", 0.1)
    task.hold(9)
    cell = threading.Thread(target=w.run)
    cell.start()
    assert task.reached.wait(10)
    assert "call" in page.kinds()
    if hears:
        page.send([])
    time.sleep(0.2)
    w._control.screen._publisher.now()
    assert ("interrupt the kernel to stop" in page.status) == (not hears)
    if not hears:  # late, but it is there
        page.send([])
        assert "interrupt the kernel" not in page.status
    task.gate.set()
    cell.join(30)
    assert "interrupt the kernel" not in page.status


def test_a_page_that_opens_late_is_served_everything(w: LRWidget) -> None:
    history = w.run()
    page = Page(w)
    np.testing.assert_array_equal(page.losses, history.loss)
    assert page.lr == w.lr


def test_several_pages_agree(w: LRWidget, task: Task) -> None:
    one, other = Page(w), Page(w)
    run(one)
    assert w.wait(30)
    other.say("move", lr=0.01)
    assert one.lr == other.lr == 0.01
    one.say("rule", rule="knee")
    assert other.state["choice"] == one.state["choice"]
    assert other.state == one.state
    assert other.losses == one.losses


def test_plotly_s_script_is_sent_to_whom_it_lacks_and_is_no_state(w: LRWidget, page: Page) -> None:
    assert "plotly" not in page.kinds()
    assert len(json.dumps({name: str(value) for name, value in w.get_state().items()})) < 150_000
    page.say("hello", plotly=True)
    assert page.kinds().count("plotly") == 1


@pytest.mark.parametrize("kernel", [False, True])
def test_a_blocking_sweep_sends_plotly_unasked_while_nobody_was_heard(
    w: LRWidget, monkeypatch: pytest.MonkeyPatch, kernel: bool
) -> None:
    monkeypatch.setattr("lrwidget.widget.screen.in_kernel", lambda: kernel)
    monkeypatch.setattr("lrwidget.widget.lrwidget.display", lambda _: None)
    page = Page(w, hello=False)
    w.run()
    assert ("plotly" in page.kinds()) == kernel
    assert bool(page.losses) == kernel, "a script sends nothing to nobody"
    if kernel:
        page.say("hello", plotly=False)
        page.messages.clear()
        w.run()
        assert "plotly" not in page.kinds(), "a page that was heard asks for it itself"


def test_bad_ends_are_told_and_nothing_is_lost(w: LRWidget, page: Page) -> None:
    history = w.run()
    run(page, start_lr=5.0)
    assert "start_lr must be smaller than end_lr" in page.status
    assert (w.state, w.history) == ("finished", history)
    page.say("plan", start_lr=1e-3)
    assert page.state["plan"]["start_lr"] == 1e-3
    run(page)
    assert w.wait(30)
    assert w.history.lr[0] == 1e-3


def test_a_list_of_rates_is_not_edited(task: Task) -> None:
    w = task.widget(lr_schedule=[1e-4, 1e-3, 1e-2])
    page = Page(w)
    assert not page.say("plan", start_lr=1e-3)["done"]
    run(page, start_lr=1e-9)
    assert w.wait(30)
    assert w.history.lr.tolist() == [1e-4, 1e-3, 1e-2]
    w.close()


def test_rule_and_smoothing_pick_at_once(w: LRWidget, page: Page) -> None:
    history = w.run()
    page.say("rule", rule="floor")
    assert w.suggested_lr == float(f"{history.suggest('floor').lr:.3g}")
    assert page.state["overlay"]["lr"] == history.suggest("floor").lr
    frames = page.kinds().count("frame")
    page.say("bandwidth", bandwidth=0.6)
    assert w.suggested_lr == float(f"{history.suggest('floor', 0.6).lr:.3g}")
    assert page.kinds().count("frame") > frames, "the curve is drawn anew"
    w.rule = "steepest"
    w.bandwidth = 0.1
    assert (page.state["choice"]["rule"], page.state["choice"]["bandwidth"]) == ("steepest", 0.1)


def test_an_error_text_is_one_line_of_plain_text(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(3)
    task.fail = ValueError("<script>alert(1)</script>\n  second line")
    task.gate.set()
    run(page)
    assert w.wait(30)
    assert page.state["words"]["text"] == "ValueError: <script>alert(1)</script> second line"
    assert page.state["words"]["tone"] == "error"
    assert "Everything was restored" in page.status


def test_progress_tells_how_far_and_how_long(w: LRWidget, page: Page, task: Task) -> None:
    task.hold(21)
    run(page)
    assert task.reached.wait(10)
    w._control.screen.changed()
    now = page.state["progress"]
    assert (now["step"], now["num_iter"]) == (20, 40)
    assert now["seconds_left"] == pytest.approx(20 / now["steps_per_second"], rel=0.2)
    assert now["loss"] == w.history.loss[-1]
    assert now["best_loss"] == w.history.loss.min()
    announced = page.state["words"]["announcement"]
    task.gate.set()
    assert w.wait(30)
    assert page.state["progress"]["seconds_left"] is None
    assert page.state["words"]["announcement"] != announced


def test_what_is_recorded_can_be_taken_along(w: LRWidget, page: Page, tmp_path: Any) -> None:
    for form in ("json", "csv", "code"):
        assert not page.say("export", format=form)["done"], "there is nothing yet"
    history = w.run()
    path = tmp_path / "sweep.json"
    path.write_text(page.say("export", format="json")["value"], "utf-8")
    assert History.load(path) == history
    table = page.say("export", format="csv")["value"].splitlines()
    assert table[0] == "lr,loss,smoothed_loss,change_in_loss"
    assert [float(value) for value in table[5].split(",")][:2] == [history.lr[4], history.loss[4]]
    code = page.say("export", format="code")["value"]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    exec(code, {"optimizer": optimizer})
    assert optimizer.param_groups[0]["lr"] == w.lr


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
        run(page)
        assert task.reached.wait(30)
        w.pause()
        assert "noises" in page.status
        assert "cannot give" in page.status
        assert page.state["words"]["tone"] == "warning"
        task.gate.set()
        w.resume()
        assert w.wait(30)
        assert "noises" in page.status
        page.say("accept", lr=0.01)
        assert "noises" in page.status
        assert any("noises" in text for text in w.history.receipt["not_kept"])
        assert any("noises" in text for text in w.history.receipt["warnings"])
    page.say("clear")
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
    run(page)
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
