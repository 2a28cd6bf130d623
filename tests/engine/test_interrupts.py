"""Ctrl-C, wherever it strikes, leaves nothing half done."""

import signal
import threading

import pytest

from lrwidget.engine import RangeTest, Snapshot
from lrwidget.engine.interrupts import deferred_interrupts
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world


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
