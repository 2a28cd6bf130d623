"""The numbers in the definitions of valleys, limits and stops, held from both sides by closed forms.

Where nothing is smoothed a curve of straight lines has its landmarks where the lines bend.
"""

import math

import numpy as np
import pytest

from lrwidget.curves import first_stop
from lrwidget.curves.smooth_curve import limited
from lrwidget.curves.valley import NoDescent, find_valley

X = np.linspace(0, 8, 401)  # decades
GRID = 8 / 240  # how far apart the places are that landmarks can lie at


def lines(*corners):
    """Losses on straight lines between ``(place, loss)``, flat outside."""
    return np.interp(X, *zip(*corners, strict=True))


def valley(loss):
    return find_valley(X, loss, bandwidth=0)


class TestValley:
    def test_the_edge_is_where_a_quarter_of_the_descent_is_lost_again(self):
        found = valley(lines((4, 3), (5, 2), (5.5, 2), (7.5, 3)))
        assert 6.0 < found.edge <= 6.0 + GRID

    def test_the_start_and_the_knee_are_a_twentieth_from_the_ends_of_the_descent(self):
        found = valley(lines((1.5, 3), (7.5, 2)))
        assert 1.8 < found.start <= 1.8 + GRID
        assert 7.2 - 1e-9 <= found.knee <= 7.2 + GRID

    def test_half_way_is_where_half_of_the_descent_is_done(self):
        found = valley(lines((2, 3), (4, 2.4), (6, 2.4), (7, 2)))
        assert 2 + 2 * 0.5 / 0.6 - 1e-9 <= found.halfway <= 2 + 2 * 0.5 / 0.6 + GRID
        found = valley(lines((2, 3), (4, 2.6), (6, 2.6), (7, 2)))
        assert 6 + 0.1 / 0.6 - 1e-9 <= found.halfway <= 6 + 0.1 / 0.6 + GRID

    @pytest.mark.parametrize(("climbed", "floor"), [(0.46, 7.4), (0.54, 5.0)])
    def test_a_valley_ends_where_half_of_the_descent_is_lost_again(self, climbed, floor):
        loss = lines((4, 3), (5, 2), (5.4, 2), (6, 2 + climbed), (6.4, 2 + climbed), (7.4, 1.5), (8, 1.5))
        assert valley(loss).floor == pytest.approx(floor, abs=2 * GRID)

    def test_the_lowest_loss_is_looked_for_inside_the_valley_three_times(self):
        # Each dip is a sixth of the next: a tenth of that one's depth, so seen, but not of the one after it.
        corners = [(4.0, 10_000.0)]
        for number in range(5):
            left, depth = 4.0 + 0.8 * number, 6.0**number
            corners += [
                (left + place, 10_000 - low)
                for place, low in ((0.2, depth), (0.4, depth), (0.6, 0), (0.8, 0))
            ]
        assert valley(lines(*corners)).floor == pytest.approx(4.8 + 0.2, abs=2 * GRID)

    @pytest.mark.parametrize(("place", "seen"), [(3.70, False), (3.76, True)])
    def test_the_steepest_point_is_looked_for_from_three_tenths_of_a_decade_before_the_start(
        self, place, seen
    ):
        # A short, steep fall of 4 % before the descent; a twentieth is gone at 4.03, where the start is seen.
        loss = lines((place - 0.01, 3), (place + 0.01, 2.96), (4, 2.96), (7, 2))
        found = valley(loss)
        assert 4.03 < found.start < 4.03 + GRID
        assert (found.steepest < 3.9) == seen

    @pytest.mark.parametrize(("depth", "real"), [(5.4, False), (6.0, True)])
    def test_a_dip_is_real_when_it_is_four_standard_errors_deep(self, depth, real):
        # Losses that alternate by one: steps of 2, sd 2 / sqrt(2), of the mean of 60 of them, and of one.
        error = math.sqrt(2) * math.sqrt(1 + 1 / 60)
        assert (depth > 4 * error) == real
        loss = lines((4, 100), (5, 100 - depth)) + np.where(X < 4, (-1.0) ** np.arange(401), 0)
        assert isinstance(valley(loss), NoDescent) != real


class TestLimits:
    @pytest.mark.parametrize(("depth", "clear"), [(7.0, False), (7.7, True)])
    def test_a_descent_is_clear_from_three_and_a_half_sd_on(self, depth, clear):
        loss = 100 + np.where(np.arange(100) < 50, (-1.0) ** np.arange(100), 0)
        loss[50:90] -= depth
        loss[90:] += 100
        assert (depth > 3.5 * 1.4826 * 2 / math.sqrt(2)) == clear
        assert limited(loss, 14).max() == pytest.approx(100 + 0.3 * depth if clear else 200)


class TestStop:
    def test_the_first_ten_losses_tell_the_spread(self):
        losses = [10 + (-1) ** k * k for k in range(1, 11)] + [11.0] * 5
        limit = 1 + 4 * 1.4826 * 5.5
        assert first_stop([*losses, limit * 0.999], smooth_f=0) is None
        assert first_stop([*losses, limit * 1.001], smooth_f=0) == (15, "diverged")

    def test_the_rim_lies_three_tenths_of_the_descent_above_the_start(self):
        assert rim([100.0] * 45, lowest=20.0) == pytest.approx(100 + 0.3 * 80)

    def test_without_a_descent_it_lies_three_times_the_loss_above_it(self):
        assert rim([7.0] * 45, lowest=7.0) == pytest.approx(7 + 3 * 7)

    def test_a_descent_counts_from_a_tenth_of_the_loss_on(self):
        assert rim([100.0] * 45, lowest=90.4) == pytest.approx(400)
        assert rim([100.0] * 45, lowest=89.6) == pytest.approx(100 + 0.3 * 10.4)

    @pytest.mark.parametrize(("num_iter", "noise_losses"), [(100, 45), (1000, 100)])
    def test_noise_is_told_by_steps_and_holds_the_rim_up(self, num_iter, noise_losses):
        head = [(-1.0) ** k for k in range(int(0.45 * num_iter))]
        base = float(np.median(head[: int(0.15 * num_iter)]))
        noise = 1.4826 * 2 / math.sqrt(2) * (1 + 5 / noise_losses)
        deep = 3.5 * noise
        assert rim(head, base - 1.05 * deep, num_iter) == pytest.approx(base + 2 * noise)
        assert rim(head, base - 0.95 * deep, num_iter) == pytest.approx(base + 3 * noise)

    def test_losses_that_follow_each_other_smoothly_tell_their_spread(self):
        head = [-2.0] * 5 + [0.0] * 5 + [2.0] * 5 + [0.0] * 30
        assert rim(head, lowest=-4.0) == pytest.approx(3 * 1.4826 * 2 * (1 + 5 / 45))


def rim(head, lowest, num_iter=100):
    """Return the loss above which five in a row stop a sweep that began so and fell to ``lowest``."""
    low, high = max(head), 1e4
    for _ in range(60):
        middle = (low + high) / 2
        losses = [*head, *[lowest] * 3, *[middle] * 5]
        stopped = first_stop(losses, math.inf, early_stop=True, num_iter=num_iter)
        low, high = (low, middle) if stopped else (middle, high)
    return high
