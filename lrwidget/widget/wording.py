"""What the panel shows, as a pure function of the situation: buttons, status line, progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lrwidget._text import format_duration, format_rate, one_line

if TYPE_CHECKING:
    from lrwidget.history.record import StopReason
    from lrwidget.history.settings import Settings
    from lrwidget.picks.pick import Pick

__all__ = ["Shown", "Situation", "State", "show", "summary", "told"]

State = Literal["idle", "running", "paused", "finished", "failed", "accepted"]
Tone = Literal["quiet", "good", "warning", "error"]

#: Of a line in the panel: what is longer is a text of megabytes, or a traceback.
_LONGEST = 1000


@dataclass(frozen=True)
class Situation:
    """Everything the panel's look depends on.

    Attributes
    ----------
    state : State
        See the table of states in the README.
    settings : Settings or None
        Of the running or last sweep; None before the first one.
    stop_reason : StopReason or None
        Why the last sweep ended.
    step : int
        Points known so far, of ``settings.num_iter``.
    seconds, seconds_left : float or None
        Wall time of the sweep, and an estimate of what remains.
    last_lr : float or None
        Rate of the newest point.
    pick : Pick or None
        The rule's answer, once there is one.
    lr, accepted_lr : float or None
        Where the marker stands, and what was pushed to the optimizer.
    bounds : tuple of float or None
        ``(base_lr, max_lr)`` where they are shown.
    no_bounds : str
        Why there are none, where they would be shown.
    receipt : str
        What each param group holds after Accept.
    skipped : int
        Steps that the gradient scaler skipped.
    warnings : tuple of str
        What the sweep warned of. A sweep in the background has nobody who would see it elsewhere.
    error : str
        What went wrong, for the status line.
    restored : bool
        Whether all was given back.
    complaint : str
        A refused command or a bad field; nothing was changed by it.
    deaf : bool
        Whether a blocking run cannot hear the page's buttons.
    """

    state: State = "idle"
    settings: Settings | None = None
    stop_reason: StopReason | None = None
    step: int = 0
    seconds: float | None = None
    seconds_left: float | None = None
    last_lr: float | None = None
    pick: Pick | None = None
    lr: float | None = None
    accepted_lr: float | None = None
    bounds: tuple[float, float] | None = None
    no_bounds: str = ""
    receipt: str = ""
    skipped: int = 0
    warnings: tuple[str, ...] = ()
    error: str = ""
    restored: bool = True
    complaint: str = ""
    deaf: bool = False


@dataclass(frozen=True)
class Shown:
    """What the panel shows: labels, what can be pressed, and the status line."""

    run_label: Literal["Run", "Pause", "Resume"]
    can_stop: bool
    can_accept: bool
    can_reset: bool
    can_set: bool
    text: str
    details: tuple[str, ...]
    tone: Tone
    fraction: float | None


def show(now: Situation) -> Shown:
    """Return what the panel shows in a situation."""
    busy = now.state in ("running", "paused")
    text, tone = _line(now)
    total = now.settings.num_iter if now.settings else 0
    return Shown(
        run_label="Pause" if now.state == "running" else "Resume" if now.state == "paused" else "Run",
        can_stop=busy,
        can_accept=not busy and now.lr is not None and now.lr != now.accepted_lr,
        can_reset=not busy and (now.step > 0 or now.accepted_lr is not None or now.state == "failed"),
        can_set=not busy,
        # Names and texts in it are not all ours.
        text=one_line(text, 2 * _LONGEST),
        details=tuple(one_line(line, 2 * _LONGEST) for line in _details(now, busy=busy)),
        tone="error" if now.complaint else "warning" if now.warnings and tone != "error" else tone,
        fraction=now.step / total if busy and total else None,
    )


def summary(now: Situation) -> str:
    """Return one paragraph of plain text: what a reader without the widget needs to know."""
    if now.settings is None:
        return "Learning-rate range test, not run yet."
    return one_line(f"Learning-rate range test. {_line(now)[0]}", 2 * _LONGEST)


def told(error: BaseException | None) -> str:
    """Return how an error is told in the status line: its kind and its text, on one line."""
    if error is None:
        return ""
    kind = one_line(type(error).__name__, 80)
    try:
        text = one_line(str(error), _LONGEST)
    except Exception:  # noqa: BLE001 - whatever a user's __str__ raises
        text = ""
    return f"{kind}: {text}" if text else kind


def _line(now: Situation) -> tuple[str, Tone]:
    if now.state == "idle" or now.settings is None:
        if now.state == "failed":
            return f"Failed before the first step: {now.error}", "error"
        if now.state == "accepted":
            return f"Accepted: {now.receipt}.", "good"
        return "Ready. Run sweeps the learning rate; everything is given back as it was.", "quiet"
    step = f"step {now.step} of {now.settings.num_iter}"
    at = f" (lr {format_rate(now.last_lr)})" if now.last_lr is not None else ""
    if now.state == "running":
        left = f", {format_duration(now.seconds_left)} left" if now.seconds_left is not None else ""
        return f"Running: {step}{at}{left}.", "quiet"
    if now.state == "paused":
        return f"Paused: {step}{at}. Resume goes on from here, Stop ends the sweep.", "quiet"
    if now.state == "failed":
        where = f"after {step}{at}" if now.step else "before the first step"
        return f"Failed {where}: {now.error}", "error"
    if now.state == "accepted":
        return f"Accepted: {now.receipt}. Model and optimizer are otherwise as before the sweep.", "good"
    ended = {
        "completed": f"Completed {now.step} steps",
        "diverged": f"Diverged at {step}{at}",
        "non-finite": f"Ended by a loss that is not finite at {step}{at}",
        "stopped": f"Stopped at {step}{at}",
        "interrupted": f"Interrupted at {step}{at}",
        "exhausted": f"The loader was exhausted at {step}{at}",
    }.get(now.stop_reason or "", f"Ended: {step}")
    took = f", {format_duration(now.seconds)}" if now.seconds is not None else ""
    return f"{ended}{took}. {_suggestion(now.pick)}", "quiet"


def _suggestion(pick: Pick | None) -> str:
    if pick is None:
        return ""
    if pick.lr is None:
        return f"No suggestion: {_sentence(pick.reason)}"
    return f"Suggested: {format_rate(pick.lr, digits=2)} ({pick.rule})."


def _details(now: Situation, *, busy: bool) -> tuple[str, ...]:
    lines = []
    if now.complaint:
        lines.append(now.complaint)
    lines.extend(f"Warning: {_sentence(text)}" for text in now.warnings)
    if busy and now.deaf:
        lines.append("The buttons answer once this cell has ended; until then, interrupt the kernel to stop.")
    if now.state == "failed" and now.step and now.restored:
        lines.append("Everything was restored; the curve so far stays. Run starts again.")
    if now.state == "accepted" and now.lr is not None and now.lr != now.accepted_lr:
        lines.append(f"The marker now stands at {format_rate(now.lr)}; press Accept to use it.")
    if now.state == "finished" and now.pick is not None:
        if now.lr is not None:
            lines.append("Drag the marker if you see it otherwise; Accept puts the rate into the optimizer.")
        else:
            lines.append("Click a point of the curve to choose a rate yourself.")
        lines.extend(f"Note: {_sentence(warning)}" for warning in now.pick.warnings)
    if now.skipped and not busy:
        steps = "a step" if now.skipped == 1 else f"{now.skipped} steps"
        lines.append(f"The gradient scaler skipped {steps} for overflow, and the rate was tried again.")
    if now.bounds is not None and not busy:
        base, most = (format_rate(rate, digits=2) for rate in now.bounds)
        lines.append(
            f"Bounds: {base} to {most}. w.one_cycle(total_steps=...) and w.cyclic(step_size_up=...) make "
            "schedulers with them."
        )
    elif now.no_bounds and not busy:
        lines.append(f"No bounds: {_sentence(now.no_bounds)} Set them yourself: w.bounds = 1e-4, 1e-2.")
    return tuple(lines)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
