"""The finder as its users call it: the constructor, the arguments, and what is looked up when."""

import contextlib
import importlib
import inspect
import io
import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

import lrwidget
from lrwidget import LRFinder, SettingsError, SetupError
from lrwidget.compat import TrainDataLoaderIter, ValDataLoaderIter
from tests.compat.tasks import Sentences, mlp, packages, pytorch_lr_finder, swept
from tests.engine.states import assert_same_state, full_state


def _finder(package, task, **options):
    return package.LRFinder(task.model, task.optimizer, task.criterion, **options)


def _quietly(call, *arguments, **options):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
        call(*arguments, **options)
    return printed.getvalue()


def _raised(call):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - compared with the other one
        call()
    return caught.value


def test_the_signatures_are_theirs():
    theirs = pytorch_lr_finder()
    for name in ("__init__", "range_test", "plot", "reset"):
        one, other = (
            [(p.name, p.default, p.kind) for p in inspect.signature(getattr(cls, name)).parameters.values()]
            for cls in (theirs.LRFinder, LRFinder)
        )
        assert one == other, name
    assert lrwidget.LRFinder is lrwidget.compat.LRFinder


@pytest.mark.parametrize(
    "options",
    [
        {"amp_backend": "apex"},
        {"amp_backend": "bf16"},
        {"amp_backend": "torch"},
        {"cache_dir": "no/such/folder"},
    ],
)
def test_the_constructor_refuses_what_theirs_refuses(options):
    theirs, ours = (_raised(lambda p=package: _finder(p, mlp(), **options)) for package in packages())
    assert str(ours) == str(theirs)
    assert isinstance(ours, type(theirs))
    assert isinstance(ours, SettingsError)


@pytest.mark.parametrize(
    "options",
    [
        {"step_mode": "cosine"},
        {"smooth_f": -0.1},
        {"smooth_f": 1},
        {"num_iter": 1},
        {"start_lr": [1e-3, 1e-3, 1e-3]},
    ],
)
def test_a_range_test_refuses_what_theirs_refuses(options):
    raised = []
    for package in packages():
        task = mlp()
        finder = _finder(package, task)
        raised.append(_raised(lambda: _quietly(finder.range_test, task.train, **options)))  # noqa: B023
        assert finder.history == {"lr": [], "loss": []}
    assert str(raised[1]) == str(raised[0])
    assert isinstance(raised[0], ValueError)
    assert isinstance(raised[1], SettingsError)


@pytest.mark.parametrize("which", ["train", "val"])
@pytest.mark.parametrize("kind", ["list", "the other iterator"])
def test_other_loaders_are_refused_as_theirs_are(which, kind):
    raised = []
    for package in packages():
        task = mlp()
        finder = _finder(package, task)
        other = package.ValDataLoaderIter if which == "train" else package.TrainDataLoaderIter
        wrong = [1, 2] if kind == "list" else other(task.train)
        loaders = (wrong, None) if which == "train" else (task.train, wrong)
        raised.append(_raised(lambda: _quietly(finder.range_test, *loaders)))  # noqa: B023
    assert str(raised[1]).replace("lrwidget.compat.loaders", "torch_lr_finder.lr_finder") == str(raised[0])
    assert isinstance(raised[1], SetupError)


@pytest.mark.parametrize("own", [False, True], ids=["loader", "iterator"])
def test_batches_that_are_no_pairs_are_refused_as_theirs_are(own):
    raised = []
    for package in packages():
        task = mlp()
        loader = DataLoader(Sentences(8, 1), batch_size=4)
        finder = _finder(package, task)
        train = package.TrainDataLoaderIter(loader) if own else loader
        before = full_state(task.model, task.optimizer)
        raised.append(_raised(lambda: _quietly(finder.range_test, train)))  # noqa: B023
    assert str(raised[1]) == str(raised[0])
    assert isinstance(raised[1], SetupError)
    assert_same_state(before, full_state(task.model, task.optimizer))


def test_apex_is_refused_with_the_way_out_where_it_is_installed(monkeypatch):
    apex = ModuleType("apex")
    apex.amp = ModuleType("apex.amp")
    monkeypatch.setitem(sys.modules, "apex", apex)
    monkeypatch.setitem(sys.modules, "apex.amp", apex.amp)
    with pytest.raises(SettingsError, match=r'"apex" is not supported.*Use amp_backend="torch"'):
        _finder(lrwidget.compat, mlp(), amp_backend="apex")


