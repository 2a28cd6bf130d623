"""The numbers behind warnings and bounds, each held from both sides by curves in closed form."""

import numpy as np
import pytest

from lrwidget import History, suggest
from lrwidget._text import format_rate

X = np.linspace(-7, 1, 401)  # decades
LR = 10**X
GRID = 8 / 240  # decades between the places that landmarks can lie at


def falling(start, end, low=2.0):
    """Losses that fall from 3 to ``low`` on a straight line between two places, and blow up at 0.5."""
    return np.interp(X, [start, end, 0.5, 1], [3, low, low, 9])


def far(lr, place):
    """Return the sum of the rates up to a place, of rates at equal steps on a logarithmic axis."""
    step = np.log10(lr[1] / lr[0])
    return 10**place / (1 - 10**-step)


@pytest.mark.parametrize("width", [2.2, 3.0])
def test_the_knee_rule_goes_in_three_steps_as_far_as_half_of_the_descent_took(width):
    pick = suggest(LR, falling(-4, -4 + width), "knee", bandwidth=0)
    assert abs(np.log10(3 * pick.lr / far(LR, -4 + width / 2))) < GRID
    half = format_rate(pick.halfway, 2)
    assert pick.reason == f"half of the descent is done at {half}, and would be in 3 steps at this rate"


@pytest.mark.parametrize(("width", "capped"), [(0.5, True), (1.8, True), (2.05, False), (3.0, False)])
def test_the_knee_rule_goes_no_further_than_where_95_percent_are_done(width, capped):
    # With 50 rates a decade the 3 steps are 7.4 times the half-way rate; from half to 95 % are 0.45 of the
    # width: as far as that where the descent is 1.93 decades wide.
    pick = suggest(LR, falling(-4, -4 + width), "knee", bandwidth=0)
    assert (pick.lr == pick.knee) == capped
    assert ("95 % of the descent is done" in pick.reason) == capped
    assert abs(np.log10(pick.knee) - (-4 + 0.95 * width)) < GRID


@pytest.mark.parametrize("times", [2, 5, 10])
def test_the_knee_rule_does_not_mind_how_many_steps_a_sweep_takes(times):
    # A model that needs a way of its own comes down at lower rates, the more steps lead there.
    few = 10 ** np.linspace(-7, 1, 81)
    many = 10 ** np.linspace(-7, 1, 80 * times + 1)
    picks = [
        suggest(lr, 2 + 1 / (1 + (np.cumsum(lr) / 0.03)) + np.clip(lr - 3, 0, None), "knee").lr
        for lr in (few, many)
    ]
    assert abs(np.log10(picks[0] / picks[1])) < 0.05
    assert picks[0] == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize("factor", [1e-300, 1e-6, 1e3, 1e306])
def test_the_knee_rule_keeps_to_the_units_of_the_rate(factor):
    loss = falling(-5, -1)
    assert suggest(factor * LR, loss, "knee").lr == pytest.approx(factor * suggest(LR, loss, "knee").lr)


def test_the_knee_rule_counts_the_steps_that_a_list_of_rates_takes():
    loss = falling(-5, -1)
    every = suggest(LR, loss, "knee", step_mode="list")
    first = X < -3.5
    fewer = np.flatnonzero(~first | (np.arange(X.size) % 2 == 0))  # half of the steps at low rates
    pick = suggest(LR[fewer], loss[fewer], "knee", step_mode="list")
    gone = LR[first].sum() / far(LR, -3)
    assert pick.lr / every.lr == pytest.approx(1 - gone / 2, rel=0.08)


def test_a_long_slow_end_of_the_descent_hardly_moves_the_knee_rule():
    short = np.interp(X, [-5, -2.5, 0.5, 1], [3, 1, 1, 9])
    slow = np.interp(X, [-5, -2.5, 0, 0.5, 1], [3, 1, 0.8, 0.8, 9])  # a tenth more, over as many decades
    marks = suggest(LR, short).knee, suggest(LR, slow).knee
    picks = suggest(LR, short, "knee").lr, suggest(LR, slow, "knee").lr
    assert marks[1] > 5 * marks[0]
    assert picks[0] < picks[1] < 1.5 * picks[0]


def warnings(loss):
    return suggest(LR, loss, "knee", bandwidth=0).warnings


@pytest.mark.parametrize("width", [0.5, 1.0, 1.5, 3.0])
def test_how_wide_a_descent_is_is_no_reason_to_doubt(width):
    # Half of the good picks of real models come from descents of less than 1.6 decades: docs/picks.md.
    assert warnings(falling(-4, -4 + width)) == ()


@pytest.mark.parametrize(("share", "small"), [(0.045, True), (0.055, False)])
def test_less_than_a_twentieth_of_the_loss_removed_is_little(share, small):
    found = warnings(falling(-5, -2, low=3 * (1 - share)))
    assert found == (("low contrast: only 4.5 % of the loss is removed",) if small else ())


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
