"""Whatever goes wrong, in whichever of several sweeps: everything comes back, nothing is left.

The worlds, phases and faults are those of the matrix for single sweeps. A fault strikes in the first variant,
in a later one, or at the last pass of all; which, takes turns, as the faults do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count, product
from typing import Any

import pytest

from lrwidget import Comparison, Runs
from tests.engine.states import assert_same_state
from tests.faults.faults import FAULTS, hand
from tests.faults.matrix import clipping_tapped, doors_of
from tests.faults.parts import Surrounded
from tests.faults.setups import RATES, SETUPS, World
from tests.faults.taps import PHASES, tap
from tests.faults.verdicts import LOST, RESTORES
from tests.faults.watch import nothing_left, observe, without

VARIANTS: dict[str, dict[str, Any]] = {"plain": {}, "seed": {"seed": 3}, "short": {"num_iter": 4}}
#: As doors of the matrix: a range test's loop, and its run().
DOORS = ("for", "run")
TORCH_LEAVES_A_FILE = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def made(world: World) -> Comparison:
    """A comparison in a world, one of its variants changing an option of the optimizer."""
    first = world.optimizer[0] if isinstance(world.optimizer, list) else world.optimizer
    own = {"weight_decay": 0.5} if "weight_decay" in first.param_groups[0] else {"tolerance_change": 1e-5}
    return Comparison(
        {**VARIANTS, "own": own},
        world.model,
        world.optimizer,
        world.criterion,
        world.loader,
        world.val_loader,
        around=lambda: Surrounded(world.model),
        callback=lambda *_: tap("callback"),
        **RATES,
        **world.options,
    )


@dataclass(frozen=True)
class Case:
    setup: str
    phase: str
    fault: str
    door: str
    position: str

    def __str__(self) -> str:
        return " - ".join((self.setup, self.phase, self.fault, self.door, self.position))


def cases() -> Iterator[Case]:
    """Each setup with each of its phases: one fault, and three where workers may die."""
    turn = count()
    for setup, phase in product(SETUPS, PHASES):
        if phase == "publishing":
            continue  # there is no page
        possible = [
            (fault, door)
            for fault in FAULTS
            for door in DOORS
            if door in doors_of(setup, phase, fault) and FAULTS[fault].needs != "an own loop"
        ]
        dies = any(FAULTS[fault].needs == "a worker" for fault, _ in possible)
        for _ in range((3 if dies else 1) if possible else 0):
            number = next(turn)
            fault, door = possible[(7 * number) % len(possible)]
            yield Case(setup, phase, fault, door, ("first", "middle", "last")[number % 3])


@cache
def undisturbed(setup: str) -> tuple[Runs, dict[str, int]]:
    world = SETUPS[setup].make()
    with tap.open(), clipping_tapped():
        runs = made(world).run()
        points = sum(len(run.history) for run in runs)
        return runs, {**tap.passes(), "between steps": points}


def drawn(comparison: Comparison) -> None:
    for _ in comparison:
        tap("between steps")


def tried(case: Case) -> object:
    dies = FAULTS[case.fault].needs == "a worker"
    return pytest.param(case, id=str(case), marks=[TORCH_LEAVES_A_FILE] if dies else [])


CASES = list(dict.fromkeys(cases()))


@pytest.mark.parametrize("case", [tried(case) for case in CASES])
def test_everything_comes_back(case: Case) -> None:
    runs, passes = undisturbed(case.setup)
    if case.phase not in passes:
        pytest.skip("no sweep passes there")
    world = SETUPS[case.setup].make()
    before = observe(world)
    number = passes[case.phase]
    at = {"first": 1, "middle": (number + 1) // 2, "last": number}[case.position]
    if case.phase in {"sample", "collate"} and "workers" in SETUPS[case.setup].has:
        at = min(at, number // 2)
    with nothing_left():
        comparison = made(world)
        hand.holds(comparison)
        with tap.open(case.phase, at, FAULTS[case.fault].strike), clipping_tapped():
            error = None
            try:
                comparison.run() if case.door == "run" else drawn(comparison)
            except BaseException as caught:  # noqa: BLE001 - whatever it is, it is looked at
                error = caught.with_traceback(None)
            hand.join()
            assert tap.passes().get(case.phase, 0) >= at, "the fault never struck"
        if (
            comparison.stop_reason is None
        ):  # a plain loop, in which nothing had begun, or that raised by itself
            with suppress(Exception):
                comparison.close()
        check_left(case, comparison, error)
        lost = LOST[case.phase] if case.phase in RESTORES and error is not None else None
        assert_same_state(without(lost, before), without(lost, observe(world)))
        for run in comparison.runs:  # the points that are known are those of an undisturbed comparison
            sure = runs[run.name].history.loss[: len(run.history)].tolist()
            assert run.history.loss.tolist() == sure or case.fault in {"NaN", "inf", "StopIteration"}
        if lost is None:
            again = made(world).run()
            assert [run.history.loss.tolist() for run in again] == [run.history.loss.tolist() for run in runs]
            assert_same_state(before, observe(world))


def check_left(case: Case, comparison: Comparison, error: BaseException | None) -> None:
    """Check that what came out is what was to come out, as far as the fault alone tells it."""
    fault = FAULTS[case.fault]
    assert comparison.name is None
    if error is not None:
        assert comparison.stop_reason in {"error", "interrupted", "stopped", "completed"}
        assert fault.raises is not None or fault.needs in {"a worker", "a loss"}
        if isinstance(error, Exception) and case.phase not in {*RESTORES, "around, left", "between steps"}:
            assert comparison.stop_reason in {"error", "stopped"}
    elif fault.raises is None and fault.needs == "this process" and comparison.stop_reason != "completed":
        assert comparison.stop_reason == "stopped"
    if error is None and comparison.stop_reason == "completed":
        assert comparison.runs.names == (*VARIANTS, "own")


def test_every_phase_is_struck_in_every_position() -> None:
    assert {case.phase for case in CASES} == set(PHASES) - {"publishing"}
    assert {case.position for case in CASES} == {"first", "middle", "last"}
    assert {case.setup for case in CASES} == set(SETUPS)
    faults = {case.fault for case in CASES}
    assert any(FAULTS[fault].needs == "a worker" for fault in faults)
    assert {"KeyboardInterrupt", "SIGINT"} & faults
