"""pytorch-lr-finder's own calls in a notebook: they draw live, and leave the widget to work with."""

from __future__ import annotations

import pytest

from tests.browser import quickstart as q
from tests.browser.lab import Lab

SNIPPET = """
%matplotlib inline
import numpy as np
import matplotlib.pyplot as plt
from lrwidget import LRFinder

lr_finder = LRFinder(model, optimizer, criterion, device="cpu")
lr_finder.range_test(train_loader, start_lr=1e-7, end_lr=10, num_iter=60)
"""

THEN = """
lrs, losses = np.array(lr_finder.history["lr"]), np.array(lr_finder.history["loss"])
fig, ax = plt.subplots()
lr_finder.plot(ax=ax)
ax.lines[0].set_marker("o")
learning_rate = lrs[np.gradient(losses).argmin()]
lr_finder.reset()
"""


def test_range_test_draws_live_and_the_object_shows_the_widget(lab: Lab) -> None:
    lab.open_cells(q.setup(), SNIPPET, THEN, "lr_finder")
    lab.run_cell(0)
    lab.run_cell(1)
    lab.wait_plot()
    assert "Learning rate search finished" in lab.cell_text(1)
    steps = lab.kernel("len(lr_finder.history['lr'])")
    lab.wait_points("loss", steps)
    assert lab.plot_data("loss")["x"] == pytest.approx(lab.kernel("lr_finder.history['lr']"))
    assert q.unchanged(lab)

    lab.run_cell(2)
    kinds = {kind for output in lab.cell_outputs(2) for kind in output.get("data", {})}
    assert "image/png" in kinds, "matplotlib's figure is not shown"
    lab.run_cell(3)
    lab.wait_plot(nth=1)

    # Run in the widget is another range test: the finder's history is the newest one.
    first = lab.kernel("lr_finder.history['loss']")
    lab.page.locator(".lrwidget summary").last.click()
    steps_field = lab.page.get_by_label("Steps", exact=True).last
    steps_field.fill("30")
    steps_field.press("Enter")
    lab.page.get_by_role("button", name="Run", exact=True).last.click()
    lab.wait_kernel("len(lr_finder.history['lr']) <= 30 and lr_finder.widget.state == 'finished'", timeout=60)
    assert lab.kernel("lr_finder.history['loss']") != first
    assert q.unchanged(lab)
