"""The marker, the rate field, and Accept: a person's own choice, by mouse, keyboard and touch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from lrwidget._text import exact_rate, format_rate
from tests.browser import quickstart as q
from tests.browser.lab import Lab

GROUPS = """
optimizer = torch.optim.SGD(
    [{"params": model[:6].parameters(), "lr": 0.2}, {"params": model[6:].parameters(), "lr": 0.02}],
    momentum=0.9,
)
"""


@pytest.fixture
def swept(lab: Lab) -> Lab:
    """A page with a finished sweep; the optimizer has two groups, one at a tenth of the other's rate."""
    lab.open_cells(q.setup() + GROUPS, q.widget())
    lab.run_all()
    lab.wait_plot()
    q.run_to_end(lab)
    expect(q.marker(lab)).to_be_visible()
    return lab


def readout(lab: Lab) -> str:
    return q.marker(lab).get_attribute("aria-valuetext") or ""


def test_drag_override_accept(swept: Lab) -> None:
    lab = swept
    suggested = lab.kernel("w.suggested_lr")
    assert lab.kernel("w.lr") == suggested
    back = lab.page.get_by_role("button", name="Back to the suggestion")
    expect(back).to_be_hidden()
    from_x, y = q.point(lab, suggested, inside=0.3)
    to_x, _ = q.point(lab, 1e-4)

    mouse = lab.page.mouse
    mouse.move(from_x, y)
    mouse.down()
    seen = []
    for step in range(1, 6):
        mouse.move(from_x + (to_x - from_x) * step / 5, y + 40 * step)  # a hand is never level
        seen.append(float(readout(lab)))
    assert len(set(seen)) == 5, "the read-out does not follow the hand"
    assert seen == sorted(seen, reverse=True)
    assert lab.kernel("w.lr") == suggested, "the kernel was told before the marker was let go"
    mouse.up()

    lab.wait_kernel("w.lr != w.suggested_lr")
    chosen = lab.kernel("w.lr")
    assert chosen == seen[-1] == pytest.approx(1e-4, rel=0.05)
    expect(q.field(lab)).to_have_value(format_rate(chosen))

    q.press(lab, "Accept")
    lab.wait_kernel("w.state == 'accepted'")
    assert lab.kernel("w.accepted_lr") == chosen
    assert lab.kernel("[group['lr'] for group in optimizer.param_groups]") == pytest.approx(
        [chosen, chosen / 10]
    )
    expect(q.status(lab)).to_contain_text(f"Your optimizer now holds {format_rate(chosen)}. 2 groups:")
    assert q.unchanged(lab)
    expect(q.button(lab, "Accept")).to_be_disabled()

    expect(back).to_be_visible()
    back.click()
    lab.wait_kernel("w.lr == w.suggested_lr")
    expect(q.status(lab)).to_contain_text("press Accept to use it")


def test_keys_move_it_and_are_not_taken_by_the_notebook(swept: Lab) -> None:
    lab = swept
    active = "(path) => labTools.panel(path).content.activeCellIndex"
    cell = lab.page.evaluate(active, lab.path)
    slider = q.marker(lab)
    slider.focus()
    last = lab.kernel("w.lr")
    for key, up in [("ArrowRight", True), ("ArrowUp", True), ("PageUp", True), ("ArrowLeft", False)]:
        slider.press(key)
        lab.wait_kernel(f"w.lr != {last}")
        now = lab.kernel("w.lr")
        assert (now > last) == up, key
        last = now
    slider.press("ArrowDown")
    slider.press("PageDown")
    slider.press("Home")
    lab.wait_kernel("w.lr == 1e-7")
    slider.press("End")
    lab.wait_kernel("w.lr == 10")
    assert slider.get_attribute("aria-valuenow") == "10"
    assert slider.get_attribute("aria-valuemax") == "10"
    assert lab.page.evaluate(active, lab.path) == cell


def test_field_marker_and_points_agree(swept: Lab) -> None:
    lab = swept
    q.field(lab).fill("0.00321")
    q.field(lab).press("Enter")
    lab.wait_kernel("w.lr == 0.00321")
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", "0.00321")

    q.field(lab).fill("-1")
    q.field(lab).press("Enter")
    expect(lab.page.locator(".lrwidget")).to_contain_text("A learning rate is a number above 0")
    assert lab.kernel("w.lr") == 0.00321
    q.field(lab).press("Escape")
    expect(q.field(lab)).to_have_value("0.00321")

    lab.kernel_run("w.lr = 0.05")
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", "0.05")
    expect(q.field(lab)).to_have_value("0.05")

    for lr in (1e-7, 4.2e-5, 9.996e-4, 0.0123, 1.0, 9.87):  # the page writes rates as the kernel does
        lab.kernel_run(f"w.lr = {lr}")
        expect(q.marker(lab)).to_have_attribute("aria-valuetext", exact_rate(lr))
        expect(q.field(lab)).to_have_value(exact_rate(lr))

    target = lab.kernel("w.history.lr[30]")
    x, y = q.point(lab, target, inside=0.2)
    lab.page.mouse.move(x, y)
    lab.page.wait_for_selector(".js-plotly-plot .hoverlayer .legend, .js-plotly-plot .hoverlayer .hovertext")
    lab.page.mouse.click(x, y)
    lab.wait_kernel(f"w.lr == {target:.3g}")


