"""A kernel that hears the page only between cells: ipykernel before 7, or no subshell asked for.

What works there is everything while no cell runs. What cannot work is said at once, with what to do
instead, and that works.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.quickstart import SLOW, button, field, marker, press, run_to_end, setup, widget
from tests.browser.server import WITHOUT_SUBSHELLS

AWAIT = """\
import time
began = time.monotonic()
try:
    waited = await w.accepted()
except Exception as error:
    refused = error
    seconds = time.monotonic() - began
    raise"""
HOLDS = "optimizer.param_groups[0]['lr']"


def open_notebook(lab: Lab, *cells: str) -> None:
    """Open a notebook with that kernel, and set up what is swept."""
    lab.open_cells(setup(), *cells, kernel=WITHOUT_SUBSHELLS)
    lab.run_cell(0)


def drag_and_accept(lab: Lab, pixels: int) -> float:
    """Drag the marker, press Accept at once; the rate that field and marker showed just before."""
    before = field(lab).input_value()
    marker(lab).scroll_into_view_if_needed()
    box = marker(lab).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + pixels, y, steps=8)
    lab.page.mouse.up()
    expect(field(lab)).not_to_have_value(before)
    shown = field(lab).input_value()
    assert marker(lab).get_attribute("aria-valuetext") == shown
    press(lab, "Accept")
    return float(shown)


def test_the_kernel_of_these_tests_has_none(lab: Lab) -> None:
    lab.open_cells("import ipykernel", kernel=WITHOUT_SUBSHELLS)
    lab.run_all()
    assert lab.kernel("ipykernel.__version__").startswith("6.")
    features = lab.page.evaluate(
        "(path) => labTools.kernel(path).info.then((i) => i.supported_features ?? [])", lab.path
    )
    assert "kernel subshells" not in features


def test_what_the_page_shows_is_what_is_accepted_also_after_a_reload(lab: Lab) -> None:
    open_notebook(lab, widget())
    lab.run_cell(1)
    lab.wait_plot()
    run_to_end(lab)
    for pixels in (60, -35):
        shown = drag_and_accept(lab, pixels)
        lab.wait_kernel(f"w.accepted_lr == {shown!r}")
        assert lab.kernel(HOLDS) == shown
        expect(field(lab)).to_have_value(str(shown))
        lab.reload()
        lab.wait_plot()
        expect(field(lab)).to_have_value(str(shown), timeout=30_000)


def test_a_waiting_cell_says_at_once_what_to_do_instead_and_that_works(lab: Lab) -> None:
    open_notebook(lab, widget(), AWAIT, "read = w.accepted_lr")
    lab.run_cell(1)
    lab.wait_plot()
    lab.run_cell(2, errors=True)
    assert lab.kernel("seconds") < 2
    assert lab.kernel(HOLDS) == lab.kernel("optimizer.defaults['lr']"), "a rate was written that nobody chose"
    said = lab.cell_text(2)
    assert "w.accepted_lr" in said
    assert "Accept" in said
    run_to_end(lab)
    shown = drag_and_accept(lab, 60)
    lab.wait_kernel("w.state == 'accepted'")
    lab.run_cell(3)
    assert [lab.kernel("read"), lab.kernel(HOLDS)] == [shown, shown]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("together", [False, True], ids=["shown-before", "run-all"])
def test_a_cell_that_sweeps_says_that_buttons_wait_and_the_interrupt_ends_it(
    lab: Lab, together: bool
) -> None:
    open_notebook(lab, widget(SLOW), "w.run()")
    lab.run_cell(1, wait=not together)
    if not together:
        lab.wait_plot()
    lab.run_cell(2, wait=False)
    said = lab.page.locator(".lrwidget").get_by_text("interrupt the kernel").first
    expect(said).to_be_visible(timeout=30_000)
    kernel = lab.page.evaluate("(path) => labTools.kernel(path).id", lab.path)
    lab.server.request("POST", f"api/kernels/{kernel}/interrupt")
    lab.wait_cell(2)
    assert lab.kernel("w.stop_reason") == "interrupted"
    assert lab.kernel(HOLDS) == lab.kernel("optimizer.defaults['lr']")
    expect(said).to_be_hidden()
    expect(button(lab, "Run")).to_be_enabled()
    lab.wait_points("loss", lab.kernel("len(w.history)"))


def test_the_file_holds_the_result(lab: Lab) -> None:
    open_notebook(lab, widget())
    lab.run_cell(1)
    lab.wait_plot()
    run_to_end(lab)
    shown = drag_and_accept(lab, 60)
    lab.wait_kernel(f"w.accepted_lr == {shown!r}")
    saved = json.dumps(lab.cell_outputs(1))
    assert field(lab).input_value() in saved
    assert len(saved) < 150_000
