"""Short trainings on the harness page: the button, the third panel, what is told of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.front.scenes import RATE, Scene

pytestmark = pytest.mark.browser

GRAPH = "document.querySelector('.lrwidget-trials-graph')"
#: The curves: rate, how far, how strong; and how each is marked at its end.
SHOWN = f"""() => {{
  const lines = {GRAPH}.data.slice(0, -1), ends = {GRAPH}.data.at(-1);
  return {{
    curves: lines.map(({{ name, x, opacity, line }}) => [name, x.length, opacity, line.width]),
    marks: ends.marker.symbol,
  }};
}}"""


def panel(at: Scene) -> Locator:
    return at.page.get_by_role("group", name="Short trainings: loss over steps")


def legend(at: Scene) -> list[str]:
    entries: list[str] = at.page.get_by_role("list", name="Rates that were tried").evaluate(
        "(list) => [...list.children].map((entry) => entry.innerText.split(/\\s+/).join(' ').trim())"
    )
    return entries


def shown(at: Scene) -> dict[str, Any]:
    at.page.wait_for_function(f"{GRAPH}?.data?.length > 1")
    found: dict[str, Any] = at.page.evaluate(SHOWN)
    return found


def test_try_takes_what_stands_in_the_field(scene: Callable[..., Scene]) -> None:
    at = scene("finished", latency=5)
    expect(panel(at)).to_be_hidden()
    at.rate.fill("0,0031")
    at.button("Try").click()
    assert at.until_taken("try") == [{"name": "try", "lr": 0.0031}]
    expect(panel(at)).to_be_visible()
    at.until_state("running")


def test_try_takes_nothing_that_is_no_rate(scene: Callable[..., Scene]) -> None:
    at = scene("finished")
    at.rate.fill("abc")
    at.button("Try").click()
    expect(at.rate).to_be_focused()
    expect(at.rate).to_have_attribute("aria-invalid", "true")
    assert at.taken() == []


def test_an_impatient_hand_tries_once(scene: Callable[..., Scene]) -> None:
    at = scene("finished", latency=200)
    for _ in range(4):
        at.button("Try").click()
    at.until_state("running")
    assert [said["name"] for said in at.taken()] == ["try"]


def test_a_try_that_is_refused_says_why(scene: Callable[..., Scene]) -> None:
    at = scene("refused")
    at.button("Try").click()
    expect(at.page.get_by_text("The model cannot be put back for a trial.")).to_be_visible()
    expect(panel(at)).to_be_hidden()


def test_trials_by_keyboard_and_what_is_told_of_them(scene: Callable[..., Scene]) -> None:
    at = scene("finished", latency=5)
    at.button("Try").focus()
    at.page.keyboard.press("Enter")
    at.until_state("running")
    assert at.focus() == "Try"
    expect(at.button("Try")).to_have_attribute("aria-disabled", "true")
    bar = at.page.get_by_role("progressbar", name="Progress of the trials")
    expect(at.page.locator(".lrw-count")).to_have_text(re.compile("^trial 1 of 3, step [1-9]"))
    assert str(bar.get_attribute("aria-valuetext")).startswith("trial 1 of 3, step ")
    at.button("Pause").click()
    expect(at.page.locator(".lrw-count")).to_contain_text("Paused at trial 1 of 3")
    at.button("Resume").click()
    expect(at.page.locator(".lrw-count")).to_contain_text("trial 2 of 3", timeout=15_000)
    at.button("Stop").click()
    at.until_state("finished")
    assert [said["name"] for said in at.taken()] == ["try", "pause", "resume", "stop"]
    assert [line.split()[-1] for line in legend(at)[1:]] == ["stopped", "stopped"]
    expect(at.page.get_by_role("spinbutton", name=RATE)).to_be_editable()


def test_curves_grow_and_the_figure_above_is_not_touched(scene: Callable[..., Scene]) -> None:
    at = scene("trying", figure=True)
    at.page.wait_for_function("document.querySelector('.js-plotly-plot')?.data?.[1]?.x.length > 0")
    assert [name for name, *_ in shown(at)["curves"]] == ["0.00316", "0.01", "0.0316"]
    at.page.wait_for_timeout(200)
    touched, before, after = at.page.evaluate(
        f"""async () => {{
          let touched = 0;
          const observer = new MutationObserver((changes) => (touched += changes.length));
          const first = document.querySelector(".js-plotly-plot");
          observer.observe(first, {{ subtree: true, attributes: true, childList: true }});
          const lengths = () => {GRAPH}.data.slice(0, 3).map(({{ x }}) => x.length);
          const before = lengths();
          for (let i = 0; i < 60 && lengths().join() === before.join(); i += 1)
            await new Promise((done) => setTimeout(done, 50));
          return [touched, before, lengths()];
        }}"""
    )
    assert touched == 0
    assert before[0] == after[0] == 100
    assert sum(after) > sum(before)
    names = at.page.evaluate("document.querySelector('.js-plotly-plot').data.map((trace) => trace.name)")
    assert names == ["loss", "smoothed loss", "change in loss", "suggestion", "suggestion"]


def test_the_winner_is_strong_and_marked(scene: Callable[..., Scene]) -> None:
    at = scene("tried", figure=True)
    found = shown(at)
    (_, _, others, thin), (name, _, strong, thick), _ = found["curves"]
    assert name == "0.01"
    assert strong == 1 > others
    assert thick > thin
    assert found["marks"] == ["circle", "diamond", "circle"]
    assert legend(at) == ["0.00316 loss 1.24", "0.01 loss 0.39 best", "0.0316 loss 0.685"]
    expect(at.rate).to_have_value("0.01")


def test_those_that_were_ended_early_are_faded_and_say_why(scene: Callable[..., Scene]) -> None:
    at = scene("tried early", figure=True)
    found = shown(at)
    assert found["marks"] == ["x-thin", "diamond", "x-thin"]
    behind, best, diverged = (opacity for _, _, opacity, _ in found["curves"])
    assert behind == diverged < 0.5 < best
    assert legend(at) == ["0.00316 behind", "0.01 loss 0.39 best", "0.1 diverged"]
    low, high = at.page.evaluate(f"{GRAPH}.layout.yaxis.range")
    assert low < 0.39
    assert high < 6, "what diverges does not flatten the others"


def test_a_new_set_takes_the_place_of_the_old_one(scene: Callable[..., Scene]) -> None:
    at = scene("tried", figure=True, latency=5)
    shown(at)
    at.button("Try").click()
    at.page.wait_for_function(f"{GRAPH}.data[0].x.length < 100 && {GRAPH}.data[1].x.length === 0")
    assert shown(at)["curves"][1][2] < 1  # no winner yet
    at.page.evaluate("kernel.set({ trials: null })")
    expect(panel(at)).to_be_hidden()


@pytest.mark.parametrize("name", ["trying paused", "tried early"])
def test_nothing_of_it_is_cut_off_at_any_width(scene: Callable[..., Scene], name: str) -> None:
    at = scene(name, figure=True)
    shown(at)
    for width in (320, 360, 560, 700, 1300):
        at.page.set_viewport_size({"width": width + 32, "height": 1000})
        at.page.evaluate(
            "(width) => document.querySelector('.lrwidget').parentElement.style.maxWidth = `${width}px`",
            width,
        )
        at.page.wait_for_function(f"(width) => Math.abs({GRAPH}._fullLayout.width - width) < 10", arg=width)
        cut = at.page.evaluate(
            f"""() => {{
              const panel = document.querySelector(".lrwidget-trials");
              const {{ left, right, bottom }} = panel.getBoundingClientRect();
              const texts = [...{GRAPH}.querySelectorAll("text"), ...document.querySelectorAll(
                ".lrwidget-trials-legend li > *")].filter((text) => text.checkVisibility());
              return texts.filter((text) => {{
                const box = text.getBoundingClientRect();
                return box.width && (box.left < left || box.right > right || box.bottom > bottom + 1);
              }}).map((text) => text.textContent);
            }}"""
        )
        assert cut == [], width


def test_a_view_that_goes_takes_its_panel_with_it(scene: Callable[..., Scene]) -> None:
    at = scene("trying", figure=True, views=2)
    at.page.wait_for_function("document.querySelectorAll('.lrwidget-trials .main-svg').length >= 2")
    at.page.evaluate("views[0].ended.abort()")
    expect(at.page.locator(".lrwidget-trials")).to_have_count(1)
    at.page.evaluate("close_widget(); views[1].ended.abort()")
    expect(at.page.locator(".lrwidget-trials")).to_have_count(0)
