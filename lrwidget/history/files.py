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
import errno
import json
import math
import os
import shutil
import stat
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrwidget._text import one_line
from lrwidget._validate import said, shown
from lrwidget.errors import HistoryFileError, SettingsError
from lrwidget.history.json_values import decoded, encode
from lrwidget.history.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FORMAT",
    "FORMAT_OF_RUNS",
    "LARGEST_FILE",
    "as_text",
    "check_version",
    "fields_in",
    "named",
    "payload_of",
    "read",
    "read_json",
    "text_of",
    "write_text",
]

FORMAT = "lrwidget-history"
#: Of the files that hold several: see :mod:`lrwidget.history.run_files`.
FORMAT_OF_RUNS = "lrwidget-runs"
VERSION = 2
# A million points with a metric and rates of one's own; anything larger is no learning-rate sweep.
LARGEST_FILE = 128 * 1024 * 1024
# Lists, dicts and what is between commas. A file of nothing but "[]," would take 30 times its size in memory.
MOST_VALUES = 10_000_000

_FIELDS = ("lr", "loss", "settings", "stop_reason", "started_at", "seconds", "receipt")
_SINCE_VERSION_2 = ("metric", "metric_name")


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write a file's text. A reader, or a crash half-way, sees the old file or the new one.

    Raises
    ------
    HistoryFileError
        When the path is none, or the file would be larger than :func:`read_json` allows.
    OSError
        When it cannot be written; a file that was there is as it was.

    Notes
    -----
    A pipe or a device is written to, and stays what it is; a reader of it may see half when writing fails.
    """
    data = text.encode("ascii")
    with _at(path) as given:
        _check_size(path, data)
        if given.exists() and not given.is_file():  # a pipe, a device; of a folder this is the system's error
            with given.open("wb") as file:
                file.write(data)
            return
        target = Path(os.path.realpath(given))  # through a link, not over it
        # Whoever has made it read-only does not want it replaced, though the folder would allow that.
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        draft = target.with_name(f".lrwidget-{uuid.uuid4().hex}.tmp")
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # a full disk may show only now
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def text_of(fields: dict[str, Any]) -> str:
    """Return a history's fields as the text of a file."""
    return as_text(payload_of(fields))


def payload_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what stands in a file for a history of these fields."""
    payload = {"format": FORMAT, "version": VERSION}
    return payload | fields | {"settings": dataclasses.asdict(fields["settings"])}


def as_text(payload: dict[str, Any]) -> str:
    """Return plain data as the text of a file, in ASCII."""
    return json.dumps(encode(payload), allow_nan=False)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a history's fields.

    Raises
    ------
    HistoryFileError
        When the file is not a history that this version can read.
    OSError
        When there is no such file, or it cannot be opened.
    """
    payload = read_json(path, "history")
    if isinstance(payload, dict) and payload.get("format") == FORMAT_OF_RUNS:
        raise HistoryFileError(
            f"{named(path)} holds runs, of which each has a history: read it with lrwidget.Runs.load."
        )
    return fields_in(payload, named(path))


def read_json(path: str | os.PathLike[str], what: str) -> Any:
    """Return what a file of JSON holds; an error says that it is no ``what``.

    Raises
    ------
    HistoryFileError
        When it is too large, or no JSON.
    OSError
        When there is no such file, or it cannot be opened.
    """
    with _at(path) as given, given.open("rb") as file:
        about = os.fstat(file.fileno())
        # Python sets aside at once what it is asked to read. A pipe or a device does not tell its size.
        size = about.st_size if stat.S_ISREG(about.st_mode) else LARGEST_FILE
        data = file.read(min(size, LARGEST_FILE) + 1)
    _check_size(path, data)
    try:
        return json.loads(
            data.decode("utf-8-sig"),  # some editors begin a file with a byte order mark
            parse_constant=_refuse,
            parse_float=_finite,
            object_pairs_hook=decoded,
        )
    except (ValueError, RecursionError) as error:
        raise HistoryFileError(
            f"{named(path)} is not a {what}: not valid JSON, perhaps cut off ({said(error)}). Save it again."
        ) from error


