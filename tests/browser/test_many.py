"""Very many points: those are drawn that make the picture, and all of them are there."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from benchmarks.smooth import open_feed
from tests.browser import quickstart as q
from tests.browser.lab import Lab

STEPS = 10_000
#: So many dots has the drawing of the losses.
DOTS = """() => {
    const paths = [...document.querySelectorAll(".tracelrwidget-0 .lrwidget-strokes path")];
    return paths.map((path) => path.getAttribute("d").match(/M/g)?.length ?? 0).reduce((a, b) => a + b);
}"""
#: How far curve and points have come, in pixels of the panel: as drawn, and as plotly knows them.
REACHED = """() => {
    const { data, _fullLayout: layout } = labTools.plot(0);
    return [0, 1, 2].map((i) => {
        const paths = [...document.querySelectorAll(`.tracelrwidget-${i} .lrwidget-strokes path`)];
        const drawn = paths.flatMap((path) => path.getAttribute("d").match(/[ML][\\d.-]+/g) ?? []);
        return [Math.max(...drawn.map((each) => Number(each.slice(1)))), layout.xaxis.d2p(data[i].x.at(-1))];
    });
}"""

#: Whether plotly has points up to about this rate: the very last may be left out.
KNOWN = "(lr) => labTools.plot(0).data[0].x.at(-1) >= 0.5 * lr"


def recorded(lab: Lab) -> list[tuple[float, float]]:
    return [(x, y) for x, y in lab.kernel("list(zip(feed.whole.lr, feed.whole.loss))")]


def shown(lab: Lab) -> list[tuple[float, float]]:
    data = lab.plot_data("loss")
    return list(zip(data["x"], data["y"], strict=True))


def zoom(lab: Lab, low: float, high: float) -> None:
    """Draw a zoom box over these rates, and wait until the points within are drawn."""
    (from_x, y), (to_x, _) = q.point(lab, low, inside=0.2), q.point(lab, high)
    lab.page.mouse.move(from_x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(to_x, y + 2, steps=5)
    lab.page.mouse.up()
    lab.page.wait_for_function(
        """([low, high]) => {
            const [from, to] = labTools.plot(0).layout.xaxis.range;
            return Math.abs((to - from) / Math.log10(high / low) - 1) < 0.2;
        }""",
        arg=[low, high],
    )


def test_few_points_are_drawn_a_zoom_shows_each_and_a_click_takes_its_rate(lab: Lab) -> None:
    open_feed(lab, STEPS)
    lab.kernel_run("feed.start()")
    lab.wait_points("suggestion", 1)
    every, drawn = recorded(lab), shown(lab)
    assert 256 < len(drawn) <= 512
    assert lab.page.evaluate(DOTS) == len(drawn)
    assert set(drawn) < set(every), "a point is drawn that no step recorded"
    assert drawn == sorted(drawn)
    losses = [loss for _, loss in every]
    assert {min(losses), max(losses)} < {loss for _, loss in drawn}
    # No part of the sweep is left out: each hundredth of it has points, if the panel shows any of its losses.
    floor, top = lab.layout()["yaxis"]["range"]
    seen = {i * 100 // STEPS for i, (_, loss) in enumerate(every) if floor <= loss <= top}
    assert len(seen) > 90
    assert {every.index(point) * 100 // STEPS for point in drawn} >= seen

    zoom(lab, 1e-5, 2e-5)
    low, high = (10**edge for edge in lab.layout()["xaxis"]["range"])
    inside = [point for point in every if low <= point[0] <= high]
    assert 300 < len(inside) < 500
    lab._wait(lambda: set(inside) <= set(shown(lab)), "every point in view is drawn", 10)
    assert len(lab.page.locator(".js-plotly-plot .xtick").all()) >= 2, "the zoomed axis has no labels"

    zoom(lab, 1.2e-5, 1.3e-5)
    rate, loss = every[2630]
    assert 1.2e-5 < rate < 1.3e-5
    lab._wait(lambda: rate in lab.plot_data("loss")["x"], "the point is drawn", 10)
    x, y = q.point(lab, rate, inside=0.15)
    lab.page.mouse.move(x - 8, y)
    lab.page.mouse.move(x, y)
    label = lab.page.locator(".js-plotly-plot .hoverlayer .legend")
    expect(label).to_contain_text(f"loss {loss:.4f}")
    lab.page.mouse.click(x, y)
    lab.wait_kernel(f"abs(feed.w.lr / {rate!r} - 1) < 0.01", timeout=10)
    # On an axis this short, three digits would be a jump to the side.
    assert lab.kernel("feed.w.lr") == float(f"{rate:.4g}")


def test_the_marker_follows_the_hand_while_points_stream(lab: Lab) -> None:
    open_feed(lab, STEPS, step_ms=0.5)
    lab.kernel_run("feed.start()")
    lab.wait_points("loss", 100)
    lab.kernel_run("feed.w.lr = 1e-3")
    expect(q.marker(lab)).to_have_attribute("aria-valuetext", "0.001")
    from_x, y = q.point(lab, 1e-3)
    lab.page.mouse.move(from_x, y)
    lab.page.mouse.down()
    before = lab.page.evaluate(REACHED)[0][0]
    seen: list[Any] = []
    for rate in (1e-4, 1e-5, 1e-6):
        x, _ = q.point(lab, rate)
        lab.page.mouse.move(x, y, steps=5)
        seen.append(float(q.marker(lab).get_attribute("aria-valuenow") or 0))
    assert seen == pytest.approx([1e-4, 1e-5, 1e-6], rel=0.05)
    # A hand does not hold the drawing up.
    lab.page.wait_for_function(f"(before) => ({REACHED})()[0][0] > before + 1", arg=before)
    assert not lab.kernel("feed.done()"), "the sweep was over too soon"
    lab.page.mouse.up()
    lab.wait_kernel("abs(feed.w.lr / 1e-6 - 1) < 0.05")
    lab.wait_kernel("feed.done()", timeout=60)
    lab.wait_points("suggestion", 1)
    assert lab.kernel("abs(feed.w.lr / 1e-6 - 1) < 0.05"), "the end of the sweep took the rate away"


def test_a_pan_shows_points_and_stays_the_mode_while_points_come(lab: Lab) -> None:
    open_feed(lab, STEPS)
    lab.kernel_run("feed.allow(3000); feed.start()")
    lab.page.wait_for_function(KNOWN, arg=lab.kernel("feed.whole.lr[2999]"))
    lab.page.locator(".js-plotly-plot").hover(position={"x": 300, "y": 100})
    lab.page.locator(".modebar-btn[data-val=pan]").click()
    lab.kernel_run("feed.allow(6000)")
    lab.page.wait_for_function(KNOWN, arg=lab.kernel("feed.whole.lr[5900]"))
    assert lab.layout()["dragmode"] == "pan"
    (from_x, y), (to_x, _) = q.point(lab, 1e-4, inside=0.15), q.point(lab, 1e-6)
    lab.page.mouse.move(from_x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(to_x, y, steps=5)
    lab.page.mouse.up()
    lab.page.wait_for_function("() => labTools.plot(0).layout.xaxis.range[0] > -6")


def test_a_plotly_that_has_no_place_for_dots_draws_its_own_points(lab: Lab) -> None:
    open_feed(lab, 100)
    lab.page.evaluate("() => { labTools.plot(0).querySelector = () => null; }")
    lab.kernel_run("feed.allow(60); feed.start()")
    lab.page.wait_for_function(
        "() => labTools.plot(0).querySelectorAll('.tracelrwidget-0 .point').length === 60"
    )
    assert lab.page.locator(".lrwidget-strokes").count() == 0


def test_new_points_are_drawn_at_once_and_plotly_learns_of_them_within_a_second_or_two(lab: Lab) -> None:
    open_feed(lab, 1000)
    lab.kernel_run("feed.allow(400); feed.start()")
    lab.wait_points("loss", 400)
    lab.page.wait_for_timeout(1500)
    before = lab.page.evaluate(REACHED)
    assert all(drawn == pytest.approx(known, abs=0.1) for drawn, known in before)
    lab.kernel_run("feed.allow(405)")
    lab.kernel_run("feed.allow(410)")
    lab.page.wait_for_function(f"(before) => ({REACHED})()[0][0] > before + 3", arg=before[0][0])
    after = lab.page.evaluate(REACHED)
    assert after[1][0] > before[1][0]
    assert after[2][0] > before[2][0]
    lab.wait_points("loss", 410)
    assert all(drawn == pytest.approx(known, abs=0.1) for drawn, known in lab.page.evaluate(REACHED))


def test_a_sweep_that_begins_with_one_point_or_with_none_to_see_is_drawn_as_any_other(lab: Lab) -> None:
    open_feed(lab, 100)
    lab.kernel_run("feed.unseen(1); feed.allow(1); feed.start()")
    lab.wait_points("loss", 1)
    lab.kernel_run("feed.allow(2)")
    lab.wait_points("loss", 2)
    lab.kernel_run("feed.allow(60)")
    lab.wait_points("loss", 60)
    assert all(drawn == pytest.approx(known, abs=0.1) for drawn, known in lab.page.evaluate(REACHED))
