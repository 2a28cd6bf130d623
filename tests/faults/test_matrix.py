"""Whatever goes wrong, wherever in a sweep: everything comes back, nothing is left, and all works again."""

from itertools import product

import pytest

from tests.faults import count
from tests.faults.doors import DOORS
from tests.faults.faults import FAULTS
from tests.faults.matrix import Case, cases, doors_of, try_case
from tests.faults.setups import SETUPS
from tests.faults.taps import PHASES

CASES = list(cases())

#: PyTorch tells of a dead worker wherever the process is, perhaps while it opens a temporary file of its own.
TORCH_LEAVES_A_FILE = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def tried(case: Case) -> object:
    """A case as pytest takes it."""
    dies = FAULTS[case.fault].needs == "a worker"
    return pytest.param(case, id=str(case), marks=[TORCH_LEAVES_A_FILE] if dies else [])


@pytest.mark.parametrize("case", [tried(case) for case in CASES])
def test_everything_comes_back(case: Case) -> None:
    try_case(case)


def test_every_fault_is_tried_in_every_phase_where_it_can_be() -> None:
    can_be = {
        (phase, fault)
        for setup, phase, fault in product(SETUPS, PHASES, FAULTS)
        if doors_of(setup, phase, fault)
    }
    assert {(case.phase, case.fault) for case in CASES} == can_be
    assert {case.phase for case in CASES} == set(PHASES)
    assert {case.setup for case in CASES} == set(SETUPS)
    assert {case.door for case in CASES} == set(DOORS)


def test_the_tables_tell_of_all_of_them() -> None:
    assert count.by_phase().splitlines()[-1].endswith(f"| {len(FAULTS)} | {len(SETUPS)} | {len(CASES)} |")
    assert len(count.by_setup().splitlines()) == len(SETUPS) + 2
    assert "no worker is there to die" in count.left_out()
