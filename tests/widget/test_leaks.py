"""What a closed widget, and one that nothing leads to any more, let go of: everything."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import comm
import pytest
import torch
from ipywidgets.widgets import widget as ipywidgets_registry
from torch import nn

from lrwidget import LRWidget
from lrwidget.widget import holding, surroundings
from lrwidget.widget.holding import Place
from tests.widget.tasks import Task


class Data:
    """A loader that can be watched: of batches that are made anew, and are watched too."""

    def __init__(self, task: Task, seen: list[weakref.ref[Any]]) -> None:
        self.task, self.seen = task, seen

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        while True:
            batch = self.task.x.clone(), self.task.y.clone()
            self.seen += [weakref.ref(part) for part in batch]
            yield batch


class Fragile(nn.Module):
    """Fails at its fifth call, with a cause behind the error, each with a tensor in its frame."""

    def __init__(self, seen: list[weakref.ref[Any]]) -> None:
        super().__init__()
        self.inner, self.calls, self.seen = nn.Linear(4, 1), 0, seen

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        hidden = self.inner(x)
        self.seen.append(weakref.ref(hidden))
        if self.calls == 5:
            try:
                self.cause(hidden * 2)
            except KeyError as error:
                message = "out of order"
                raise RuntimeError(message) from error
        return hidden

    def cause(self, twice: torch.Tensor) -> None:
        self.seen.append(weakref.ref(twice))
        raise KeyError("cause")


class Watched:
    """A widget over a model, an optimizer, loaders, batches and a scheduler, all of them watched."""

    def __init__(self, fragile: bool = False, **options: Any) -> None:
        self.refs: list[weakref.ref[Any]] = []
        task = Task()
        if fragile:
            task.model = Fragile(self.refs)
            task.optimizer = torch.optim.SGD(task.model.parameters(), lr=0.1, momentum=0.9)
        task.loader = Data(task, self.refs)
        validation = Data(task, self.refs)
        scheduler = torch.optim.lr_scheduler.StepLR(task.optimizer, 3)
        named = (task, task.model, task.optimizer, task.loader, validation, scheduler)
        self.refs += map(weakref.ref, (*named, *task.model.parameters()))
        self.widget: LRWidget | None = task.widget(
            val_loader=validation, val_batches=2, scheduler=scheduler, **options
        )
        self.refs.append(weakref.ref(self.widget._control))

    def alive(self) -> list[str]:
        """What of it is still there, by type."""
        gc.collect()
        return [type(thing).__name__ for ref in self.refs if (thing := ref()) is not None]


def run(w: LRWidget) -> None:
    w.run()


def start(w: LRWidget) -> None:
    w.start()
    assert w.wait(30)


def accept_and_reset(w: LRWidget) -> None:
    w.run()
    w.accept()
    w.reset()
    w.run()
    w.accept()


def pause_and_stop(w: LRWidget) -> None:
    w.start()
    w.pause()
    w.stop()
    assert w.wait(30)


def nothing(w: LRWidget) -> None:
    pass


USES = [nothing, run, start, accept_and_reset, pause_and_stop]


@pytest.mark.parametrize("use", USES)
def test_a_closed_widget_lets_go_even_while_it_is_still_named(use: Callable[[LRWidget], None]) -> None:
    watched = Watched()
    use(watched.widget)
    history = watched.widget.history
    watched.widget.close()
    assert set(watched.alive()) <= {"Controller"}
    assert watched.widget.history is history
    watched.widget = None
    assert watched.alive() == []


@pytest.mark.parametrize("use", USES)
def test_a_widget_that_was_dropped_without_being_closed_lets_go(use: Callable[[LRWidget], None]) -> None:
    watched = Watched()
    use(watched.widget)
    watched.widget = None
    assert watched.alive() == []


@pytest.mark.parametrize("closed", [True, False])
def test_nothing_is_left_with_ipywidgets(closed: bool) -> None:
    gc.collect()
    known = len(ipywidgets_registry._instances), len(comm.get_comm_manager().comms)
    w = Task().widget()
    assert len(ipywidgets_registry._instances) > known[0] + 20
    if closed:
        w.close()
    else:
        del w
        gc.collect()
    assert (len(ipywidgets_registry._instances), len(comm.get_comm_manager().comms)) == known


def test_a_sweep_keeps_the_widget_whose_name_is_gone() -> None:
    watched = Watched()
    watched.widget.start()
    control, watched.widget = watched.widget._control, None
    gc.collect()
    assert control.session.wait(30)
    assert control.session.stop_reason == "completed"
    del control
    assert watched.alive() == []


def test_a_failed_background_sweep_keeps_no_frames() -> None:
    watched = Watched(fragile=True)
    start(watched.widget)
    error = watched.widget.error
    assert str(error) == "out of order"
    assert isinstance(error.__cause__, KeyError)
    assert "Tensor" not in watched.alive()
    assert error.__traceback__.tb_next is not None, "its lines can still be told"
    del error
    watched.widget.close()
    assert str(watched.widget.error) == "out of order"
    assert set(watched.alive()) <= {"Controller"}


def test_a_failed_run_lets_go_when_it_is_closed_though_its_error_can_be_asked_for() -> None:
    watched = Watched(fragile=True)
    with pytest.raises(RuntimeError, match="out of order"):
        watched.widget.run()
    watched.widget.close()
    assert str(watched.widget.error) == "out of order"
    assert set(watched.alive()) <= {"Controller"}


class NoCopyError(RuntimeError):
    def __init__(self, one: int, two: int) -> None:
        super().__init__("no copy")


def test_an_error_that_cannot_be_copied_is_forgotten_with_the_widget() -> None:
    task = Task()
    task.hold(3)
    task.fail = NoCopyError(1, 2)
    task.gate.set()
    w = task.widget()
    start(w)
    assert isinstance(w.error, NoCopyError)
    w.close()
    assert w.error is None


# -- in a notebook --------------------------------------------------------------------------------


class Notebook:
    """Cells that run, as far as widgets see of it, with IPython's memory of their last lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kernel = self
        self.user_ns: dict[str, Any] = {"_oh": {}, "_": "", "__": "", "___": ""}
        self.user_ns_hidden: dict[str, Any] = {}
        self.displayhook = type("Hook", (), {})()
        self._runs = 0
        self._parent: dict[str, Any] = {}
        monkeypatch.setattr(holding, "get_ipython", lambda: self)
        monkeypatch.setattr(surroundings, "get_ipython", lambda: self)
        monkeypatch.setattr(holding, "_shown", [])
        for name in ("display", "update_display"):
            monkeypatch.setattr(surroundings, name, lambda *_, **__: None)
        monkeypatch.setattr(surroundings.Fallback.__init__, "__defaults__", (lambda *_, **__: None,) * 2)

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
        widget._ipython_display_()
        self.user_ns["_oh"][number] = widget
        for names in (self.user_ns, self.user_ns_hidden, vars(self.displayhook)):
            names.update({f"_{number}": widget, "__": names.get("_", ""), "_": widget})


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    yield Notebook(monkeypatch)
    holding._shown.clear()


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
        elsewhere.widget._ipython_display_()
    with notebook.cell("b"):
        elsewhere.widget._ipython_display_()
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
            watched.widget._ipython_display_()
    first.widget = None
    assert "Sequential" in first.alive()
    assert Place(None, "1").replaces(Place(None, "2")) is False
    second.widget.close()


def test_a_closed_widget_is_displayed_as_text(notebook: Notebook) -> None:
    shown: list[dict[str, Any]] = []
    w = Task().widget()
    w._control.screen.fallback._show = lambda data, **_: shown.append(data)
    w.close()
    w._ipython_display_()
    assert shown == [{"text/plain": "LRWidget(idle)"}]
