"""What is known, in words: a pure function of the state and of how far the sweep is.

The page, the saved notebook and the terminal say the same. Texts are plain; whoever shows them as markup
escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from lrwidget._text import exact_rate, format_duration, format_rate, one_line

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.picks.pick import Pick
    from lrwidget.widget.state import WidgetState

__all__ = ["RULE_WORDS", "Words", "summary", "told", "words"]

Tone = Literal["quiet", "good", "warning", "error"]

#: Of a line: what is longer is a text of megabytes, or a traceback.
_LONGEST: Final = 1000

#: Why one takes the rate that a rule picks.
RULE_WORDS: Final = {
    "steepest": "the loss falls fastest here",
    "knee": "half of the descent takes 3 steps at this rate",
    "floor": "below the rate with the lowest loss",
    "edge": "well below the rate at which the loss blows up",
    "valley": "half-way down the longest fall",
    "minimum": "a tenth of the rate with the lowest loss",
    "seed": "the raw loss falls most from here to the next point",
}
_METRIC_WORDS: Final = {
    "steepest": "{name} rises fastest here",
    "knee": "half of the rise takes 3 steps at this rate",
}

#: What trials are judged by, where it is not the losses that are drawn.
_JUDGED_ON: Final = {
    "train": "",
    "val": ", by the validation loss",
    "fixed": ", by the loss on the fixed batches",
}
_LOSS_SOURCES: Final = {"train": "", "val": "validation loss", "fixed": "loss on fixed batches"}


@dataclass(frozen=True)
class Words:
    """What is said.

    Attributes
    ----------
    headline : str
        What is known now, in a few words.
    text : str
        What is to be added to it, on the same line.
    notes : tuple of str
        Refusals, warnings and advice, a line each.
    tone : {"quiet", "good", "warning", "error"}
        How it is meant.
    summary : str
        The settings, on one line.
    announcement : str
        What a screen reader is told when the state changes; it stays the same while points come.
    """

    headline: str
    text: str
    notes: tuple[str, ...]
    tone: Tone
    summary: str
    announcement: str


def words(state: WidgetState, history: History | None) -> Words:
    """Return what is said of a state; ``history`` is what is recorded so far."""
    headline, text, tone = _line(state, history)
    notes = tuple(one_line(line, 2 * _LONGEST) for line in _notes(state, history))
    warned = bool(_receipt(history, "warnings"))
    headline, text = (one_line(part, 2 * _LONGEST) for part in (headline, _joined(text, _advice(state))))
    said = state.complaint or (headline if state.phase == "running" else _joined(headline, text))
    return Words(
        headline=headline,
        text=text,
        notes=notes,
        tone="error" if state.complaint else "warning" if warned and tone != "error" else tone,
        summary=_settings(state),
        announcement=one_line(said, 2 * _LONGEST),
    )


def summary(state: WidgetState, history: History | None) -> str:
    """Return one paragraph of plain text: what a reader without the widget needs to know."""
    if state.settings is None and state.phase not in ("failed", "accepted"):
        return "Learning-rate range test, not run yet."
    headline, text, _ = _line(state, history)
    ended = _ended(state) if state.phase in ("finished", "accepted") else ""
    if ended in text:
        ended = ""
    return one_line(_joined("Learning-rate range test.", headline, text, ended), 2 * _LONGEST)


def told(error: BaseException | None) -> str:
    """Return how an error is told: its kind and its text, on one line."""
    if error is None:
        return ""
    kind = one_line(type(error).__name__, 80)
    try:
        text = one_line(str(error), _LONGEST)
    except Exception:  # noqa: BLE001 - whatever a user's __str__ raises
        text = ""
    return f"{kind}: {text}" if text else kind


# -- the line -------------------------------------------------------------------------------------


def _line(state: WidgetState, history: History | None) -> tuple[str, str, Tone]:
    """Return headline, what follows it, and the tone."""
    if state.phase == "accepted" and state.accepted is not None:
        rate = exact_rate(state.accepted)
        # Of one group there is no more to say than the rate.
        groups = "" if state.receipt == f"lr = {rate}" else _sentence(_capital(state.receipt))
        rest = _joined(groups, "Everything else is as before the sweep.")
        return f"Your optimizer now holds {rate}.", rest, "good"
    if state.phase == "failed" and state.doing == "trials":
        return "The trials failed.", told(state.error), "error"
    if state.phase == "failed":
        began = history is not None and len(history) > 0 and state.shown == state.sweep
        where = f"at step {len(history or ()) + 1}{_of(state)}" if began else ""
        return f"Failed {where or 'before the first step'}.", told(state.error), "error"
    if state.phase == "running":
        return ("Running." if state.doing == "sweep" else "Trying rates."), "", "quiet"
    if state.phase == "paused" and state.doing == "trials":
        return "Paused between two trials' steps.", "Resume goes on from here, Stop ends the trials.", "quiet"
    if state.phase == "paused":
        step = f"Paused at step {len(history) if history is not None else 0}{_of(state)}."
        return step, "Resume goes on from here, Stop ends the sweep.", "quiet"
    if state.settings is None or history is None:
        return "", _ready(state), "quiet"
    if state.phase != "finished":
        return "", _ready(state), "quiet"
    return (*_found(state), "quiet" if state.suggested is None else "good")


def _ready(state: WidgetState) -> str:
    plan = state.plan
    rates = f"{plan.num_iter} rates from {format_rate(plan.start_lr)} to {format_rate(plan.end_lr)}"
    return f"{rates}. Your model is given back as it is."


def _found(state: WidgetState) -> tuple[str, str]:
    """Return what the sweep showed: the rate where the marker stands and why, then the rest of the curve."""
    pick = state.judgement.pick
    ended = _ended(state) if _is_news(state) else ""
    if state.by_trials and state.trials is not None and state.suggested is not None:
        source = _JUDGED_ON[state.trials.settings.loss_source]
        best = f"{exact_rate(state.suggested)}: best of {len(state.trials)} trials{source}"
        if state.choice.override is None:
            return f"{best}.", _sentence(_capital(state.trials.reason))
        return f"{exact_rate(state.choice.override)}: your choice.", f"The trials found {best}."
    if pick is None or pick.lr is None or state.suggested is None:
        if state.choice.override is not None:
            chosen = f"{exact_rate(state.choice.override)}: your choice."
            return chosen, _joined("The rule has no suggestion.", ended)
        why = _sentence(_capital(pick.reason)) if pick is not None else ""
        return "No suggestion.", _joined(why, ended)
    because = _because(pick)
    if state.choice.override is not None:
        return (
            f"{exact_rate(state.choice.override)}: your choice.",
            _joined(f"The rule suggests {exact_rate(state.suggested)}: {because}.", ended),
        )
    return f"{exact_rate(state.suggested)}: {because}.", _joined(_rest(pick), ended)


def _advice(state: WidgetState) -> str:
    """Return what whoever has the figure before them can do about what was found."""
    if state.phase != "finished" or state.history is None or state.choice.override is not None:
        return ""
    if state.suggested is None:
        return "Click a point to choose a rate yourself, or press Try."
    if state.by_trials:
        return ""
    return "Drag the line if you see it otherwise."


def _because(pick: Pick) -> str:
    if pick.on != "loss":
        name = one_line(pick.on, 40)
        return _METRIC_WORDS.get(pick.rule, "picked on {name}, by the rule " + pick.rule).format(name=name)
    return RULE_WORDS.get(pick.rule, pick.reason)


def _rest(pick: Pick) -> str:
    """Return what lies to the right of the pick: how far the loss goes on falling, and where it blows up."""
    if pick.lr is None or pick.on != "loss":
        return ""
    falls = pick.floor is not None and pick.floor > 1.3 * pick.lr
    until = f"goes on falling until {format_rate(pick.floor, 2)}" if falls and pick.floor is not None else ""
    up = f"blows up at {format_rate(pick.edge, 2)}" if pick.edge is not None else ""
    both = " and ".join(filter(None, (until, up)))
    return f"It {both}." if both else ""


def _is_news(state: WidgetState) -> bool:
    """Return whether the sweep's end is more than what the curve tells: that all of it ran, or blew up."""
    history, pick = state.history, state.judgement.pick
    reason = history.stop_reason if history is not None else None
    return not (
        reason == "completed" or (reason == "diverged" and pick is not None and pick.edge is not None)
    )


