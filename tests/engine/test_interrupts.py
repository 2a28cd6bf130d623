"""Ctrl-C, wherever it strikes, leaves nothing half done."""

import gc
import signal
import sys
import threading
from contextlib import suppress

import pytest

from lrwidget.engine import RangeTest, Snapshot, range_test, sweep
from lrwidget.engine.threads import control, interrupts
from lrwidget.engine.threads.interrupts import deferred_interrupts
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, cnn_world, half_square, weight_and_sgd


def _strike():
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_waits_for_the_block():
    done = []

    def struck():
        with deferred_interrupts():
            _strike()
            _strike()
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        struck()
    assert done == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_handler_is_put_back_after_an_error():
    with pytest.raises(ZeroDivisionError), deferred_interrupts():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_and_ignored_signals_need_nothing():
    entered = []

    def work():
        with deferred_interrupts():
            entered.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert entered == [True]
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred_interrupts():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, previous)


def test_a_second_interrupt_cannot_leave_half_a_restore(monkeypatch):
    world = cnn_world(warm=True)
    before = full_state(world.model, world.optimizer)
    restore = Snapshot.restore

    def struck(self):
        _strike()
        restore(self)

    monkeypatch.setattr(Snapshot, "restore", struck)
    test = RangeTest(*world, callback=lambda point: point.index == 4 and _strike())
    with pytest.raises(KeyboardInterrupt):
        test.run()
    assert test.stop_reason == "interrupted"
    assert_same_state(before, full_state(world.model, world.optimizer))


def test_an_interrupt_during_the_snapshot_changes_nothing(monkeypatch):
    world = cnn_world(warm=True)
    before = full_state(world.model, world.optimizer)
    take = Snapshot.__init__

    def struck(self, *args, **options):
        _strike()
        take(self, *args, **options)

    monkeypatch.setattr(Snapshot, "__init__", struck)
    test = RangeTest(*world)
    with pytest.raises(KeyboardInterrupt):
        test.start()
    assert test.stop_reason == "interrupted"
    assert_same_state(before, full_state(world.model, world.optimizer))


def test_an_interrupt_while_paused_ends_the_wait():
    world = cnn_world()
    before = full_state(world.model, world.optimizer)
    test = RangeTest(*world)
    next(test)
    test.pause()
    threading.Timer(0.2, _strike_main).start()
    with pytest.raises(KeyboardInterrupt):
        next(test)
    assert test.stop_reason == "interrupted"
    assert_same_state(before, full_state(world.model, world.optimizer))


def _strike_main():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


GUARDS = {module.__file__ for module in (range_test, sweep, control, interrupts)}
# Python leaves no room for a guard between a block and its ``__exit__``, and drops what is raised in others.
UNGUARDED = {"__exit__", "__del__", "<genexpr>"}


class _Strikes:
    """Sends SIGINT at one of the places where Python looks for signals: entries, and returns from C."""

    def __init__(self, at=0):
        self.places, self._at = [], at

    def __call__(self, frame, event, argument):
        inside = frame.f_code.co_filename in GUARDS and event in {"call", "c_return"}
        if inside and frame.f_code.co_name not in UNGUARDED:
            self.places.append((frame.f_code.co_name, frame.f_lineno, event))
            if len(self.places) == self._at:
                _strike()


@pytest.fixture
def _garbage_stays():
    """Where another test's garbage is finalized, Python itself drops an interrupt."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_garbage_stays")
@pytest.mark.parametrize("leave_at", [1, None], ids=["left-early", "to-the-end"])
def test_one_interrupt_anywhere_leaves_nothing_behind(leave_at):
    def leave(strikes):
        model, optimizer = weight_and_sgd(momentum=0.9)
        before = full_state(model, optimizer)
        test = RangeTest(model, optimizer, half_square, ONE, num_iter=3, end_lr=1.0)
        sys.setprofile(strikes)
        try:
            with suppress(KeyboardInterrupt), test:
                for point in test:
                    if point.index == leave_at:
                        break
        finally:
            sys.setprofile(None)
        assert_same_state(before, full_state(model, optimizer))

    whole = _Strikes()
    leave(whole)
    assert len(whole.places) > 30
    for number in range(1, len(whole.places) + 1):
        leave(_Strikes(number))
