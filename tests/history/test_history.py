import copy
import math
import pickle
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from lrwidget.errors import SettingsError
from lrwidget.history import History, Settings, make_settings
from lrwidget.picks import suggest


@pytest.fixture
def history(descent):
    lr, loss = descent(-3.0, noise=0.02)
    return History(lr, loss, Settings(), "completed", "2024-05-01T12:00:00+00:00", 3.5, {"device": "cpu"})


def test_nothing_in_it_can_be_changed(history):
    for array in (history.lr, history.loss):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7
    with pytest.raises(FrozenInstanceError):
        history.loss = None
    with pytest.raises(TypeError):
        history.receipt["device"] = "cuda"


def test_it_keeps_copies():
    lr, loss, receipt = [1e-3, 1e-2], np.array([1.0, 2.0]), {"versions": ["1"]}
    history = History(lr, loss, receipt=receipt)
    loss[0] = 9
    receipt["versions"].append("2")
    assert history.loss.tolist() == [1.0, 2.0]
    assert history.receipt == {"versions": ["1"]}
    assert loss.flags.writeable


def test_equality_looks_at_values_and_nan_equals_nan():
    def make(last=math.nan, **receipt):
        return History([1e-3, 1e-2], [1.0, last], receipt=receipt)

    assert make() == make()
    assert hash(make()) == hash(make())
    assert make(x=math.nan) == make(x=math.nan)
    assert make() != make(2.0)
    assert make(x=1) != make(x=2)
    assert make() != History([1e-3], [1.0])
    assert make() != "history"


def test_copies_and_pickles_are_equal_and_frozen(history):
    for twin in (pickle.loads(pickle.dumps(history)), copy.deepcopy(history)):
        assert twin == history
        assert not twin.loss.flags.writeable


def test_the_repr_is_short_and_tells(history):
    text = repr(history)
    assert text.startswith("History(100 of 100 points, lr 1e-07 to 10, loss ")
    assert text.endswith(", stop_reason='completed')")
    assert len(text) < 120
    assert repr(History([], [])) == "History(no points of 100, running)"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"loss": [1.0]}, "equally long; got 2 rates and 1 losses"),
        ({"lr": [1e-2, 1e-3]}, "strictly increasing"),
        ({"settings": {}}, "settings must be a Settings; got dict"),
        ({"stop_reason": "bored"}, "stop_reason must be None or one of 'completed', .*; got 'bored'"),
        ({"started_at": 5}, "started_at must be None or an ISO 8601 string; got 5"),
        ({"seconds": -1}, "seconds must be None or a finite time, 0 or more; got -1"),
        ({"receipt": [1]}, "receipt must be a mapping; got list"),
        (
            {"receipt": {"model": {"weights": object()}}},
            r"receipt\['model'\]\['weights'\] must be something JSON",
        ),
        ({"receipt": {1: 2}}, "receipt must be something JSON can hold"),
    ],
)
def test_what_no_sweep_records_is_refused(wrong, text):
    with pytest.raises(SettingsError, match=text):
        History(**({"lr": [1e-3, 1e-2], "loss": [1.0, 2.0]} | wrong))


def test_the_curve_and_its_slope_are_smooth(history):
    x = history.x
    assert x == pytest.approx(np.log10(history.lr))
    assert abs(x[np.argmin(history.change)] + 3) < 0.4
    assert np.abs(np.diff(history.smoothed(), 2)).max() < np.abs(np.diff(history.loss, 2)).max() / 5
    assert history.smoothed(0) == pytest.approx(history.loss)
    np.testing.assert_array_equal(history.change, history.change_at(0.3))
    assert history.curve(at=[-3.0]).value == pytest.approx(2.5, abs=0.1)
    with pytest.raises(SettingsError, match="bandwidth"):
        history.smoothed(-1)


def test_on_a_linear_sweep_the_planned_range_counts_as_eight_decades():
    settings = Settings(start_lr=1.0, end_lr=17.0, num_iter=33, step_mode="linear")
    lr = np.array(settings.rates)
    loss = np.sin(lr)
    whole, part = History(lr, loss, settings), History(lr[:9], loss[:9], settings)
    twin = History(10 ** ((lr - 1) / 2), loss, make_settings(lr_schedule=10 ** ((lr - 1) / 2)))
    np.testing.assert_allclose(whole.smoothed(0.5), twin.smoothed(0.5), atol=1e-9)
    np.testing.assert_allclose(whole.change, twin.change / 2, atol=1e-9)
    # The smoothing of the first rates does not depend on how far the sweep has come.
    np.testing.assert_allclose(part.smoothed(0.1)[:4], whole.smoothed(0.1)[:4], atol=0.05)


def test_it_suggests_as_the_arrays_do(history):
    for rule in ("steepest", "valley"):
        assert history.suggest(rule) == suggest(history.lr, history.loss, rule)
    early = History(history.lr[:70], history.loss[:70], history.settings)
    assert early.suggest("valley") == suggest(early.lr, early.loss, "valley", end_lr=10.0, num_iter=100)


def test_a_history_still_running_can_be_asked_everything():
    for count in range(12):
        history = History(Settings().rates[:count], np.linspace(3, 2, count))
        assert len(history) == count == len(history.change)
        assert history.suggest().reason


def test_the_dataframe_has_four_columns(history):
    frame = history.to_dataframe()
    assert list(frame.columns) == ["lr", "loss", "smoothed", "change"]
    np.testing.assert_array_equal(frame["change"], history.change)


def test_without_pandas_the_error_says_what_to_install(history, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas, which is not installed: pip install pandas"):
        history.to_dataframe()
