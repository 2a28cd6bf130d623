"""The quickstart runs from top to bottom in a fresh kernel, and keeps its promise about the accepted rate."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
REPORT = """
import json
print(json.dumps({
    "lr": lr,
    "in_optimizer": optimizer.param_groups[0]["lr"],
    "stop_reason": w.stop_reason,
    "points": len(w.history),
    "final": {name: losses[-1] for name, (losses, _) in results.items()},
    "traces": len(figure.data),
}))
"""


@pytest.fixture(scope="module")
def executed() -> dict[str, Any]:
    """What the notebook's names hold at its end."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(REPORT))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    report: dict[str, Any] = json.loads(notebook.cells[-1].outputs[-1].text)
    return report


def test_it_accepts_a_rate_that_the_optimizer_then_holds(executed: dict[str, Any]) -> None:
    assert math.isfinite(executed["lr"])
    assert executed["lr"] > 0
    assert executed["in_optimizer"] == executed["lr"]
    assert executed["stop_reason"] in {"completed", "diverged", "non-finite"}
    assert 20 < executed["points"] <= 100


def test_the_accepted_rate_beats_ten_times_less_and_ten_times_more(executed: dict[str, Any]) -> None:
    final = executed["final"]
    assert final["accepted"] < final["÷ 10"]
    # Ten times too much may end as no number at all.
    assert not final["× 10"] <= final["accepted"]
    assert executed["traces"] == 3


def test_it_is_stored_clean() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert notebook.nbformat_minor >= 5
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