def _ended(state: WidgetState) -> str:
    """Return how the sweep ended, after how many steps and how long."""
    history = state.history
    if history is None:
        return ""
    step = f"step {len(history)}{_of(state)}"
    at = f" (lr {format_rate(float(history.lr[-1]))})" if len(history) else ""
    how = {
        "completed": f"Completed {len(history)} steps",
        "diverged": f"Diverged at {step}{at}",
        "non-finite": f"Ended by a loss that is not finite at {step}{at}",
        "stopped": f"Stopped at {step}{at}",
        "interrupted": f"Interrupted at {step}{at}",
        "exhausted": f"The loader was exhausted at {step}{at}",
    }.get(history.stop_reason or state.stop_reason or "", f"Ended at {step}")
    took = f", {format_duration(history.seconds)}" if history.seconds is not None else ""
    return f"{how}{took}."


def _of(state: WidgetState) -> str:
    return f" of {state.settings.num_iter}" if state.settings is not None else ""


# -- the notes ------------------------------------------------------------------------------------


def _notes(state: WidgetState, history: History | None) -> list[str]:
    lines = [state.complaint] if state.complaint else []
    lines += [f"Warning: {_sentence(str(text))}" for text in _receipt(history, "warnings") or ()]
    if state.busy:
        if state.deaf:
            lines.append(
                "The buttons answer once this cell has ended; until then, interrupt the kernel to stop."
            )
        return lines
    if state.phase == "failed" and history is not None and len(history) and state.restored:
        lines.append("Everything was restored; the curve so far stays. Run starts again.")
    if state.phase == "accepted" and state.lr is not None and state.lr != state.accepted:
        lines.append(f"The marker now stands at {exact_rate(state.lr)}; press Accept to use it.")
    pick = state.judgement.pick
    if state.phase == "finished" and pick is not None:
        lines += [f"Note: {_sentence(warning)}" for warning in pick.warnings]
    if (active := state.active) in state.kept.variants and active is not None:
        lines.append(
            f"This curve is of the variant {state.kept[active].name!r}. Accept writes its rate into your "
            "optimizer as it is, and changes nothing else."
        )
    if state.phase == "finished" and state.trials is not None:
        if state.trials.suggested_lr is None:
            lines.append(f"The trials found no rate: {_sentence(state.trials.reason)}")
        lines += [f"Note: {_sentence(warning)}" for warning in state.trials.warnings]
    if skipped := _receipt(history, "skipped_steps"):
        steps = "a step" if skipped == 1 else f"{skipped} steps"
        lines.append(f"The gradient scaler skipped {steps} for overflow, and the rate was tried again.")
    if state.choice.shows_bounds:
        lines += _bounds(state)
    return lines


