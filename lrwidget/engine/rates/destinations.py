"""Where an accepted rate goes besides the optimizer: whether it can, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrwidget._validate import pair, shown
from lrwidget.engine.rates.groups import read_place
from lrwidget.errors import SettingsError

__all__ = ["checked_places", "checked_schedulers"]


def checked_schedulers(scheduler: Any) -> tuple[object, ...]:
    """Return one scheduler, a list of them or None as a tuple, or raise SettingsError."""
    given = () if scheduler is None else scheduler if isinstance(scheduler, (list, tuple)) else (scheduler,)
    for one in given:
        if isinstance(one, type) or not callable(getattr(one, "step", None)):
            raise SettingsError(
                f"scheduler must be a scheduler of learning rates, a list of them, or None; got {shown(one)}."
            )
    return tuple(given)


def checked_places(write_to: Any) -> tuple[tuple[Any, str], ...]:
    """Return pairs of a mapping and a key, or an object and an attribute's name, or raise SettingsError."""
    if not isinstance(write_to, (list, tuple)):
        raise SettingsError(
            f"write_to must be a list of places, as in [(config, 'lr')]; got {shown(write_to)}."
        )
    places = []
    for index, place in enumerate(write_to):
        name = f"write_to[{index}]"
        where, key = pair(name, place) if isinstance(place, (list, tuple)) else (None, None)
        if not isinstance(key, str):
            raise SettingsError(
                f"{name} must be a mapping and a key, or an object and the name of its attribute, as in "
                f"(config, 'lr'); got {shown(place)}."
            )
        try:
            read_place(where, key)
        except (AttributeError, LookupError) as error:
            what = "key" if isinstance(where, Mapping) else "attribute"
            raise SettingsError(
                f"{name} is a {type(where).__name__} without the {what} {shown(key)}."
            ) from error
        places.append((where, key))
    return tuple(places)
