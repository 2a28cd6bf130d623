"""The state alone: whatever happens, in whatever order, it stays one that the README's table has."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrwidget import History, SettingsError, StateError
from lrwidget._text import rounded
from lrwidget.history.settings import Settings
from lrwidget.history.trials import Trial, Trials, TrialSettings
from lrwidget.widget.judgement import Choice
from lrwidget.widget.record import record
from lrwidget.widget.state import OutdatedError, Plan, Store, WidgetState
from lrwidget.widget.sweeps import Progress

PHASES = {"idle", "running", "paused", "finished", "failed", "accepted"}
START = WidgetState(Plan(1e-7, 10.0, 100, "exp"), Choice("steepest", 0.3))
SETTINGS = Settings(num_iter=40)


def history(shift: float) -> History:
    lr = SETTINGS.rates
    loss = 2.0 - 1.5 / (1 + np.exp(-2.5 * (np.log10(lr) + 3 + shift)))
    return History(lr, loss, SETTINGS, "completed", seconds=1.0)


HISTORIES = [history(shift) for shift in (0.0, 0.5)]


def trials(*scores: float) -> Trials:
    """Trials of two rates that ended at these losses; NaN: it did not come to its end."""
    made = []
    for lr, score in zip((0.01, 0.1), scores, strict=True):
        loss = np.linspace(2.0, score, 20)
        made.append(Trial(lr, loss, np.full(20, lr), "diverged" if np.isnan(score) else "completed"))
    return Trials(tuple(made), TrialSettings((0.01, 0.1), steps=20), "completed")


TRIALS = [None, trials(0.5, 1.0), trials(np.nan, np.nan)]
RATES = st.sampled_from([None, 1e-4, 0.0123, 1.0])
NUMBERS = st.integers(1, 6)
#: Everything that can happen: a name of a transition, and how it is called for a state.
EVENTS: dict[str, Callable[[WidgetState, Any], WidgetState]] = {
    "run": lambda s, d: s.claimed(blocking=d(st.booleans())),
    "try": lambda s, d: s.claimed(blocking=d(st.booleans()), doing="trials"),
    "begin": lambda s, _: s.began(SETTINGS),
    "tried": lambda s, d: s.tried(
        d(st.sampled_from(TRIALS)), "completed", d(st.sampled_from([None, ValueError("mine")]))
    ),
    "show run": lambda s, d: _show_run(s, d(NUMBERS)),
    "remove run": lambda s, d: s.run_removed(d(NUMBERS)),
    "rename run": lambda s, d: s.run_renamed(d(NUMBERS), d(st.sampled_from(["mine", "wd 0.1"]))),
    "draw run": lambda s, d: s.run_drawn(d(NUMBERS), shown=d(st.booleans())),
    "pause": lambda s, _: s.paused(),
    "resume": lambda s, _: s.resumed(),
    "end": lambda s, d: s.ended(
        d(st.sampled_from([None, *map(s.choice.judged, HISTORIES)])),
        "completed",
        d(st.sampled_from([None, ValueError("mine")])),
    ),
    "move": lambda s, d: s.moved(d(RATES)),
    "rule": lambda s, d: _choose(s, rule=d(st.sampled_from(["knee", "steepest", "edge"]))),
    "bandwidth": lambda s, d: _choose(s, bandwidth=d(st.sampled_from([0.0, 0.3]))),
    "bounds": lambda s, d: s.bounded(d(st.sampled_from([None, (1e-4, 1e-2)]))),
    "show bounds": lambda s, d: s.showing_bounds(shown=d(st.booleans())),
    "plan": lambda s, d: s.planned(num_iter=d(st.sampled_from([2, 50]))),
    "write": lambda s, _: s.writes("accept()"),
    "accepted": lambda s, d: s.accepted_at(d(st.sampled_from([1e-4, 0.5])), "lr"),
    "not written": lambda s, _: s.not_written(),
    "undone": lambda s, _: s.undone(),
    "emptied": lambda s, _: s.emptied(),
    "complain": lambda s, _: s.complained("no"),
    "deaf": lambda s, d: s.heard(deaf=d(st.booleans())),
    "close": lambda s, _: s.shut(),
}
#: What only follows something else: a sweep that is on, trials that are, and a rate that is being written.
ONLY_ON = {"begin": "sweep", "end": "sweep", "tried": "trials"}
ONLY_WRITING = {"accepted", "not written", "undone", "emptied"}


def _choose(state: WidgetState, **how: Any) -> WidgetState:
    from dataclasses import replace

    return state.chosen(replace(state.choice, **how).judged(state.history), **how)


def _show_run(state: WidgetState, number: int) -> WidgetState:
    return state.run_shown_again(number, state.choice.judged(state.kept[number].history))


def allowed(name: str, state: WidgetState) -> bool:
    """Whether the thread that does it would do it now."""
    if name in ONLY_ON:
        return state.busy and state.doing == ONLY_ON[name]
    return state.writing if name in ONLY_WRITING else True


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_order_of_events_ends_in_a_state_that_the_table_does_not_have(data: st.DataObject) -> None:
    state, chosen = START, None  # chosen: what somebody has put into the optimizer
    shown: History | None = None
    for _ in range(data.draw(st.integers(1, 25))):
        name = data.draw(st.sampled_from([name for name in EVENTS if allowed(name, state)]))
        before = state
        try:
            state = EVENTS[name](state, data.draw)
        except (StateError, SettingsError):
            assert state is before  # refused: nothing has changed
            continue
        if name == "accepted":
            chosen = state.accepted
        elif name in {"begin", "undone", "emptied"}:
            chosen = None
        if name in {"begin", "emptied"}:
            shown = None
        elif name in {"end", "show run"} and state.history is not None:
            shown = state.history

        assert state.phase in PHASES
        assert state.accepted == chosen, "a rate that nobody chose"
        if state.phase == "accepted":
            assert state.accepted is not None
        if not state.busy:
            assert state.history is shown, "a curve was lost"
            assert not state.blocking
        if name not in {"remove run", "emptied"}:
            known = set(before.kept.numbers)
            assert known <= set(state.kept.numbers), "a run was lost"
            assert all(state.kept[number].history is before.kept[number].history for number in known)
        assert len(set(state.kept.numbers)) == len(state.kept.runs) == len(state.kept.numbers)
        if state.history is not None and len(state.history):
            assert state.active in state.kept.numbers
        assert not (state.busy and state.writing)
        if state.lr is not None:
            tried = state.trials.suggested_lr if state.trials is not None else None
            assert state.lr in {state.choice.override, state.judgement.lr, rounded(tried or 1.0, 3)}
        if name in {"pause", "resume"} and not before.busy:
            assert state is before
        told = record(state, Progress(state.history))
        assert told["can"]["run"] != (state.busy or state.closed)
        assert not (told["can"]["accept"] and (state.busy or state.lr is None))
        assert told["choice"]["lr"] == state.lr


def test_what_was_judged_by_another_rule_is_not_taken() -> None:
    running = START.claimed(blocking=False).began(SETTINGS)
    judged = running.choice.judged(HISTORIES[0])
    other = _choose(running, rule="knee")
    with pytest.raises(OutdatedError):
        other.ended(judged, "completed", None)
    over = other.ended(other.choice.judged(HISTORIES[0]), "completed", None)
    stale = over.choice.judged(HISTORIES[1])
    with pytest.raises(OutdatedError):
        over.chosen(stale)


def test_a_sweep_that_fails_before_its_first_step_leaves_the_last_curve() -> None:
    first = START.claimed(blocking=False).began(SETTINGS)
    done = first.ended(first.choice.judged(HISTORIES[0]), "completed", None)
    again = done.claimed(blocking=False).ended(None, "error", ValueError("no"))
    assert (again.phase, again.history, again.suggested) == ("failed", HISTORIES[0], done.suggested)
    assert again.sweep == 2
    assert again.shown == 1


def test_undo_goes_back_to_what_was() -> None:
    begun = START.claimed(blocking=False).began(SETTINGS)
    done = begun.ended(begun.choice.judged(HISTORIES[0]), "completed", None)
    for state in (START, done):
        accepted = (
            state.writes("accept()").accepted_at(0.1, "lr = 0.1").writes("accept()").accepted_at(0.2, "")
        )
        assert (accepted.phase, accepted.lr) == ("accepted", 0.2)
        undone = accepted.writes("undo()").undone()
        assert (undone.phase, undone.history, undone.lr) == (state.phase, state.history, 0.2)


def test_changes_of_many_threads_are_one_after_the_other() -> None:
    store = Store(START)

    def count() -> None:
        for _ in range(500):
            store.change(lambda state: state.complained(str(int(state.complaint or 0) + 1)))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.state.complaint == "2000"
    assert store.state.version == 2000
    with pytest.raises(StateError):
        store.change(lambda state: state.claimed(blocking=False).claimed(blocking=False))
    assert store.state.version == 2000


def test_a_suggestion_is_what_can_be_read() -> None:
    begun = START.claimed(blocking=False).began(SETTINGS)
    done = begun.ended(begun.choice.judged(HISTORIES[0]), "completed", None)
    assert done.suggested == float(f"{done.judgement.pick.lr:.3g}")
