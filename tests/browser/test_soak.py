"""Long use of one notebook: what kernel and page hold stays the same, whatever comes and goes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from benchmarks import churn, soak
from benchmarks.memory import LISTENING, PageMemory
from benchmarks.soak import MB, Moment, Soak
from tests.browser import quickstart as q
from tests.browser.lab import Lab

#: Quick to import, also after a restart; the names are the quickstart's.
TINY = """
import copy, torch
from torch import nn
torch.manual_seed(0)
model, criterion = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
train_loader = [(torch.randn(8, 4), torch.randn(8, 1)) for _ in range(16)]
before = copy.deepcopy(model.state_dict())
"""


@pytest.fixture
def lab(fresh_lab: Lab) -> Lab:
    """Each test counts what a page and a kernel of its own hold."""
    return fresh_lab


def open_tiny(lab: Lab) -> None:
    lab.open_cells(TINY, q.widget(q.SLOW))
    lab.run_all()
    lab.wait_plot()


def begin(lab: Lab) -> Soak:
    lab.open_cells(*(cell.replace("task, 30", "task, 15") for cell in soak.CELLS))
    lab.run_cell(0)
    return Soak(lab)


def grown(first: Moment, last: Moment) -> dict[str, float]:
    """What each holds more in the end."""
    kernel = {name: last.kernel[name] - value for name, value in first.kernel.items()}
    return kernel | {name: last.page[name] - value for name, value in first.page.items()}


@pytest.mark.slow
def test_sweeps_leave_no_trace_in_kernel_and_page(lab: Lab) -> None:
    held = begin(lab)
    held.sweeps(6)
    moments = [held.now(0)]
    for count in (10, 20, 30):
        held.sweeps(10)
        moments.append(held.now(count))
    more, parts = grown(moments[0], moments[-1]), [grown(*pair) for pair in pairwise(moments)]
    assert (more["tensors"], more["tensor bytes"], more["widgets"], more["threads"]) == (0, 0, 0, 0)
    assert more["objects"] < 400, "out of 400,000"
    assert more["rss"] < 12 * MB
    # A leak grows with every sweep. JupyterLab makes and drops toolbars of its own, at any time.
    assert min(part["nodes"] for part in parts) < 10
    assert min(part["listeners"] for part in parts) < 10, "one for each sweep, or more"
    assert more["heap"] < 2 * MB
    assert more["buffers"] < 0.2 * MB
    assert [more[kind] for kind in LISTENING] == [0] * len(LISTENING)


@pytest.mark.slow
def test_runs_views_and_loads_leave_no_more_than_a_bare_widgets_do(new_lab: Callable[..., Lab]) -> None:
    found = []
    for what in (churn.BARE, churn.OURS):
        lab = new_lab()
        lab.open_cells(*churn.cells(what))
        lab.run_cell(0)
        notebook = churn.Notebook(lab, what)
        found += [notebook.left(way, 2) for way in notebook.ways]
        lab.page.goto("about:blank")
    for way in notebook.ways:
        more = churn.beyond(found, way)
        assert {kind: count for kind, count in more.items() if count >= 1} == {}, f"{way}: {found}"


def test_a_reload_and_a_restart_in_mid_sweep_leave_nothing_behind(lab: Lab) -> None:
    open_tiny(lab)
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
    lab.wait_kernel("w._wire.connected")
    now = page.now()
    assert (now["ResizeObserver"], now["removed plots"]) == (observers, 0)


def test_two_pages_share_a_sweep_and_one_may_leave_in_its_midst(new_lab: Callable[..., Lab]) -> None:
    one, other = new_lab(), new_lab()
    open_tiny(one)
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
