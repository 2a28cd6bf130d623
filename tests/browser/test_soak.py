"""Long use of one notebook: what kernel and page hold stays the same, whatever comes and goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.bench import soak
from tests.bench.memory import LISTENING, PageMemory
from tests.bench.soak import MB, Moment, Soak
from tests.browser import quickstart as q
from tests.browser.lab import Lab


def begin(lab: Lab) -> Soak:
    lab.open_cells(*(cell.replace("task, 30", "task, 15") for cell in soak.CELLS))
    lab.run_cell(0)
    return Soak(lab)


def grown(first: Moment, last: Moment) -> dict[str, float]:
    """What each holds more in the end."""
    kernel = {name: last.kernel[name] - value for name, value in first.kernel.items()}
    return kernel | {name: last.page[name] - value for name, value in first.page.items()}


@pytest.mark.slow
def test_forty_sweeps_leave_no_trace_in_kernel_and_page(lab: Lab) -> None:
    held = begin(lab)
    held.sweeps(10)
    first = held.now(0)
    held.sweeps(40)
    more = grown(first, held.now(40))
    assert (more["tensors"], more["tensor bytes"], more["widgets"], more["threads"]) == (0, 0, 0, 0)
    assert more["objects"] < 400, "out of 400,000"
    assert more["rss"] < 12 * MB
    assert more["nodes"] < 40
    assert more["listeners"] < 40
    assert more["heap"] < 2 * MB
    assert more["buffers"] < 0.2 * MB
    assert [more[kind] for kind in LISTENING] == [0] * len(LISTENING)


@pytest.mark.slow
@pytest.mark.parametrize("closed", [False, True])
def test_widgets_replaced_by_their_cell_leave_kernel_and_page(lab: Lab, closed: bool) -> None:
    held = begin(lab)
    held.replace(3, closed=closed)
    first = held.now(0)
    held.replace(8, closed=closed)
    last = held.now(8)
    more = grown(first, last)
    assert (more["tensors"], more["tensor bytes"], more["widgets"], more["threads"]) == (0, 0, 0, 0)
    assert more["objects"] < 800
    assert more["rss"] < 12 * MB
    assert last.page["removed plots"] == 0
    assert more["ResizeObserver"] == more["MutationObserver"] == 0
    # JupyterLab 4.6 keeps every model and view it ever had; but not their drawings, scripts and pictures.
    assert more["buffers"] < 0.2 * MB
    assert more["heap"] < 8 * 0.5 * MB
    assert more["listeners"] < 8 * 10


def test_a_reload_and_a_restart_in_mid_sweep_leave_nothing_behind(lab: Lab) -> None:
    q.open_widget(lab, q.SLOW)
    known = lab.kernel("len(__import__('comm').get_comm_manager().comms)")
    q.press(lab, "Run")
    lab.wait_points("loss", 3)
    lab.reload()
    lab.wait_plot()
    lab.wait_points("loss", 4)
    # JupyterLab opens one on each load, to ask for all widgets at once.
    assert lab.kernel("len(__import__('comm').get_comm_manager().comms)") <= known + 1
    page = PageMemory(lab)
    observers = page.now()["ResizeObserver"]
    lab.restart_kernel()
    lab.run_cell(0)
    lab.run_cell(1)
    lab.wait_plot()
    lab.wait_kernel("w._control.screen.plot.connected")
    now = page.now()
    assert (now["ResizeObserver"], now["removed plots"]) == (observers, 0)


def test_two_pages_share_a_sweep_and_one_may_leave_in_its_midst(new_lab: Callable[..., Lab]) -> None:
    one, other = new_lab(), new_lab()
    q.open_widget(one, q.SLOW)
    one.command("docmanager:save")
    other.open(one.path)
    other.wait_plot()
    q.press(other, "Run")
    for lab in (one, other):
        lab.wait_points("loss", 5)
    other.page.close()
    q.press(one, "Pause")
    one.wait_kernel("w.state == 'paused'")
    q.press(one, "Resume")
    one.wait_points("loss", 15)
    q.press(one, "Stop")
    one.wait_kernel("w.state == 'finished'")
    q.wait_complete(one)
    assert one.plot_data("loss") == one.kernel("{'x': w.history.lr, 'y': w.history.loss}")
    assert q.unchanged(one)