def test_no_file_is_written(tmp_path):
    task = mlp()
    finder = _finder(lrwidget.compat, task, memory_cache=False, cache_dir=str(tmp_path))
    _quietly(finder.range_test, task.train, num_iter=5)
    assert list(tmp_path.iterdir()) == []
    assert (finder.memory_cache, finder.cache_dir) == (False, str(tmp_path))


def test_what_is_assigned_before_a_range_test_is_swept():
    task, other = mlp(), mlp()
    finder = LRFinder(nn.Linear(5, 3), task.optimizer, None)
    finder.model, finder.optimizer = other.model, other.optimizer
    finder.criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    torch.manual_seed(1)
    _quietly(finder.range_test, other.train, num_iter=20)
    other.criterion = finder.criterion
    assert finder.history == swept(pytorch_lr_finder(), lambda: other)[0].history


def test_a_history_is_plain_and_belongs_to_the_user():
    finder, _ = swept(lrwidget.compat, mlp)
    history = finder.history
    assert type(history) is dict
    assert list(history) == ["lr", "loss"]
    assert finder.history is history
    history["loss"][3] = 7.0
    assert finder.history["loss"][3] == 7.0
    finder.history = {"lr": [1.0], "loss": [2.0]}
    assert finder.history == {"lr": [1.0], "loss": [2.0]}
    assert finder.best_loss == min(history["loss"])


def test_a_finder_says_what_to_do_next(capsys):
    task = mlp()
    finder = _finder(lrwidget.compat, task)
    assert (finder.best_loss, finder.stop_reason, finder.widget) == (None, None, None)
    assert "call range_test(train_loader)" in repr(finder)
    finder._ipython_display_()
    assert repr(finder) in capsys.readouterr().out
    finder.range_test(task.train, num_iter=5)
    assert finder.widget is None
    assert repr(finder) == "LRFinder(5 rates, completed: plot() draws them)"


def test_a_terminal_sees_how_far_it_is(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    task = mlp()
    with contextlib.redirect_stdout(io.StringIO()):
        _finder(lrwidget.compat, task).range_test(task.train, num_iter=4)
    assert "| 3/4" in terminal.getvalue()
    assert terminal.getvalue().rstrip().endswith("4 of 4 rates")


def test_the_snippet_of_its_users_runs():
    mpl = importlib.import_module("matplotlib")
    mpl.use("Agg")
    plt = importlib.import_module("matplotlib.pyplot")
    rates = []
    for package in packages():
        LRFinder = package.LRFinder  # noqa: N806 - the import is all that changes
        task = mlp()
        model, optimizer, criterion, trainloader, testloader = (
            task.model, task.optimizer, task.criterion, task.train, task.val
        )  # fmt: skip
        fig, ax = plt.subplots(1, 2)
        torch.manual_seed(1)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            lr_finder = LRFinder(model, optimizer, criterion, device="cpu")
            lr_finder.range_test(trainloader, end_lr=500, num_iter=100, val_loader=testloader)
            lrs, losses = np.array(lr_finder.history["lr"]), np.array(lr_finder.history["loss"])
            lr_finder.plot(ax=ax[0])
            ax[0].lines[0].set_marker("o")
            learning_rate = lrs[np.gradient(losses).argmin()]
            lr_finder.reset()
        plt.close(fig)
        assert 20 < len(lrs) < 100
        rates.append(learning_rate)
    assert rates[0] == rates[1]


class TestIterators:
    def test_a_train_iterator_starts_over_and_a_val_iterator_on_iter(self):
        loader = DataLoader(torch.arange(6).reshape(3, 2).tolist(), batch_size=1)
        for package in packages():
            train = package.TrainDataLoaderIter(loader)
            assert [int(next(train)[0]) for _ in range(4)] == [0, 2, 4, 0]
            assert train.dataset is loader.dataset
            once = package.TrainDataLoaderIter(loader, auto_reset=False)
            assert len(list(once)) == 3
            assert list(once) == []
            val = package.ValDataLoaderIter(loader)
            assert [len(list(val)) for _ in range(2)] == [3, 3]
            assert (val.run_limit, val.run_counter) == (3, 4)
            with pytest.raises(StopIteration):
                next(val)
            assert int(next(iter(val))[0]) == 0

    def test_extra_items_of_a_batch_are_left_out(self):
        loader = DataLoader([(1, 2, 3)])
        assert [int(item) for item in next(TrainDataLoaderIter(loader))] == [1, 2]
        assert [int(item) for item in next(ValDataLoaderIter(loader))] == [1, 2]
