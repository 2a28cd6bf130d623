"""What a closed widget, and one that nothing leads to any more, let go of: everything."""

from __future__ import annotations

import gc
from collections.abc import Callable

import comm
import pytest
from ipywidgets.widgets import widget as ipywidgets_registry

from lrwidget import LRWidget
from tests.widget.tasks import Task
from tests.widget.watched import Watched


def run(w: LRWidget) -> None:
    w.run()


def start(w: LRWidget) -> None:
    w.start()
    assert w.wait(30)


def accept_and_reset(w: LRWidget) -> None:
    w.run()
    w.accept()
    w.reset()
    w.run()
    w.accept()


def pause_and_stop(w: LRWidget) -> None:
    w.start()
    w.pause()
    w.stop()
    assert w.wait(30)


def nothing(w: LRWidget) -> None:
    pass


USES = [nothing, run, start, accept_and_reset, pause_and_stop]


@pytest.mark.parametrize("use", USES)
def test_a_closed_widget_lets_go_even_while_it_is_still_named(use: Callable[[LRWidget], None]) -> None:
    watched = Watched()
    use(watched.widget)
    history = watched.widget.history
    watched.widget.close()
    assert set(watched.alive()) <= {"Controller"}
    assert watched.widget.history is history
    watched.widget = None
    assert watched.alive() == []


@pytest.mark.parametrize("use", USES)
def test_a_widget_that_was_dropped_without_being_closed_lets_go(use: Callable[[LRWidget], None]) -> None:
    watched = Watched()
    use(watched.widget)
    watched.widget = None
    assert watched.alive() == []


@pytest.mark.parametrize("closed", [True, False])
def test_nothing_is_left_with_ipywidgets(closed: bool) -> None:
    gc.collect()
    known = len(ipywidgets_registry._instances), len(comm.get_comm_manager().comms)
    w = Task().widget()
    assert len(ipywidgets_registry._instances) == known[0] + 1
    if closed:
        w.close()
    else:
        del w
        gc.collect()
    assert (len(ipywidgets_registry._instances), len(comm.get_comm_manager().comms)) == known


def test_a_sweep_keeps_the_widget_whose_name_is_gone() -> None:
    watched = Watched()
    watched.widget.start()
    control, watched.widget = watched.widget._control, None
    gc.collect()
    assert control.sweeps.wait(30)
    assert control.state.stop_reason == "completed"
    del control
    assert watched.alive() == []


def test_a_failed_background_sweep_keeps_no_frames() -> None:
    watched = Watched(fragile=True)
    start(watched.widget)
    error = watched.widget.error
    assert str(error) == "out of order"
    assert isinstance(error.__cause__, KeyError)
    assert "Tensor" not in watched.alive()
    assert error.__traceback__.tb_next is not None, "its lines can still be told"
    del error
    watched.widget.close()
    assert str(watched.widget.error) == "out of order"
    assert set(watched.alive()) <= {"Controller"}


def test_a_failed_run_lets_go_when_it_is_closed_though_its_error_can_be_asked_for() -> None:
    watched = Watched(fragile=True)
    with pytest.raises(RuntimeError, match="out of order"):
        watched.widget.run()
    watched.widget.close()
    assert str(watched.widget.error) == "out of order"
    assert set(watched.alive()) <= {"Controller"}


class NoCopyError(RuntimeError):
    def __init__(self, one: int, two: int) -> None:
        super().__init__("no copy")


def test_an_error_that_cannot_be_copied_is_forgotten_with_the_widget() -> None:
    task = Task()
    task.hold(3)
    task.fail = NoCopyError(1, 2)
    task.gate.set()
    w = task.widget()
    start(w)
    assert isinstance(w.error, NoCopyError)
    w.close()
    assert w.error is None
