"""The numbers behind warnings and bounds, each held from both sides by curves in closed form."""

import numpy as np
import pytest

from lrwidget import History, suggest

X = np.linspace(-7, 1, 401)  # decades
LR = 10**X


def falling(start, end, low=2.0):
    """Losses that fall from 3 to ``low`` on a straight line between two places, and blow up at 0.5."""
    return np.interp(X, [start, end, 0.5, 1], [3, low, low, 9])


def warnings(loss):
    return suggest(LR, loss, "knee", bandwidth=0).warnings


@pytest.mark.parametrize(("width", "narrow"), [(1.52, True), (1.68, False)])
def test_a_descent_is_narrow_below_one_and_six_tenths_of_a_decade(width, narrow):
    # It begins where a twentieth of the loss is gone.
    found = warnings(falling(-4, -4 + width / 0.95))
    assert found == ((f"low contrast: the descent is only {width:.1f} decades wide",) if narrow else ())


@pytest.mark.parametrize(("share", "small"), [(0.24, True), (0.26, False)])
def test_less_than_a_quarter_of_the_loss_removed_is_little(share, small):
    found = warnings(falling(-5, -2, low=3 * (1 - share)))
    assert found == (("low contrast: only 24 % of the loss is removed",) if small else ())


def alternating(size, where):
    return np.where(where, size * (-1.0) ** np.arange(X.size), 0.0)


def bounds(scatter):
    return History(LR, falling(-5, -1) + scatter).bounds(bandwidth=0.1)


MIDDLE = (X > -3.5) & (X < -2.5)


@pytest.mark.parametrize(("size", "ragged"), [(0.22, True), (0.18, False)])
def test_ragged_is_four_times_the_scatter_of_the_flat_start(size, ragged):
    found = bounds(alternating(0.05, X < -5) + alternating(size, MIDDLE))
    assert ("turns ragged" in found.reason) == ragged
    assert (found.max_lr < 10**-3.3) == ragged


@pytest.mark.parametrize(("size", "ragged"), [(0.16, True), (0.14, False)])
def test_ragged_is_at_least_fifteen_hundredths_of_the_descent(size, ragged):
    assert ("turns ragged" in bounds(alternating(size, MIDDLE)).reason) == ragged


@pytest.mark.parametrize(("wild", "ragged"), [(4, True), (3, False)])
def test_ragged_is_most_of_seven_losses(wild, ragged):
    first = int(np.searchsorted(X, -3))
    some = (np.arange(X.size) >= first) & (np.arange(X.size) < first + wild)
    assert ("turns ragged" in bounds(alternating(0.5, some)).reason) == ragged
