"""The state as pages get it: ``State`` of ``front/types.d.ts``. A pure function; all numbers are finite."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._text import one_line
from lrwidget.widget.wording import RULE_WORDS, words

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.widget.state import WidgetState
    from lrwidget.widget.sweeps import Progress

__all__ = ["record"]

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
        "can": _can(state, history),
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
    }


def _progress(state: WidgetState, progress: Progress) -> dict[str, Any]:
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


def _shown_bounds(state: WidgetState) -> list[float] | None:
    return list(state.bounds) if state.choice.shows_bounds and state.bounds is not None else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
