"""Where an accepted rate goes besides the optimizer: a config, an attribute, an array of rates for all steps.

A place is a pair: a mapping and a key, an object and an attribute's name, or an array and None. An array
keeps its shape: it is scaled so that the largest of its rates is the accepted one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import torch

from lrwidget._validate import pair, shown
from lrwidget.errors import SettingsError

__all__ = ["Place", "checked_places", "is_array", "rates_in", "read_place", "write_place"]

Place = tuple[Any, str | None]


def checked_places(write_to: Any) -> tuple[Place, ...]:
    """Return the places that were given, each as a pair, or raise SettingsError; nothing is written."""
    if not isinstance(write_to, (list, tuple)):
        raise SettingsError(
            f"write_to must be a list of places, as in [(config, 'lr')]; got {shown(write_to)}."
        )
    return tuple(_checked(f"write_to[{index}]", place) for index, place in enumerate(write_to))


def read_place(where: Any, key: str | None) -> Any:
    """Return what stands in a place; of an array a copy."""
    if key is None:
        return where.detach().clone() if isinstance(where, torch.Tensor) else where.copy()
    return where[key] if isinstance(where, Mapping) else getattr(where, key)


def write_place(where: Any, key: str | None, value: Any) -> None:
    """Write a rate into a place, or what :func:`read_place` returned of it."""
    if key is None:
        _fill(where, _scaled(where, value) if isinstance(value, float) else value)
    elif isinstance(where, Mapping):
        where[key] = value  # type: ignore[index]  # one that can be written to
    else:
        setattr(where, key, value)


def rates_in(array: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the rates of an array, a tensor or a list, in one row."""
    if isinstance(array, torch.Tensor):
        array = array.detach().to("cpu", torch.float64).numpy()
    return np.asarray(array, dtype=np.float64).reshape(-1)


def is_array(value: Any) -> bool:
    """Return whether a value holds rates that can be scaled in place: an array, a tensor or a list."""
    if isinstance(value, (np.ndarray, torch.Tensor)):
        return True
    return isinstance(value, list) and bool(value) and all(isinstance(one, Real) for one in value)


def _checked(name: str, place: Any) -> Place:
    if is_array(place):
        return _checked_array(name, place), None
    where, key = pair(name, place) if isinstance(place, (list, tuple)) else (None, None)
    if key is None and is_array(where):  # checked before
        return _checked_array(name, where), None
    if not isinstance(key, str):
        raise SettingsError(
            f"{name} must be a mapping and a key, or an object and the name of its attribute, as in "
            "(config, 'lr'), or an array or list of a rate for each step, which is scaled; got "
            f"{shown(place)}."
        )
    try:
        read_place(where, key)
    except (AttributeError, LookupError) as error:
        what = "key" if isinstance(where, Mapping) else "attribute"
        raise SettingsError(f"{name} is a {type(where).__name__} without the {what} {shown(key)}.") from error
    return where, key


def _checked_array(name: str, array: Any) -> Any:
    if isinstance(array, np.ndarray) and not (
        np.issubdtype(array.dtype, np.floating) and array.flags.writeable
    ):
        kind = f"of {array.dtype}" if array.flags.writeable else "that cannot be written to"
        raise SettingsError(f"{name} is an array {kind}: rates are scaled in place, in floating point.")
    if isinstance(array, torch.Tensor) and not array.is_floating_point():
        raise SettingsError(
            f"{name} is a tensor of {array.dtype}: rates are scaled in place, in floating point."
        )
    rates = rates_in(array)
    if not rates.size or not np.isfinite(rates).all() or rates.min() < 0 or not rates.max() > 0:
        raise SettingsError(
            f"{name} must hold finite rates, 0 or more and one of them greater than 0, to be scaled to the "
            f"accepted one; got {shown(array)}."
        )
    return array


def _scaled(array: Any, lr: float) -> Any:
    """Return the rates of an array, the largest of them being ``lr`` exactly."""
    rates = rates_in(array)
    highest = float(rates.max())
    factor = lr / highest
    if not 0 < factor < math.inf:
        raise SettingsError(f"an array of rates up to {highest:g} cannot be scaled to {lr:g}.")
    scaled = np.where(rates == highest, lr, rates * factor)
    if isinstance(array, torch.Tensor):
        return torch.from_numpy(scaled).reshape(array.shape)
    return scaled.tolist() if isinstance(array, list) else scaled.reshape(array.shape)


def _fill(array: Any, values: Any) -> None:
    if isinstance(array, torch.Tensor):
        with torch.no_grad():
            array.copy_(values)
    elif isinstance(array, list):
        array[:] = values
    else:
        array[...] = values
