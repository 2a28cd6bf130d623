"""What users give, as the number it should be; and how an error names what came instead.

It may be anything: its ``__repr__``, ``__float__`` or ``__iter__`` may raise, its text may be a page long.
The error about it comes all the same, names the argument, and stays on one line.
"""

from __future__ import annotations

import math
import reprlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from numbers import Integral, Real
from typing import Any, cast

import numpy as np

from lrwidget._text import one_line
from lrwidget.errors import SettingsError

__all__ = [
    "MOST",
    "NOT_NUMBERS",
    "checked_seconds",
    "floats",
    "one_of",
    "pair",
    "positive",
    "real",
    "said",
    "shown",
    "unknown_keyword",
    "whole",
]

#: Rates in a sweep, and batches in a step. Beyond it lie typing errors and endless iterators.
MOST = 1_000_000
#: What Python or numpy would take for a number, or make one of, though nobody meant one.
NOT_NUMBERS = (bool, np.bool_, np.timedelta64, np.datetime64, str, bytes, bytearray, type(None))

#: What other finders call it, as their users' fingers know it.
OTHERS_NAMES = {
    "min_lr": "start_lr",
    "lr_min": "start_lr",
    "max_lr": "end_lr",
    "lr_max": "end_lr",
    "num_training": "num_iter",
    "num_it": "num_iter",
    "mode": "step_mode",
    "early_stop_threshold": "diverge_th",
    "stop_div": "diverge_th",
}

_LONGEST = 80


class _Short(reprlib.Repr):
    """A repr that is short for long things, and lets the error of a broken one through."""

    def repr_instance(self, x: Any, level: int) -> str:  # noqa: ARG002 - reprlib's signature
        return repr(x)


_short = _Short()
_short.maxstring = _short.maxlong = _short.maxother = _LONGEST


def shown(value: object) -> str:
    """Return how an error names what came: its repr, on one line of at most 80 characters, or its type."""
    try:
        text = _short.repr(value)
    except Exception:  # noqa: BLE001 - whatever a user's __repr__ raises
        return f"a {type(value).__name__}"
    return one_line(text, _LONGEST)


def real(name: str, value: object) -> float:
    """Return a number as a float; NaN and the infinities are numbers, True and "1" are not.

    Raises
    ------
    SettingsError
        When it is none, or too large for a float.
    """
    if isinstance(value, NOT_NUMBERS) or not isinstance(value, Real):
        raise SettingsError(f"{name} must be a number; got {shown(value)} of type {type(value).__name__}.")
    return _float(name, value)


def positive(name: str, value: object, advice: str) -> float:
    """Return a finite number greater than 0 as a float, or raise SettingsError, which ends in ``advice``."""
    number = math.nan
    if not isinstance(value, NOT_NUMBERS) and isinstance(value, Real):
        number = _float(name, value)
    if not 0 < number < math.inf:
        raise SettingsError(f"{name} must be a finite number greater than 0; got {shown(value)}. {advice}")
    return number


def checked_seconds(name: str, value: object) -> float | None:
    """Return a time to wait, 0 or more, as a float; None, and what no clock can wait for, is without end."""
    if value is None:
        return None
    number = real(name, value)
    if not number >= 0:
        raise SettingsError(f"{name} must be None or a number of seconds, 0 or more; got {shown(value)}.")
    return number if number < threading.TIMEOUT_MAX else None


def whole(name: str, value: object, least: int, most: int = MOST) -> int:
    """Return a whole number in [``least``, ``most``] as an int, or raise :class:`SettingsError`."""
    if isinstance(value, NOT_NUMBERS) or not isinstance(value, Integral):
        raise SettingsError(
            f"{name} must be a whole number; got {shown(value)} of type {type(value).__name__}."
        )
    try:
        number = int(cast("int", value))
    except Exception as error:
        raise SettingsError(f"{name} must be a whole number; got {shown(value)}.") from error
    if number < least:
        raise SettingsError(f"{name} must be at least {least}; got {name}={shown(number)}.")
    if number > most:
        raise SettingsError(f"{name} must be at most {most}; got {name}={shown(number)}.")
    return number


def one_of(name: str, value: object, allowed: Iterable[str], *, or_none: bool = False) -> str:
    """Return a word that is allowed, or raise :class:`SettingsError` naming all that are."""
    words = tuple(allowed)
    if not (isinstance(value, str) and value in words):
        text = f"{'None or ' if or_none else ''}one of {', '.join(map(repr, words))}"
        raise SettingsError(f"{name} must be {text}; got {shown(value)}.")
    return value


def pair(name: str, value: Any) -> tuple[object, object]:
    """Return the two things that anything of two holds, or raise :class:`SettingsError`."""
    try:
        first, second = value
    except Exception as error:
        raise SettingsError(f"{name} must be two numbers, as in 1e-4, 1e-2; got {shown(value)}.") from error
    return first, second


def floats(name: str, values: object, form: str = "must be a list of numbers") -> list[float]:
    """Return the numbers of anything that can be gone through, tensors of one element too, as floats.

    Raises
    ------
    SettingsError
        When it cannot, or holds something else, or more than a million; ``form`` is what it says.
    """
    if isinstance(values, (*NOT_NUMBERS, Mapping)):
        raise SettingsError(f"{name} {form}; got {shown(values)}.")
    try:
        taken = list(islice(iter(cast("Iterable[Any]", values)), MOST + 1))
    except Exception as error:
        raise SettingsError(f"{name} {form}; {said(error)}.") from error
    if len(taken) > MOST:
        raise SettingsError(f"{name} {form}, at most {MOST} of them; got more.")
    result: list[float] = []
    try:
        result.extend(map(_entry, taken))
    except Exception as error:
        index = len(result)
        raise SettingsError(f"{name} {form}; got {shown(taken[index])} at index {index}.") from error
    return result


def unknown_keyword(who: str, name: str, known: Sequence[str]) -> TypeError:
    """Return the error about a keyword that a function does not take, with the name that was perhaps meant.

    Parameters
    ----------
    who : str
        What was called, without parentheses.
    name : str
        The keyword that came.
    known : sequence of str
        Those that there are.
    """
    near = [OTHERS_NAMES[name]] if name in OTHERS_NAMES else get_close_matches(name, known, 1)
    meant = f" Did you mean {near[0]!r}?" if near and near[0] in known else ""
    return TypeError(
        f"{who}() got an unexpected keyword argument {shown(name)}.{meant} It takes {', '.join(known)}."
    )


def said(error: BaseException) -> str:
    """Return an error's text on one line, or its type where it has none or cannot say it."""
    try:
        text = one_line(str(error), 200)
    except Exception:  # noqa: BLE001 - whatever a user's __str__ raises
        text = ""
    return text.removesuffix(".") or type(error).__name__


def _entry(value: Any) -> float:
    """Return one number of many; what is no single number raises something."""
    if isinstance(value, NOT_NUMBERS) or str(getattr(value, "dtype", "")).endswith("bool"):
        raise TypeError
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError
    return float(value)


def _float(name: str, value: Any) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise SettingsError(f"{name} must be finite; got a number too large for a float.") from error
    except Exception as error:
        raise SettingsError(f"{name} must be a number; got {shown(value)}.") from error
