"""Which of a few trials is best, what is said about it, and which rates are worth a trial."""

import math

import numpy as np
import pytest

from lrwidget import SettingsError
from lrwidget.picks.trials import decide, leader, next_beyond, rates_around

RATES = (0.001, 0.003, 0.01)


def decided(ends, ended=("completed",) * 3, held_out=(None,) * 3, rates=RATES, **options):
    """Trials that fall from 1 in a straight line to their last fifth, and stay there."""
    losses = [np.concatenate([np.linspace(1, end, 16), np.full(4, end)]) for end in ends]
    return decide(rates, losses, ended, held_out, 20, **options)


def test_the_lowest_wins_and_the_reason_tells_by_how_much():
    found = decided([0.5, 0.31, 0.38])
    assert found.winner == 1
    assert found.reason == "0.003 ended lowest, 0.31 against 0.38 at 0.01"
    assert found.scores == pytest.approx((0.5, 0.31, 0.38))
    assert found.lr == 0.003
    assert found.warnings == ()


def test_the_order_in_which_they_ran_makes_no_difference():
    plain = decided([0.5, 0.31, 0.38])
    other = decided([0.31, 0.5, 0.38], rates=(0.003, 0.001, 0.01))
    assert (other.winner, other.lr) == (0, plain.lr)


def test_negative_losses_are_losses_too():
    found = decided([-0.5, -3.0, -1.0])
    assert found.lr == 0.003
    assert "-3 against -1" in found.reason


@pytest.mark.parametrize(("ends", "word"), [([0.2, 0.3, 0.4], "lowest"), ([0.4, 0.3, 0.2], "highest")])
def test_a_winner_at_an_end_is_taken_as_it_is_and_said_to_be_there(ends, word):
    found = decided(ends)
    assert found.lr == RATES[found.winner]
    assert f"{word} rate that was tried" in found.warnings[0]


def test_kept_batches_judge_where_they_are_to():
    found = decided([0.2, 0.3, 0.4], held_out=(0.9, 0.8, 0.7), by_kept=True)
    assert found.winner == 2
    assert found.scores == (0.9, 0.8, 0.7)
    assert decided([0.2, 0.3, 0.4], held_out=(0.9, 0.8, 0.7)).winner == 0


def test_training_losses_do_not_stand_in_for_kept_batches_that_are_missing():
    found = decided([0.2, 0.3, 0.4], held_out=(None, 0.8, 0.7), by_kept=True)
    assert found.winner == 2
    assert found.scores == (None, 0.8, 0.7)
    assert decided([0.2, 0.3, 0.4], by_kept=True).winner is None


@pytest.mark.parametrize("how", ["behind", "diverged", "non-finite"])
def test_one_that_ended_early_cannot_win_however_low_it_was(how):
    found = decided([0.01, 0.31, 0.38], ended=(how, "completed", "completed"))
    assert found.winner == 1
    assert found.lr == 0.003
    assert found.scores[0] is None


def test_one_alone_wins_against_those_that_are_known_to_be_worse():
    found = decided([0.5, 0.3, 9.0], ended=("behind", "completed", "diverged"))
    assert found.lr == 0.003
    assert found.reason == "0.003 alone ran to its end, at 0.3; 1 behind, 1 diverged"


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (("diverged", "non-finite", "diverged"), "every rate blew up: try lower ones"),
        (("completed", "stopped", "untried"), "only one rate was tried to the end"),
        (("completed", None, None), "only one rate was tried to the end"),
        (("stopped", "untried", "untried"), "no trial ran to its end: 1 stopped, 2 untried"),
        ((None, None, None), "no trial ran to its end: 3 under way"),
    ],
)
def test_without_a_comparison_there_is_no_rate_and_the_reason_says_why(ended, reason):
    found = decided([0.5, 0.4, 0.3], ended=ended)
    assert (found.winner, found.lr) == (None, None)
    assert found.reason.startswith(reason)


def test_nothing_at_all_is_no_error():
    none = np.empty(0)
    found = decide(RATES, [none] * 3, [None] * 3, [None] * 3, 100)
    assert (found.winner, found.lr, found.scores) == (None, None, (None, None, None))


def test_trials_that_noise_does_not_tell_apart_are_said_to_be_so():
    draw = np.random.default_rng(0)
    losses = [np.linspace(1, 0.3, 100) + 0.1 * draw.normal(size=100) for _ in RATES]
    found = decide(RATES, losses, ["completed"] * 3, [None] * 3, 100)
    assert any("did as well" in text for text in found.warnings)
    shared = 0.5 * draw.normal(size=100)  # noise of the batches, which all trials share
    losses = [np.linspace(1, end, 100) + shared for end in (0.4, 0.3, 0.5)]
    found = decide(RATES, losses, ["completed"] * 3, [None] * 3, 100)
    assert found.winner == 1
    assert found.warnings == ()


def test_a_loss_that_did_not_fall_is_told():
    found = decided([1.5, 1.2, 1.3])
    assert found.winner == 1
    assert "did not fall" in found.warnings[-1]


def test_losses_that_are_not_finite_at_the_end_win_nothing():
    losses = [np.full(20, 0.5), np.full(20, np.nan), np.full(20, 0.6)]
    found = decide(RATES, losses, ["completed"] * 3, [None] * 3, 20)
    assert found.winner == 0


def test_of_trials_of_different_length_the_steps_that_all_have_are_compared():
    losses = [np.linspace(1, 0, 10), np.linspace(1, 0.5, 20), np.full(20, 0.9)]
    found = decide(RATES, losses, ["exhausted", "completed", "completed"], [None] * 3, 20)
    assert found.scores[1] == pytest.approx(np.mean(np.linspace(1, 0.5, 20)[8:10]))
    assert any("batches for 10 of 20 steps" in text for text in found.warnings)


def test_close_scores_are_written_with_the_digits_that_tell_them_apart():
    assert "0.3123 against 0.3124 at" in decided([0.9, 0.31231, 0.31242]).reason


def test_the_leader_is_who_would_win():
    losses = [np.full(20, 0.5), np.full(20, 0.3), np.full(20, 0.1)]
    assert leader(losses, ["completed", "completed", "behind"], [None] * 3) == 1
    assert leader(losses, ["behind", "diverged", None], [None] * 3) is None


def test_rates_around_one_are_half_decades():
    assert rates_around(0.01) == pytest.approx((0.01 / 10**0.5, 0.01, 0.01 * 10**0.5))
    assert rates_around(0.01, edge=1.0) == rates_around(0.01)
    assert rates_around(0.01, edge=0.01 * 10**0.5) == rates_around(0.01)
    assert rates_around(0.01, edge=0.02) == pytest.approx((0.001, 0.01 / 10**0.5, 0.01))
    assert max(rates_around(0.01, edge=0.0005)) <= 0.0005
    assert rates_around(1.0, count=5)[2] == 1.0


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, True, "0.1", 5e-324, 1e308])
def test_rates_around_what_is_no_rate_are_refused(bad):
    with pytest.raises(SettingsError):
        rates_around(bad)


def test_the_next_rate_lies_beyond_the_end_at_which_the_best_is():
    assert next_beyond((0.001, 0.003, 0.01), 0) == pytest.approx(0.001 / 3)
    assert next_beyond((0.01, 0.003, 0.001), 0) == pytest.approx(0.1 / 3)
    assert next_beyond((0.001, 0.003, 0.01), 1) is None
    assert next_beyond((1e-308, 1e300), 0) is None