def fields_in(payload: Any, where: str) -> dict[str, Any]:
    """Return the fields of what stands in a file for a history.

    Parameters
    ----------
    payload : object
        As JSON gave it.
    where : str
        How errors call it.

    Raises
    ------
    HistoryFileError
        When it is not a history that this version can read.
    """
    if not isinstance(payload, dict) or payload.get("format") != FORMAT:
        raise HistoryFileError(
            f'{where} is not a history: it has no "format": "{FORMAT}". Save one with history.save.'
        )
    check_version(payload, VERSION, where, "history")
    if payload["version"] == 1:
        payload |= dict.fromkeys(_SINCE_VERSION_2)
    fields = _FIELDS + _SINCE_VERSION_2
    missing = [name for name in fields if name not in payload]
    if missing:
        raise HistoryFileError(f"{where} is not a whole history: {', '.join(missing)} missing.")
    return _checked(where, {name: payload[name] for name in fields})


def check_version(payload: dict[str, Any], newest: int, where: str, what: str) -> None:
    """Raise HistoryFileError unless the file's version is one that this lrwidget reads."""
    version = payload.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise HistoryFileError(
            f"{where} is not a {what}: its version must be a whole number; got {shown(version)}."
        )
    if version > newest:
        raise HistoryFileError(
            f"{where} was written by a newer lrwidget: file version {shown(version)}, "
            f"this one reads up to {newest}. "
            "Upgrade lrwidget."
        )


def _checked(where: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with settings built; refuse what the history's own checks would let pass."""
    for name in ("lr", "loss", *(["metric"] if fields["metric"] is not None else [])):
        column = fields[name]
        if not isinstance(column, list) or not set(map(type, column)) <= {int, float}:
            raise HistoryFileError(f"{where} is not a history: {name} must be a list of numbers.")
    settings = fields["settings"]
    known = {field.name for field in dataclasses.fields(Settings)}
    if not isinstance(settings, dict) or settings.keys() != known:
        raise HistoryFileError(
            f"{where} is not a history: settings must hold exactly {', '.join(sorted(known))}."
        )
    try:
        return fields | {"settings": Settings(**settings)}
    except SettingsError as error:
        raise HistoryFileError(f"{where} holds settings that cannot be: {error}") from error


@contextmanager
def _at(path: Any) -> Iterator[Path]:
    """Give a path that can be worked with; errors on the way name it as it was given."""
    try:
        text = os.fsdecode(path)
    except Exception as error:
        raise HistoryFileError(
            f"path must be a file's path, a text or a pathlib.Path; got {shown(path)}."
        ) from error
    if not text:
        raise HistoryFileError("path is empty. Give a file's path, for example 'sweep.json'.")
    try:
        yield Path(text)
    except OSError as error:
        if error.errno is None:
            raise
        # Of a draft beside it, or of a write, the system's error names another file or none.
        raise type(error)(error.errno, error.strerror, text) from error
    except ValueError as error:  # a zero byte, half of a surrogate pair
        if isinstance(error, HistoryFileError):
            raise
        raise HistoryFileError(f"{named(path)} is no path that a file can have: {said(error)}.") from error


def named(path: object) -> str:
    """Return a path as errors write it: whole, unless its length would bury the rest."""
    try:
        text = os.fsdecode(path)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - whatever a user's __fspath__ raises
        return shown(path)
    return one_line(text, 4096)


def _check_size(path: object, data: bytes) -> None:
    if len(data) > LARGEST_FILE:
        raise HistoryFileError(
            f"{named(path)} is larger than {LARGEST_FILE / 2**20:.3g} MiB, which no history is."
        )
    if sum(data.count(sign) for sign in (b",", b"[", b"{")) > MOST_VALUES:
        raise HistoryFileError(f"{named(path)} holds more than {MOST_VALUES} values, which no history does.")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{shown(text)} is too large for a float")
    return number