def _bounds(state: WidgetState) -> list[str]:
    if state.bounds is not None:
        base, most = map(exact_rate, state.bounds)
        return [
            f"Bounds: {base} to {most}. w.one_cycle(total_steps=...) and w.cyclic(step_size_up=...) make "
            "schedulers with them."
        ]
    found = state.judgement.read_off
    if found is None:
        return []
    return [f"No bounds: {_sentence(found.reason)} Set them yourself: w.bounds = 1e-4, 1e-2."]


# -- the settings ---------------------------------------------------------------------------------


def _settings(state: WidgetState) -> str:
    """Return what Run will do, and how its curve will be read."""
    plan, choice = state.plan, state.choice
    spaced = {"linear": ", equally spaced", "list": ", your own"}.get(plan.step_mode, "")
    parts = [f"{format_rate(plan.start_lr)} to {format_rate(plan.end_lr)} in {plan.num_iter} steps{spaced}"]
    parts.append(choice.rule + (" on the metric" if choice.on == "metric" else ""))
    parts.append(f"smoothing {choice.bandwidth:g}" if choice.bandwidth else "no smoothing")
    if state.loss_source != "train":
        parts.append(_LOSS_SOURCES[state.loss_source])
    return " · ".join(parts)


def _receipt(history: History | None, name: str) -> Any:
    return history.receipt.get(name) if history is not None else None


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))


def _capital(text: str) -> str:
    """Return a text with a capital at its beginning, unless that is a name of code."""
    return text if text[:2] == "lr" else text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
