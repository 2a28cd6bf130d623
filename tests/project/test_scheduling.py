"""When several processes test, what belongs together is together, and nothing is handed out too late."""

import os
from pathlib import Path

import pytest

from tests import scheduling

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("number", range(4))
def test_tests_of_one_file_are_in_one_process(
    number: int, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    if not getattr(request.config.option, "loadgroup", False):  # xdist's, in its processes
        pytest.skip("nobody asked to keep tests together")
    # The folder that is common to all processes.
    folder = tmp_path_factory.getbasetemp().parent / "processes of one file"
    folder.mkdir(exist_ok=True)
    (folder / str(os.getpid())).touch()
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tests/browser/test_a.py::test_x", "tests/browser/test_b.py::test_y"),
        ("tests/engine/test_compiling.py::test_x", "tests/setups/test_compile.py::test_y"),
        ("tests/setups/test_setups.py::test_x[compiled_step]", "tests/engine/test_compiling.py::test_y"),
        ("tests/notebooks/test_quickstart.py::test_x", "tests/notebooks/test_quickstart.py::test_y"),
    ],
)
def test_together(one: str, other: str) -> None:
    assert scheduling.unit_of(one) == scheduling.unit_of(other)


def test_the_cases_of_long_files_are_handed_out_one_by_one_and_last() -> None:
    for file in scheduling.ONE_BY_ONE:
        one, other = f"{file}::test_x[1]", f"{file}::test_x[2]"
        assert scheduling.unit_of(one) != scheduling.unit_of(other)
        assert scheduling.turn_of(one) > scheduling.turn_of("tests/picks/test_picks.py::test_x")


def test_pages_come_first() -> None:
    first = scheduling.turn_of("tests/browser/test_a.py::test_x")
    for file in ("tests/engine/test_compiling.py", "tests/notebooks/test_quickstart.py"):
        assert first < scheduling.turn_of(f"{file}::test_x")


def test_every_place_that_is_named_is_there() -> None:
    names = [*scheduling.LONG, *scheduling.ONE_BY_ONE, *scheduling.TOGETHER["browser"]]
    assert all((ROOT / name).exists() for name in names)
