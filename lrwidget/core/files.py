"""Histories on disk: versioned JSON, written whole or not at all, read without trust.

::

    {"format": "lrwidget-history", "version": 1,
     "lr": [...], "loss": [...], "settings": {...},
     "stop_reason": ..., "started_at": ..., "seconds": ..., "receipt": {...},
     "metric": [...] or null, "metric_name": ...}

Version 1 knew no metric; its files are read as having none.

NaN and the infinities are written ``{"$float": "nan"}``, ``"inf"``, ``"-inf"``. Nothing is ever executed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import uuid
from pathlib import Path
from typing import Any

from lrwidget.core.plain import decode, encode
from lrwidget.core.settings import Settings
from lrwidget.errors import HistoryFileError, SettingsError

__all__ = ["LARGEST_FILE", "read", "write"]

FORMAT = "lrwidget-history"
VERSION = 2
# About a million points; anything larger is no learning-rate sweep.
LARGEST_FILE = 64 * 1024 * 1024

_FIELDS = ("lr", "loss", "settings", "stop_reason", "started_at", "seconds", "receipt")
_SINCE_VERSION_2 = ("metric", "metric_name")


def write(path: str | os.PathLike[str], fields: dict[str, Any]) -> None:
    """Write a history's fields. A reader, or a crash half-way, sees the old file or the new one."""
    payload = {"format": FORMAT, "version": VERSION}
    payload |= fields | {"settings": dataclasses.asdict(fields["settings"])}
    text = json.dumps(encode(payload), allow_nan=False)
    target = Path(os.path.realpath(path))  # through a link, not over it
    draft = target.with_name(f".{target.name[:100]}.{uuid.uuid4().hex}.tmp")
    try:
        with draft.open("x", encoding="utf-8") as file:
            file.write(text)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a history's fields.

    Raises
    ------
    HistoryFileError
        When the file is not a history that this version can read.
    OSError
        When there is no such file, or it cannot be opened.
    """
    with Path(path).open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise HistoryFileError(f"{path} is larger than {LARGEST_FILE >> 20} MiB, which no history is.")
    try:
        payload = decode(json.loads(data.decode("utf-8"), parse_constant=_refuse))
    except (ValueError, RecursionError) as error:
        raise HistoryFileError(
            f"{path} is not a history: not valid JSON, perhaps cut off ({error}). Save it again."
        ) from error
    if not isinstance(payload, dict) or payload.get("format") != FORMAT:
        raise HistoryFileError(
            f'{path} is not a history: it has no "format": "{FORMAT}". Save one with history.save.'
        )
    version = payload.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise HistoryFileError(
            f"{path} is not a history: its version must be a whole number; got {version!r}."
        )
    if version > VERSION:
        raise HistoryFileError(
            f"{path} was written by a newer lrwidget: file version {version}, "
            f"this one reads up to {VERSION}. "
            "Upgrade lrwidget."
        )
    if version == 1:
        payload |= dict.fromkeys(_SINCE_VERSION_2)
    fields = _FIELDS + _SINCE_VERSION_2
    missing = [name for name in fields if name not in payload]
    if missing:
        raise HistoryFileError(f"{path} is not a whole history: {', '.join(missing)} missing.")
    return _checked(path, {name: payload[name] for name in fields})


def _checked(path: str | os.PathLike[str], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with settings built; refuse what the history's own checks would let pass."""
    for name in ("lr", "loss", *(["metric"] if fields["metric"] is not None else [])):
        column = fields[name]
        if not isinstance(column, list) or any(type(value) not in (int, float) for value in column):
            raise HistoryFileError(f"{path} is not a history: {name} must be a list of numbers.")
    settings = fields["settings"]
    known = {field.name for field in dataclasses.fields(Settings)}
    if not isinstance(settings, dict) or settings.keys() != known:
        raise HistoryFileError(
            f"{path} is not a history: settings must hold exactly {', '.join(sorted(known))}."
        )
    try:
        return fields | {"settings": Settings(**settings)}
    except SettingsError as error:
        raise HistoryFileError(f"{path} holds settings that cannot be: {error}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
