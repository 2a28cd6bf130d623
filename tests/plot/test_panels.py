"""What the panels show: the readable part of the curve."""

import numpy as np
import pytest

from lrwidget.plot.panels import panels
from lrwidget.plot.ranges import loss_range, readable_count, slope_range
from tests.plot.curves import descent


def test_a_blow_up_does_not_flatten_the_descent() -> None:
    history = descent()
    assert history.loss.max() > 1e4
    low, high = loss_range(history.loss, 15)
    assert low < history.loss.min()
    assert 2.3 < high < 2.3 + 2.0


def test_all_of_an_ordinary_curve_is_shown() -> None:
    history = descent(blow_up=False)
    low, high = loss_range(history.loss, 15)
    assert low < history.loss.min()
    assert history.loss.max() < high


def test_early_noise_does_not_fill_the_panel() -> None:
    low, high = loss_range([2.30, 2.31, 2.29], 15)
    assert high - low > 0.2


@pytest.mark.parametrize("losses", [[], [np.nan], [np.inf, np.nan]])
def test_without_a_finite_loss_there_is_still_a_range(losses: list[float]) -> None:
    assert loss_range(losses, 5) == (0.0, 1.0)


@pytest.mark.parametrize("losses", [[0.0, 0.0, 0.0], [-3.0, -3.5, -9.0], [5.0]])
def test_a_range_is_never_empty(losses: list[float]) -> None:
    low, high = loss_range(losses, 5)
    assert low < min(losses) <= max(losses) < high


def test_the_curve_ends_where_the_losses_leave_the_panel() -> None:
    history = descent()
    _, top = loss_range(history.loss, 15)
    count = readable_count(history.loss, top)
    assert (history.loss[: count - 1] <= top).any()
    assert (history.loss[count - 1 :] > top).all()


def test_a_point_above_the_panel_within_the_curve_does_not_end_it() -> None:
    assert readable_count([1.0, 9.0, 1.0, 1.0], 2.0) == 4
    assert readable_count([np.nan, np.nan], 2.0) == 2


def test_upward_slopes_cannot_squeeze_the_descent() -> None:
    low, high = slope_range([-0.1, -2.0, 1e6], threshold=0.1)
    assert low == -2.0
    assert high == 20.0


def test_both_panels_at_once() -> None:
    history = descent()
    shown = panels(history.loss, history.change, 100)
    bottom, top = shown.change_range
    assert bottom < shown.ticks.positions[0] < shown.ticks.positions[-1] < top
    assert 0 < shown.curve_count < 100
