"""Rules for trials are replayed as the engine follows them."""

import math

import numpy as np
import pytest

from benchmarks.evaluation_tasks import TASKS
from benchmarks.trial_rules import (
    TRIED,
    by_kept,
    by_last,
    endings,
    middle_of,
    parabola,
    tables,
    trained,
    winner,
    worth,
)

RATES = [10 ** (number / 2 - 4) for number in range(9)]


def row(best=4, pick=1e-2):
    """Losses that end the lower, the nearer their rate is to one of them; the highest blows up."""
    losses = [np.linspace(1, 0.1 + 0.1 * abs(n - best), 300).tolist() for n in range(8)] + [[1.0, math.inf]]
    kept = [abs(n - best) + 0.5 for n in range(9)]
    return {
        "key": ["made up", 0, 0],
        "rates": RATES,
        "pick": pick,
        "losses": losses,
        "fixed": kept,
        "validation": kept,
        "refined": losses[best],
    }


def test_worth_is_0_for_the_best_and_1_for_what_blows_up():
    found = worth(row())
    assert found[4] == 0
    assert found[8] == 1
    assert 0 < found[3] < found[2] < 1


def test_the_winner_is_found_within_reach_of_the_pick():
    for score in (by_last(0.2), by_kept("fixed")):
        assert winner(row(best=4, pick=1e-2), 4, score, 0) == 4
        assert winner(row(best=1, pick=1e-2), 4, score, 0) == 3
        assert winner(row(best=1, pick=1e-2), 4, score, 2) == 1
        assert winner(row(best=7), 6, score, 2) == 7  # beyond it there is only what blows up
    assert middle_of(row(pick=1e-9)) == 1
    assert middle_of(row(pick=RATES[5] * 1.2)) == 5


def test_a_parabola_is_lowest_where_its_sides_are_equal():
    assert parabola(row()) == pytest.approx(RATES[4])
    assert parabola(row(best=0)) is None


def test_the_tables_tell_of_every_rule():
    shown = tables([row(), row(best=1)])
    assert "| last 20 % of the training losses | 0." in shown
    assert "2 trainings." in shown
    spared, ended, wrong = endings([row()])
    assert 0 < spared < 1
    assert ended > 0
    assert wrong == {"training": 0, "fixed": 0, "validation": 0}


def test_a_task_is_trained_at_every_rate():
    task = next(one for one in TASKS if one.name.startswith("logistic"))
    found = trained(task, 0, 0, steps=3)
    assert [len(one) for one in found["losses"]] == [3] * 9
    assert len({one[0] for one in found["losses"]}) == 1
    assert all(map(math.isfinite, found["fixed"]))
    assert TRIED == 100
