"""In a notebook a widget lives with its cell's output; IPython's own memory does not keep it longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter

from lrwidget import LRWidget
from lrwidget.widget import host, lifetime, saved
from lrwidget.widget.lifetime import Place
from tests.widget.tasks import Task
from tests.widget.watched import Watched


class Notebook:
    """Cells that run, as far as widgets see of it, with IPython's memory of their last lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kernel = self
        self.user_ns: dict[str, Any] = {"_oh": {}, "_": "", "__": "", "___": ""}
        self.user_ns_hidden: dict[str, Any] = {}
        self.displayhook = type("Hook", (), {})()
        self._runs = 0
        self._parent: dict[str, Any] = {}
        monkeypatch.setattr(lifetime, "get_ipython", lambda: self)
        monkeypatch.setattr(host, "get_ipython", lambda: self)
        monkeypatch.setattr(lifetime, "_shown", [])
        monkeypatch.setattr(saved.Saved.__init__, "__defaults__", (lambda *_, **__: None,) * 3)

    def get_parent(self) -> dict[str, Any]:
        return self._parent

    @contextmanager
    def cell(self, name: str | None) -> Iterator[int]:
        self._runs += 1
        metadata = {"cellId": name} if name else {}
        self._parent = {"header": {"msg_id": f"run {self._runs}"}, "metadata": metadata}
        yield self._runs

    def last_line(self, number: int, widget: LRWidget) -> None:
        """Display the value of a cell's last line, and remember it as IPython does."""
        widget._repr_mimebundle_()
        self.user_ns["_oh"][number] = widget
        for names in (self.user_ns, self.user_ns_hidden, vars(self.displayhook)):
            names.update({f"_{number}": widget, "__": names.get("_", ""), "_": widget})


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    yield Notebook(monkeypatch)
    lifetime._shown.clear()


def test_a_displayed_widget_lives_without_a_name_until_its_cell_is_run_again(notebook: Notebook) -> None:
    first, second = Watched(), Watched()
    with notebook.cell("a") as number:
        notebook.last_line(number, first.widget)
    first.widget = None
    assert "Sequential" in first.alive()
    with notebook.cell("b"):
        pass
    assert "Sequential" in first.alive()
    with notebook.cell("a") as number:
        notebook.last_line(number, second.widget)
    assert first.alive() == []
    assert "Sequential" in second.alive()
    second.widget.close()
    assert list(notebook.user_ns["_oh"]) == [number]


def test_a_widget_stays_while_a_variable_or_another_cell_has_it(notebook: Notebook) -> None:
    named, elsewhere, new = Watched(), Watched(), Watched()
    with notebook.cell("a") as number:
        notebook.last_line(number, named.widget)
        elsewhere.widget._repr_mimebundle_()
    with notebook.cell("b"):
        elsewhere.widget._repr_mimebundle_()
    elsewhere.widget = None
    with notebook.cell("a") as number:
        notebook.last_line(number, new.widget)
    assert "Sequential" in elsewhere.alive()
    named.widget.run()
    assert named.widget.state == "finished"
    for each in (named, new):
        each.widget.close()


def test_a_cell_run_again_takes_the_closed_widget_from_ipythons_memory(notebook: Notebook) -> None:
    for _ in range(3):
        w = Task().widget()
        with notebook.cell("a") as number:
            notebook.last_line(number, w)
        w.close()
    assert list(notebook.user_ns["_oh"]) == [number]


def test_cells_without_names_replace_nothing(notebook: Notebook) -> None:
    first, second = Watched(), Watched()
    for watched in (first, second):
        with notebook.cell(None):
            watched.widget._repr_mimebundle_()
    first.widget = None
    assert "Sequential" in first.alive()
    assert Place(None, "1").replaces(Place(None, "2")) is False
    second.widget.close()


def test_a_closed_widget_is_displayed_as_text(notebook: Notebook) -> None:
    w = Task().widget()
    w.close()
    assert DisplayFormatter().format(w)[0] == {"text/plain": "LRWidget(idle)"}
