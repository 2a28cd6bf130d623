"""Whatever goes wrong, in whichever of several trials: everything comes back, nothing is left.

The worlds, phases and faults are those of the matrix for sweeps. A fault strikes in the first trial, in a
later one, or at the last pass of all; which, takes turns, as the faults do.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count, product

import pytest

from lrwidget import RateTrials, Trials
from tests.engine.states import assert_same_state
from tests.faults.faults import FAULTS, hand
from tests.faults.matrix import clipping_tapped, doors_of
from tests.faults.setups import SETUPS, World
from tests.faults.taps import PHASES, tap
from tests.faults.verdicts import LOST, RESTORES
from tests.faults.watch import nothing_left, observe, without

TRIED, STEPS = [0.01, 0.02, 0.04], 4
#: As doors of the matrix: a range test's loop, and its run().
DOORS = ("for", "run")
TORCH_LEAVES_A_FILE = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def made(world: World) -> RateTrials:
    """Trials of a world, with what its range test has."""
    test = world.range_test()
    plan = test._plan
    trials = test.rate_trials(TRIED, steps=STEPS, callback=lambda _: tap("callback"))
    assert trials._plan.model is plan.model
    return trials


@dataclass(frozen=True)
class Case:
    setup: str
    phase: str
    fault: str
    door: str
    position: str

    def __str__(self) -> str:
        return " - ".join((self.setup, self.phase, self.fault, self.door, self.position))


def cases() -> list[Case]:
    """Each setup with each of its phases: one fault, and three where workers may die."""
    turn, found = count(), []
    for setup, phase in product(SETUPS, PHASES):
        if phase in {"metric", "publishing"}:
            continue  # trials have no metric, and no page
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
            found.append(Case(setup, phase, fault, door, ("first", "middle", "last")[number % 3]))
    return list(dict.fromkeys(found))


@cache
def undisturbed(setup: str) -> tuple[Trials, dict[str, int]]:
    world = SETUPS[setup].make()
    with tap.open(), clipping_tapped():
        trials = made(world).run()
        return trials, {**tap.passes(), "between steps": sum(map(len, trials))}


def drawn(test: RateTrials) -> None:
    for _ in test:
        tap("between steps")


CASES = cases()


def tried(case: Case) -> object:
    dies = FAULTS[case.fault].needs == "a worker"
    return pytest.param(case, id=str(case), marks=[TORCH_LEAVES_A_FILE] if dies else [])


@pytest.mark.parametrize("case", [tried(case) for case in CASES])
def test_everything_comes_back(case: Case) -> None:
    trials, passes = undisturbed(case.setup)
    if case.phase not in passes:
        pytest.skip("no trial passes there")
    world = SETUPS[case.setup].make()
    before = observe(world)
    number = passes[case.phase]
    at = {"first": 1, "middle": (number + 1) // 2, "last": number}[case.position]
    in_worker = case.phase in {"sample", "collate"} and "workers" in SETUPS[case.setup].has
    if in_worker:
        at = min(at, number // 2)
    with nothing_left():
        test = made(world)
        hand.holds(test)
        with tap.open(case.phase, at, FAULTS[case.fault].strike), clipping_tapped():
            error = None
            try:
                RateTrials.run(test) if case.door == "run" else drawn(test)
            except BaseException as caught:  # noqa: BLE001 - whatever it is, it is looked at
                error = caught.with_traceback(None)
            hand.join()
            assert tap.passes().get(case.phase, 0) >= at, "the fault never struck"
        # A plain loop in which nothing had begun; or that raised by itself, as where PyTorch's handler of
        # signals tells of a dead worker between two points.
        if raised_outside := test.stop_reason is None:
            with suppress(Exception):
                test.close()
        check_left(case, test, error, raised_outside=raised_outside)
        lost = LOST[case.phase] if case.phase in RESTORES and error is not None else None
        assert_same_state(without(lost, before), without(lost, observe(world)))
        kept = test.trials
        for one in kept:
            same = next(other for other in trials if other.lr == one.lr)
            sure = same.loss[: len(one)].tolist()
            assert one.loss.tolist() == sure or case.fault in {"NaN", "inf", "StopIteration"}
        again = made(world).run()
        assert [one.loss.tolist() for one in again] == [one.loss.tolist() for one in trials]
        assert [one.held_out for one in again] == [one.held_out for one in trials]
        assert_same_state(without(lost, before), without(lost, observe(world)))


def check_left(case: Case, test: RateTrials, error: BaseException | None, *, raised_outside: bool) -> None:
    """Check that what came out is what was to come out, as far as the fault alone tells it."""
    fault = FAULTS[case.fault]
    ended = [one.ended for one in test.trials]
    if test.stop_reason is not None:
        assert None not in ended
    if error is not None:
        assert test.stop_reason in {"error", "interrupted", "stopped", "completed", None}
        assert fault.raises is not None or fault.needs in {"a worker", "a loss"}
    elif fault.raises is None and fault.needs == "this process" and test.stop_reason != "completed":
        assert test.stop_reason == "stopped"
    if error is None and test.stop_reason == "completed" and fault.needs != "a loss":
        assert "untried" not in ended
    if fault.needs == "a loss" and error is None:
        assert ended.count("non-finite") == 1 or case.setup == "LBFGS" or case.phase == "validation loss"
    if isinstance(error, Exception) and case.phase not in {*RESTORES, "around, left", "between steps"}:
        assert test.stop_reason in ({"stopped", None} if raised_outside else {"error"})
    assert not test._course.holds_anything


def test_every_phase_that_trials_have_is_struck_in_every_position() -> None:
    struck = {(case.phase, case.position) for case in CASES}
    phases = {phase for phase, _ in struck}
    assert phases == set(PHASES) - {"metric", "publishing"}
    assert {position for _, position in struck} == {"first", "middle", "last"}
    assert {case.setup for case in CASES} == set(SETUPS)
    faults = {case.fault for case in CASES}
    assert faults >= {name for name, one in FAULTS.items() if one.needs in {"", "this process"}}
    assert any(FAULTS[fault].needs == "a worker" for fault in faults)
