import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrwidget.curves import StopRule, first_stop
from lrwidget.curves.stop import EARLY_PATIENCE
from lrwidget.errors import SettingsError
from lrwidget.history import Settings
from lrwidget.picks import suggest


def pytorch_lr_finder_stops_at(losses, threshold, f):
    best = mean = None
    for index, loss in enumerate(losses):
        mean = loss if mean is None or f == 0 else f * loss + (1 - f) * mean
        best = mean if best is None or mean < best else best
        if mean > threshold * best:
            return index
    return None


@pytest.mark.parametrize(
    ("losses", "f", "expected"),
    [
        ([1, 0.5, 0.4, 3, 9], 0, (3, "diverged")),
        ([1, 0.5, 0.4, 3, 9], 0.05, None),
        ([1, 1, 1, 100], 0.05, (3, "diverged")),
        ([1, 100], 0, (1, "diverged")),
        ([-1, -1.1], 0.05, None),
        ([-1, -1.1, -3, -2.5, -2.7, 20], 0, (5, "diverged")),
        ([1, math.inf], 0.05, (1, "non-finite")),
        ([1, 0.9, math.nan, 1], 0.05, (2, "non-finite")),
        ([-math.inf], 0.05, (0, "non-finite")),
        ([], 0.05, None),
    ],
)
def test_known_cases(losses, f, expected):
    assert first_stop(losses, 5.0, f) == expected


@given(st.lists(st.floats(-1e3, 1e3), max_size=40), st.sampled_from([0, 0.05, 0.5, 1]))
def test_without_the_spread_it_is_pytorch_lr_finders_rule(losses, f):
    stop = first_stop(losses, 5.0, f, robust=False)
    assert (stop and stop[0]) == pytorch_lr_finder_stops_at(losses, 5.0, f)


@given(st.lists(st.floats(1e-6, 1e3), max_size=40), st.sampled_from([0, 0.05, 0.5, 1]))
def test_positive_losses_can_be_judged_exactly_as_pytorch_lr_finder_judges_them(losses, f):
    stop = first_stop(losses, 5.0, f, robust="negative")
    assert (stop and stop[0]) == pytorch_lr_finder_stops_at(losses, 5.0, f)


@given(st.lists(st.floats(-1e3, 0), max_size=40), st.sampled_from([0, 0.05, 0.5, 1]))
def test_and_those_of_0_or_less_by_their_spread_all_the_same(losses, f):
    assert first_stop(losses, 5.0, f, robust="negative") == first_stop(losses, 5.0, f)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("f", [0, 0.05])
def test_ordinary_positive_losses_stop_as_in_pytorch_lr_finder(descent, seed, f):
    lr, loss = descent(-3 + seed / 10, noise=0.1, seed=seed)
    assert loss.min() > 1
    loss[lr > 1] *= 10
    stop = first_stop(loss, 5.0, f)
    assert stop is not None
    assert stop[0] == pytorch_lr_finder_stops_at(loss, 5.0, f)


def test_a_loss_near_zero_is_judged_by_its_spread():
    losses = [0.001, -0.001, 0.0005, -0.002, 0.003, 0.001]
    assert pytorch_lr_finder_stops_at(losses, 5.0, 0) is not None
    assert first_stop([0.01, -0.011, 0.0005, -0.002, 0.003, 0.001], 5.0, 0.05) is None
    assert first_stop([*losses, 5.0], 5.0, 0.05) == (6, "diverged")


def test_infinity_switches_divergence_off():
    assert first_stop([0.0, 1e9, -1.0, 1e300], math.inf) is None


def test_one_at_a_time_gives_the_same_answer():
    rule = StopRule(5.0, 0)
    assert [rule.update(loss) for loss in (1, 0.5, 0.4, 3)] == [None, None, None, "diverged"]
    assert Settings(smooth_f=0).stop_rule().update(math.nan) == "non-finite"


