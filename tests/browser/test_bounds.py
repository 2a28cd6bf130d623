"""The range of a cyclical schedule, and the metric's curve, as a person sees and moves them."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import quickstart as q
from tests.browser.lab import Lab

METRIC = """
def accuracy(output, target):
    return (output.argmax(1) == target).float().mean()
"""


@pytest.fixture
def swept(lab: Lab) -> Lab:
    """A page with a finished sweep that recorded an accuracy."""
    lab.open_cells(q.setup() + METRIC, q.widget("metric=accuracy"))
    lab.run_all()
    lab.wait_plot()
    q.run_to_end(lab)
    return lab


def edge(lab: Lab, name: str) -> Locator:
    return lab.page.get_by_role("slider", name=f"{name} learning rate", exact=True)


def wait_stripes(lab: Lab, count: int) -> None:
    lab.page.wait_for_function(f"() => (labTools.plot(0).layout.shapes ?? []).length === {count}")


def test_bounds_are_shown_dragged_and_made_into_a_schedule(swept: Lab) -> None:
    lab = swept
    base, most = edge(lab, "Base"), edge(lab, "Maximum")
    expect(base).to_be_hidden()
    wait_stripes(lab, 1)  # the band of good constant rates

    q.choose(lab, "Bounds")
    expect(base).to_be_visible()
    found = lab.kernel("list(w.bounds)")
    assert [float(e.get_attribute("aria-valuenow") or "") for e in (base, most)] == pytest.approx(found)
    wait_stripes(lab, 0)
    expect(q.status(lab)).to_contain_text("Bounds:")
    expect(q.status(lab)).to_contain_text("w.one_cycle(total_steps=...)")

    band = lab.page.locator(".lrwidget-band")
    to_x, _ = q.point(lab, 5.0)
    wide, box = band.bounding_box(), most.bounding_box()
    assert wide
    assert box
    y = box["y"] + 0.3 * box["height"]
    lab.page.mouse.move(box["x"] + box["width"] / 2, y)
    lab.page.mouse.down()
    lab.page.mouse.move(to_x, y, steps=4)
    now = band.bounding_box()
    assert now
    assert now["width"] > wide["width"] + 5, "the band does not follow the hand"
    assert lab.kernel("list(w.bounds)") == found, "the kernel was told before the edge was let go"
    lab.page.mouse.up()
    lab.wait_kernel(f"w.bounds[1] != {found[1]}")
    assert lab.kernel("list(w.bounds)") == pytest.approx([found[0], 5.0], rel=0.05)

    base.focus()
    base.press("End")  # up to the other edge, not past it: no range is no schedule
    expect(q.status(lab)).to_contain_text("base_lr must be smaller than max_lr")
    lab.kernel_run("w.bounds = 1e-3, 0.1")
    expect(most).to_have_attribute("aria-valuetext", "0.1")
    base.press("ArrowLeft")
    lab.wait_kernel("w.bounds[0] < 1e-3")
    lab.kernel_run("schedule = w.one_cycle(total_steps=50)")
    assert lab.kernel("optimizer.param_groups[0]['max_lr']") == pytest.approx(0.1)
    assert lab.kernel("optimizer.param_groups[0]['lr']") == pytest.approx(lab.kernel("w.bounds[0]"))

    q.choose(lab, "Bounds")
    expect(base).to_be_hidden()
    wait_stripes(lab, 1)


def test_the_metric_is_drawn_and_can_be_judged(swept: Lab) -> None:
    lab = swept
    assert lab.traces()[-2:] == ["metric", "smoothed metric"]
    assert lab.plot_data("metric")["y"] == pytest.approx(lab.kernel("w.history.metric.tolist()"))
    low, high = lab.layout()["yaxis3"]["range"]
    assert low < 0.2
    assert high > 0.5
    on_loss = lab.kernel("w.suggested_lr")
    q.open_settings(lab)
    lab.page.get_by_role("combobox", name="On", exact=True).select_option("accuracy")
    lab.wait_kernel("w.on == 'metric'")
    assert lab.kernel("w.suggested_lr") != on_loss


def test_a_metric_s_name_is_text_whatever_is_in_it(lab: Lab) -> None:
    name = "<script>window.hacked = 1</script><b>%{x}</b>"
    lab.open_cells(
        q.setup() + METRIC + f"accuracy.__name__ = {json.dumps(name)}", q.widget("metric=accuracy")
    )
    lab.run_all()
    lab.wait_plot()
    q.run_to_end(lab)
    heading = lab.page.locator(".js-plotly-plot .annotation-text", has_text="<script>window.hacked")
    expect(heading).to_have_count(1)
    assert lab.page.evaluate("() => window.hacked === undefined")
