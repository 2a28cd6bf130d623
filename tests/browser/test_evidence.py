"""Runs, variants, trials, zoom and extend in a real page and kernel: all does as pressed, all comes back."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import quickstart as q
from tests.browser.lab import Lab

GRID = 'w.compare({f"wd {wd:g}": {"weight_decay": wd} for wd in (0.0, 0.5)})'
#: Everything that a sweep could change: weights, the optimizer's state and rates, PyTorch's random numbers.
REMEMBER = """
import copy
def everything():
    return copy.deepcopy((model.state_dict(), optimizer.state_dict(), torch.get_rng_state()))
def same(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
known = everything()
"""
SLOW_STEPS = "callback=lambda point: __import__('time').sleep(0.02)"


@pytest.fixture
def swept(lab: Lab) -> Lab:
    """A page with a finished sweep, and a cell that compares."""
    lab.open_cells(q.setup() + REMEMBER, q.widget("num_iter=40"), GRID)
    lab.run_cell(0)
    lab.run_cell(1)
    lab.wait_plot()
    q.run_to_end(lab)
    expect(q.marker(lab)).to_be_visible()
    return lab


def runs(lab: Lab) -> Locator:
    return lab.page.locator(".lrwidget .lrw-runs").first


def unharmed(lab: Lab) -> bool:
    return bool(lab.kernel("same(known, everything())"))


def test_variants_are_compared_live_and_a_click_judges_another_one(swept: Lab) -> None:
    lab = swept
    expect(runs(lab)).to_be_hidden()
    lab.run_cell(2, timeout=120)
    names = lab.kernel("list(w.runs.names)")
    assert names[1:] == ["wd 0", "wd 0.5"]
    for name in names:
        expect(runs(lab)).to_contain_text(name)
    q.wait_complete(lab)
    assert lab.plot_data("loss")["y"] == lab.kernel("w.runs['wd 0.5'].history.loss")
    expect(q.status(lab)).to_contain_text("the variant 'wd 0.5'")
    runs(lab).locator("li").nth(1).get_by_text("wd 0", exact=True).click()
    lab.wait_kernel("w.runs.active == 1")
    lab.page.wait_for_function(
        "(y) => labTools.array(labTools.plot(0).data[0].y).join() === y.join()",
        arg=lab.kernel("w.runs['wd 0'].history.loss"),
    )
    expect(q.field(lab)).to_have_value(f"{lab.kernel('w.suggested_lr'):g}")
    assert unharmed(lab)
    lab.reload()
    lab.wait_plot()
    for name in names:
        expect(runs(lab)).to_contain_text(name)
    q.press(lab, "Accept")
    lab.wait_kernel("w.state == 'accepted'")
    assert lab.kernel("optimizer.param_groups[0]['lr'] == w.suggested_lr == w.accepted_lr")
    saved = json.dumps(lab.cell_outputs(1))
    assert len(saved) < 150_000


def test_rates_are_tried_live_and_the_winner_is_accepted(swept: Lab) -> None:
    lab = swept
    curve = lab.plot_data("loss")
    q.press(lab, "Try")
    lab.wait_kernel("w.state == 'running'")
    expect(q.button(lab, "Stop")).to_be_visible()
    expect(q.status(lab)).to_contain_text("trial")
    lab.page.wait_for_function("labTools.plot(1)?.data?.some((trace) => trace.x.length > 5)")
    lab.wait_kernel("w.wait(0)", timeout=60)
    assert lab.kernel("w.state") == "finished"
    assert lab.plot_data("loss") == curve, "the curve stays"
    winner = lab.kernel("w.trials.suggested_lr")
    assert lab.kernel("w.lr") == pytest.approx(winner, rel=5e-3)
    expect(q.status(lab)).to_contain_text("best of")
    expect(q.marker(lab)).to_have_attribute("aria-valuenow", str(lab.kernel("w.lr")))
    assert unharmed(lab)
    q.press(lab, "Accept")
    lab.wait_kernel("w.state == 'accepted'")
    assert lab.kernel("optimizer.param_groups[0]['lr'] == w.lr == w.suggested_lr")


def test_trials_can_be_paused_stopped_and_fail_and_nothing_is_lost(lab: Lab) -> None:
    slow = "\nwait = __import__('time').sleep\nplain = criterion\n"
    slow += "def criterion(output, target):\n    wait(pause)\n    return plain(output, target) / scale\n"
    lab.open_cells(q.setup() + REMEMBER + slow + "pause, scale = 0, 1", q.widget("num_iter=40"))
    lab.run_all()
    lab.wait_plot()
    q.run_to_end(lab)
    lab.kernel_run("pause = 0.05")
    q.press(lab, "Try")
    lab.wait_kernel("w.state == 'running' and len(w.trials[0]) > 3")
    q.press(lab, "Pause")
    lab.wait_kernel("w.state == 'paused'")
    q.press(lab, "Resume")
    lab.wait_kernel("w.state == 'running'")
    q.press(lab, "Stop")
    lab.wait_kernel("w.state == 'finished'")
    assert lab.kernel("w.stop_reason") == "stopped"
    assert unharmed(lab)
    q.press(lab, "Try")
    lab.wait_kernel("w.state == 'running' and len(w.trials[0]) > 3")
    lab.kernel_run("scale = 'mine'")
    lab.wait_kernel("w.state == 'failed'")
    expect(q.status(lab)).to_contain_text("The trials failed.")
    assert unharmed(lab)
    assert lab.plot_data("loss")["y"] == lab.kernel("w.history.loss")


def test_zoom_in_and_run_here_then_extend(lab: Lab) -> None:
    lab.open_cells(q.setup() + REMEMBER, q.widget("num_iter=40", "end_lr=1e-3"))
    lab.run_all()
    lab.wait_plot()
    q.run_to_end(lab)
    (x0, y0), (x1, y1) = q.point(lab, 1e-5, inside=0.1), q.point(lab, 1e-4, inside=0.4)
    lab.page.mouse.move(x0, y0)
    lab.page.mouse.down()
    lab.page.mouse.move(x1, y1, steps=4)
    lab.page.mouse.up()
    lab.page.get_by_role("button", name="Run in this range").click()
    lab.wait_kernel("len(w.history) > 40 and w.state == 'finished'", timeout=60)
    assert lab.kernel("len(w.runs)") == 1
    q.wait_complete(lab)
    assert unharmed(lab)
    lab.page.get_by_role("button", name="Extend to higher rates").click()
    lab.wait_kernel("w.state == 'finished' and w.history.lr[-1] > 2e-3", timeout=60)
    q.wait_complete(lab)
    assert lab.plot_data("loss") == lab.kernel("{'x': w.history.lr, 'y': w.history.loss}")
    assert unharmed(lab)
