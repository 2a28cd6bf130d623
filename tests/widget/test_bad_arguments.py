"""Whatever is given to a widget, in a cell or by a page: refused by name, and all else is as it was."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrwidget import LRWidget
from lrwidget.engine.options import Options
from lrwidget.errors import LRWidgetError, SettingsError, SetupError
from tests.bad_values import CHEAP, MARKUP, Broken, anything, assert_useful
from tests.engine.states import assert_same_state, full_state
from tests.widget.pages import Page
from tests.widget.tasks import Task

ARGUMENTS = [*[*inspect.signature(LRWidget).parameters][:-1], *Options.__annotations__]
ALSO = {"lr_schedule": ["start_lr"], "step_mode": ["lr_schedule"], "bounds": ["base_lr", "max_lr"]}


@pytest.fixture(scope="module")
def swept() -> Any:
    """A task and its widget, after a sweep; nothing below changes what they hold."""
    task = Task()
    widget = task.widget(metric=lambda output, target: -float((output - target).abs().mean()))
    widget.run()
    yield task, widget
    widget.close()


def facts(widget: LRWidget) -> Any:
    """Return all that can be asked of a widget."""
    names = "state stop_reason error history suggested_lr lr accepted_lr pick bounds rule bandwidth on"
    return {name: getattr(widget, name) for name in names.split()}


@CHEAP
@given(st.sampled_from(ARGUMENTS), anything)
def test_a_widget_is_made_or_names_what_is_wrong(argument: str, value: Any) -> None:
    task = Task()
    arguments: dict[str, Any] = {
        "model": task.model,
        "optimizer": task.optimizer,
        "criterion": task.criterion,
        "train_loader": task.loader,
    }
    before = full_state(task.model, task.optimizer)
    try:
        widget = LRWidget(**(arguments | {argument: value}))
    except LRWidgetError as error:
        assert_useful(error, argument, *ALSO.get(argument, ()))
    else:
        assert widget.state == "idle"
        widget.close()
    assert_same_state(before, full_state(task.model, task.optimizer))


SET = {
    "lr": lambda w, value: setattr(w, "lr", value),
    "bounds": lambda w, value: setattr(w, "bounds", value),
    "rule": lambda w, value: setattr(w, "rule", value),
    "bandwidth": lambda w, value: setattr(w, "bandwidth", value),
    "on": lambda w, value: setattr(w, "on", value),
    "accept": lambda w, value: w.accept(value),
    "timeout": lambda w, value: w.wait(value),
    "total_steps": lambda w, value: w.one_cycle(value),
    "step_size_up": lambda w, value: w.cyclic(value),
}
ALSO |= {"accept": ["lr"], "bounds": ["bounds", "base_lr", "max_lr"]}


@CHEAP
@given(st.sampled_from(sorted(SET)), anything)
def test_what_is_set_in_a_cell_is_taken_or_refused_by_name(swept: Any, name: str, value: Any) -> None:
    task, widget = swept
    known, held = facts(widget), full_state(task.model, task.optimizer)
    try:
        SET[name](widget, value)
    except LRWidgetError as error:
        assert_useful(error, name, *ALSO.get(name, ()))
        assert facts(widget) == known
        assert_same_state(held, full_state(task.model, task.optimizer))
    else:
        assert isinstance(repr(widget), str)


#: Commands of a page, with the arguments that they know.
COMMANDS = {
    "hello": ["plotly"],
    "run": ["start_lr", "end_lr", "num_iter"],
    **{name: ["x"] for name in ("pause", "resume", "stop", "undo", "clear", "dance")},
    "accept": ["lr"],
    "move": ["lr"],
    "bounds": ["bounds"],
    "show_bounds": ["shown"],
    "plan": ["start_lr", "end_lr", "num_iter", "step_mode"],
    "rule": ["rule"],
    "bandwidth": ["bandwidth"],
    "on": ["on"],
    "export": ["format"],
}
TRAITS = [
    "lr",
    "state",
    "suggested_lr",
    "accepted_lr",
    "_state",
    "_figure",
    "_id",
    "_esm",
    "layout",
    "tooltip",
]
wire = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [*MARKUP, "data:image/png;base64,", "data:image/png;base64,AAA", 10**400, 1e308, -1, "", "0.1"]
    )
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=4,
)


@contextmanager
def told() -> Iterator[LRWidget]:
    """Make a widget that a page may tell anything: its model comes back, and it goes on."""
    task = Task()
    widget = task.widget(num_iter=3)
    try:
        before = full_state(task.model, identity=False)
        yield widget
        widget.wait()
        assert widget.lr is None or 0 < widget.lr < float("inf")
        assert_same_state(before["model."], full_state(task.model, identity=False)["model."])
        widget.reset()
        assert widget.state == "idle"
    finally:
        widget.close()


@CHEAP
@given(st.sampled_from(TRAITS), wire)
def test_what_a_page_sets_is_taken_or_told_and_the_widget_goes_on(trait: str, value: Any) -> None:
    with told() as widget:
        send(widget, {"method": "update", "state": {trait: value}})
        assert (widget.state, widget.accepted_lr, widget.suggested_lr) == ("idle", None, None)


@CHEAP
@given(
    st.sampled_from([(name, arg) for name, known in COMMANDS.items() for arg in known]),
    wire,
    st.sampled_from([0, 1]) | wire,
)
def test_what_a_page_says_is_done_or_told_and_the_widget_goes_on(
    command: tuple[str, str], value: Any, sweep: Any
) -> None:
    name, argument = command
    with told() as widget:
        page = Page(widget)
        page.said += 1
        said = {"n": page.said, "name": name, "args": {argument: value}, "seen": {"sweep": sweep}}
        page.send([said])
        assert widget.wait(30)
        answer = page.answers[page.said]
        assert answer["done"] or answer["why"]
        assert "Unexpected" not in page.status


@CHEAP
@given(wire, st.sampled_from(["custom", "update", "request_state", "another"]))
def test_any_message_leaves_it_as_it_was(swept: Any, content: Any, method: str) -> None:
    _, widget = swept
    before = facts(widget), widget.get_state()
    send(widget, {"method": method, "content": content, "state": content, "buffer_paths": content})
    send(widget, content)
    assert (facts(widget), widget.get_state()) == before


def send(target: Any, data: Any) -> None:
    """Hand a page's message to a widget, as the kernel does; ipywidgets logs what a trait does not take."""
    target.comm.handle_msg({"content": {"data": data}, "buffers": [], "header": {}})


