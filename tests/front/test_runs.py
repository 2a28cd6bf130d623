"""The row of runs, their dimmed curves, a zoom that is run, a run that is extended: on the harness page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.front.scenes import MEASURE, WIDTHS, Scene

pytestmark = pytest.mark.browser

PLOT = "document.querySelector('.js-plotly-plot')"
#: Names of the traces, and for each panel the curves in the order in which they are painted.
PAINTED = f"""() => ({{
  names: {PLOT}.data.map((trace) => trace.name),
  panels: [...{PLOT}.querySelectorAll(".scatterlayer")]
    .map((layer) => [...layer.children].map((trace) => /lrwidget-\\S+/.exec(trace.getAttribute("class"))[0])),
}})"""
#: What of the row, or of the view, is out of its bounds.
OUTSIDE = """() => {
  const root = document.querySelector(".lrwidget").getBoundingClientRect();
  return [...document.querySelectorAll(".lrw-chip, .lrw-chip *")]
    .filter((el) => el.checkVisibility())
    .map((el) => [el.className, el.getBoundingClientRect()])
    .filter(([, { left, right, width }]) => width > 0 && (left < root.left - 0.5 || right > root.right + 0.5))
    .map(([name]) => String(name.baseVal ?? name));
}"""


def run(at: Scene, name: str) -> Locator:
    """The button that judges a run."""
    return at.page.get_by_role("list", name="Runs").get_by_role("button", name=name, exact=True)


def dot(at: Scene, name: str) -> Locator:
    return at.page.get_by_role("button", name=f"Curve of {name}", exact=True)


def menu(at: Scene, name: str, item: str) -> None:
    at.page.get_by_role("button", name=f"More about {name}", exact=True).click()
    at.page.get_by_role("menuitem", name=item).click()


def renames(at: Scene) -> list[dict[str, Any]]:
    at.page.wait_for_function("kernel.taken.some(({ name }) => name === 'rename_run')")
    said = at.page.evaluate(
        "kernel.taken.filter(({ name }) => name === 'rename_run').map(({ args }) => args)"
    )
    return list(said)


def drawn(at: Scene) -> Scene:
    at.page.wait_for_function(f"{PLOT}?._fullLayout?._modeBar && {PLOT}.data[1].x.length > 0")
    return at


def traces(at: Scene, *names: str) -> None:
    """Wait until just these runs are drawn."""
    at.page.wait_for_function(
        f"(names) => JSON.stringify({PLOT}.data.slice(5).map((trace) => trace.name)) === names",
        arg="[" + ",".join(f'"{part}run {name}"' for name in names for part in ("", "change of ")) + "]",
    )


def zoomed(at: Scene, low: float, high: float) -> None:
    """Zoom the rate axis to a range of logarithms, as a hand does."""
    x0, x1, y = at.page.evaluate(
        f"""([low, high]) => {{
          const {{ left, top }} = {PLOT}.getBoundingClientRect(), {{ xaxis, _size }} = {PLOT}._fullLayout;
          const place = (end) => left + xaxis._offset + xaxis.d2p(10 ** end);
          return [place(low), place(high), top + _size.t + 9];
        }}""",
        [low, high],
    )
    at.page.mouse.move(x0, y)
    at.page.mouse.down()
    at.page.mouse.move((x0 + x1) / 2, y + 60)
    at.page.mouse.move(x1, y + 120)
    at.page.mouse.up()
    at.page.wait_for_function(
        f"([low, high]) => {PLOT}._fullLayout.xaxis.range.every((end, i) =>"
        " Math.abs(end - [low, high][i]) < 0.1)",
        arg=[low, high],
    )


# -- the row --------------------------------------------------------------------------------------


def test_a_row_is_there_from_the_second_run_on(scene: Callable[..., Scene]) -> None:
    at = scene("idle", latency=5, points=20)
    row = at.page.get_by_role("list", name="Runs")
    for count in (1, 2):
        at.button("Run").click()
        at.until_state("running")
        at.until_state("finished")
        expect(row).to_have_count(count - 1)
    expect(row.get_by_role("listitem")).to_have_count(2)
    for number in (1, 2):
        expect(row.get_by_role("listitem").nth(number - 1)).to_contain_text(f"run {number} 0.0")


def test_a_click_judges_a_run_and_keeps_the_focus(scene: Callable[..., Scene]) -> None:
    at = scene("runs", latency=5)
    old, new = run(at, "SGD, momentum 0.9 0.01"), run(at, "AdamW 0.00123")
    expect(old).to_have_attribute("aria-current", "true")
    old.click()  # it is judged already
    new.focus()
    at.page.keyboard.press("Enter")
    expect(new).to_have_attribute("aria-current", "true")
    expect(old).not_to_have_attribute("aria-current", "true")
    expect(new).to_be_focused()
    expect(at.rate).to_have_value("0.00123")
    assert at.taken() == [{"name": "activate_run", "run": 1}]


def test_a_run_that_is_judged_is_asked_for_once_however_often_it_is_pressed(
    scene: Callable[..., Scene],
) -> None:
    at = scene("runs", latency=200)
    for _ in range(4):
        run(at, "AdamW 0.00123").click()
    expect(run(at, "AdamW 0.00123")).to_have_attribute("aria-current", "true")
    assert at.taken() == [{"name": "activate_run", "run": 1}]


def test_a_name_is_text_whatever_is_in_it(scene: Callable[..., Scene]) -> None:
    at = scene("runs")
    at.page.evaluate(
        """kernel.set({ runs: kernel.state.runs.map((run, i) =>
          i ? run : { ...run, name: "<img src=x onerror=window.hit=1><b>b</b>" }) })"""
    )
    expect(run(at, "<img src=x onerror=window.hit=1><b>b</b> 0.00123")).to_be_visible()
    assert at.page.evaluate("window.hit") is None
    assert at.page.locator(".lrwidget img").count() == 0


def test_while_a_sweep_is_on_no_other_run_is_judged(scene: Callable[..., Scene]) -> None:
    at = scene("runs running", points=2000)
    other = run(at, "AdamW 0.00123")
    expect(other).to_have_attribute("aria-disabled", "true")
    other.click(force=True)
    dot(at, "AdamW").click()
    at.until_taken("show_run")
    at.page.get_by_role("button", name="More about AdamW", exact=True).click()
    remove = at.page.get_by_role("menuitem", name="Remove")
    expect(remove).to_have_attribute("aria-disabled", "true")
    remove.click(force=True)
    at.page.keyboard.press("Escape")
    assert [said["name"] for said in at.taken()] == ["show_run"]


# -- names ----------------------------------------------------------------------------------------


def test_renaming_by_keyboard(scene: Callable[..., Scene]) -> None:
    at = scene("runs")
    at.page.get_by_role("button", name="More about AdamW", exact=True).focus()
    at.page.keyboard.press("Enter")
    at.page.keyboard.press("Enter")  # the first item
    field = at.page.get_by_role("textbox", name="Name of the run")
    expect(field).to_be_focused()
    expect(field).to_have_value("AdamW")
    at.page.keyboard.type("warm\u00a0start ")  # over what was there
    at.page.keyboard.press("Enter")
    expect(field).to_be_hidden()
    renamed = run(at, "warm start 0.00123")
    expect(renamed).to_be_focused()
    assert renames(at) == [{"name": "warm\u00a0start", "run": 1}]


def test_escape_an_empty_name_and_the_same_name_change_nothing(scene: Callable[..., Scene]) -> None:
    at = scene("runs")
    for text, key in (("other", "Escape"), ("   ", "Enter"), ("AdamW", "Enter"), ("AdamW ", "Tab")):
        menu(at, "AdamW", "Rename")
        at.page.keyboard.type(text)
        at.page.keyboard.press(key)
        expect(at.page.get_by_role("textbox", name="Name of the run")).to_be_hidden()
        expect(run(at, "AdamW 0.00123")).to_be_visible()
    assert at.taken() == []


def test_what_is_written_counts_also_when_a_hand_goes_elsewhere(scene: Callable[..., Scene]) -> None:
    at = scene("runs")
    menu(at, "AdamW", "Rename")
    at.page.keyboard.type("left")
    at.rate.click()
    expect(run(at, "left 0.00123")).to_be_visible()
    expect(at.rate).to_be_focused()
    assert renames(at) == [{"name": "left", "run": 1}]


def test_a_name_that_is_refused_goes_back_and_the_reason_is_shown(scene: Callable[..., Scene]) -> None:
    at = scene("runs")
    menu(at, "AdamW", "Rename")
    at.page.keyboard.type("AdamW, wd 0.1")
    at.page.keyboard.press("Enter")
    expect(at.page.get_by_text("Another run has that name.")).to_be_visible()
    expect(run(at, "AdamW 0.00123")).to_be_focused()


def test_letters_that_are_written_in_a_name_are_not_the_notebooks(scene: Callable[..., Scene]) -> None:
    at = scene("runs")
    at.page.evaluate("window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))")
    menu(at, "AdamW", "Rename")
    at.page.keyboard.type("dd")
    at.page.keyboard.press("Enter")
    expect(run(at, "dd 0.00123")).to_be_visible()
    assert at.page.evaluate("heard") == []


# -- removing -------------------------------------------------------------------------------------


def test_removing_gives_the_focus_to_a_neighbour_and_at_last_to_run(scene: Callable[..., Scene]) -> None:
    at = scene("runs", latency=100)
    menu(at, "AdamW", "Remove")
    expect(run(at, "AdamW, wd 0.1 0.0457")).to_be_focused()
    expect(at.page.get_by_role("listitem").filter(has_text="AdamW")).to_have_count(1)
    menu(at, "AdamW, wd 0.1", "Remove")
    expect(at.page.get_by_role("list", name="Runs")).to_be_hidden()
    assert at.focus() == "Run"
    assert at.until_taken("remove_run", 2) == [
        {"name": "remove_run", "run": 1},
        {"name": "remove_run", "run": 2},
    ]


# -- curves ---------------------------------------------------------------------------------------


def test_dimmed_curves_are_behind_and_no_other_trace_changes_its_place(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("runs", figure=True))
    traces(at, "1", "2")
    at.page.wait_for_function(f"({PAINTED})().panels[0][0] !== 'lrwidget-0'")
    painted = at.page.evaluate(PAINTED)
    assert painted["names"][:5] == ["loss", "smoothed loss", "change in loss", "suggestion", "suggestion"]
    upper, lower = painted["panels"]
    assert set(upper[:2]) == {"lrwidget-run-1-loss", "lrwidget-run-2-loss"}
    assert set(lower[:2]) == {"lrwidget-run-1-change", "lrwidget-run-2-change"}
    assert upper[2:] == ["lrwidget-0", "lrwidget-1", "lrwidget-3"]
    assert lower[2:] == ["lrwidget-2", "lrwidget-4"]


def test_a_dot_hides_and_shows_a_curve_at_once(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("runs", figure=True))
    traces(at, "1", "2")
    at.page.evaluate("kernel.latency = 10_000")  # no answer comes meanwhile
    toggle = dot(at, "AdamW")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.focus()
    at.page.keyboard.press("Space")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    expect(toggle).to_be_focused()
    traces(at, "2")
    at.page.keyboard.press("Space")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    traces(at, "1", "2")
    expect(dot(at, "SGD, momentum 0.9")).to_have_attribute("aria-disabled", "true")


def test_the_run_that_was_judged_is_dimmed_when_another_is(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("runs", figure=True, latency=5))
    traces(at, "1", "2")
    run(at, "AdamW 0.00123").click()
    traces(at, "2", "3")


def test_a_curve_stands_out_while_a_hand_is_on_its_name(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("runs", figure=True))
    traces(at, "1", "2")
    run(at, "AdamW 0.00123").hover()
    curve = at.page.locator(".tracelrwidget-run-1-loss .js-line")
    expect(curve).to_have_css("stroke-opacity", "1")
    at.page.mouse.move(5, 5)
    expect(curve).not_to_have_css("stroke-opacity", "1")


def test_a_sweep_is_drawn_live_before_dimmed_curves_that_are_not_touched(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("runs running", figure=True, points=400))
    traces(at, "1", "2")
    touched, grown = at.page.evaluate(
        f"""async () => {{
          const watched = [0, 0];
          const watch = (at, selector) => {{
            const observer = new MutationObserver((changes) => (watched[at] += changes.length));
            const what = {{ subtree: true, attributes: true, childList: true }};
            observer.observe({PLOT}.querySelector(selector), what);
          }};
          watch(0, ".tracelrwidget-run-1-loss .lines");
          watch(1, ".tracelrwidget-1 .lines");
          const from = kernel.at;
          while (kernel.at < from + 25) await new Promise((done) => setTimeout(done, 50));
          return watched;
        }}"""
    )
    assert grown > 10
    assert touched < grown / 2


def test_the_picture_that_is_exported_has_them_too(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("runs", figure=True))
    traces(at, "1", "2")
    at.button("More").click()
    with at.page.expect_download() as waiting:
        at.page.get_by_role("menuitem", name="Export SVG").click()
    svg = waiting.value.path().read_text()
    assert "rgb(126, 63, 152)" in svg
    assert "rgb(94, 102, 112)" in svg


# -- places ---------------------------------------------------------------------------------------


def test_no_control_changes_its_place_beside_runs(scene: Callable[..., Scene]) -> None:
    """Whether a sweep is on or has ended, a hand renames or not, a curve is shown or not."""
    places: dict[tuple[int, str], set[Any]] = {}
    for what in ("at rest", "running", "renaming", "hidden", "alone"):
        at = scene({"running": "runs running", "alone": "finished"}.get(what, "runs"), points=2000)
        if what == "renaming":
            menu(at, "SGD, momentum 0.9", "Rename")
        if what == "hidden":
            dot(at, "AdamW").click()
        for width in WIDTHS:
            measured = at.page.evaluate(MEASURE, width)
            assert measured["outside"] == [], f"{what} at {width}"
            if what != "alone":
                places.setdefault((width, "figure"), set()).add(measured["figure"])
            for kind, place in measured["buttons"].items():
                places.setdefault((width, kind), set()).add(tuple(place))
    assert {kind: where for kind, where in places.items() if len(where) > 1} == {}


def test_many_runs_with_long_names_stay_within_the_view(scene: Callable[..., Scene]) -> None:
    at = scene("many runs")
    for width in WIDTHS:
        measured = at.page.evaluate(MEASURE, width)
        assert at.page.evaluate(OUTSIDE) == [], width
        assert measured["figure"] < 400, width
    judged = at.page.locator(".lrw-chip.is-active").bounding_box()
    row = at.page.locator(".lrw-runs").bounding_box()
    assert judged
    assert row
    assert judged["y"] + judged["height"] <= row["y"] + row["height"] + 1, "the run that is judged is seen"


# -- a range that is run, a run that is extended -----------------------------------------------------


def test_what_is_zoomed_can_be_run(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("finished", figure=True, latency=5))
    here = at.button("Run in this range")
    expect(here).to_be_hidden()
    zoomed(at, -4, -2)
    expect(here).to_be_visible()
    expect(here).to_have_text("Run here")
    low, high = at.page.evaluate(f"{PLOT}._fullLayout.xaxis.range.map((end) => 10 ** end)")
    here.focus()
    at.page.keyboard.press("Enter")
    said = at.until_taken("refine")
    assert said == [{"name": "refine", "low": float(f"{low:.3g}"), "high": float(f"{high:.3g}")}]
    at.until_state("running")
    expect(here).to_be_focused()  # it does nothing any more, but the focus falls nowhere
    expect(here).to_have_attribute("aria-disabled", "true")
    at.rate.focus()
    expect(here).to_be_hidden()


def test_nothing_is_to_be_run_where_nothing_is_zoomed_or_it_may_not(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("finished", figure=True))
    here = at.button("Run in this range")
    zoomed(at, -4, -2)
    expect(here).to_be_visible()
    at.page.mouse.dblclick(
        *map(
            float,
            at.page.evaluate(
                f"(({{ left, top }}) => [left + 300, top + 100])({PLOT}.getBoundingClientRect())"
            ),
        )
    )
    expect(here).to_be_hidden()
    running = drawn(scene("running", figure=True, points=2000))
    zoomed(running, -6, -5)
    expect(running.button("Run in this range")).to_be_hidden()


def test_a_range_that_is_run_lies_within_the_sweep(scene: Callable[..., Scene]) -> None:
    at = drawn(scene("finished", figure=True))
    zoomed(at, -4, 1.1)
    at.button("Run in this range").click()
    (said,) = at.until_taken("refine")
    assert said["high"] == 10
    assert 9e-5 < said["low"] < 1.1e-4


def test_a_run_is_extended_once(scene: Callable[..., Scene]) -> None:
    at = scene("extendable", latency=200)
    for _ in range(3):
        at.button("Extend to higher rates").click()
    at.until_state("running")
    assert at.taken() == [{"name": "extend"}]
    expect(at.button("Extend to higher rates")).to_be_hidden()
    expect(scene("finished").button("Extend to higher rates")).to_be_hidden()
