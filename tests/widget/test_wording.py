"""Every state has its words, its buttons, and says what to do next."""

from __future__ import annotations

import pytest

from lrwidget.history.settings import Settings
from lrwidget.picks.pick import Pick
from lrwidget.widget.wording import Situation, show, summary

SETTINGS = Settings()
PICK = Pick("steepest", 0.0423, "falls fastest", ("low contrast",))
DONE = Situation(
    state="finished",
    settings=SETTINGS,
    stop_reason="completed",
    step=100,
    seconds=5.2,
    last_lr=10.0,
    pick=PICK,
    lr=PICK.lr,
)


def altered(**changes: object) -> Situation:
    return Situation(**{**vars(DONE), **changes})


def test_idle() -> None:
    shown = show(Situation())
    assert shown.run_label == "Run"
    assert shown.text.startswith("Ready.")
    assert (shown.can_stop, shown.can_accept, shown.can_reset) == (False, False, False)
    assert summary(Situation()) == "Learning-rate range test, not run yet."


def test_running_says_where_it_is_and_how_long_it_will_take() -> None:
    now = altered(state="running", stop_reason=None, step=37, last_lr=0.0012, seconds_left=185, pick=None)
    shown = show(now)
    assert shown.text == "Running: step 37 of 100 (lr 0.0012), 3 min 05 s left."
    assert (shown.run_label, shown.can_stop, shown.can_accept, shown.can_set) == ("Pause", True, False, False)
    assert shown.fraction == 0.37


def test_a_blocking_run_whose_buttons_do_not_answer_says_how_to_stop() -> None:
    shown = show(altered(state="running", deaf=True))
    assert any("interrupt the kernel to stop" in line for line in shown.details)


def test_paused() -> None:
    shown = show(altered(state="paused", step=37))
    assert shown.text.startswith("Paused: step 37 of 100")
    assert shown.run_label == "Resume"
    assert shown.can_stop


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("completed", "Completed 100 steps, 5.2 s."),
        ("diverged", "Diverged at step 86 of 100 (lr 0.74), 5.2 s."),
        ("non-finite", "Ended by a loss that is not finite at step 86 of 100"),
        ("stopped", "Stopped at step 86 of 100"),
        ("interrupted", "Interrupted at step 86 of 100"),
        ("exhausted", "The loader was exhausted at step 86 of 100"),
    ],
)
def test_every_end_has_its_words(reason: str, words: str) -> None:
    step, lr = (100, 10.0) if reason == "completed" else (86, 0.74)
    shown = show(altered(stop_reason=reason, step=step, last_lr=lr))
    assert shown.text.startswith(words)
    assert "Suggested: 0.042 (steepest)." in shown.text
    assert "Note: low contrast." in shown.details
    assert shown.can_accept


@pytest.mark.parametrize("state", ["running", "paused", "finished", "accepted"])
def test_what_a_sweep_warned_of_stands_on_the_page_from_its_beginning_to_accept(state: str) -> None:
    shown = show(altered(state=state, warnings=("the sweep may change these: step_fn.noise",)))
    assert "Warning: the sweep may change these: step_fn.noise." in shown.details
    assert shown.tone == "warning"


def test_an_error_is_louder_than_a_warning() -> None:
    shown = show(altered(state="failed", error="ValueError: no", warnings=("something",)))
    assert "Warning: something." in shown.details
    assert shown.tone == "error"


def test_without_a_suggestion_it_says_why_and_how_to_choose() -> None:
    pick = Pick("steepest", None, "no descent found")
    shown = show(altered(pick=pick, lr=None))
    assert "No suggestion: no descent found." in shown.text
    assert any("Click a point" in line for line in shown.details)
    assert not shown.can_accept


def test_failed() -> None:
    shown = show(altered(state="failed", step=12, last_lr=1e-6, error="RuntimeError: out of order"))
    assert shown.text == "Failed after step 12 of 100 (lr 1e-6): RuntimeError: out of order"
    assert shown.tone == "error"
    early = show(Situation(state="failed", error="LoaderError: train_loader is empty"))
    assert early.text == "Failed before the first step: LoaderError: train_loader is empty"


def test_that_all_was_restored_is_said_only_when_it_was() -> None:
    failed = {"state": "failed", "step": 12, "error": "RuntimeError: out of order"}
    assert any("Everything was restored" in line for line in show(altered(**failed)).details)
    assert not any("restored" in line for line in show(altered(**failed, restored=False)).details)


def test_steps_that_the_scaler_skipped_are_told() -> None:
    assert any("skipped 3 steps for overflow" in line for line in show(altered(skipped=3)).details)
    assert not any("skipped" in line for line in show(altered(skipped=3, state="running")).details)


def test_accepted_then_moved() -> None:
    shown = show(altered(state="accepted", accepted_lr=PICK.lr, receipt="lr = 0.0423"))
    assert shown.text.startswith("Accepted: lr = 0.0423.")
    assert shown.tone == "good"
    assert not shown.can_accept
    moved = show(altered(state="accepted", accepted_lr=PICK.lr, receipt="lr = 0.0423", lr=0.01))
    assert moved.can_accept
    assert any("press Accept to use it" in line for line in moved.details)


def test_a_complaint_stands_beside_the_state() -> None:
    shown = show(altered(complaint="lr must be positive"))
    assert shown.tone == "error"
    assert shown.details[0] == "lr must be positive"
    assert shown.text.startswith("Completed")
