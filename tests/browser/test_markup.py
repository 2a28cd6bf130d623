"""Names and texts that are not ours appear on the page as text: nothing is made of them, nothing runs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import quickstart as q
from tests.browser.lab import Lab

# At most 30 characters, for longer names are shortened on the plot.
NAMES = ["<img src=x onerror='pwned()'>", '<b>%{x}</b> $x$ "&lt;" it\'s', "<a href='javascript:pwned()'>"]
LONG = "<script>pwned()</script><img src=x onerror='pwned()'>&lt;b&gt; $x$ %{x} " + "x" * 10_000

SMALL = """
import json
from dataclasses import replace

import torch
from torch import nn

from lrwidget import LRWidget

class Odd(nn.Linear):
    pass

Odd.__name__ = Odd.__qualname__ = {name!r}
torch.manual_seed(0)
x = torch.randn(32, 4)
model = Odd(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loader = [(x, x.sum(1, keepdim=True))]

def metric(output, target):
    return -nn.functional.mse_loss(output, target)

metric.__name__ = {name!r}
"""

# What a page with MathJax has; plotly looks for no more before it hands texts over.
TRAP = """() => {
    window.MathJax = { version: "3.2.2", startup: {}, config: {} };
    window.pwned = () => { window.__pwned = 1; };
}"""

OURS = ".lrw-status b, .lrw-runs b, .lrwidget-trials b"
MADE = f"""() => [...document.querySelectorAll(".lrwidget, .lrwidget-static")].flatMap((part) => [
    ...part.querySelectorAll("b:not({OURS}), script, img[onerror]"),
    ...part.querySelectorAll("a[href*=pwned], a[*|href*=pwned]"),
    ...part.querySelectorAll(".annotation-text tspan tspan"),
]).map((element) => element.outerHTML)"""

HOVER = """async () => {
    const plot = labTools.plot(0);
    const plotly = await globalThis[Symbol.for("lrwidget.plotly")].values().next().value.script;
    const curve = plot.data.findIndex((trace) => trace.name === "metric");
    plotly.Fx.hover(plot, [{ curveNumber: curve, pointNumber: 20 }]);
    return plot.querySelector(".hoverlayer").textContent;
}"""

STATIC = """async (figure) => {
    const plotly = await globalThis[Symbol.for("lrwidget.plotly")].values().next().value.script;
    document.getElementById("static")?.remove();
    const div = document.createElement("div");
    div.id = "static";
    document.querySelector(".lrwidget").append(div);
    await plotly.newPlot(div, figure.data, figure.layout);
    plotly.Fx.hover(div, [{ curveNumber: 5, pointNumber: 20 }]);
    const title = [...div.querySelectorAll(".annotation-text")].at(-1);
    return [title.textContent, title.dataset.math, div.querySelector(".hoverlayer").textContent];
}"""


@pytest.fixture
def lab(fresh_lab: Lab) -> Lab:
    """A page of its own, for its traps stay in it."""
    return fresh_lab


def assert_only_text(lab: Lab) -> None:
    assert lab.page.evaluate("window.__pwned") is None
    assert lab.page.evaluate(MADE) == []


def test_a_metric_of_any_name_is_text_on_the_live_and_on_the_static_figure(lab: Lab) -> None:
    widget = "w = LRWidget(model, optimizer, nn.MSELoss(), loader, metric=metric)\nw"
    lab.open_cells(SMALL.format(name=NAMES[0]), widget)
    lab.page.evaluate(TRAP)
    lab.run_all()
    lab.wait_plot()
    q.run_to_end(lab)
    expect(lab.page.locator(".lrwidget .js-plotly-plot .annotation-text", has_text=NAMES[0])).to_have_count(1)
    assert NAMES[0] in lab.page.evaluate(HOVER)
    expect(lab.page.locator(".lrwidget select option", has_text=NAMES[0][:19])).to_have_count(1)
    assert_only_text(lab)
    lab.kernel_run(f"w.run(); w.rename_run(0, {NAMES[1]!r}); w.try_rates([0.01, 0.1], 5)")
    expect(lab.page.locator(".lrw-run-name", has_text=NAMES[1])).to_have_count(1)
    assert_only_text(lab)
    for name in NAMES:
        lab.kernel_run(f"drawn = replace(w.history, metric_name={name!r}).figure().to_json()")
        title, mathematics, hover = lab.page.evaluate(STATIC, lab.kernel("json.loads(drawn)"))
        assert title == name
        assert mathematics == "N", "MathJax was asked to typeset it"
        assert name in hover
        assert_only_text(lab)


def test_an_error_of_any_kind_and_text_is_text_in_the_status_line_and_the_saved_notebook(lab: Lab) -> None:
    fail = (
        "def criterion(output, target):\n"
        f"    raise type(type(model).__name__, (ValueError,), {{}})({LONG!r})\n"
        "w = LRWidget(model, optimizer, criterion, loader)\nw"
    )
    lab.open_cells(SMALL.format(name=NAMES[0]), fail)
    lab.page.evaluate(TRAP)
    lab.run_all()
    lab.wait_plot()
    q.press(lab, "Run")
    lab.wait_kernel("w.state == 'failed'")
    expect(q.status(lab)).to_contain_text("Failed before the first step.")
    expect(q.status(lab)).to_contain_text(f"{NAMES[0]}: {LONG[:300]}")
    assert len(q.status(lab).inner_text()) < 2500
    # The words for readers without the widget lie below it, hidden by its style sheet.
    lab.page.wait_for_function(
        "() => document.querySelector('.lrwidget-static').textContent.includes('onerror')"
    )
    assert_only_text(lab)
