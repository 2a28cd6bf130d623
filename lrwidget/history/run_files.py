"""Runs on disk: one JSON file for all, written and read as that of a history is.

::

    {"format": "lrwidget-runs", "version": 1, "active": 0,
     "runs": [{"name": ..., "changes": {...}, "history": {...} or null, "repeats": [{...}, ...],
               "trials": {...} or null}, ...]}

``history`` and ``repeats`` hold what stands in a history's own file; a run has the one or the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget._validate import shown
from lrwidget.errors import HistoryFileError
from lrwidget.history.files import FORMAT, FORMAT_OF_RUNS, check_version, named, read_json
from lrwidget.history.record import History

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

__all__ = ["entries_in", "payload_of", "read"]

VERSION = 1
_FIELDS = ("name", "changes", "history", "repeats", "trials")


def payload_of(active: int | None, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what stands in a file for runs."""
    return {"format": FORMAT_OF_RUNS, "version": VERSION, "active": active, "runs": list(entries)}


def read(path: str | os.PathLike[str]) -> dict[str, Any] | History:
    """Return what a file of runs holds, unchecked but for its format; of a history's file the history.

    Raises
    ------
    HistoryFileError
        When the file holds neither.
    OSError
        When there is no such file, or it cannot be opened.
    """
    payload = read_json(path, "file of runs")
    format_ = payload.get("format") if isinstance(payload, dict) else None
    if format_ == FORMAT:
        return History.from_payload(payload, named(path))
    if format_ != FORMAT_OF_RUNS:
        raise HistoryFileError(
            f'{named(path)} is not a file of runs: it has no "format": "{FORMAT_OF_RUNS}". Save one with '
            "runs.save."
        )
    return payload  # type: ignore[no-any-return]


def entries_in(payload: dict[str, Any], where: str) -> tuple[int | None, list[dict[str, Any]]]:
    """Return which run is active, and what stands there for each, of the right shape.

    Raises
    ------
    HistoryFileError
        When the version is a newer one, or a field is missing or of another kind.
    """
    check_version(payload, VERSION, where, "file of runs")
    missing = [name for name in ("active", "runs") if name not in payload]
    if missing:
        raise HistoryFileError(f"{where} is not a whole file of runs: {', '.join(missing)} missing.")
    active, runs = payload["active"], payload["runs"]
    if not (active is None or (isinstance(active, int) and not isinstance(active, bool))):
        raise HistoryFileError(
            f"{where} is not a file of runs: active must be a number; got {shown(active)}."
        )
    if not isinstance(runs, list):
        raise HistoryFileError(f"{where} is not a file of runs: runs must be a list; got {shown(runs)}.")
    for number, entry in enumerate(runs, 1):
        if not isinstance(entry, dict):
            raise HistoryFileError(f"run {number} of {where} must be an object; got {shown(entry)}.")
        missing = [name for name in _FIELDS if name not in entry]
        if missing:
            raise HistoryFileError(f"run {number} of {where} is not whole: {', '.join(missing)} missing.")
        if not isinstance(entry["repeats"], list):
            raise HistoryFileError(
                f"run {number} of {where}: repeats must be a list; got {shown(entry['repeats'])}."
            )
    return active, runs
