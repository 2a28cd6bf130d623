"""Notebook, terminal, script: each is shown what it can show."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from typing import Any

import pytest

from lrwidget import StateError
from lrwidget.widget import surroundings, waiting
from lrwidget.widget.surroundings import Fallback, TextProgress, hear_while_cells_run
from tests.widget.tasks import Task

SCRIPT = """
import torch
from torch import nn
from lrwidget import LRWidget
model = nn.Linear(3, 1)
x, y = torch.randn(16, 3), torch.randn(16, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
w = LRWidget(model, optimizer, nn.MSELoss(), [(x, y)], num_iter=30, diverge_th=None)
"""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_that_is_written_over() -> None:
    stream = Terminal()
    progress = TextProgress(stream)
    progress.update(50, 100, 5.0)
    progress.update(100, 100, 0.0)
    progress.finish("Done.")
    lines = stream.getvalue().split("\r")
    assert lines[1].startswith("|███████████████               | 50/100 5.0 s left")
    assert lines[3].startswith("Done. ")  # and blanks over what stood there
    assert len(lines[3].rstrip("\n")) >= len(lines[2])
    assert stream.getvalue().count("\n") == 1


def test_a_file_gets_the_result_only() -> None:
    stream = io.StringIO()
    progress = TextProgress(stream)
    progress.update(50, 100, 5.0)
    progress.finish("Done.")
    assert stream.getvalue() == "Done.\n"


def test_a_script_runs_without_a_notebook() -> None:
    code = SCRIPT + "history = w.run()\nprint(len(history), w.state, hasattr(w.accept(0.3), 'real'))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["30", "finished", "True"]
    assert ran.stderr.startswith("Learning-rate range test. Completed 30 steps")


def test_plain_ipython_shows_one_line_of_text() -> None:
    code = SCRIPT + "from IPython.display import display\ndisplay(w)\nw.run();\ndisplay(w)"
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", code]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stdout.count("LRWidget(idle)") == 1
    assert ran.stdout.count("LRWidget(finished, completed") == 1


class Displays:
    """Records what is displayed and updated."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self.updated: list[tuple[str, dict[str, Any]]] = []

    def show(self, data: dict[str, Any], *, raw: bool, display_id: str | None = None) -> None:
        assert raw
        self.shown.append({**data, "id": display_id})

    def update(self, data: dict[str, Any], *, raw: bool, display_id: str) -> None:
        assert raw
        self.updated.append((display_id, data))


def test_the_fallback_stands_below_the_widget_and_is_filled_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "in_kernel", lambda: True)
    displays = Displays()
    fallback = Fallback(displays.show, displays.update)
    fallback.display({"application/widget": 1}, "LRWidget(idle)")
    widget, place = displays.shown
    assert widget["application/widget"] == 1
    assert widget["text/plain"] == "LRWidget(idle)"
    fallback.update(b"picture", "loss < 1 & <b>falling</b>")
    name, data = displays.updated[0]
    assert name == place["id"]
    assert "data:image/png;base64,cGljdHVyZQ==" in data["text/html"]
    assert "loss &lt; 1 &amp; &lt;b&gt;falling&lt;/b&gt;" in data["text/html"]
    assert "<b>" not in data["text/html"]
    assert data["text/plain"] == "loss < 1 & <b>falling</b>"


def test_old_kernels_say_at_once_that_a_cell_cannot_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    w = Task().widget()
    monkeypatch.setattr(waiting, "in_kernel", lambda: True)
    monkeypatch.setattr(waiting, "hears_while_busy", lambda: False)
    w._control.screen.plot.connected = True
    with pytest.raises(StateError, match=r"ipykernel 6.*Press Accept, then run\s+this cell again"):
        asyncio.run(w.accepted())
    w.close()


def test_waiting_for_a_widget_that_is_closed_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    w = Task().widget()
    monkeypatch.setattr(waiting, "in_kernel", lambda: True)
    w._control.screen.plot.connected = True

    async def close_while_waiting() -> None:
        waiter = asyncio.ensure_future(w.accepted())
        await asyncio.sleep(0.1)
        w.close()
        with pytest.raises(StateError, match="closed before a rate was accepted"):
            await waiter

    asyncio.run(close_while_waiting())


class Routed:
    """A widget whose comm, like ipykernel 7.4's, answers where it was last written from."""

    def __init__(self) -> None:
        self.comm = self

    def _reply_subshell_for(self, _data: object, _default: object) -> str:
        return "the blocked cell"


def test_messages_go_where_the_page_sent_them() -> None:
    widget = Routed()
    hear_while_cells_run([widget])
    assert widget.comm._reply_subshell_for({}, "the page's subshell") == "the page's subshell"
