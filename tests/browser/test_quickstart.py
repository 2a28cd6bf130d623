"""The quickstart as a person goes through it: Run All, Run, Accept, and the comparison appears."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.project.files import ROOT

NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
CELLS = {cell["id"]: number for number, cell in enumerate(json.loads(NOTEBOOK.read_text())["cells"])}


@pytest.fixture
def lab(fresh_lab: Lab) -> Lab:
    """A page and a kernel that nobody has used, as a person has them."""
    return fresh_lab


def test_run_all_waits_for_accept_and_then_compares(lab: Lab) -> None:
    lab.open_copy(NOTEBOOK)
    lab.run_all(wait=False)
    widget = lab.page.locator(".lrwidget").first
    widget.get_by_role("button", name="Run", exact=True).click(timeout=60_000)
    expect(widget.get_by_role("button", name="Accept", exact=True)).to_be_enabled(timeout=60_000)
    assert "Accepted" not in lab.cell_text(CELLS["accept"])  # the notebook waits for the person
    widget.get_by_role("button", name="Accept", exact=True).click()
    lab.wait_cell(None, timeout=120)
    lr = lab.kernel("lr")
    assert lr == lab.kernel("w.suggested_lr")
    assert lab.kernel("optimizer.param_groups[0]['lr']") == lr
    assert f"Accepted: {lr:g}" in lab.cell_text(CELLS["accept"])
    lab.cell(CELLS["compare"]).scroll_into_view_if_needed()
    expect(lab.cell(CELLS["compare"]).locator(".js-plotly-plot .legendtext")).to_have_count(3)
