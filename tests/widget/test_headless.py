"""A notebook that a program executes: nobody can press, and nothing is accepted unless it was allowed."""

from __future__ import annotations

import ast
import time

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.widget.test_host import SCRIPT


def execute(last: str) -> str:
    """Execute a notebook of two cells without a page; return what the last one printed."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SCRIPT + "w", last)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return "".join(output.text for output in cells[-1].outputs if output.get("name") == "stdout")


def test_the_cell_ends_at_once_and_the_optimizer_is_as_it_was() -> None:
    tell = (
        "import time\nbegan = time.monotonic()\ntry:\n    await w.accepted()\nexcept Exception as error:\n"
        "    print([type(error).__name__, str(error), w.state, optimizer.param_groups[0]['lr'],"
        " time.monotonic() - began])"
    )
    kind, text, state, lr, seconds = ast.literal_eval(execute(tell))
    assert kind == "StateError"
    assert text.startswith("Nobody can press Accept here")
    assert (state, lr) == ("idle", 0.1)
    assert seconds < 5, "it waited for a page"


def test_the_suggestion_is_taken_where_that_is_allowed() -> None:
    allowed = (
        "lr = await w.accepted(unattended='suggestion')\n"
        "print([lr, w.suggested_lr, optimizer.param_groups[0]['lr']])"
    )
    lr, suggested, held = ast.literal_eval(execute(allowed))
    assert lr == suggested == held


def test_run_all_stops_where_a_person_is_missing() -> None:
    began = time.monotonic()
    with pytest.raises(CellExecutionError, match="Nobody can press Accept here"):
        execute("await w.accepted()")
    assert time.monotonic() - began < 60
