"""Frozen records as JSON and back."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


def from_json(kind: Any, data: Any) -> Any:
    """Make what :func:`dataclasses.asdict` took apart, also after JSON has made lists of tuples."""
    if is_dataclass(kind):
        kinds = get_type_hints(kind)
        known = {field.name for field in fields(kind)}
        return kind(**{name: from_json(kinds[name], value) for name, value in data.items() if name in known})
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:  # something, or None
        return None if data is None else from_json(inner[0], data)
    if origin is dict:
        return {key: from_json(inner[1], value) for key, value in data.items()}
    if origin in {list, tuple}:
        return origin(from_json(inner[0], value) for value in data)
    return data
