"""Rate, suggestion, accepted rate and state as traits: observed, linked, contained, in order."""

from __future__ import annotations

import threading
from typing import Any

import ipywidgets
import pytest
import traitlets

from lrwidget import LRWidget, SettingsError, StateError
from tests.widget.pages import Page
from tests.widget.tasks import Task

NAMES = ["state", "lr", "suggested_lr", "accepted_lr"]


class Log:
    """What observers are told."""

    def __init__(self, widget: LRWidget) -> None:
        self.told: list[tuple[str, Any, Any]] = []
        widget.observe(lambda change: self.told.append((change.name, change.old, change.new)), NAMES)

    def of(self, name: str) -> list[tuple[Any, Any]]:
        return [(old, new) for each, old, new in self.told if each == name]


def test_every_change_is_told_once_with_what_was_before(w: LRWidget) -> None:
    log = Log(w)
    w.run()
    suggested = w.suggested_lr
    assert log.of("state") == [("idle", "running"), ("running", "finished")]
    assert log.of("suggested_lr") == log.of("lr") == [(None, suggested)]
    w.lr = 0.01
    w.lr = 0.01
    assert log.of("lr")[1:] == [(suggested, 0.01)]
    w.accept()
    w.undo()
    assert log.of("accepted_lr") == [(None, 0.01), (0.01, None)]


def test_what_a_person_does_is_told_too(w: LRWidget, task: Task) -> None:
    page, log = Page(w), Log(w)
    w.run()
    page.say("move", lr=0.02)
    page.say("accept", lr=0.02)
    assert log.of("accepted_lr") == [(None, 0.02)]
    assert task.rates == [0.02]
    assert page.traits["accepted_lr"] == 0.02, "other widgets of the page can follow it"


def test_an_observer_sees_the_newest_and_may_act(w: LRWidget, task: Task) -> None:
    seen = []

    def act(change: Any) -> None:
        seen.append((change.new, w.state, w.lr))
        if change.new == "finished":
            w.accept(0.125)

    w.observe(act, "state")
    w.run()
    assert task.rates == [0.125]
    assert w.accepted_lr == 0.125
    assert [new for new, *_ in seen] == ["running", "finished", "accepted"]
    assert all(new == state for new, state, _ in seen)


def test_an_observer_that_fails_harms_no_sweep_and_no_other_observer(w: LRWidget, task: Task) -> None:
    def fail(_: Any) -> None:
        raise RuntimeError("mine")

    w.observe(fail, "state")
    log = Log(w)
    w.run()
    assert w.state == "finished"
    assert task.unchanged
    assert log.of("lr") == [(None, w.suggested_lr)]
    with pytest.raises(RuntimeError, match="mine"):
        w.accept()
    assert task.rates == [w.accepted_lr]


def test_an_observer_that_waits_blocks_nobody_else(w: LRWidget, task: Task) -> None:
    """User code runs under no lock of ours: another thread can act meanwhile."""
    inside, go_on = threading.Event(), threading.Event()

    def wait(change: Any) -> None:
        if change.new == 0.01:
            inside.set()
            assert go_on.wait(30)

    w.observe(wait, "lr")
    slow = threading.Thread(target=lambda: setattr(w, "lr", 0.01))
    slow.start()
    assert inside.wait(10)
    w.lr = 0.02
    assert w.accept(0.03) == 0.03
    assert task.rates == [0.03]
    go_on.set()
    slow.join(10)
    assert w.lr == 0.03


def test_linked_with_another_widget_s_trait(w: LRWidget) -> None:
    class Other(traitlets.HasTraits):
        rate = traitlets.Float(None, allow_none=True)

    other = Other()
    traitlets.link((w, "lr"), (other, "rate"))
    w.run()
    assert other.rate == w.lr == w.suggested_lr
    other.rate = 0.0625
    assert w.lr == 0.0625
    with pytest.raises(SettingsError):
        other.rate = -1.0
    assert w.lr == 0.0625


def test_linked_in_the_page(w: LRWidget) -> None:
    """``jslink`` sets the model's trait: a message that no command of ours is."""
    w.run()
    page = Page(w)

    def update(**state: Any) -> None:
        w.comm.handle_msg({"content": {"data": {"method": "update", "state": state}}, "buffers": []})

    update(lr=0.0625)
    assert w.lr == page.lr == 0.0625
    update(lr=-1, state="accepted", accepted_lr=5.0, _state={}, _esm="")
    assert (w.lr, w.state, w.accepted_lr) == (0.0625, "finished", None)
    assert "lr must be" in page.status
    assert w.get_state("_esm")["_esm"]


@pytest.mark.parametrize("name", ["state", "suggested_lr", "accepted_lr"])
def test_what_only_tells_cannot_be_set(w: LRWidget, name: str) -> None:
    with pytest.raises(StateError, match=f"{name} tells what is; it cannot be set"):
        setattr(w, name, 0.1)


def test_it_stands_in_containers_as_any_widget_does(w: LRWidget) -> None:
    box = ipywidgets.Tab([ipywidgets.VBox([w, ipywidgets.Label("below")])], titles=["sweep"])
    assert box.children[0].children[0] is w
    w.layout.width = "50%"
    assert w.get_state("layout")["layout"] == f"IPY_MODEL_{w.layout.model_id}"
    box.close()


def test_one_message_opens_it_and_its_layout_is_made_when_asked_for(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    make = ipywidgets.Widget.open

    def count(self: Any) -> None:
        opened.append(type(self).__name__)
        make(self)

    monkeypatch.setattr(ipywidgets.Widget, "open", count)
    w = task.widget()
    assert opened == ["LRWidget"]
    assert w.get_state("layout") == {"layout": None}
    w.layout = {"width": "300px"}
    assert opened == ["LRWidget", "Layout"]
    w.close()


def test_run_shows_a_widget_that_no_container_shows(w: LRWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("lrwidget.widget.lrwidget.in_kernel", lambda: True)
    monkeypatch.setattr("lrwidget.widget.lrwidget.display", shown.append)
    box = ipywidgets.VBox([w])
    w.run()
    assert shown == []
    box.children = ()
    w.run()
    assert shown == [w]
    box.close()
