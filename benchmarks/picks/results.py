"""What was measured, a line of JSON for each part, so that a run can be stopped and go on as one likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Key = tuple[str, int, str, str]


@dataclass(frozen=True)
class Record:
    """One part: of which task and seed, what, by which name, in how many steps a training, what came out.

    What and name are "start"; "sweep" and the way; "constant" or "one-cycle" and the rate; "trials" and
    around which pick; "rival" and which optimizer. ``seconds`` are of one processor.
    """

    task: str
    seed: int
    what: str
    name: str
    steps: int
    seconds: float
    values: dict[str, Any]

    @property
    def key(self) -> Key:
        """Tell this part from the others."""
        return self.task, self.seed, self.what, self.name


class Results:
    """The parts in a file, and those added to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records = {record.key: record for record in _read(path)}

    def __contains__(self, key: Key) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __getitem__(self, key: Key) -> Record:
        return self._records[key]

    def get(self, key: Key) -> Record | None:
        """Return a part, or None if it is not there."""
        return self._records.get(key)

    def named(self, task: str, seed: int, what: str) -> dict[str, Record]:
        """Return the parts of a task and seed of one kind, by name."""
        return {
            record.name: record
            for record in self
            if (record.task, record.seed, record.what) == (task, seed, what)
        }

    def add(self, record: Record) -> None:
        """Add a part to the file, at its end."""
        self._records[record.key] = record
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = not self.path.exists() or self.path.read_bytes()[-1:] in {b"", b"\n"}
        with self.path.open("a", encoding="utf-8") as file:
            line = json.dumps(asdict(record), separators=(",", ":"))
            file.write(f"{line}\n" if whole else f"\n{line}\n")


def _read(path: Path) -> Iterator[Record]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            fields = json.loads(line)
        except json.JSONDecodeError:  # cut off when a run was stopped: that part is measured again
            continue
        yield Record(**fields)
