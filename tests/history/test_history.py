import copy
import math
import pickle
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    np.testing.assert_array_equal(history.smoothed(0.2), history.curve(0.2).value)
    np.testing.assert_array_equal(history.change, history.curve(0.3).slope)
    with pytest.raises(SettingsError, match="bandwidth"):
        history.smoothed(-1)


def test_the_curve_is_asked_for_at_rates(history):
    assert history.curve(at=[1e-3]).value == pytest.approx(2.5, abs=0.1)
    np.testing.assert_allclose(history.curve(0.2, at=history.lr).value, history.smoothed(0.2), rtol=1e-9)
    assert history.curve(at=[history.suggest().lr]).slope == pytest.approx(history.change.min(), rel=0.01)
    settings = Settings(start_lr=1.0, end_lr=17.0, num_iter=33, step_mode="linear")
    linear = History(settings.rates, np.arange(33.0), settings)
    assert linear.curve(at=[3.0, 2.0]).value == pytest.approx([4.0, 2.0])
    with pytest.raises(
        SettingsError, match=r"at must hold .* rates, not their logarithms; got -3 at index 1"
    ):
        history.curve(at=[1e-3, -3.0])


@pytest.mark.parametrize("mode", ["exp", "linear", "list"])
@pytest.mark.parametrize("count", [2, 3, 60])
def test_bare_lists_are_a_whole_sweep_of_their_own_rates(mode, count):
    grid = {
        "exp": np.logspace(-5, -1, count),
        "linear": np.linspace(1e-3, 0.1, count),
        "list": np.logspace(-5, -1, count) * (1 + 1e-6 * np.arange(count) ** 2),
    }[mode]
    history = History(grid, np.linspace(3, 1, count))
    settings = history.settings
    assert settings.step_mode == ("exp" if count == 2 else mode)  # any two rates are one step of log-rate
    assert (settings.start_lr, settings.end_lr, settings.num_iter) == (grid[0], grid[-1], count)
    np.testing.assert_allclose(settings.rates, grid, rtol=1e-9)
    assert history.stop_reason == "completed"
    assert repr(history).startswith(f"History({count} of {count} points, ")
    assert History(grid, grid, stop_reason="diverged").stop_reason == "diverged"


@given(
    st.lists(st.floats(1e-300, 1e300, allow_subnormal=False), min_size=2, max_size=20, unique=True).map(
        sorted
    )
)
def test_any_rates_that_can_be_run_are_a_sweep(rates):
    history = History(rates, rates)
    np.testing.assert_allclose(history.settings.rates, rates, rtol=1e-9)
    assert History(rates, rates, history.settings, "completed") == history


def test_bare_lists_have_the_warnings_of_their_own_range(descent):
    lr, loss = descent(-1.2, width=2, blow_up=False, span=(-6, -0.5))
    warnings = History(lr, loss).suggest().warnings
    assert any("of the range's end, 0.316: raise end_lr" in warning for warning in warnings)


def test_what_is_running_says_so_by_its_settings():
    history = History([1e-3, 1e-2], [1.0, 2.0], Settings())
    assert history.stop_reason is None
    assert repr(history).startswith("History(2 of 100 points")
    assert repr(history).endswith("running)")


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
        history = History(Settings().rates[:count], np.linspace(3, 2, count), Settings())
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
