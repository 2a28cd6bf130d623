"""The harness itself: what the other browser tests stand on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab

CLICKER = """
import ipywidgets
clicks = []
button = ipywidgets.Button(description="Count")
label = ipywidgets.Label("none yet")
@button.on_click
def _(_):
    clicks.append(len(clicks))
    label.value = f"{len(clicks)} clicked"
ipywidgets.VBox([button, label])
"""

COUNTER = '''
import anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
        const b = document.createElement("button");
        const draw = () => { b.textContent = `count ${model.get("count")}`; };
        b.onclick = () => { model.set("count", model.get("count") + 1); model.save_changes(); };
        model.on("change:count", draw); draw(); el.append(b);
    } };"""
    count = traitlets.Int(0).tag(sync=True)
counter = Counter(); counter
'''


def test_a_click_reaches_the_kernel_and_the_answer_the_page(lab: Lab) -> None:
    lab.open_cells(CLICKER)
    lab.run_cell(0)
    lab.page.get_by_role("button", name="Count").click()
    lab.wait_kernel("len(clicks) == 1")
    expect(lab.page.get_by_text("1 clicked")).to_be_visible()
    assert "1 clicked" in lab.cell_text(0)
    assert lab.kernel("__import__('sys').executable") == sys.executable


def test_a_widget_outlives_a_reload_of_the_page(lab: Lab) -> None:
    lab.open_cells(COUNTER)
    lab.run_all()
    lab.page.get_by_role("button", name="count 0").click()
    lab.wait_kernel("counter.count == 1")
    lab.reload()
    lab.page.get_by_role("button", name="count 1").click()
    lab.wait_kernel("counter.count == 2")


def test_a_notebook_on_a_used_page_finds_nothing_of_the_one_before(lab: Lab) -> None:
    """Tests share a page and a kernel: what one of them leaves must not be seen by the next."""
    lab.open_cells("import torch\nleft = 1", COUNTER)
    lab.run_all()
    lab.page.get_by_role("button", name="count 0").wait_for()
    kernel = lab.page.evaluate("(path) => labTools.kernel(path).id", lab.path)
    lab.open_cells("right = 2")
    assert lab.cell_count() == 1
    assert lab.page.get_by_role("button", name="count 0").count() == 0
    lab.run_all()
    assert lab.kernel("('left' in dir(), 'counter' in dir(), right)") == [False, False, 2]
    assert lab.kernel("len(__import__('ipywidgets.widgets.widget').widgets.widget._instances)") == 0
    assert lab.kernel("'torch' in __import__('sys').modules"), "what was imported stays"
    assert lab.page.evaluate("(path) => labTools.kernel(path).id", lab.path) == kernel


def test_the_kernel_answers_aside_while_a_cell_runs(lab: Lab) -> None:
    lab.open_cells(
        "import threading\nnext_step, n = threading.Event(), 0", "n = 1\nassert next_step.wait(30)\nn = 2"
    )
    lab.run_cell(0)
    lab.run_cell(1, wait=False)
    lab.wait_kernel("n == 1", aside=True)
    lab.kernel_run("next_step.set()", aside=True)
    lab.wait_cell(1)
    assert lab.kernel("n") == 2


def test_a_cell_that_raises_and_a_console_error_are_noticed(lab: Lab) -> None:
    lab.open_cells("1 / 0")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        lab.run_cell(0)
    lab.run_cell(0, errors=True)
    lab.page.evaluate("console.error('heard')")
    assert [problem for problem in lab.problems if "heard" in problem]
    lab.problems.clear()


def test_plot_theme_and_screenshot(fresh_lab: Lab, tmp_path: Path) -> None:
    lab = fresh_lab  # plotly's own widget goes on after it was closed, and says so on the console
    lab.open_cells(
        "import plotly.graph_objects as go\n"
        "go.FigureWidget([go.Scatter(x=[1, 2, 3], y=[3.0, 1.0, 2.0], name='loss')], {'title': {'text': 'T'}})"
    )
    lab.run_all()
    plot = lab.wait_plot()
    lab.wait_points("loss", 3)
    assert lab.plot_data("loss") == {"x": [1, 2, 3], "y": [3, 1, 2]}
    assert lab.layout()["title"]["text"] == "T"
    lab.theme("dark")
    lab.screenshot(tmp_path / "plot.png", plot)
    assert (tmp_path / "plot.png").stat().st_size > 1000
