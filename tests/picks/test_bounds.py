"""Bounds of a cyclical schedule: where the loss starts to fall, and where it stops or turns ragged."""

import numpy as np
import pytest

from lrwidget.errors import SettingsError
from lrwidget.history import History
from lrwidget.history.settings import Settings
from lrwidget.picks import bounds
from lrwidget.picks.bounds import _running_median
from tests.plot.curves import descent


def _with_loss(history, loss, **more):
    return History(history.lr, loss, history.settings, "completed", **more)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.0, 0.03, 0.2])
def test_bounds_enclose_the_descent(noise, seed):
    # The loss falls around 0.01: 5 % of it is done at 1.05e-3, 95 % at 0.096.
    found = descent(noise=noise, seed=seed).bounds()
    assert 3e-4 < found.base_lr < 6e-3
    assert 0.04 < found.max_lr < 0.2
    assert "starts to fall" in found.reason
    assert "levels off" in found.reason


def test_a_descent_that_turns_ragged_ends_there():
    history = descent(noise=0.0)
    draw = np.random.default_rng(1)
    x = np.log10(history.lr)
    ragged = np.where(x > -2, draw.normal(size=x.size) * 0.8, 0.0)
    found = _with_loss(history, history.loss + ragged).bounds()
    assert 5e-3 < found.max_lr < 0.02
    assert "turns ragged at" in found.reason


def test_one_wild_batch_is_no_raggedness():
    history = descent(noise=0.01)
    loss = history.loss.copy()
    loss[np.searchsorted(history.lr, 0.01)] += 1.5
    assert _with_loss(history, loss).bounds().max_lr > 0.04


def test_without_a_descent_there_are_no_bounds_and_it_says_why():
    history = descent()
    found = _with_loss(history, np.full(len(history), 2.0)).bounds()
    assert (found.base_lr, found.max_lr) == (None, None)
    assert "no descent found" in found.reason


@pytest.mark.parametrize("count", range(12))
def test_short_histories_have_no_bounds(count):
    history = descent()
    short = History(history.lr[:count], history.loss[:count], history.settings)
    assert short.bounds().max_lr is None


def test_bounds_and_picks_on_a_metric_are_those_of_the_loss_turned_over():
    history = descent()
    accuracy = 1.0 - history.loss / 4
    both = _with_loss(history, np.full(len(history), 2.0), metric=accuracy, metric_name="accuracy")
    assert both.suggest().lr is None
    pick = both.suggest("knee", on="metric")
    assert pick.lr == pytest.approx(history.suggest("knee").lr)
    assert pick.on == "accuracy"
    assert pick.reason.startswith("on accuracy, turned upside down: ")
    assert both.bounds(on="metric").max_lr == pytest.approx(history.bounds().max_lr)


def test_what_rules_judge_is_told_apart():
    history = descent()
    with pytest.raises(SettingsError, match="on must be one of 'loss', 'metric'; got 'accuracy'"):
        history.suggest(on="accuracy")
    with pytest.raises(SettingsError, match="this history holds none: sweep with metric="):
        history.bounds(on="metric")


@pytest.mark.parametrize(
    ("metric", "name", "message"),
    [
        ([1.0], "accuracy", "metric must hold 2 numbers, one for each loss; got 1"),
        ([1.0, 2.0], None, "belong together; got metric_name=None"),
        (None, "accuracy", "belong together; got metric_name='accuracy'"),
        ([1.0, 2.0], 3, "belong together; got metric_name=3"),
        (["a", "b"], "accuracy", "metric must hold numbers"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused(metric, name, message):
    with pytest.raises(SettingsError, match=message):
        History([1e-3, 1e-2], [1.0, 2.0], Settings(num_iter=2), metric=metric, metric_name=name)


def test_a_metric_survives_the_file_and_pickle(tmp_path):
    import pickle

    history = _with_loss(
        descent(), descent().loss, metric=np.r_[np.nan, np.inf, np.zeros(98)], metric_name="top <b>5</b>"
    )
    history.save(tmp_path / "sweep.json")
    for other in (History.load(tmp_path / "sweep.json"), pickle.loads(pickle.dumps(history))):
        assert other == history
        assert other.metric_name == "top <b>5</b>"
        assert np.array_equal(other.metric, history.metric, equal_nan=True)
    assert history.to_dataframe().columns[-1] == "metric"


def test_files_from_before_metrics_are_read(tmp_path):
    import json

    path = tmp_path / "old.json"
    descent().save(path)
    fields = json.loads(path.read_text())
    del fields["metric"], fields["metric_name"]
    path.write_text(json.dumps(fields | {"version": 1}))
    assert History.load(path) == descent()


@pytest.mark.parametrize("size", [0, 1, 3, 6, 7, 8, 30])
def test_the_running_median_is_that_of_each_window(size: int) -> None:
    values = np.random.default_rng(size).normal(size=size)
    expected = [np.median(values[max(i - 3, 0) : i + 4]) for i in range(size)]
    np.testing.assert_array_equal(_running_median(values), expected)


def test_a_long_sweep_has_the_bounds_that_it_shows_with_every_point(monkeypatch: pytest.MonkeyPatch) -> None:
    ragged = descent(5000, noise=0.0)
    x = np.log10(ragged.lr)
    noise = np.random.default_rng(1).normal(size=x.size) * np.where(x > -1.8, 0.8, 0.02)
    for whole in (descent(5000, noise=0.05), _with_loss(ragged, ragged.loss + noise)):
        found = whole.bounds()
        assert found.base_lr is not None
        with monkeypatch.context() as every:
            every.setattr(bounds, "PLACES", 5000)
            assert whole.bounds() == found
