"""When one training is certain to end above another: foretold late rather than wrongly."""

import numpy as np
import pytest

from lrwidget.curves.behind import LEAST, LeftBehind, left_behind

STEPS = 100


def fall(rate, noise, seed=0, floor=0.1):
    """A loss that falls to a floor; the noise of the batches is the same for the same seed."""
    t = np.arange(STEPS)
    batches = np.random.default_rng(seed).normal(size=STEPS)
    return floor + np.exp(-rate * t) + noise * batches


def ended_at(losses, leader):
    rule = LeftBehind(leader, len(losses))
    return next((step for step, loss in enumerate(losses, 1) if rule.update(float(loss))), None)


def test_a_slow_training_is_ended_long_before_its_end_however_noisy_the_batches():
    for noise in (0.0, 0.01, 0.5):
        step = ended_at(fall(0.005, noise), fall(0.05, noise))
        assert step is not None
        assert LEAST <= step <= STEPS // 2


def test_a_training_that_is_ahead_is_never_ended():
    assert ended_at(fall(0.05, 0.1), fall(0.005, 0.1)) is None


def test_the_same_training_is_never_ended():
    same = fall(0.05, 0.3)
    assert ended_at(same, same) is None
    assert ended_at(np.ones(STEPS), np.ones(STEPS)) is None


@pytest.mark.parametrize("seed", range(40))
def test_trainings_that_only_noise_tells_apart_run_to_their_end(seed):
    draw = np.random.default_rng(seed)
    one, other = (0.5 + 0.1 * draw.normal(size=STEPS) for _ in range(2))
    assert ended_at(one, other) is None


@pytest.mark.parametrize("cross", [30, 50, 70, 90])
def test_a_gap_that_closes_in_time_decides_nothing(cross):
    t = np.arange(STEPS)
    leader = np.full(STEPS, 0.5)
    assert ended_at(0.5 + (cross - t) / 100, leader) is None


def test_one_that_starts_badly_and_recovers_is_left_alone():
    late = np.concatenate([np.linspace(1, 3, 10), 0.1 + 2.9 * np.exp(-0.1 * np.arange(90))])
    assert ended_at(late, fall(0.01, 0.0)) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_decides_nothing_here(bad):
    losses = fall(0.005, 0.0)
    losses[20:30] = bad
    assert not left_behind(losses[:30], fall(0.05, 0.0), STEPS)


def test_nothing_is_foretold_of_the_first_steps_nor_without_a_leader():
    slow, fast = fall(0.001, 0.0), fall(0.5, 0.0)
    assert not left_behind(slow[: LEAST - 1], fast, STEPS)
    assert not left_behind(slow[:50], fast[:40], STEPS)
    assert ended_at(slow, None) is None


def test_the_last_step_is_no_step_to_be_spared():
    slow, fast = fall(0.001, 0.0)[:20], fall(0.5, 0.0)[:20]
    assert ended_at(slow, fast) is None
