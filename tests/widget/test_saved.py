"""What a saved notebook keeps: the newest result, in words and as a small picture, without any page."""

from __future__ import annotations

import base64
import re
import time
from typing import Any
from xml.etree import ElementTree as ET

import nbformat
import pytest
from nbclient import NotebookClient

from lrwidget import LRWidget
from tests.widget.pages import Page
from tests.widget.tasks import Task
from tests.widget.test_host import SCRIPT


class Outputs:
    """The outputs of a cell, filled as a notebook fills them."""

    def __init__(self, widget: LRWidget) -> None:
        self.shown: dict[str, dict[str, Any]] = {}
        self.fillings = 0
        widget._saved._show = self.show
        widget._saved._update = self.update
        widget._saved.display()

    def show(self, data: dict[str, Any], *, raw: bool, display_id: str) -> None:
        assert raw
        self.shown[display_id] = data

    def update(self, data: dict[str, Any], *, raw: bool, display_id: str) -> None:
        assert raw
        assert display_id in self.shown
        self.shown[display_id] = data
        self.fillings += 1

    @property
    def html(self) -> str:
        (data,) = self.shown.values()
        return str(data["text/html"])

    @property
    def picture(self) -> str | None:
        found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', self.html)
        return base64.b64decode(found[1]).decode() if found else None


@pytest.fixture
def outputs(w: LRWidget) -> Outputs:
    return Outputs(w)


def test_before_a_sweep_it_says_so(outputs: Outputs) -> None:
    assert "not run yet" in outputs.html
    assert outputs.picture is None


def test_whatever_changes_the_result_changes_what_is_saved(w: LRWidget, outputs: Outputs) -> None:
    w.run()
    assert f"{w.suggested_lr:g}: the loss falls fastest here" in outputs.html
    first = outputs.picture
    assert first is not None
    ET.fromstring(first)
    pictures = [first]
    for change in (
        lambda: setattr(w, "lr", 0.0123),
        lambda: setattr(w, "rule", "knee"),
        lambda: setattr(w, "bandwidth", 0.1),
        lambda: setattr(w, "bounds", (1e-3, 1e-1)),
    ):
        change()
        assert outputs.picture not in pictures
        pictures.append(outputs.picture)
    w.accept()
    assert "Your optimizer now holds 0.0123." in outputs.html
    w.undo()
    assert "optimizer now holds" not in outputs.html
    w.reset()
    assert "not run yet" in outputs.html
    assert outputs.picture is None


def test_a_held_key_does_not_fill_it_at_every_step_and_the_last_step_is_there(
    w: LRWidget, outputs: Outputs
) -> None:
    w.run()
    page, before = Page(w), outputs.fillings
    for number in range(30):
        page.say("move", lr=round(0.01 + number / 1000, 3))
    assert outputs.fillings - before < 5
    deadline = time.monotonic() + 10
    while "0.039: your choice" not in outputs.html:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_could_not_be_filled_in_is_filled_in_at_the_next_change(
    w: LRWidget, outputs: Outputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise ConnectionError("the page is gone")

    with monkeypatch.context() as patch:
        patch.setattr(w._saved, "_update", lost)
        w.run()
    assert "not run yet" in outputs.html
    w._control.screen.changed()
    assert f"{w.suggested_lr:g}: the loss falls fastest here" in outputs.html


def test_a_running_sweep_leaves_the_last_result(w: LRWidget, outputs: Outputs, task: Task) -> None:
    w.run()
    last = outputs.html
    task.hold(20)
    w.start()
    assert task.reached.wait(10)
    assert outputs.html == last
    task.gate.set()
    assert w.wait(30)


def test_words_that_are_not_ours_stay_words(task: Task) -> None:
    w = task.widget(metric=_metric)
    outputs = Outputs(w)
    task.hold(9)
    task.fail = ValueError("<script>alert('1')</script>")
    task.gate.set()
    w.start()
    assert w.wait(30)
    assert "<script>" not in outputs.html
    assert "<script>" not in (outputs.picture or "")
    assert "&lt;script&gt;" in outputs.html
    w.close()


def test_pages_that_came_later_are_told(w: LRWidget, outputs: Outputs) -> None:
    page = Page(w)
    w.run()
    told = [each for each in page.messages if each["kind"] == "saved"]
    assert told[-1]["bundle"] == next(iter(outputs.shown.values()))


def _metric(*_: object) -> float:
    return 1.0


_metric.__name__ = "<script>alert(2)</script>"


@pytest.fixture(scope="module")
def executed() -> Any:
    """A notebook that a program has executed: no page has seen it."""
    cells = [SCRIPT + "w", "w.run();", "w.lr = 0.0456\nw.accept();", "w2 = w\nw2"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    return NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


def test_an_execution_that_no_page_saw_has_words_and_a_picture(executed: Any) -> None:
    for number in (0, 3):
        outputs = executed.cells[number].outputs
        static = [each for each in outputs if "lrwidget-static" in each.get("data", {}).get("text/html", "")]
        assert len(static) == 1
        text = static[0]["data"]["text/html"]
        assert "Your optimizer now holds 0.0456." in text
        assert "data:image/svg+xml;base64," in text
        assert len(text) < 60_000
    assert not executed.cells[1].outputs, "it is shown already"


def test_the_whole_file_is_small_and_holds_no_plotly(executed: Any) -> None:
    text = nbformat.writes(executed)
    assert len(text) < 2 * 150_000, "two outputs of one widget"
    assert "plotly.js v" not in text
