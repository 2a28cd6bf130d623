"""Data in the shapes JSON has, and how numbers that JSON has not are written."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from lrwidget._validate import said, shown
from lrwidget.errors import SettingsError

__all__ = ["decoded", "encode", "plain", "same"]

# JSON knows no NaN and no infinities: they travel as {"$float": "nan"}. A dict of the user's own that looks
# like that has one more "$" in the file.
TAG = "$float"
_LIKE_TAG = re.compile(r"\$+float")
# What every JSON reader can be trusted with, this one's recursion included.
_DEEPEST = 64
_MOST_BITS = 2048


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """Return a copy made of dicts with text keys, lists, text, ints, floats, True, False and None.

    Parameters
    ----------
    value : object
        Tuples become lists, numpy's numbers Python's.
    where : str
        Name of the value, for the error.
    depth : int
        Of how many lists and dicts it is a part.

    Raises
    ------
    SettingsError
        Naming the part that is something else, that lies within more than 64 others, or is a whole number of
        more than 2048 bits.
    """
    if depth > _DEEPEST:
        raise SettingsError(f"{where[:80]}... is nested more than {_DEEPEST} deep, or holds itself.")
    try:
        return _plain(value, where, depth)
    except SettingsError:
        raise
    except Exception as error:
        raise SettingsError(f"{where} cannot be read: {said(error)}.") from error


def _plain(value: Any, where: str, depth: int) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral) and not isinstance(value, np.timedelta64):
        number = int(value)
        if number.bit_length() > _MOST_BITS:
            raise SettingsError(f"{where} is too large for JSON: a whole number of more than 600 digits.")
        return number
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): plain(item, f"{where}[{shown(key)}]", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]
    raise SettingsError(
        f"{where} must be something JSON can hold: text, numbers, True, False, None, lists, "
        f"dicts with text keys; got {type(value).__name__}."
    )


def same(a: Any, b: Any) -> bool:
    """Return whether two plain values are equal, NaN being equal to NaN."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return bool(a == b)


def encode(value: Any) -> Any:
    """Return a plain value with every float that JSON has not replaced by text under a tag."""
    if isinstance(value, float) and not math.isfinite(value):
        return {TAG: repr(value)}
    if isinstance(value, Mapping):
        made = {key: encode(item) for key, item in value.items()}
        return {f"${key}": item for key, item in made.items()} if _is_tagged(made) else made
    return [encode(item) for item in value] if isinstance(value, (list, tuple)) else value


def decoded(pairs: list[tuple[str, Any]]) -> Any:
    """Return what :func:`encode` made one JSON object of; give it to :func:`json.loads` as its pairs hook.

    Raises
    ------
    ValueError
        When a key stands there twice: nobody could say which of the two is meant.
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"{shown(twice)} stands there twice")
    if not _is_tagged(made):
        return made
    (key, value), *_ = pairs
    if key == TAG:
        return float(value) if value in ("nan", "inf", "-inf") else made
    return {key[1:]: value}


def _is_tagged(value: dict[str, Any]) -> bool:
    return len(value) == 1 and _LIKE_TAG.fullmatch(next(iter(value))) is not None
