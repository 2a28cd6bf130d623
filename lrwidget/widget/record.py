"""The state as pages get it: ``State`` of ``front/types.d.ts``. A pure function; all numbers are finite."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from lrwidget._text import one_line, rounded
from lrwidget.widget.judgement import DIGITS
from lrwidget.widget.wording import RULE_WORDS, words

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.history.trials import Trial, Trials
    from lrwidget.widget.judgement import Choice
    from lrwidget.widget.state import WidgetState
    from lrwidget.widget.sweeps import Progress

__all__ = ["in_order", "record"]

#: Why a trial ended, in a word; as planned, in none.
_ENDED = {"completed": "", "untried": "not tried", "non-finite": "not finite"}
_PICKS: WeakKeyDictionary[History, tuple[tuple[str, float, str], float | None]] = WeakKeyDictionary()
_NO_OVERLAY = {"lr": None, "loss": 0.0, "change": 0.0, "band": None}


def record(state: WidgetState, progress: Progress, metric_name: str | None = None) -> dict[str, Any]:
    """Return what pages show of a state."""
    choice, over, history = state.choice, state.judgement.overlay, progress.history
    return {
        "version": state.version,
        "state": state.phase,
        "sweep": state.sweep,
        "stop_reason": state.stop_reason,
        "closed": state.closed,
        "deaf": state.deaf,
        "progress": _progress(state, progress),
        "plan": asdict(state.plan),
        "choice": {
            "rule": choice.rule,
            "bandwidth": choice.bandwidth,
            "on": choice.on,
            "lr": state.lr,
            "suggested_lr": state.suggested,
            "accepted_lr": state.accepted,
            "bounds": _shown_bounds(state),
            "shows_bounds": choice.shows_bounds,
        },
        "offers": {
            "rules": [{"name": name, "words": said} for name, said in RULE_WORDS.items()],
            "metric_name": None if metric_name is None else one_line(metric_name, 20),
        },
        "words": asdict(words(state, history)),
        "overlay": _NO_OVERLAY
        if over is None
        else {"lr": over.lr, "loss": _finite(over.loss), "change": _finite(over.change), "band": over.band},
        "doing": state.doing if state.busy else "sweep",
        "runs": _runs(state),
        "trials": _trials(state, progress),
        "can": _can(state, history),
    }


def in_order(trials: Trials) -> list[Trial]:
    """Return trials in the order of their rates, in which pages have them."""
    return sorted(trials, key=lambda trial: trial.lr)


def _runs(state: WidgetState) -> list[dict[str, Any]]:
    choice, active, hidden = state.choice, state.active, state.kept.hidden
    runs = []
    for number, run in state.kept:
        runs.append(
            {
                "id": number,
                "name": run.name,
                "lr": _picked(run.history, choice),
                "shown": number not in hidden,
                "active": number == active,
            }
        )
    return runs


def _picked(history: History, choice: Choice) -> float | None:
    """Return what the present rule picks from a run, worked out once: this is asked for often."""
    how = (choice.rule, choice.bandwidth, choice.on)
    known = _PICKS.get(history)
    if known is None or known[0] != how:
        known = _PICKS[history] = how, choice.judged(history).lr
    return known[1]


def _trials(state: WidgetState, progress: Progress) -> dict[str, Any] | None:
    on = progress.trials is not None
    trials = progress.trials if on else state.trials
    if trials is None:
        return None
    order, scores = in_order(trials), dict(zip(trials, trials.scores, strict=True))
    best = None if trials.winner is None else order.index(trials[trials.winner])
    return {
        "number": state.sweep if on else state.trials_number,
        "steps": trials.settings.steps,
        "trials": [
            {
                "lr": rounded(trial.lr, DIGITS),
                "step": len(trial),
                "ended": None if trial.ended is None else _ENDED.get(trial.ended, trial.ended),
                "loss": _finite_or_none(scores[trial]),
            }
            for trial in order
        ],
        "winner": best,
    }


def _can(state: WidgetState, history: History | None) -> dict[str, bool]:
    rest = not state.busy and not state.closed
    return {
        "run": rest,
        "pause": state.phase == "running",
        "resume": state.phase == "paused",
        "stop": state.busy,
        "accept": rest and state.lr is not None and state.lr != state.accepted,
        "undo": rest and state.accepted is not None,
        "clear": rest and (history is not None or state.accepted is not None or state.phase == "failed"),
        "move": not state.closed and (state.lr is not None or (history is not None and len(history) > 0)),
        "try": rest and (state.lr is not None or state.history is not None),
        "extend": state.extendable,
        "refine": state.refinable,
    }


def _progress(state: WidgetState, progress: Progress) -> dict[str, Any]:
    if progress.trials is not None:
        return _progress_of_trials(progress, progress.trials)
    history = progress.history
    losses = np.empty(0) if history is None else history.loss[np.isfinite(history.loss)]
    return {
        "step": len(history) if history is not None else 0,
        "num_iter": state.settings.num_iter if state.settings is not None else state.plan.num_iter,
        "seconds": history.seconds if history is not None else None,
        "seconds_left": progress.seconds_left,
        "steps_per_second": progress.steps_per_second,
        "lr": float(history.lr[-1]) if history is not None and len(history) else None,
        "loss": float(losses[-1]) if losses.size else None,
        "best_loss": float(losses.min()) if losses.size else None,
    }


def _progress_of_trials(progress: Progress, trials: Trials) -> dict[str, Any]:
    """Return how far all of them are; rate and losses are of the one that is on."""
    begun = [trial for trial in trials if len(trial)]
    losses = begun[-1].loss[np.isfinite(begun[-1].loss)] if begun else np.empty(0)
    return {
        "step": progress.steps_done,
        "num_iter": progress.steps_planned,
        "seconds": None,
        "seconds_left": progress.seconds_left,
        "steps_per_second": progress.steps_per_second,
        "lr": rounded(begun[-1].lr, DIGITS) if begun else None,
        "loss": float(losses[-1]) if losses.size else None,
        "best_loss": float(losses.min()) if losses.size else None,
    }


def _shown_bounds(state: WidgetState) -> list[float] | None:
    return list(state.bounds) if state.choice.shows_bounds and state.bounds is not None else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _finite_or_none(value: float | None) -> float | None:
    return None if value is None else _finite(value)
