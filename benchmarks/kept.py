"""What each engine keeps and loses: every kind of state before a sweep, and after each way out of it.

``make bench ARGS="--only kept"`` prints the tables that docs/migration.md shows, and so does ``python -m
benchmarks.kept``. Every engine runs in a process of its own, fastai with its folder in front (see .ci/venv).
"""

from __future__ import annotations

import argparse
import gc
import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import torch

from benchmarks.apart import elsewhere, has_fastai, own_folder, quiet
from benchmarks.engines import ENGINES, Engine
from benchmarks.kept_world import (
    ERROR,
    EXITS,
    FINISH,
    INTERRUPT,
    KINDS,
    REQUEST,
    SECOND,
    MishapError,
    State,
    World,
    observe,
    same,
)
from benchmarks.text import markdown

#: What comes out of a sweep by each exit. Lightning ends the process on Ctrl-C.
WAYS = {FINISH: {None}, SECOND: {None}, ERROR: {MishapError}, INTERRUPT: {KeyboardInterrupt, SystemExit}}

#: Of one engine: its version, and by kind and exit whether it was kept; None = it has no place for it.
Column = dict[str, Any]


def measure(name: str) -> Column:
    """Sweep with one engine in this process, through all exits."""
    kept: dict[str, dict[str, bool | None]] = {kind: {} for kind in KINDS}
    engine = ENGINES[name]
    for how in EXITS:
        states = {warm: _swept(engine, how, warm=warm) for warm in (True, False)}
        for kind, (warm, _) in KINDS.items():
            kept[kind][how] = None if kind in engine.without else same(kind, *states[warm])
    return {"versions": {package: version(package) for package in engine.packages}, "kept": kept}


def _swept(engine: type[Engine], how: str, *, warm: bool) -> tuple[State, State]:
    """Return what was observed before and after the sweep; the way out is checked to be the one meant."""
    with quiet(), own_folder() as folder:
        world = World(warm=warm)
        beside = engine(world, folder, REQUEST)
        before = observe(world, beside.trainer(), folder)
        for _ in range(2 if how == SECOND else 1):
            world.trip.set(how)
            left = _leave(beside)
            assert left in WAYS[how], f"{engine.__name__}, {how}: left with {left}"
            assert world.trip.trained, f"{engine.__name__}, {how}: did not train"
        gc.collect()  # what only an exception's frames held, such as a temporary folder
        return before, observe(world, beside.trainer(), folder)


def _leave(beside: Engine) -> type[BaseException] | None:
    """Sweep; return the kind of exception that came out, without its frames."""
    try:
        beside.sweep()
    except (MishapError, KeyboardInterrupt, SystemExit) as error:
        return type(error)
    return None


def column(name: str) -> Column:
    """Measure one engine in a process of its own."""
    return elsewhere(name, "benchmarks.kept", "--engine", name, fastai=name == "fastai")


def cell(kept: Mapping[str, bool | None]) -> str:
    """One kind, one engine: yes, no, or after which exits not."""
    if None in kept.values():
        return "-"
    lost = [how for how, well in kept.items() if not well]
    if not lost:
        return "yes"
    return "no" if len(lost) == len(kept) else f"not after {', '.join(lost)}"


def details(columns: Mapping[str, Column]) -> str:
    """Every kind, every engine."""
    rows = [[kind, *(cell(found["kept"][kind]) for found in columns.values())] for kind in KINDS]
    return markdown(["kept to the bit?", *columns], rows)


def counts(columns: Mapping[str, Column]) -> str:
    """How many kinds each engine keeps, of those it has a place for, by exit."""
    rows = []
    for how in EXITS:
        tallies = [[kept[how] for kept in found["kept"].values()] for found in columns.values()]
        rows.append([how, *(f"{each.count(True)} of {len(each) - each.count(None)}" for each in tallies)])
    return markdown(["kinds kept after", *columns], rows)


def show() -> None:
    """Measure every engine that is installed and print both tables."""
    columns = {name: column(name) for name in ENGINES if name != "fastai" or has_fastai()}
    versions = {"torch": torch.__version__}
    for found in columns.values():
        versions |= found["versions"]
    print(", ".join(f"{name} {which}" for name, which in versions.items()))
    print(f"\n{counts(columns)}\n\n{details(columns)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kept", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--engine", choices=ENGINES, help="measure this one, here, and print JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.engine:
        print(json.dumps(measure(options.engine)))
    else:
        show()


if __name__ == "__main__":
    main()
