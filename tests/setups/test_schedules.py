"""The accepted rate is in force in the training that follows, whatever schedule steers it."""

import pytest

from lrwidget import LRWidget
from tests.setups.schedules import KINDS
from tests.setups.setup import RATES
from tests.setups.table import SETUPS

LR = 0.004
CYCLES = {"one_cycle", "cyclic"}
PLAIN = [f"{kind.__name__}_scheduler" for kind in KINDS if kind.__name__ not in CYCLES]
PLAIN += ["reduce_on_plateau_scheduler"]


def _accept(one, lr=LR):
    scheduler = getattr(one.scheduler, "inner", one.scheduler)
    with_scheduler = {"scheduler": scheduler, **RATES, **one.options}
    w = LRWidget(one.model, one.optimizer, one.criterion, one.loader, **with_scheduler)
    w.run()
    w.accept(lr)
    return w


def _rates_in_training(one, steps=8):
    """The rates of both groups at each step."""
    seen = []
    for _ in range(steps):
        seen.append([group["lr"] for group in one.optimizer.param_groups])
        one.train(1)
    return seen


@pytest.mark.parametrize("name", PLAIN)
def test_a_schedule_that_has_not_begun_is_that_of_an_optimizer_made_with_the_rate(name):
    one, other = SETUPS[name](), SETUPS[name]()
    _accept(one)
    # Made with LR and, in the ratio of the groups, twice that.
    expected = [[rate * LR / 0.05 for rate in rates] for rates in _rates_in_training(other)]
    assert _rates_in_training(one) == [pytest.approx(rates) for rates in expected]


@pytest.mark.parametrize("name", PLAIN)
def test_a_schedule_in_the_middle_of_its_course_goes_on_from_the_rate(name):
    one, other = SETUPS[name](), SETUPS[name]()
    one.train(2)
    other.train(2)
    _accept(one)
    expected = _rates_in_training(other)
    first = expected[0][0]
    seen = _rates_in_training(one)
    assert seen[0] == pytest.approx([LR, 2 * LR])
    assert seen == [pytest.approx([rate * LR / first for rate in rates]) for rates in expected]


@pytest.mark.parametrize("kind", sorted(CYCLES))
def test_a_cycle_keeps_its_own_rates_and_one_made_anew_has_those_accepted(kind):
    one, other = SETUPS[f"{kind}_scheduler"](), SETUPS[f"{kind}_scheduler"]()
    w = _accept(one)
    assert one.optimizer.param_groups[0]["lr"] == LR
    expected = _rates_in_training(other)
    assert _rates_in_training(one)[1:] == [pytest.approx(rates) for rates in expected[1:]]

    w.bounds = (LR, 10 * LR)
    one.scheduler = w.one_cycle(total_steps=20) if kind == "one_cycle" else w.cyclic(step_size_up=4)
    seen = [rates[0] for rates in _rates_in_training(one, 18)]
    assert min(seen[:8]) == pytest.approx(LR)
    assert max(seen) == pytest.approx(10 * LR, rel=0.05)
