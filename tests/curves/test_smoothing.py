import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lrwidget.curves import curve, debiased_ema, ema, local_linear
from lrwidget.curves.smoothing import noise_gain

RAW = [1.0, 0.8, 0.6, 0.5, 0.9]


def exact_local_linear(x, y, at, h):
    """Weighted least squares as numpy's own solver does it, one place at a time."""
    fits = []
    for place in at:
        root = np.exp(-0.25 * ((x - place) / h) ** 2)
        design = np.stack([np.ones_like(x), x - place], axis=1)
        fits.append(np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0])
    return np.array(fits).T


def test_running_means_are_those_of_the_other_finders(quadratic):
    assert ema(RAW, 0.05) == pytest.approx([1, 0.99, 0.9705, 0.946975, 0.94462625], abs=1e-14)
    assert debiased_ema(RAW) == pytest.approx(
        [1, 0.898989899, 0.797306489, 0.720712532, 0.758033297], abs=1e-9
    )
    assert ema(quadratic.loss, 0.05)[-1] == pytest.approx(0.4091175397, abs=1e-10)
    assert quadratic.after[-1] == pytest.approx(0.007070607125, abs=1e-10)


@given(hnp.arrays(float, st.integers(0, 40), elements=st.floats(-1e6, 1e6)), st.floats(0, 1))
def test_ema_equals_a_slow_loop_bit_for_bit(losses, f):
    expected = []
    for loss in losses:
        expected.append(loss if not expected or f == 0 else f * loss + (1 - f) * expected[-1])
    assert ema(losses, f).tolist() == expected


def test_no_smoothing_is_a_copy_and_nan_stays():
    raw = np.array(RAW)
    smoothed = ema(raw, 0)
    smoothed[0] = 7
    assert raw[0] == 1
    assert np.isnan(ema([1, np.nan, 1], 0.5)[1:]).all()


@pytest.mark.parametrize("bandwidth", [0, 1e-9, 0.003, 0.3, 50.0])
def test_a_straight_line_stays_straight_up_to_its_ends(bandwidth):
    x = np.sort(np.random.default_rng(0).uniform(-7, 1, 100))
    value, slope = local_linear(x, 3 * x + 2, x, bandwidth)
    np.testing.assert_allclose(value, 3 * x + 2, atol=1e-9)
    np.testing.assert_allclose(slope, 3, atol=1e-6)


@pytest.mark.parametrize("bandwidth", [0.2, 0.3, 2.0])
def test_it_is_weighted_least_squares(bandwidth):
    rng = np.random.default_rng(1)
    x, at = np.sort(rng.uniform(-7, 1, 60)), rng.uniform(-7.2, 1.2, 33)
    y = 1e4 + rng.standard_normal(60)
    value, slope = local_linear(x, y, at, bandwidth)
    expected = exact_local_linear(x, y - 1e4, at, bandwidth)
    np.testing.assert_allclose(value - 1e4, expected[0], atol=1e-8)
    np.testing.assert_allclose(slope, expected[1], atol=1e-8)


def test_blocks_and_windows_change_nothing():
    rng = np.random.default_rng(2)
    x = np.sort(rng.uniform(0, 100, 3000))
    y = np.sin(x) + rng.standard_normal(3000)
    value, slope = local_linear(x, y, x, 0.3)
    some = rng.integers(0, 3000, 20)
    expected = exact_local_linear(x, y, x[some], 0.3)
    np.testing.assert_allclose(value[some], expected[0], atol=1e-9)
    np.testing.assert_allclose(slope[some], expected[1], atol=1e-8)


def test_where_the_kernel_reaches_one_point_lines_join_the_points():
    value, slope = local_linear([0.0, 1.0, 3.0], [0.0, 1.0, 5.0], [0.0, 0.5, 2.5, 9.0], 1e-4)
    assert value == pytest.approx([0, 0.5, 4, 5])
    assert np.isfinite(slope).all()
    value, slope = local_linear([2.0], [7.0], [0.0, 2.0], 0.3)
    assert (value.tolist(), slope.tolist()) == ([7, 7], [0, 0])


@pytest.mark.parametrize("bandwidth", [0.05, 0.3, 3.0])
def test_noise_gain_is_the_spread_that_is_left_of_noise(bandwidth):
    x, at = np.linspace(-7, 1, 50), np.array([-7.0, -3.03, 1.0])
    rows = np.array([local_linear(x, unit, at, bandwidth)[0] for unit in np.eye(50)])
    np.testing.assert_allclose(noise_gain(x, at, bandwidth), np.sqrt((rows**2).sum(axis=0)), atol=1e-9)


def test_a_hundred_points_take_a_moment_and_ten_thousand_little_memory():
    x = np.linspace(-7, 1, 100)
    curve(x, np.cos(x), 0.3)
    times = []
    for _ in range(10):
        begun = time.perf_counter()
        curve(x, np.cos(x), 0.3)
        times.append(time.perf_counter() - begun)
    assert min(times) < 2e-3
    x = np.linspace(-7, 1, 10_000)
    assert abs(curve(x, 5 * x, 0.3).slope[123] - 5) < 1e-8


def test_the_drawn_curve_is_not_bent_by_the_blow_up_ahead(descent):
    lr, loss = descent(-3.0)
    x = np.log10(lr)
    blown = loss.copy()
    blown[x > -0.5] = 1e6
    blown[-3:] = np.inf, np.nan, -np.inf
    drawn = curve(x, blown, 0.3)
    before = x < -2
    np.testing.assert_allclose(drawn.value[before], curve(x, loss, 0.3).value[before], atol=0.02)
    assert np.isfinite(drawn.value).all()
    assert np.isfinite(drawn.slope).all()
    assert drawn.value.max() < 3.4


def test_bandwidth_zero_is_the_loss_itself():
    x, loss = np.array([0.0, 1.0, 2.0, 3.0]), np.array([3.0, 1.0, np.nan, 2.0])
    drawn = curve(x, loss, 0)
    np.testing.assert_array_equal(drawn.value, loss)
    np.testing.assert_array_equal(drawn.slope, np.gradient(loss, x))
    assert curve(x[:1], loss[:1], 0).slope.tolist() == [0]
    assert curve(x, loss, 0, at=[0.5]).value.tolist() == [2]


@pytest.mark.parametrize("loss", [[], [1.0], [np.nan], [np.nan] * 9, [2.0] * 9, [np.inf] * 6 + [1.0] * 3])
@pytest.mark.parametrize("bandwidth", [0, 0.3])
def test_degenerate_curves_draw_without_complaint(loss, bandwidth):
    drawn = curve(np.arange(len(loss)), loss, bandwidth)
    assert drawn.value.shape == drawn.slope.shape == (len(loss),)


def test_a_loss_that_only_rises_is_drawn_rising():
    x = np.linspace(-7, 1, 100)
    flat_then_up = 2.3 + 0.05 * np.random.default_rng(0).standard_normal(100) + np.exp(3 * x)
    drawn = curve(x, flat_then_up, 0.3)
    assert drawn.value[-1] > 15
    assert abs(drawn.value[:60].mean() - 2.3) < 0.02
