"""The figure under a hand, in a real browser, on a page with a made-up kernel: no Jupyter, no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

MARKER = "[aria-label='Learning rate marker']"
READOUT = f"{MARKER} .lrwidget-marker-readout"
PLOT = "document.querySelector('.js-plotly-plot')"
SAID = """kernel.taken.filter(({ name }) => name !== "hello")
  .map(({ name, args }) => [name, Object.values(args)[0]])"""
PLACE = f"""([lr, share]) => {{
  const box = {PLOT}.getBoundingClientRect(), {{ xaxis, _size }} = {PLOT}._fullLayout;
  return [box.left + xaxis._offset + xaxis.d2p(lr), box.top + _size.t + share * _size.h];
}}"""
#: The labels of the rate axis, and those that are turned, touch another one, or are cut off.
LABELS = """() => {
  const stage = document.querySelector(".lrwidget-stage").getBoundingClientRect();
  const texts = [...document.querySelectorAll(".xtick text")];
  const boxes = texts.map((text) => text.getBoundingClientRect()).sort((a, b) => a.left - b.left);
  const all = ".xtick text, .ytick text, .y2tick text, .y3tick text, .annotation text";
  const cut = [...document.querySelectorAll(all)]
    .filter((text) => {
      const box = text.getBoundingClientRect();
      return box.left < stage.left || box.right > stage.right || box.bottom > stage.bottom;
    });
  return {
    count: texts.length,
    turned: texts.filter((text) => /rotate\\((?!0)/.test(text.getAttribute("transform") ?? "")).length,
    touching: boxes.filter((box, i) => i > 0 && box.left < boxes[i - 1].right + 2).length,
    cut: cut.map((text) => text.textContent),
  };
}"""


class Shown:
    """The figure of one scene on a page."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self, query: str, width: int = 900) -> Shown:
        self.page.set_viewport_size({"width": width + 16, "height": 460})
        self.page.goto(f"{self.address}/tests/front/figure.html?still=1&{query}")
        self.page.wait_for_function("window.ready")
        return self

    def drawn(self) -> Shown:
        self.page.wait_for_function(f"{PLOT}?._fullLayout?._modeBar && {PLOT}.data[1].x.length > 0")
        return self

    def at(self, lr: float, share: float = 0.3) -> tuple[float, float]:
        """Where a rate is on the screen, so far down in the panels."""
        x, y = self.page.evaluate(PLACE, [lr, share])
        return x, y

    def said(self) -> list[Any]:
        return list(self.page.evaluate(SAID))

    def says(self, *said: object) -> None:
        """Wait until the kernel has been told just this."""
        self.page.wait_for_function(f"(all) => JSON.stringify({SAID}) === JSON.stringify(all)", arg=said)

    def range(self) -> list[float]:
        return list(self.page.evaluate(f"{PLOT}._fullLayout.xaxis.range"))

    def shows(self, text: str) -> None:
        expect(self.page.locator(MARKER)).to_have_attribute("aria-valuetext", text)
        expect(self.page.locator(READOUT)).to_have_text(text)


@pytest.fixture
def shown(browser: Browser, address: str) -> Iterator[Callable[..., Shown]]:
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(error.message))
    figure = Shown(page, address)
    yield figure.open
    page.close()
    assert problems == []


