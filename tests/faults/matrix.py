"""The fault matrix: which faults are tried in which phases of which worlds through which doors.

In the first world that has a phase every fault is tried there, in the others one fault of each kind. Doors,
and passes (the first, the middle and the last of a sweep), take turns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count, product
from unittest.mock import patch

import torch

from lrwidget import History
from tests.engine.states import assert_same_state
from tests.faults.doors import DOORS
from tests.faults.faults import FAULTS
from tests.faults.setups import SETUPS
from tests.faults.taps import PHASES, tap
from tests.faults.verdicts import LOST, RESTORES, check_left, struck_a_restore
from tests.faults.watch import nothing_left, observe, without

#: Phases that only some worlds have, some doors, or that are passed in a loader's worker if there is one.
NEEDS = {
    "sampler": "a sampler",
    "validation batch drawn": "validation",
    "validation forward": "validation",
    "validation loss": "validation",
    "metric": "a metric",
    "loss scaled": "a scaler",
    "gradients unscaled": "a scaler",
    "scaler's step": "a scaler",
    "scale updated": "a scaler",
    "gradients clipped": "clipping",
    "mode": "a change of mode",
    "snapshot, loader": "a loader's state",
    "restore, loader": "a loader's state",
    "batch moved": "a batch that moves itself",
}
DOOR_NEEDS = {"between steps": ("with", "for"), "publishing": ("widget.start", "widget.run")}
IN_WORKERS = ("sample", "collate")
WIDGETS = ("widget.start", "widget.run")
POSITIONS = ("first", "middle", "last")


@dataclass(frozen=True)
class Case:
    """One trial: everything by its name."""

    setup: str
    phase: str
    fault: str
    door: str
    position: str

    def __str__(self) -> str:
        return " - ".join((self.setup, self.phase, self.fault, self.door, self.position))

    @property
    def in_worker(self) -> bool:
        return self.phase in IN_WORKERS and "workers" in SETUPS[self.setup].has


def why_not(setup: str, phase: str, fault: str, door: str) -> str:
    """Return why a combination cannot be, or means nothing; empty if it is tried."""
    has, needs = SETUPS[setup].has, FAULTS[fault].needs
    in_worker = phase in IN_WORKERS and "workers" in has
    if phase in NEEDS and NEEDS[phase] not in has:
        return f"a setup without {NEEDS[phase]}"
    if door not in DOOR_NEEDS.get(phase, DOORS):
        return "this door has no such phase"
    if needs == "a loss" and phase not in {"loss", "validation loss"}:
        return "no loss passes there"
    if needs == "a worker" and not in_worker:
        return "no worker is there to die"
    if needs in {"this process", "a widget"} and in_worker:
        return "a worker has no hand on the sweep"
    if needs == "an own loop" and (phase, door) != ("between steps", "for"):
        return "the caller holds the sweep"
    if needs == "a widget" and door not in WIDGETS:
        return "only a widget has these commands"
    return ""


def cases() -> Iterator[Case]:
    """Yield every trial."""
    turn = count()
    for (row, setup), (column, phase) in product(enumerate(SETUPS), enumerate(PHASES)):
        possible = {fault: doors for fault in FAULTS if (doors := doors_of(setup, phase, fault))}
        kinds: dict[str, list[str]] = {}
        for fault in possible:
            kinds.setdefault(FAULTS[fault].kind, []).append(fault)
        first = setup == next(one for one in SETUPS if any(doors_of(one, phase, fault) for fault in FAULTS))
        # Elsewhere one of each kind: which, goes round from world to world.
        tried = possible if first else [alike[(row + column) % len(alike)] for alike in kinds.values()]
        for fault in tried:
            number, doors = next(turn), possible[fault]
            yield Case(setup, phase, fault, doors[number % len(doors)], POSITIONS[number % 3])


def doors_of(setup: str, phase: str, fault: str) -> list[str]:
    """Return the doors through which a fault can be tried."""
    return [door for door in DOORS if not why_not(setup, phase, fault, door)]


@cache
def undisturbed(setup: str) -> tuple[History, dict[str, int]]:
    """Return what a sweep gives when nothing goes wrong, and how often it passes each phase."""
    world = SETUPS[setup].make()
    with tap.open(), clipping_tapped():
        history = world.range_test().run()
        passes = tap.passes()
    # In the caller's loop and on the page the passes are those of the points, and of the two ends.
    return history, {**passes, "between steps": len(history), "publishing": 2}


def try_case(case: Case) -> None:
    """Let one thing go wrong, and see that everything comes back and all works again."""
    history, passes = undisturbed(case.setup)
    world = SETUPS[case.setup].make()
    before = observe(world)

    def came_back() -> None:
        lost = LOST.get(case.phase) if struck_a_restore(case) else None
        assert_same_state(without(lost, before), without(lost, observe(world)))

    with nothing_left():
        door = DOORS[case.door](world)
        at = pass_of(case, passes[case.phase])
        with tap.open(case.phase, at, FAULTS[case.fault].strike), clipping_tapped():
            left = door.sweep()
            assert tap.passes().get(case.phase, 0) >= at, "the fault never struck"
        check_left(case, left, first=at == 1)
        came_back()
        again = door.again()
        assert [again.lr.tolist(), again.loss.tolist()] == [history.lr.tolist(), history.loss.tolist()]
        assert history.metric is None or again.metric.tolist() == history.metric.tolist()
        came_back()
        door.leave()


def pass_of(case: Case, passes: int) -> int:
    """Return which pass is struck, from 1."""
    if case.phase in RESTORES:
        return passes  # an evaluation gives back too what it moved: the sweep's own comes last
    at = {"first": 1, "middle": (passes + 1) // 2, "last": passes}[case.position]
    # Workers are ahead of the sweep, and their last samples are never asked for.
    return min(at, passes // 2) if case.in_worker else at


def clipping_tapped() -> patch:
    """Strike between the two kinds of clipping: values are clipped, their norm is not."""
    clip = torch.nn.utils.clip_grad_norm_

    def tapped(*args, **options):
        tap("gradients clipped")
        return clip(*args, **options)

    return patch.object(torch.nn.utils, "clip_grad_norm_", tapped)