class TestEarlyStop:
    def test_it_stops_soon_after_the_valley_is_left(self, descent):
        lr, loss = descent(-3.0, noise=0.02)
        index, reason = first_stop(loss, math.inf, early_stop=True)
        assert reason == "diverged"
        assert loss[index - 4 : index + 1].min() > 3.3
        assert 1e-1 < lr[index] < 1

    def test_it_needs_five_in_a_row(self):
        losses = [1.0] * 10 + [0.5] * 4 + [2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2]
        assert first_stop(losses, math.inf, early_stop=True, num_iter=40) == (23, "diverged")

    def test_a_rise_without_a_descent_stops_it_three_bases_up(self):
        losses = [1.0] * 10 + [3.9] * 10 + [4.1] * 10
        assert first_stop(losses, math.inf, early_stop=True) == (24, "diverged")

    @pytest.mark.parametrize("count", [20, 33, 100, 300])
    @pytest.mark.parametrize(("level", "noise"), [(0.0, 1.0), (2.3, 0.1), (2.3, 0.5), (-2.3, 0.5)])
    def test_noise_does_not_stop_it(self, count, level, noise):
        stopped = [
            first_stop(level + noise * draw.standard_normal(count), math.inf, early_stop=True)
            for draw in map(np.random.default_rng, range(200))
        ]
        assert stopped == [None] * 200

    @pytest.mark.parametrize("noise", [0.1, 0.3, 0.5, 1.0])
    @pytest.mark.parametrize("level", [0.0, -2.5])  # the lower one is centred on zero
    def test_noisy_descents_run_to_their_blow_up(self, descent, noise, level):
        early = 0
        for seed in range(300):
            lr, loss = descent(-3.0, noise=noise, seed=seed)
            stop = first_stop(loss + level, math.inf, early_stop=True)
            early += stop is not None and lr[stop[0]] < 1e-2
            assert stop is not None  # it does blow up
        assert early == 0

    def test_nor_does_noise_in_proportion_to_the_loss_or_with_heavy_tails(self, descent):
        lr, loss = descent(-3.0)
        for seed in range(300):
            draw = np.random.default_rng(seed)
            index, _ = first_stop(loss * (1 + 0.1 * draw.standard_normal(100)), math.inf, early_stop=True)
            assert lr[index] > 1e-2
            assert first_stop(draw.standard_t(2, 100), math.inf, early_stop=True) is None

    @pytest.mark.parametrize(("count", "steps"), [(20, 19), (33, 29), (50, 42), (100, 81), (1000, 774)])
    def test_a_clean_blow_up_stops_it_as_soon_as_without_noise_to_think_of(self, descent, count, steps):
        _, loss = descent(-3.0, count=count)
        # Where the rule of .3 of the descent alone would stop, five losses above it.
        above = np.flatnonzero(loss > 3 + 0.3 * (3 - np.sort(loss)[:3].mean()))
        above = above[above > 0.6 * count]
        assert above[EARLY_PATIENCE - 1] == steps
        assert first_stop(loss, math.inf, early_stop=True) == (steps, "diverged")

    def test_stopping_early_does_not_move_the_pick(self, descent):
        moved, used = [], []
        for seed in range(90):
            lr, loss = descent((-4.5, -3.0, -1.5)[seed % 3], noise=(0, 0.02, 0.05)[seed // 3 % 3], seed=seed)
            index, _ = first_stop(loss, math.inf, early_stop=True) or (99, None)
            cut = suggest(lr[: index + 1], loss[: index + 1], end_lr=10.0, num_iter=100)
            moved.append(abs(np.log10(cut.lr / suggest(lr, loss).lr)))
            used.append(index + 1)
        assert max(moved) <= 0.04
        assert np.mean(used) < 85

    def test_a_step_of_a_long_sweep_costs_no_more_than_one_of_a_short(self):
        losses = np.random.default_rng(0).standard_normal(20_000).tolist()
        begun = time.perf_counter()
        first_stop(losses, math.inf, early_stop=True)
        assert (time.perf_counter() - begun) / len(losses) < 20e-6

    def test_negative_losses_are_judged_alike(self, descent):
        _, loss = descent(-3.0)
        deep = first_stop(loss, math.inf, early_stop=True)
        assert first_stop(loss - 10, math.inf, early_stop=True) == deep

    def test_it_needs_the_planned_number_of_losses(self):
        with pytest.raises(SettingsError, match="early_stop needs num_iter"):
            StopRule(5.0, 0.05, early_stop=True)
