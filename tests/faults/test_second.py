"""A second thing goes wrong while the first is being dealt with."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lrwidget import RestoreError
from tests.engine.states import assert_same_state
from tests.faults.doors import DOORS
from tests.faults.faults import FAULTS
from tests.faults.parts import Net
from tests.faults.setups import plain
from tests.faults.taps import tap
from tests.faults.watch import observe, without


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("door", ["run", "with", "widget.run", "widget.start"])
@pytest.mark.parametrize("second", [OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("first", ["RuntimeError", "KeyboardInterrupt", "GeneratorExit"])
def test_a_restore_that_fails_after_a_sweep_that_failed_names_what_is_lost(
    first: str, second: type[BaseException], door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Net, state: object) -> None:
        raise second("no")

    world = plain()
    before = observe(world)
    monkeypatch.setattr(Net, "set_extra_state", fails)
    swept = DOORS[door](world)
    with tap.open("forward", 3, FAULTS[first].strike):
        left = swept.sweep()
    told = [error for error in _chain(left.error) if isinstance(error, RestoreError)]
    assert [str(error)[:50] for error in told] == [
        "could not give back: extra state of model (" + second.__name__[:7]
    ]
    assert isinstance(left.error, (RestoreError, second))
    assert_same_state(without("extra", before), without("extra", observe(world)))
    swept.leave()


@contextmanager
def _handled(number: int, handler: Callable[[int, object], object]) -> Iterator[None]:
    usual = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, usual)


def _terminate(number: int, frame: object) -> None:
    raise SystemExit(number)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system makes processes otherwise")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_begun_within_a_snapshot_can_be_interrupted() -> None:
    world = plain()
    codes = []

    def strike(value: object) -> object:
        child = os.fork()
        if child == 0:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                os._exit(7)
            finally:
                os._exit(0)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        return value

    with tap.open("snapshot, extra state", 1, strike):
        assert DOORS["run"](world).sweep().error is None
    assert codes == [7]


@pytest.mark.parametrize("phase", ["snapshot, extra state", "restore, extra state", "restore, tensor"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM])
def test_no_signal_breaks_into_a_snapshot_or_a_restore(number: signal.Signals, phase: str) -> None:
    world = plain()
    before = observe(world)

    def strike(value: object) -> object:
        signal.raise_signal(number)
        return value

    with _handled(number, _terminate), tap.open(phase, 1, strike):
        left = DOORS["run"](world).sweep()
    assert isinstance(left.error, SystemExit)
    assert left.error.code == number
    assert_same_state(before, observe(world))