def test_rule_and_smoothing_pick_anew_without_another_sweep(swept: Lab) -> None:
    lab = swept
    started, suggested = lab.kernel("(w.history.started_at, w.suggested_lr)")
    q.open_settings(lab)
    lab.page.get_by_label("Rule").select_option("floor")
    lab.wait_kernel("w.rule == 'floor' and w.pick == w.history.suggest('floor')")
    assert lab.kernel("w.suggested_lr") != suggested
    lab.page.wait_for_function(
        "(lr) => labTools.plot(0).data.find((t) => t.name === 'suggestion').x[0] === lr",
        arg=lab.kernel("w.pick.lr"),
    )
    before = lab.plot_data("smoothed loss")["y"]
    lab.kernel_run("w.bandwidth = 0.0")
    lab.page.wait_for_function("(y) => labTools.array(labTools.plot(0).data[1].y)[20] !== y", arg=before[20])
    smoothed = lab.plot_data("smoothed loss")["y"]
    assert smoothed == lab.kernel(f"w.history.loss[:{len(smoothed)}]")
    assert lab.kernel("w.history.started_at") == started


def test_zoom_survives_updates_and_a_double_click_ends_it(swept: Lab) -> None:
    lab = swept
    low, high = lab.layout()["xaxis"]["range"]
    x0, y0 = q.point(lab, 1e-5, inside=0.1)
    x1, y1 = q.point(lab, 1e-3, inside=0.4)
    mouse = lab.page.mouse
    mouse.move(x0, y0)
    mouse.down()
    mouse.move((x0 + x1) / 2, y1)
    mouse.move(x1, y1)
    mouse.up()
    lab.page.wait_for_function("labTools.plot(0).layout.xaxis.range[0] > -5.5")
    zoomed = lab.layout()["xaxis"]["range"]
    assert zoomed == pytest.approx([-5, -3], abs=0.1)
    lab.kernel_run("w.bandwidth = 0.5")
    lab.kernel_run("w.lr = 2e-4")
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", "2e-4")
    assert lab.layout()["xaxis"]["range"] == pytest.approx(zoomed)
    mouse.dblclick(*q.point(lab, 1e-4, inside=0.2))
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", "2e-4")
    lab.page.wait_for_function("(low) => labTools.plot(0).layout.xaxis.range[0] === low", arg=low)
    assert lab.layout()["xaxis"]["range"] == [low, high]


def test_a_smaller_page_refits_the_plot_and_the_marker(swept: Lab) -> None:
    lab = swept
    lab.page.set_viewport_size({"width": 760, "height": 900})
    lab.page.wait_for_function(
        "labTools.plot(0)._fullLayout.width === labTools.plot(0).parentElement.clientWidth"
        " && labTools.plot(0).parentElement.clientWidth < 500"
    )
    box = q.marker(lab).bounding_box()
    assert box is not None
    x, _ = q.point(lab, lab.kernel("w.lr"))
    lab.page.wait_for_function(
        "(x) => { const b = document.querySelector('[role=slider][aria-label]').getBoundingClientRect();"
        " return Math.abs(b.left + b.width / 2 - x) < 2; }",
        arg=x,
    )
    overflow = lab.page.evaluate(
        "(() => { const { scrollWidth, clientWidth } = document.querySelector('.lrwidget');"
        " return scrollWidth - clientWidth; })()"
    )
    assert overflow <= 0, "the widget is cut off on a narrow page"


def test_touch_drags_it(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab(has_touch=True)
    q.open_widget(lab, "num_iter=40")
    q.run_to_end(lab)
    expect(q.marker(lab)).to_be_visible()
    lab.kernel_run("w.lr = 1e-3")
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", "0.001")
    q.marker(lab).scroll_into_view_if_needed()
    box = q.marker(lab).bounding_box()
    assert box is not None
    assert box["width"] >= 24
    x, y = q.point(lab, 1e-3)
    to_x, _ = q.point(lab, 1e-5)
    touch = lab.page.context.new_cdp_session(lab.page)

    def send(kind: str, at: float | None) -> None:
        points = [] if at is None else [{"x": at, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", x)
    send("touchMove", (x + to_x) / 2)
    send("touchMove", to_x)
    lab.page.wait_for_function(
        "Math.abs(document.querySelector('.lrwidget-marker').getAttribute('aria-valuenow') / 1e-5 - 1) < 0.1"
    )
    assert lab.kernel("w.lr") == 1e-3, "the kernel was told before the finger was lifted"
    send("touchEnd", None)
    lab.wait_kernel("w.lr < 1e-4")
    assert lab.kernel("w.lr") == pytest.approx(1e-5, rel=0.1)
