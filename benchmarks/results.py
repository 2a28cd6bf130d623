"""Everything that docs/benchmarks.md shows, as one record that a file can hold."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.compiled import CompiledStep
from benchmarks.machine import Machine
from benchmarks.records import from_json
from benchmarks.scaling import Growth
from benchmarks.smooth import Drag, Smoothness
from benchmarks.snapshots import Copied
from benchmarks.sweeps import Comparison
from benchmarks.text import Table


@dataclass(frozen=True)
class Results:
    """What was measured, by part; empty or None what was not."""

    machine: Machine
    engines: list[Comparison] = field(default_factory=list)
    validation: list[Comparison] = field(default_factory=list)
    snapshots: list[Copied] = field(default_factory=list)
    scaling: Growth | None = None
    live: list[Comparison] = field(default_factory=list)
    smooth: list[Smoothness] = field(default_factory=list)
    drags: list[Drag] = field(default_factory=list)
    compiled: list[CompiledStep] = field(default_factory=list)
    trials: list[Comparison] = field(default_factory=list)
    page: list[Table] = field(default_factory=list)
    numbers: list[Table] = field(default_factory=list)


def load(path: Path) -> Results:
    return from_json(Results, json.loads(path.read_text(encoding="utf-8")))


def save(path: Path, results: Results) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(results), indent=1) + "\n", encoding="utf-8")


def merged(old: Results | None, machine: Machine, found: dict[str, Any]) -> Results:
    """What was found now, and of the old what was not measured again."""
    return replace(old or Results(machine), machine=machine, **found)
