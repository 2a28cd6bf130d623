"""Data in the shapes JSON has, and how numbers that JSON has not are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from lrwidget.errors import SettingsError

__all__ = ["decode", "encode", "plain", "same"]

# JSON knows no NaN and no infinities: they travel as {"$float": "nan"}, which no number can be taken for.
TAG = "$float"


def plain(value: Any, where: str) -> Any:
    """Return a copy made of dicts with text keys, lists, text, ints, floats, True, False and None.

    Parameters
    ----------
    value : object
        Tuples become lists, numpy's numbers Python's.
    where : str
        Name of the value, for the error.

    Raises
    ------
    SettingsError
        Naming the part that is something else.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {str(key): plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
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
        return {key: encode(item) for key, item in value.items()}
    return [encode(item) for item in value] if isinstance(value, (list, tuple)) else value


def decode(value: Any) -> Any:
    """Undo :func:`encode`."""
    if isinstance(value, dict):
        if list(value) == [TAG] and value[TAG] in ("nan", "inf", "-inf"):
            return float(value[TAG])
        return {key: decode(item) for key, item in value.items()}
    return [decode(item) for item in value] if isinstance(value, list) else value
