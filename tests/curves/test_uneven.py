"""Lists of rates that lie closely in some decades and far apart in others: the same curve, the same picks."""

import numpy as np
import pytest

from lrwidget.curves import curve
from lrwidget.curves.smooth_curve import flat_start, head_size
from lrwidget.curves.smoothing import is_even, local_linear, noise_gain, spans
from lrwidget.history import History, Settings, make_settings
from lrwidget.picks import suggest

EVEN = np.linspace(-7, 1, 100)


def true_loss(x, middle=-2.5, seed=0):
    noise = 0.02 * np.random.default_rng(seed).standard_normal(x.size)
    return 2.3 - 1.8 / (1 + np.exp(-4 * (x - middle))) + 10 ** np.clip(2.5 * (x + 0.5), -9, 4) + noise


def dense(low, high, count):
    return np.unique(np.r_[EVEN[(low > EVEN) | (high < EVEN)], np.linspace(low, high, count)])


def few_below(low, few):
    return np.r_[np.linspace(-7, low, few, endpoint=False), np.linspace(low, 0.5, 90)]


LISTS = {
    "descent": dense(-4, -1, 100),
    "descent, much denser": dense(-4, -1, 400),
    "half of the descent": dense(-3.5, -2.5, 300),
    "floor": dense(-2, -1, 300),
    "start": dense(-7, -5, 300),
    "end": dense(0, 1, 300),
    "2 below": few_below(-4, 2),
    "8 below, close": few_below(-3.5, 8),
}


@pytest.mark.parametrize("x", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("rule", ["steepest", "floor", "edge"])
def test_the_pick_is_that_of_even_rates(x, rule):
    for seed in range(4):
        even = suggest(10**EVEN, true_loss(EVEN, seed=seed), rule)
        list_ = suggest(10**x, true_loss(x, seed=seed), rule, step_mode="list")
        assert abs(np.log10(list_.lr / even.lr)) < 0.08


@pytest.mark.parametrize("x", LISTS.values(), ids=LISTS)
def test_the_drawn_curve_is_that_of_even_rates(x):
    quiet = np.linspace(-6.5, -0.7, 50)
    one = curve(EVEN, true_loss(EVEN), 0.3, quiet)
    other = curve(x, true_loss(x), 0.3, quiet)
    assert np.abs(one.value - other.value).max() < 0.05
    # Where a decade is told by 2 of 12 losses, or by one side, its slope cannot be as sharp.
    assert np.abs(one.slope - other.slope)[quiet > -3.3].max() < 0.2


def test_flat_noise_is_no_descent_however_the_rates_lie():
    for x in LISTS.values():
        for seed in range(20):
            loss = np.random.default_rng(seed).standard_normal(x.size)
            assert suggest(10**x, loss, step_mode="list").lr is None


def test_of_even_rates_nothing_changes():
    for count in range(2, 130):
        rates = np.geomspace(1e-5, 0.3, count)
        for x in (np.linspace(-7, 1, count), np.linspace(1e-7, 10, count), np.log10(rates)):
            assert spans(x, 0.3) is None
            assert flat_start(x) == head_size(count)
            assert flat_start(np.sort(np.r_[x, x[-1] + (x[-1] - x[0]) / 1e9])[:-1]) == head_size(count)


def test_a_list_of_even_rates_with_a_shorter_last_step_is_even():
    assert is_even(np.r_[EVEN, 1.02])
    assert not is_even(np.r_[EVEN, 4.0])
    assert is_even(np.array([1.0]))
    assert is_even(np.array([]))
    assert flat_start(np.array([])) == 5


def test_the_flat_start_is_the_first_of_the_axis_where_most_losses_lie_further_on():
    assert flat_start(few_below(-4, 8)) == 5
    assert flat_start(dense(-4, -1, 400)) == 15
    assert flat_start(dense(-7, -5, 300)) == head_size(dense(-7, -5, 300).size)
    assert make_settings(lr_schedule=10 ** few_below(-4, 8)).flat_start == 5
    assert Settings().flat_start == 15
    assert Settings(start_lr=5e-324, end_lr=1e308).flat_start == 15


def test_a_place_stands_for_half_the_way_to_its_neighbours_and_at_most_a_bandwidth():
    x = np.array([0.0, 1.0, 1.1, 1.2, 5.0])
    np.testing.assert_allclose(spans(x, 0.3), [0.6, 0.35, 0.1, 0.35, 0.6])
    assert spans(x, 0.0) is None


def test_the_noise_that_is_left_is_that_of_the_weighted_curve():
    x, at = LISTS["half of the descent"][::4], np.linspace(-6, 0, 9)
    share = spans(x, 0.3)
    rows = np.array([local_linear(x, unit, at, 0.3, share)[0] for unit in np.eye(x.size)])
    np.testing.assert_allclose(noise_gain(x, at, 0.3, share), np.sqrt((rows**2).sum(axis=0)), atol=1e-9)


def test_early_stop_is_not_fooled_by_losses_that_fall_within_the_first_tenth_of_the_list():
    x = few_below(-3.2, 6)
    settings = make_settings(lr_schedule=10**x, early_stop=True, diverge_th=None)
    rule = settings.stop_rule()
    stopped = next((i for i, loss in enumerate(true_loss(x, -3.0).tolist()) if rule.update(loss)), None)
    assert stopped is not None
    assert -0.6 < x[stopped] < 0.4


def test_what_is_not_finite_in_between_makes_no_even_rates_uneven():
    loss = true_loss(EVEN)
    loss[[40, 41, 70]] = np.nan
    whole = History(10**EVEN, loss, Settings(), "completed")
    finite = np.isfinite(loss)
    expected = local_linear(EVEN[finite], np.clip(loss[finite], -9, 3.0), EVEN, 0.3)[0]
    assert np.abs(whole.smoothed()[:65] - expected[:65]).max() < 0.02
