"""Every setup that the notebook shows runs as it is, sweeps to its end, and is found by its heading."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "setups.ipynb"
# PyTorch's compiler tells what it skips, and torchdata's loader calls what PyTorch has deprecated.
NOISY = {"compiled-step", "stateful"}
NOTE = """
if w is not None:
    noted["{id}"] = [w.state, w.stop_reason, len(w.history), w.suggested_lr]
w = None
"""


def _setups(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and "LRWidget(" in cell.source]


@pytest.fixture(scope="module")
def executed() -> dict[str, Any]:
    """What each setup's widget says at the end of its cell."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in _setups(notebook):
        cell.source += NOTE.format(id=cell.id)
    notebook.cells[1].source += "\nnoted, w = {}, None"
    notebook.cells.append(nbformat.v4.new_code_cell("import json\nprint(json.dumps(noted))"))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    noisy = {
        cell.id
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream" and output.name == "stderr"
    }
    assert noisy <= NOISY
    noted: dict[str, Any] = json.loads(notebook.cells[-1].outputs[-1].text)
    return noted


def test_each_setup_is_swept(executed: dict[str, Any]) -> None:
    setups = [cell.id for cell in _setups(nbformat.read(NOTEBOOK, as_version=4))]
    assert len(setups) >= 30
    assert list(executed) == setups
    for name, (state, reason, points, _) in executed.items():
        assert state in {"finished", "accepted"}, name
        assert reason in {"completed", "diverged"}, name
        assert points >= 15, name
    assert sum(suggested is not None for *_, suggested in executed.values()) > 0.8 * len(setups)


def test_each_setup_is_one_cell_under_its_own_heading() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    headings = []
    for above, cell in zip(notebook.cells[1:], notebook.cells[2:], strict=False):
        if cell.cell_type == "code":
            assert above.cell_type == "markdown", cell.id
            assert above.source.startswith("## "), cell.id
            assert "\n" not in above.source, cell.id
            assert "LRWidget(" in cell.source, cell.id
            headings.append(above.source)
    assert len(set(headings)) == len(headings)


def test_it_is_stored_clean() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
