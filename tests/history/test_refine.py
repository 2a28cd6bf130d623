"""Which rates are run next: those of before and no gaps, whatever is asked for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrwidget import History, Settings
from lrwidget.errors import LRWidgetError, SettingsError
from lrwidget.history import make_settings
from lrwidget.history.refine import coarse, decades_that_matter, extended, zoomed
from tests.bad_values import THINGS, assert_useful

DEFAULT = Settings()
LINEAR = Settings(start_lr=0.01, end_lr=1.0, num_iter=100, step_mode="linear")
OWN = make_settings(lr_schedule=[1e-5, 1e-4, 2e-4, 1e-2, 1.0], diverge_th=3.0, smooth_f=0.1)


def test_a_zoom_runs_the_part_densely_and_all_else_as_before():
    made = zoomed(DEFAULT, 1e-4, 1e-2, 60)
    rates, before = np.array(made.rates), np.array(DEFAULT.rates)
    outside = (before < 1e-4) | (before > 1e-2)
    assert set(before[outside]) <= set(rates)
    inside = rates[(rates >= 1e-4) & (rates <= 1e-2)]
    np.testing.assert_allclose(inside, np.geomspace(1e-4, 1e-2, 60), rtol=1e-12)
    assert (inside[0], inside[-1]) == (1e-4, 1e-2)
    assert rates.size == outside.sum() + 60
    assert (made.step_mode, made.num_iter) == ("list", rates.size)


def test_all_else_of_the_settings_stays():
    made = zoomed(OWN, 1e-4, 1e-2, 9)
    assert (made.diverge_th, made.smooth_f) == (3.0, 0.1)
    assert made.rates[0] == 1e-5
    assert made.rates[-1] == 1.0
    assert len(made.rates) == 11
    assert extended(OWN, end_lr=10.0).diverge_th == 3.0


def test_what_lies_outside_the_range_is_cut_off():
    made = zoomed(DEFAULT, 1e-9, 1e-5, 50)
    assert made.rates[:50] == pytest.approx(np.geomspace(1e-7, 1e-5, 50))
    whole = zoomed(DEFAULT, 1e-9, 1e9, 200)
    assert whole == Settings(num_iter=200)


def test_a_linear_sweep_is_refined_in_equal_steps_of_the_rate():
    made = zoomed(LINEAR, 0.1, 0.2, 30)
    inside = [rate for rate in made.rates if 0.1 <= rate <= 0.2]
    assert np.ptp(np.diff(inside)) < 1e-12
    longer = extended(LINEAR, end_lr=2.0)
    assert (longer.step_mode, longer.num_iter, longer.end_lr) == ("linear", 200, 2.0)


@pytest.mark.parametrize(
    ("given_", "steps"), [({"end_lr": 100.0}, 12), ({"start_lr": 1e-8}, 12), ({"end_lr": 10.5}, 1)]
)
def test_an_extension_goes_on_in_steps_as_long_and_runs_the_old_rates_again(given_, steps):
    made = extended(DEFAULT, **given_)
    assert made.num_iter == 100 + steps
    assert set(DEFAULT.rates) <= set(made.rates)
    assert {made.start_lr, made.end_lr} >= set(given_.values())
    gaps = np.diff(np.log10(made.rates))
    if steps > 1:
        assert gaps.max() / gaps.min() < 1.06


def test_an_extension_by_whole_steps_is_an_even_sweep_again():
    rates = Settings(start_lr=1e-4, end_lr=1e-2, num_iter=21)
    made = extended(rates, end_lr=1.0)
    assert made == Settings(start_lr=1e-4, end_lr=1.0, num_iter=41)
    both = extended(rates, start_lr=1e-5, end_lr=1e-1)
    assert both == Settings(start_lr=1e-5, end_lr=1e-1, num_iter=41)


def test_a_zoom_can_be_extended_and_zoomed_again():
    made = zoomed(extended(zoomed(DEFAULT, 1e-4, 1e-2, 60), end_lr=1e3), 1e-3, 2e-3, 40)
    assert made.rates[0] == 1e-7
    assert made.rates[-1] == 1e3
    assert np.diff(made.rates).min() > 0
    assert np.diff(np.log10(made.rates)).max() < 0.09


@settings(max_examples=100, deadline=None)
@given(
    low=st.floats(-8, 2),
    width=st.floats(1e-3, 8),
    count=st.integers(2, 300),
    which=st.sampled_from([DEFAULT, LINEAR, OWN]),
)
def test_whatever_the_part_the_rates_rise_and_the_ends_stay(low, width, count, which):
    try:
        made = zoomed(which, 10**low, 10 ** (low + width), count)
    except SettingsError:
        return
    assert (made.start_lr, made.end_lr) == (which.start_lr, which.end_lr)
    assert (np.diff(made.rates) > 0).all()
    assert made.num_iter > which.num_iter


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zoomed(DEFAULT, 1e-2, 1e-4), "low must be smaller than high"),
        (lambda: zoomed(DEFAULT, 1e-2, 1e-2), "low must be smaller than high"),
        (lambda: zoomed(DEFAULT, 20, 30), "outside of the sweep's range, 1e-7 to 10"),
        (lambda: zoomed(DEFAULT, 1e-9, 1e-7), "outside of the sweep's range"),
        (
            lambda: zoomed(DEFAULT, 1e-4, 1e-2, 20),
            "more than the 24 rates .*; got 20. Give for example 48",
        ),
        (lambda: zoomed(DEFAULT, 1e-4, 1e-2, 10**7), "num_iter must be at most"),
        (lambda: extended(DEFAULT), "start_lr or end_lr must be given"),
        (lambda: extended(DEFAULT, end_lr=10.0), "end_lr must be above the present 10.0"),
        (lambda: extended(DEFAULT, start_lr=1e-6), "start_lr must be below the present 1e-07"),
        (
            lambda: extended(LINEAR, end_lr=1e9),
            "steps as long as those before. Give a nearer end",
        ),
        (lambda: extended(DEFAULT, end_lr=math.inf), "end_lr must be a finite number"),
        (lambda: coarse(LINEAR), "step_mode=\"exp\"; got 'linear'"),
        (lambda: coarse(OWN), "step_mode"),
        (lambda: coarse(Settings(num_iter=47)), "num_iter must be at least 48"),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(SettingsError, match=message):
        call()


def made_or_refused(call, odd, name):
    try:
        return isinstance(call(odd), Settings)
    except LRWidgetError as error:
        assert_useful(error, name)
        return True


@pytest.mark.parametrize("index", range(len(THINGS)))
def test_odd_things_are_refused_by_name(index):
    for name, call in {
        "low": lambda odd: zoomed(DEFAULT, odd, 1e-2, 900),
        "high": lambda odd: zoomed(DEFAULT, 1e-4, odd, 900),
        "num_iter": lambda odd: zoomed(DEFAULT, 1e-4, 1e-2, odd),
        "start_lr": lambda odd: extended(DEFAULT, start_lr=odd),
        "end_lr": lambda odd: extended(DEFAULT, end_lr=odd),
    }.items():
        assert made_or_refused(call, THINGS[index](), name)


# -- the decades that matter -------------------------------------------------------------------------


def curve(settings, middle=-3.0, edge=0.0, count=None):
    x = np.log10(settings.rates)[:count]
    loss = 2.3 - 2 / (1 + np.exp(-5 * (x - middle))) + 10 ** np.clip(4 * (x - edge), -9, 2)
    return History(10**x, loss, settings, "completed")


def test_the_coarse_pass_takes_three_tenths_of_the_steps_over_the_whole_range():
    made = coarse(Settings(num_iter=200))
    assert (made.num_iter, made.start_lr, made.end_lr, made.early_stop) == (60, 1e-7, 10.0, True)
    assert coarse(Settings(num_iter=48)).num_iter == 16


def test_the_dense_pass_has_all_steps_that_are_left_from_the_flat_start_to_beyond_the_edge():
    plan = coarse(DEFAULT)
    made = decades_that_matter(curve(plan, count=28), DEFAULT)
    assert made.num_iter == 72
    assert made.step_mode == "exp"
    assert -6 < math.log10(made.start_lr) < -4
    assert 0.2 < math.log10(made.end_lr) <= 1
    assert not made.early_stop


def test_where_nothing_falls_or_nothing_blows_up_the_ends_stay():
    plan = coarse(DEFAULT)
    flat = History(plan.rates, np.ones(plan.num_iter), plan, "completed")
    assert decades_that_matter(flat, DEFAULT) == Settings(num_iter=70)
    falls = decades_that_matter(curve(plan, middle=-1.0, edge=3.0), DEFAULT)
    assert falls.end_lr == 10.0
    early = decades_that_matter(curve(plan, middle=-6.9), DEFAULT)
    assert early.start_lr == 1e-7
    nothing = History([], [], plan, "stopped")
    assert decades_that_matter(nothing, DEFAULT) == DEFAULT
