"""Notebook, terminal, script: each is shown what it can show."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import time
from typing import Any

import pytest

from lrwidget import StateError
from lrwidget.widget import host, lrwidget, waiting
from lrwidget.widget.host import hear_while_cells_run
from lrwidget.widget.text_progress import TextProgress
from tests.widget.pages import Page
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
    assert ran.stderr.startswith("Learning-rate range test. ")
    assert "Completed 30 steps" in ran.stderr


def test_plain_ipython_shows_one_line_of_text() -> None:
    code = SCRIPT + "from IPython.display import display\ndisplay(w)\nw.run();\ndisplay(w)"
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", code]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stdout.count("LRWidget(idle)") == 1
    assert ran.stdout.count("LRWidget(finished, completed") == 1


@pytest.fixture
def page_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that a page runs; what does not answer within 0.3 s is not there."""
    monkeypatch.setattr(waiting, "in_kernel", lambda: True)
    monkeypatch.setattr(waiting, "takes_input", lambda: True)
    monkeypatch.setattr(waiting, "ANSWER_WITHIN", 0.3)
    monkeypatch.setattr(waiting, "ANSWER_AGAIN_WITHIN", 0.3)
    monkeypatch.setattr(lrwidget, "in_kernel", lambda: False)  # nothing is displayed


@pytest.mark.parametrize("greeted", [False, True])
@pytest.mark.parametrize("unattended", ["refuse", "suggestion"])
def test_a_page_that_is_not_heard_while_the_cell_waits_gets_no_rate_accepted(
    page_cell: None, greeted: bool, unattended: str
) -> None:
    task = Task()
    w = task.widget()
    w.run()
    if greeted:  # between two cells, which says nothing about what is heard while one waits
        Page(w)
    with pytest.raises(
        StateError, match=r"nothing was written.*press Run and Accept now, then run this cell"
    ):
        asyncio.run(w.accepted(unattended=unattended))
    assert (task.rates, w.state) == ([0.5], "finished")
    w.close()


def test_a_page_that_answers_is_waited_for(page_cell: None) -> None:
    task = Task()
    w = task.widget()
    w.run()

    async def press_late() -> float:
        waiter = asyncio.ensure_future(w.accepted())
        await asyncio.sleep(0.1)
        page = Page(w)
        await asyncio.sleep(0.6)
        assert not waiter.done()
        page.say("accept", lr=0.125)
        return await waiter

    assert asyncio.run(press_late()) == 0.125
    assert task.rates == [0.125]
    w.close()


def test_who_runs_a_cell_says_whether_anybody_could_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shell:
        kernel: Any = None

    shell = Shell()
    shell.kernel = shell
    monkeypatch.setattr(host, "get_ipython", lambda: shell)
    for parent, expected in (
        ({"content": {"allow_stdin": True}}, True),
        ({"content": {"allow_stdin": False}}, False),
        ({"content": {}}, True),
        ({}, True),
    ):
        shell.get_parent = lambda parent=parent: parent
        assert host.takes_input() is expected
    monkeypatch.setattr(host, "get_ipython", lambda: None)
    assert host.takes_input() is False


def test_waiting_for_a_widget_that_is_closed_ends(page_cell: None) -> None:
    w = Task().widget()

    async def close_while_waiting() -> None:
        waiter = asyncio.ensure_future(w.accepted())
        await asyncio.sleep(0.1)
        w.close()
        with pytest.raises(StateError, match="This widget is closed"):
            await waiter

    asyncio.run(close_while_waiting())


def test_a_kernel_that_hears_nobody_says_so_at_once(page_cell: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "cells_hold_back_messages", lambda: True)
    task = Task()
    w = task.widget()
    w.run()
    began = time.monotonic()
    with pytest.raises(
        StateError, match=r"ipykernel before 7.*nothing was written.*press Run and Accept now"
    ):
        asyncio.run(w.accepted())
    assert time.monotonic() - began < 0.2
    Page(w).say("accept", lr=0.125)  # what it says to do
    assert asyncio.run(w.accepted()) == 0.125
    assert task.rates == [0.125]
    w.close()


class Routed:
    """A widget whose comm, like ipykernel 7.4's, answers where it was last written from."""

    def __init__(self) -> None:
        self.comm = self

    def _reply_subshell_for(self, _data: object, _default: object) -> str:
        return "the blocked cell"


def test_messages_go_where_the_page_sent_them() -> None:
    widget = Routed()
    hear_while_cells_run(widget)
    assert widget.comm._reply_subshell_for({}, "the page's subshell") == "the page's subshell"
