"""What a run is called: by what it differs in from the run that it is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget._text import format_rate, one_line
from lrwidget._validate import shown
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from lrwidget.history.record import History

__all__ = ["LONGEST_NAME", "checked_name", "differences", "facts_of", "in_words", "named_by", "unique"]

#: Characters of a name.
LONGEST_NAME = 80
_ANSWERS: dict[Any, str] = {"train": "training loss", "val": "validation loss"}
_SHORT = {"weight_decay": "wd", "batch_size": "batch", "accumulation_steps": "accumulation"}
#: Of the settings, those that are facts by themselves. The rates are told together.
_SETTINGS = ("accumulation_steps", "diverge_th", "early_stop", "smooth_f")
_BESIDES = ("seed", "group", "autocast", "compiled")  # told where they are anything out of the usual
_OF_RECEIPT = ("batch_size", "seed", "group", "eval_mode", "autocast", "compiled", "device")


def facts_of(history: History) -> dict[str, Any]:
    """Return what a sweep was made with, as far as its receipt and settings tell, the weightiest first."""
    receipt, settings = history.receipt, history.settings
    facts = {key: receipt[key] for key in ("model", "parameters", "optimizer") if key in receipt}
    options = receipt.get("optimizer_options")
    facts |= options if isinstance(options, dict) else {}
    facts |= {key: receipt[key] for key in _OF_RECEIPT if key in receipt}
    facts["loss"] = settings.loss_source
    if settings.loss_source == "fixed":
        facts["loss"] = f"{receipt.get('evaluation_batches', 'some')} fixed batches"
    facts |= {"start_lr": settings.start_lr, "end_lr": settings.end_lr, "num_iter": settings.num_iter}
    facts["step_mode"] = settings.step_mode
    facts |= {key: getattr(settings, key) for key in _SETTINGS}
    return facts


def differences(history: History, other: History) -> dict[str, Any]:
    """Return what a sweep was made with that another was not, of what both tell.

    Of the options of another optimizer, those that both have. Of the range both ends, if one is another.
    """
    mine, theirs = facts_of(history), facts_of(other)
    found = {key: mine[key] for key in mine if key in theirs and mine[key] != theirs[key]}
    found |= {key: mine[key] for key in _BESIDES if key in mine and key not in theirs}
    if found.keys() & {"start_lr", "end_lr"}:
        found |= {key: mine[key] for key in ("start_lr", "end_lr")}
    if "model" in found:
        found.pop("parameters", None)
    return found


def in_words(changes: Mapping[str, Any]) -> str:
    """Return what was changed as a short text, such as ``"AdamW, wd 0.1"`` or ``"1e-5 to 1, 200 steps"``."""
    rest = dict(changes)
    words = [str(rest.pop(key)) for key in ("model", "optimizer") if isinstance(rest.get(key), str)]
    ends = [rest.pop("start_lr", None), rest.pop("end_lr", None)]
    steps, mode = rest.pop("num_iter", None), rest.pop("step_mode", None)
    schedule = rest.pop("lr_schedule", None)
    words += [_say(key, value) for key, value in rest.items()]
    if isinstance(schedule, list) and schedule:
        ends, steps, mode = [schedule[0], schedule[-1]], None, None
        words.append(f"{len(schedule)} rates")
    start, end = (_number(one) if one is not None else "" for one in ends)
    if start or end:
        words.append(f"{start} to {end}" if start and end else f"from {start}" if start else f"to {end}")
    if steps is not None:
        words.append(f"{_number(steps)} steps")
    if mode is not None:
        words.append("uneven rates" if mode == "list" else f"{mode} steps")
    return ", ".join(word for word in words if word)


def named_by(history: History, changes: Mapping[str, Any]) -> str:
    """Return a name for a run that was given none: what was changed, or what it was made with."""
    made_with = history.receipt.get("optimizer") or history.receipt.get("imported_from") or "run"
    return cut(in_words(changes) or str(made_with))


def unique(name: str, taken: Collection[str]) -> str:
    """Return a name that nobody has: it as it is, or with a number behind."""
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{cut(name, LONGEST_NAME - len(str(number)) - 3)} ({number})"
    return made


def cut(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a text as a name: on one line, and not longer."""
    return one_line(name, longest) or "run"


def checked_name(name: object) -> str:
    """Return a name as it is shown, white space as single spaces, or raise :class:`SettingsError`."""
    if not isinstance(name, str):
        raise SettingsError(f"name must be a text; got {shown(name)} of type {type(name).__name__}.")
    line = one_line(name, LONGEST_NAME + 1)
    if not line:
        raise SettingsError("name is empty. Give a run a name, for example 'wd 0.1'.")
    if len(line) > LONGEST_NAME:
        raise SettingsError(f"name must be at most {LONGEST_NAME} characters; got {shown(name)}.")
    return line


def _say(key: str, value: Any) -> str:
    """Return one change in words."""
    plain = _SHORT.get(key, key.replace("_", " "))
    if key == "parameters":
        return f"{value:,} parameters" if isinstance(value, int) else "other parameters"
    if key in {"loss", "device", "autocast"} and isinstance(value, str):
        return str(_ANSWERS.get(value, value))
    if value is True:
        return plain
    if value is False or value is None:
        return f"no {plain}"
    if isinstance(value, (list, tuple)):
        return f"{plain} {'/'.join(map(_number, value))}"
    return f"{plain} {_number(value)}"


def _number(value: Any) -> str:
    if isinstance(value, float):
        return format_rate(value, 4)
    return str(value)
