"""The picture, what it returns, prints and refuses: as the real pytorch-lr-finder's."""

import contextlib
import io
import math

import matplotlib as mpl
import pytest

from lrwidget import LRFinder, StateError
from lrwidget.errors import SettingsError
from tests.compat.tasks import mlp, packages, swept

mpl.use("Agg")
import matplotlib.pyplot as plt  # after the choice of what it draws on


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def both():
    return [swept(package, mlp, num_iter=40, end_lr=1.0)[0] for package in packages()]


def _drawn(finder, **options):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        result = finder.plot(**options)
    ax, *rate = result if isinstance(result, tuple) else (result,)
    return {
        "rate": rate,
        "printed": printed.getvalue(),
        "lines": [[list(line.get_xdata()), list(line.get_ydata()), line.get_color()] for line in ax.lines],
        "dots": [[c.get_offsets().tolist(), c.get_sizes().tolist(), c.get_label()] for c in ax.collections],
        "legend": [text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else None,
        "axes": (ax.get_xscale(), ax.get_xlabel(), ax.get_ylabel(), ax.get_xlim(), ax.get_ylim()),
    }


@pytest.mark.parametrize("suggest_lr", [True, False])
@pytest.mark.parametrize("log_lr", [True, False])
@pytest.mark.parametrize("skip", [(10, 5), (0, 0), (0, 3), (7, 0), (30, 8), (45, 0)])
@pytest.mark.parametrize("show_lr", [None, 0.01])
@pytest.mark.filterwarnings("ignore:Attempting to set identical:UserWarning")  # nothing is left to draw
def test_the_same_is_drawn_returned_and_printed(both, suggest_lr, log_lr, skip, show_lr):
    if suggest_lr and sum(skip) > 38:
        suggest_lr = False
    options = {"skip_start": skip[0], "skip_end": skip[1], "log_lr": log_lr, "show_lr": show_lr}
    pictures = []
    for finder in both:
        _, ax = plt.subplots()
        pictures.append(_drawn(finder, suggest_lr=suggest_lr, ax=ax, **options))
    assert pictures[0] == pictures[1]
    assert len(pictures[1]["rate"]) == suggest_lr


@pytest.mark.parametrize(
    "options",
    [
        {"skip_start": -1},
        {"skip_end": -1},
        {"show_lr": 1},
        {"show_lr": "0.1"},
        {"skip_start": 30, "skip_end": 9},
        {"skip_start": 40, "skip_end": 0},
    ],
)
def test_the_same_is_refused(both, options):
    raised = []
    for finder in both:
        with pytest.raises((ValueError, RuntimeError)) as caught:
            finder.plot(**options)
        raised.append(caught.value)
    assert str(raised[1]) == str(raised[0])
    assert isinstance(raised[1], type(raised[0]))
    assert isinstance(raised[1], (SettingsError, StateError))
    assert not plt.get_fignums()


def test_a_figure_of_its_own_is_shown_and_one_that_is_given_is_not(both, monkeypatch):
    for finder in both:
        shown = []
        monkeypatch.setattr(plt, "show", lambda shown=shown: shown.append(plt.get_fignums()))
        with contextlib.redirect_stdout(io.StringIO()):
            ax, _ = finder.plot()
            _, mine = plt.subplots()
            assert finder.plot(ax=mine)[0] is mine
        assert shown == [[ax.figure.number]]
        plt.close("all")


def test_a_history_of_the_user_s_own_is_drawn(both):
    pictures = []
    for finder in both:
        kept = finder.history
        finder.history = {"lr": [1e-3, 1e-2, 1e-1], "loss": [3.0, 2.0, 0.5]}
        finder.history["lr"].append(1.0)
        finder.history["loss"].append(4.0)
        pictures.append(_drawn(finder, skip_start=0, skip_end=0, ax=plt.subplots()[1]))
        finder.history = kept
    assert pictures[0] == pictures[1]
    assert pictures[1]["rate"] == [1e-2]
    assert pictures[1]["lines"][0][1] == [3.0, 2.0, 0.5, 4.0]


def test_points_that_are_no_numbers_are_passed_over():
    finder = LRFinder(*_parts())
    finder.history = {
        "lr": [1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0],
        "loss": [3.0, 2.9, 1.0, 0.9, math.nan, math.inf],
    }
    drawn = _drawn(finder, skip_start=0, skip_end=0, ax=plt.subplots()[1])
    assert drawn["rate"] == [1e-3]
    plt.gcf().canvas.draw()
    low, high = drawn["axes"][4]
    assert math.isfinite(low)
    assert 3 < high < 4
    finder.history["loss"] = [1.0] + [math.nan] * 5
    with pytest.raises(StateError, match=r"Need at least 2 finite losses.*Got 1\..*suggest_lr=False"):
        finder.plot(skip_start=0, skip_end=0)


def test_without_matplotlib_it_says_what_to_install(both, monkeypatch):
    def absent(name, *more):
        raise ImportError(name)

    monkeypatch.setattr("lrwidget.compat.plot.importlib.import_module", absent)
    with pytest.raises(ImportError, match=r"plot\(\) needs matplotlib.*pip install matplotlib"):
        both[1].plot()
    with contextlib.redirect_stdout(io.StringIO()):
        both[1].plot(ax=plt.subplots()[1])  # which is there


def _parts():
    task = mlp()
    return task.model, task.optimizer, task.criterion
