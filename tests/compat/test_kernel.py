"""In a notebook a range test draws itself: the finder has a widget, and follows it."""

import signal

import pytest
import torch

from lrwidget import LRFinder, LRWidgetWarning, SettingsError
from lrwidget.compat import rates
from tests.compat.tasks import discriminative, mlp, packages, state_of, swept
from tests.engine.states import assert_same_state
from tests.widget.pages import Page


@pytest.fixture(autouse=True)
def _kernel(monkeypatch):
    # Only the finder believes it: the widget itself has no page to speak to.
    monkeypatch.setattr("lrwidget.compat.newest.in_kernel", lambda: True)


@pytest.fixture
def finders():
    """What it makes is closed in the end."""
    made = []

    def make(task):
        made.append(LRFinder(task.model, task.optimizer, task.criterion))
        return made[-1]

    yield make
    for finder in made:
        if finder.widget is not None:
            finder.widget.close()


@pytest.mark.parametrize("make", [mlp, discriminative])
@pytest.mark.parametrize("step_mode", ["exp", "linear"])
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
def test_the_history_is_bit_equal_there_too(make, step_mode, val):
    options = {"step_mode": step_mode, "end_lr": 1 / 3, "val": val}
    (theirs, they_printed), (ours, we_printed) = (swept(package, make, **options) for package in packages())
    assert ours.history == theirs.history
    assert ours.best_loss == theirs.best_loss
    assert we_printed == they_printed
    assert ours.widget.state == "finished"
    assert ours.widget.history.lr.tolist() == pytest.approx(ours.history["lr"], rel=1e-12)
    ours.widget.close()


def test_a_sweep_from_the_widget_is_followed(finders):
    task = mlp()
    finder = finders(task)
    before = state_of(task)
    finder.range_test(task.train, num_iter=6, end_lr=0.1)
    first = finder.history
    finder.history["loss"][0] = 9.0
    assert finder.history["loss"][0] == 9.0  # the user's, until the next sweep
    finder.widget.start()
    finder.widget.wait()
    assert finder.history is not first
    assert finder.history["lr"] == first["lr"]
    assert finder.history["loss"][0] != 9.0
    assert finder.best_loss == min(finder.history["loss"])
    finder.widget.reset()
    assert len(finder.history["lr"]) == 6
    assert_same_state(before, state_of(task))
    finder.reset()  # says nothing: nobody has trained


def test_the_fields_of_the_widget_move_all_groups(finders):
    task = discriminative()
    seen = []
    task.optimizer.register_step_pre_hook(
        lambda optimizer, *_: seen.append([group["lr"] for group in optimizer.param_groups])
    )
    finder = finders(task)
    finder.range_test(task.train, num_iter=6, end_lr=0.1)
    seen.clear()
    Page(finder.widget).say("run", start_lr=3e-5, end_lr=1.0, num_iter=4)
    finder.widget.wait()
    assert finder.widget.error is None
    assert seen[0] == pytest.approx([3e-5, 7e-3])
    assert seen[-1] == pytest.approx([1.0, 1.0])
    assert finder.history["lr"] == [pair[0] for pair in seen]
    assert len(seen) == 4


def test_a_rate_accepted_in_the_widget_outlives_reset(finders):
    task = mlp()
    finder = finders(task)
    finder.range_test(task.train, num_iter=6, end_lr=0.1)
    finder.widget.accept(0.0125)
    finder.reset()
    assert task.optimizer.param_groups[0]["lr"] == 0.0125


def test_reset_ends_a_sweep_that_is_on(finders):
    task = mlp()
    finder = finders(task)
    before = state_of(task)
    finder.range_test(task.train, num_iter=6, end_lr=0.1)
    finder.widget.start()
    finder.widget.pause()
    finder.reset()
    assert finder.widget.state == "finished"
    assert_same_state(before, state_of(task))
    with torch.no_grad():
        task.model[0].weight.add_(1)
    finder.range_test(task.train, num_iter=6, end_lr=0.1)
    with torch.no_grad():
        task.model[0].weight.add_(1)
    with pytest.warns(LRWidgetWarning, match="trained since"):
        finder.reset()


def test_another_range_test_closes_the_widget_before_it(finders):
    task = mlp()
    finder = finders(task)
    finder.range_test(task.train, num_iter=6, end_lr=0.1)
    first = finder.widget
    with pytest.raises(SettingsError):
        finder.range_test(task.train, diverge_th=0)
    assert finder.widget is first
    assert finder.history == {"lr": [], "loss": []}
    assert not first._control.state.closed
    finder.range_test(task.train, num_iter=5, end_lr=0.1)
    assert finder.widget is not first
    assert first._control.state.closed
    assert len(finder.history["lr"]) == 5


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_ends_a_sweep_is_raised_after_all_is_back(finders, error, capsys):
    task = mlp()
    before = state_of(task)
    calls = []
    criterion = task.criterion

    def fails(output, target):
        calls.append(1)
        if len(calls) == 4:
            if error is KeyboardInterrupt:
                signal.raise_signal(signal.SIGINT)
            raise error
        return criterion(output, target)

    finder = finders(task)
    finder.criterion = fails
    with pytest.raises(error):
        finder.range_test(task.train, num_iter=6)
    assert len(finder.history["lr"]) == len(finder.history["loss"]) == 3
    assert finder.stop_reason == ("interrupted" if error is KeyboardInterrupt else "error")
    assert "finished" not in capsys.readouterr().out
    assert_same_state(before, state_of(task))


def test_the_finder_shows_its_widget(finders, monkeypatch):
    shown = []
    monkeypatch.setattr("lrwidget.compat.finder.display", lambda what, **_: shown.append(what))
    task = mlp()
    finder = finders(task)
    finder._ipython_display_()
    finder.range_test(task.train, num_iter=5, end_lr=0.1)
    finder._ipython_display_()
    assert shown == [{"text/plain": "LRFinder(no rates yet: call range_test(train_loader))"}, finder.widget]


def test_scaled_starts_keep_the_groups_apart():
    class Asked:
        start_lr, end_lr, num_iter, step_mode = 2e-4, 1.0, 2, "exp"

    assert rates.group_schedules([0.0, 1e-4, 1e-3], Asked) == [[0.0, 0.0], [2e-4, 1.0], [2e-3, 1.0]]