def test_a_drag_is_followed_at_once_and_said_when_it_ends(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=finished&views=2").drawn()
    mouse = figure.page.mouse
    (from_x, y), (to_x, _) = figure.at(0.01), figure.at(1e-4)
    mouse.move(from_x, y)
    mouse.down()
    seen = []
    for step in range(1, 6):
        mouse.move(from_x + (to_x - from_x) * step / 5, y + 20 * step)  # a hand is never level
        text = figure.page.get_attribute(MARKER, "aria-valuetext") or ""
        assert figure.page.inner_text(READOUT) == text
        seen.append(float(text))
    assert seen == sorted(set(seen), reverse=True), "the rate does not follow the hand"
    expect(figure.page.locator(MARKER).nth(1)).to_have_attribute("aria-valuetext", "1e-4")
    assert figure.said() == []
    mouse.up()
    figure.says(["move", 1e-4])
    assert figure.page.evaluate("client.lr") == 1e-4


def test_escape_puts_marker_and_rate_back(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=finished").drawn()
    x, y = figure.at(0.01)
    figure.page.mouse.move(x, y)
    figure.page.mouse.down()
    figure.page.mouse.move(x + 120, y)
    assert figure.page.inner_text(READOUT) != "0.01"
    figure.page.keyboard.press("Escape")
    expect(figure.page.locator(READOUT)).to_have_text("0.01")
    figure.page.mouse.move(x + 200, y)
    figure.page.mouse.up()
    expect(figure.page.locator(MARKER)).to_have_attribute("aria-valuetext", "0.01")
    assert figure.page.evaluate("client.lr") == 0.01
    assert figure.said() == []


def test_a_drag_over_a_curve_that_goes_away_chooses_nothing(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=finished").drawn()
    x, y = figure.at(0.01)
    figure.page.mouse.move(x, y)
    figure.page.mouse.down()
    figure.page.mouse.move(x + 120, y)
    figure.page.evaluate("kernel.set({ sweep: 2, choice: { ...kernel.state.choice, lr: 0.5 } })")
    expect(figure.page.locator(READOUT)).to_have_text("0.5")
    figure.page.mouse.move(x + 200, y)
    figure.page.mouse.up()
    expect(figure.page.locator(READOUT)).to_have_text("0.5")
    assert figure.said() == []


def test_keys_move_it_and_it_keeps_the_focus(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=linear").drawn()
    low, high = figure.page.evaluate("client.blank.limits")
    marker = figure.page.locator(MARKER)
    marker.focus()
    before = float(marker.get_attribute("aria-valuenow") or 0)
    figure.page.keyboard.press("ArrowRight")
    figure.page.wait_for_function(
        f'(before) => document.querySelector("{MARKER}").ariaValueNow > before', arg=before
    )
    moved = float(marker.get_attribute("aria-valuenow") or 0) - before
    assert 0.005 < moved / (high - low) < 0.05, "an arrow key moves visibly"
    figure.page.keyboard.press("End")
    figure.shows(f"{high:g}")
    figure.page.evaluate("kernel.set({ overlay: { lr: 0.5, loss: 1, change: -1, band: null } })")
    figure.page.wait_for_function(f"{PLOT}.data[3].x[0] === 0.5")
    expect(marker).to_be_focused()


def test_a_click_on_a_point_counts_at_once_a_double_click_takes_it_back(
    shown: Callable[..., Shown],
) -> None:
    figure = shown("scene=finished&latency=150").drawn()
    mouse = figure.page.mouse
    whole = figure.range()
    (x0, y0), (x1, y1) = figure.at(1e-5, 0.1), figure.at(1e-3, 0.4)
    mouse.move(x0, y0)
    mouse.down()
    mouse.move((x0 + x1) / 2, y1)
    mouse.move(x1, y1)
    mouse.up()
    figure.page.wait_for_function(f"{PLOT}._fullLayout.xaxis.range[0] > -6")
    assert figure.said() == [], "the zoom's box is no click"
    target = figure.page.evaluate("client.series.get('lr')[40]")
    x, y = figure.at(target, 0.2)
    mouse.move(x, y)
    figure.page.wait_for_selector(".hoverlayer .legend")
    mouse.click(x, y)
    chosen = float(f"{target:.3g}")
    assert figure.page.evaluate("client.lr") == chosen, "it waits for a second click"
    figure.says(["move", chosen])
    figure.page.wait_for_timeout(700)  # else the next click would be the second half of this one
    mouse.dblclick(*figure.at(1e-4, 0.2))
    figure.page.wait_for_function(f"(low) => {PLOT}._fullLayout.xaxis.range[0] === low", arg=whole[0])
    assert figure.page.evaluate("client.lr") == chosen
    figure.page.wait_for_function("(lr) => kernel.state.choice.lr === lr", arg=chosen)


def test_a_click_takes_the_point_under_it_though_the_pointer_came_only_now(
    shown: Callable[..., Shown],
) -> None:
    figure = shown("scene=finished&latency=150").drawn()
    mouse = figure.page.mouse
    first, second = figure.page.evaluate("[30, 60].map((i) => client.series.get('lr')[i])")
    (x0, y0), (x1, y1) = figure.at(first, 0.2), figure.at(second, 0.2)
    mouse.move(x0 - 5, y0)
    mouse.move(x0, y0)
    figure.page.wait_for_selector(".hoverlayer .legend")
    mouse.move(x0 + 1, y0)
    mouse.click(x1, y1)  # before plotly has looked again what is under the pointer
    figure.says(["move", float(f"{second:.3g}")])


def test_a_double_click_that_begins_right_after_a_zoom_ends_it_and_moves_nothing(
    shown: Callable[..., Shown],
) -> None:
    figure = shown("scene=finished&latency=150").drawn()
    mouse = figure.page.mouse
    whole = figure.range()
    before = figure.page.evaluate("client.lr")
    (x0, y0), (x1, y1) = figure.at(1e-5, 0.1), figure.at(1e-3, 0.4)
    mouse.move(x0, y0)
    mouse.down()
    mouse.move(x1, y1, steps=2)
    mouse.up()
    figure.page.wait_for_function(f"{PLOT}._fullLayout.xaxis.range[0] > -6")
    (x0, y0), (x1, y1) = figure.at(3e-5, 0.2), figure.at(1e-4, 0.2)
    mouse.move(x0, y0)
    mouse.move(x0 + 1, y0)
    mouse.dblclick(x1, y1)
    figure.page.wait_for_function(f"(low) => {PLOT}._fullLayout.xaxis.range[0] === low", arg=whole[0])
    assert figure.page.evaluate("client.lr") == before


def test_two_quick_clicks_on_zoom_in_zoom_in_twice(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=finished").drawn()
    low, high = figure.range()
    figure.page.mouse.move(*figure.at(1e-5))
    figure.page.locator(".modebar-btn[data-title='Zoom in']").dblclick()
    figure.page.wait_for_function(
        f"(size) => {{ const [low, high] = {PLOT}._fullLayout.xaxis.range; return high - low < size; }}",
        arg=0.3 * (high - low),
    )
    figure.page.locator(".modebar-btn[data-title='Reset the zoom']").click()
    figure.page.wait_for_function(f"(low) => {PLOT}._fullLayout.xaxis.range[0] === low", arg=low)


def test_a_running_sweep_bears_a_press_on_its_plot(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=running").drawn()
    figure.page.mouse.click(*figure.at(1e-6))
    figure.page.mouse.dblclick(*figure.at(1e-6))
    expect(figure.page.locator(MARKER)).to_be_hidden()
    assert figure.said() == []


def test_a_view_that_goes_before_plotly_has_come_leaves_nothing(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=finished&latency=300")
    figure.page.evaluate("figures[0].ended.abort()")
    figure.page.evaluate("async () => { await client.plotly(); await new Promise(requestAnimationFrame); }")
    assert figure.page.evaluate("figures[0].el.childNodes.length") == 0
    figure.page.evaluate("kernel.set({ overlay: { lr: 0.5, loss: 1, change: -1, band: null } })")
    figure.page.set_viewport_size({"width": 500, "height": 400})
    figure.page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert figure.page.evaluate("document.querySelectorAll('.js-plotly-plot').length") == 0


def test_of_a_plotly_that_is_not_known_the_points_are_its_own(shown: Callable[..., Shown]) -> None:
    other = "export const drawStrokes = () => false, withoutPoints = (data) => data;"
    figure = shown("scene=finished")
    figure.page.route(
        "**/figure/strokes.js", lambda route: route.fulfill(body=other, content_type="text/javascript")
    )
    figure.open("scene=finished").drawn()
    figure.page.wait_for_function("document.querySelectorAll('.tracelrwidget-0 .point').length === 100")
    x, y = figure.at(figure.page.evaluate("client.series.get('lr')[30]"), 0.2)
    figure.page.mouse.move(x, y)
    figure.page.wait_for_selector(".hoverlayer .legend")
    figure.page.mouse.click(x, y)
    figure.page.wait_for_function(f"{SAID}.length > 0")
    assert len(figure.said()) == 1


def test_in_a_shadow_root_plotly_has_its_style(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=finished&shadow=1")
    bar = figure.page.locator(".modebar-group").first
    expect(bar).to_be_attached(timeout=30_000)
    expect(bar).to_have_css("opacity", "0")
    figure.page.mouse.move(300, 200)
    expect(bar).to_have_css("opacity", "1")
    assert (
        bar.locator(".modebar-btn").first.evaluate("(button) => getComputedStyle(button).cursor") == "pointer"
    )


@pytest.mark.parametrize("scene", ["finished", "metric", "linear", "bounds"])
def test_no_label_is_turned_cut_off_or_touches_another(shown: Callable[..., Shown], scene: str) -> None:
    figure = shown(f"scene={scene}").drawn()
    for width in (320, 360, 420, 560, 900, 1300):
        figure.page.set_viewport_size({"width": width + 16, "height": 460})
        figure.page.wait_for_function(f"(width) => {PLOT}._fullLayout.width === width", arg=width)
        found = figure.page.evaluate(LABELS)
        assert found["count"] >= 3, width
        assert (found["turned"], found["touching"], found["cut"]) == (0, 0, []), (width, found)


def test_its_picture_has_the_marker_whatever_the_format(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=moved").drawn()
    png, svg = (
        figure.page.evaluate("(kind) => figures[0].figure.image(kind)", kind) for kind in ("png", "svg")
    )
    assert png.startswith("data:image/png;base64,")
    assert svg.startswith("data:image/svg+xml,")
    words = figure.page.evaluate(
        """async (url) => {
          const text = await (await fetch(url)).text();
          const svg = new DOMParser().parseFromString(text, "image/svg+xml");
          return [...svg.querySelectorAll("text")].map((each) => each.textContent);
        }""",
        svg,
    )
    assert {"loss", "change in loss per decade", "learning rate", "0.0421"} <= set(words)


def test_tab_comes_to_the_handles_first(shown: Callable[..., Shown]) -> None:
    figure = shown("scene=bounds").drawn()
    names = []
    for _ in range(4):
        figure.page.keyboard.press("Tab")
        names.append(figure.page.evaluate("document.activeElement.ariaLabel"))
    assert names == ["Learning rate marker", "Base learning rate", "Maximum learning rate", "Zoom"]
