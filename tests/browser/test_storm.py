"""Two views clicked at random while a cell starts and stops: in the end page and kernel agree."""

from __future__ import annotations

from typing import Any

from tests.browser import quickstart as q
from tests.browser.lab import Lab

#: Another cell's part of the storm.
COMMANDS = """
import random, time
from lrwidget import StateError
draw = random.Random(1)
for _ in range(50):
    try:
        draw.choice([w.start, w.start, w.stop, w.pause, w.resume, w.accept, w.undo, w.reset])()
    except StateError:
        pass
    time.sleep(draw.random() / 20)
"""
#: Presses what can be pressed, in both views, with a generator of its own so that it can be repeated.
CLICKS = """
async () => {
  let state = 7;
  const draw = (below) => (state = (state * 48271) % 2147483647) % below;
  for (let i = 0; i < 100; i++) {
    const buttons = [...document.querySelectorAll(".lrwidget .lrw-toolbar .lrw-side button")].filter(
      (each) => each.offsetWidth > 0 && each.getAttribute("aria-disabled") !== "true",
    );
    buttons[draw(buttons.length)]?.click();
    await new Promise((done) => setTimeout(done, draw(40)));
  }
}
"""
#: What each view shows.
SHOWN = """
() => [...document.querySelectorAll(".lrwidget")].map((root) => ({
  state: root.dataset.state,
  headline: root.querySelector(".lrw-headline").textContent,
  rate: root.querySelector(".lrw-rate input").value,
  losses: labTools.array(root.querySelector(".js-plotly-plot").data[0].y),
  marker: root.querySelector("[aria-label='Learning rate marker']").hidden,
}))
"""
KNOWN = """{
    "state": w.state,
    "headline": "" if w.state == "idle" else w._state["words"]["headline"],
    "rate": "" if w.lr is None else __import__("lrwidget._text")._text.exact_rate(w.lr),
    "losses": [] if w.history is None else w.history.loss,
    "marker": w.lr is None,
}"""


def test_after_a_storm_both_views_show_what_the_kernel_holds(lab: Lab) -> None:
    q.open_widget(lab, "num_iter=20", more=("w", COMMANDS))
    lab.run_cell(2)
    lab.wait_plot(nth=1)
    lab.run_cell(3, wait=False)
    lab.page.evaluate(CLICKS)
    lab.wait_cell(3, timeout=120)
    # A press may still be on its way: what it starts is stopped too.
    for _ in range(3):
        lab.wait_idle()
        lab.wait_kernel("(w.stop(), w.wait(0))[1]")
    known: dict[str, Any] = lab.kernel(KNOWN)
    lab._wait(lambda: lab.page.evaluate(SHOWN) == [known] * 2, f"both views show {known}", 30)
    assert lab.kernel("w.state in ('idle', 'finished', 'accepted') and w.error is None")
    assert q.unchanged(lab)
    rate = lab.kernel("optimizer.param_groups[0]['lr']")
    if lab.kernel("w.state") == "accepted":
        assert rate == lab.kernel("w.accepted_lr")
