"""Every state has its words, and says what to do next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrwidget import History
from lrwidget.history.settings import Settings
from lrwidget.widget.judgement import Choice
from lrwidget.widget.state import Plan, WidgetState
from lrwidget.widget.wording import Words, summary, told, words

START = WidgetState(Plan(1e-7, 10.0, 100, "exp"), Choice("steepest", 0.3))
SETTINGS = Settings()


def history(count: int = 100, reason: Any = "completed", falls: bool = True, **receipt: Any) -> History:
    lr = SETTINGS.rates[:count]
    x = np.log10(lr)
    loss = 2.0 - (1.5 if falls else 0.0) / (1 + np.exp(-2.5 * (x + 3)))
    loss = loss + np.exp(np.minimum(4 * (x + 0.3), 5)) * falls
    return History(lr, loss, SETTINGS, reason, seconds=5.2, receipt=receipt)


def finished(known: History) -> WidgetState:
    begun = START.claimed(blocking=False).began(SETTINGS)
    return begun.ended(begun.choice.judged(known), known.stop_reason or "completed", None)


DONE = finished(history())


def said(state: WidgetState, known: History | None = None) -> Words:
    return words(state, known or state.history)


def test_idle() -> None:
    now = words(START, None)
    assert now.text == "100 rates from 1e-7 to 10. Your model is given back as it is."
    assert now.notes == ()
    assert summary(START, None) == "Learning-rate range test, not run yet."
    assert now.summary == "1e-7 to 10 in 100 steps · steepest · smoothing 0.3"


def test_running_says_so_once_however_many_points_come() -> None:
    running = START.claimed(blocking=True).began(SETTINGS)
    few, many = (words(running, history(count, None)) for count in (3, 80))
    assert few.announcement == many.announcement == "Running."


def test_a_blocking_run_whose_buttons_do_not_answer_says_how_to_stop() -> None:
    deaf = START.claimed(blocking=True).began(SETTINGS).heard(deaf=True)
    assert any("interrupt the kernel to stop" in line for line in words(deaf, history(3, None)).notes)
    assert not any("interrupt" in line for line in words(deaf.heard(deaf=False), history(3, None)).notes)


def test_paused() -> None:
    paused = START.claimed(blocking=False).began(SETTINGS).paused()
    now = words(paused, history(37, None))
    assert now.headline == "Paused at step 37 of 100."
    assert "Resume goes on from here" in now.text


def test_what_was_found_is_the_rate_that_the_marker_has_and_why() -> None:
    now = said(DONE)
    assert now.headline == f"{DONE.suggested:g}: the loss falls fastest here."
    assert "It goes on falling until" in now.text
    assert "blows up at" in now.text
    assert now.tone == "good"
    assert now.announcement.startswith(now.headline)
    told_later = summary(DONE, DONE.history)
    assert told_later.startswith(f"Learning-rate range test. {now.headline}")
    assert told_later.endswith("Completed 100 steps, 5.2 s.")
    assert "Drag" not in told_later, "there is nothing to be dragged in a saved notebook"


def test_a_marker_that_was_moved_is_the_persons_choice() -> None:
    now = said(DONE.moved(0.0456))
    assert now.headline == "0.0456: your choice."
    assert f"The rule suggests {DONE.suggested:g}: the loss falls fastest here." in now.text
    assert said(DONE.moved(DONE.suggested)) == said(DONE)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("diverged", "Diverged at step 86 of 100 (lr 0.739), 5.2 s."),
        ("non-finite", "Ended by a loss that is not finite at step 86 of 100"),
        ("stopped", "Stopped at step 86 of 100"),
        ("interrupted", "Interrupted at step 86 of 100"),
        ("exhausted", "The loader was exhausted at step 86 of 100"),
    ],
)
def test_every_end_has_its_words(reason: str, expected: str) -> None:
    ended = finished(history(86, reason))
    assert expected in summary(ended, ended.history)
    if reason != "diverged":  # which is where the loss "blows up", said already
        assert expected in said(ended).text


def test_doubts_of_the_rule_are_notes() -> None:
    doubtful = finished(history(55, "stopped"))
    assert doubtful.judgement.pick is not None
    assert doubtful.judgement.pick.warnings
    for warning in doubtful.judgement.pick.warnings:
        assert any(line.startswith(f"Note: {warning}") for line in said(doubtful).notes)


@pytest.mark.parametrize("phase", ["running", "paused", "finished", "accepted"])
def test_what_a_sweep_warned_of_stands_there_from_its_beginning_to_accept(phase: Any) -> None:
    warned = history(warnings=["the sweep may change these: step_fn.noise"])
    state = replace(DONE, phase=phase, accepted=0.1)
    now = words(state, warned)
    assert "Warning: the sweep may change these: step_fn.noise." in now.notes
    assert now.tone == "warning"


def test_an_error_is_louder_than_a_warning() -> None:
    failed = replace(DONE, phase="failed", error=ValueError("no"))
    now = words(failed, history(warnings=["something"]))
    assert "Warning: something." in now.notes
    assert now.tone == "error"


def test_without_a_suggestion_it_says_why_and_how_to_choose() -> None:
    now = said(finished(history(falls=False)))
    assert now.headline == "No suggestion."
    assert "No descent found" in now.text
    assert "Click a point" in now.text
    assert now.tone == "quiet"
    nothing = finished(history(falls=False))
    assert "Click" not in summary(nothing, nothing.history)
    chosen = said(finished(history(falls=False)).moved(0.01))
    assert chosen.headline == "0.01: your choice."


def test_failed() -> None:
    begun = START.claimed(blocking=False).began(SETTINGS)
    late = begun.ended(begun.choice.judged(history(12, "error")), "error", RuntimeError("out of order"))
    now = said(late)
    assert (now.headline, now.text) == ("Failed at step 13 of 100.", "RuntimeError: out of order")
    assert now.tone == "error"
    assert any("Everything was restored" in line for line in now.notes)
    lost = begun.ended(None, "error", RuntimeError("x"), restored=False)
    assert not any("restored" in line for line in said(lost, history(12, "error")).notes)
    early = words(START.claimed(blocking=False).ended(None, "error", ValueError("empty")), None)
    assert (early.headline, early.text) == ("Failed before the first step.", "ValueError: empty")


def test_a_sweep_that_failed_at_once_does_not_count_the_points_of_the_one_before() -> None:
    again = DONE.claimed(blocking=False).ended(None, "error", ValueError("empty"))
    assert said(again).headline == "Failed before the first step."


def test_steps_that_the_scaler_skipped_are_told() -> None:
    skipped = history(skipped_steps=3)
    assert any("skipped 3 steps for overflow" in line for line in said(finished(skipped)).notes)
    running = START.claimed(blocking=False).began(SETTINGS)
    assert not any("skipped" in line for line in words(running, skipped).notes)


def test_accepted_then_moved() -> None:
    accepted = DONE.writes("accept()").accepted_at(0.0423, "lr = 0.0423")
    now = said(accepted)
    assert now.headline == "Your optimizer now holds 0.0423."
    assert now.text == "Everything else is as before the sweep.", "the rate is said once"
    assert now.tone == "good"
    groups = said(DONE.writes("accept()").accepted_at(0.0423, "2 groups: 0.0423, 0.00423"))
    assert groups.text == "2 groups: 0.0423, 0.00423. Everything else is as before the sweep."
    moved = said(accepted.moved(0.01))
    assert any("press Accept to use it" in line for line in moved.notes)


def test_a_refusal_stands_beside_the_state_and_is_told() -> None:
    now = said(DONE.complained("lr must be positive"))
    assert now.tone == "error"
    assert now.notes[0] == "lr must be positive"
    assert now.headline == said(DONE).headline
    assert now.announcement == "lr must be positive"


def test_texts_that_are_not_ours_are_one_line() -> None:
    assert told(ValueError("<script>\n second\tline")) == "ValueError: <script> second line"
    assert told(ValueError()) == "ValueError"

    class NastyError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert told(NastyError()) == "NastyError"