def test_a_widget_that_is_refused_ends_nobodys_sweep(w: LRWidget, task: Task) -> None:
    task.hold(3)
    w.start()
    assert task.reached.wait(10)
    with pytest.raises(SettingsError, match="num_iter must be at least 2"):
        task.widget(num_iter=1)
    with pytest.raises(SettingsError, match="rule must be one of"):
        task.widget(rule="best")
    assert w.state == "running"
    task.gate.set()
    assert w.wait(30)
    assert w.stop_reason == "completed"


def test_accept_writes_everywhere_or_nowhere(task: Task) -> None:
    class Fixed:
        @property
        def lr(self) -> float:
            return 0.1

    config = {"lr": 0.1}
    widget = task.widget(write_to=[(config, "lr"), (Fixed(), "lr")])
    with pytest.raises(AttributeError):
        widget.accept(0.25)
    assert (task.rates, config, widget.state, widget.accepted_lr) == ([0.5], {"lr": 0.1}, "idle", None)
    widget.close()


def test_where_to_write_and_what_to_steer_are_checked_at_once(task: Task) -> None:
    for write_to, text in (
        ([({}, "lr")], r"write_to\[0\] is a dict without the key 'lr'"),
        ([(task, "lr")], r"write_to\[0\] is a Task without the attribute 'lr'"),
        ({"lr": 1}, "write_to must be a list of places"),
        ([({"lr": 1}, 5)], r"write_to\[0\] must be a mapping and a key"),
    ):
        with pytest.raises(SettingsError, match=text):
            task.widget(write_to=write_to)
    with pytest.raises(
        SettingsError, match=r"scheduler must be a scheduler of learning rates, .* got 'cosine'"
    ):
        task.widget(scheduler="cosine")
    with pytest.raises(SetupError, match=r"model must be a torch\.nn\.Module; got 5 of type int"):
        LRWidget(5, task.optimizer, task.criterion, task.loader)
    with pytest.raises(SettingsError, match='on="metric" needs a metric'):
        task.widget().on = "metric"


@pytest.mark.parametrize("text", [*MARKUP, Broken()])
def test_an_error_of_any_text_reaches_the_status_line_as_one_readable_line(task: Task, text: Any) -> None:
    def fail(output: Any, target: Any) -> Any:
        raise type("<b>Odd</b>", (ValueError,), {})(text)

    widget = LRWidget(task.model, task.optimizer, fail, task.loader)
    widget.start()
    assert widget.wait(30)
    assert widget.state == "failed"
    words = Page(widget).state["words"]
    assert words["headline"] == "Failed before the first step."
    assert words["text"].startswith("<b>Odd</b>")
    assert "\n" not in words["text"]
    assert len(words["text"]) < 1200
    words["text"].encode("utf-8")
    assert task.unchanged
    widget.close()
