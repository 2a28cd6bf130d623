"""One Ctrl-C anywhere in the code that runs several sweeps: they end, all is back, the next ones work."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from lrwidget import Comparison
from lrwidget.engine import variants
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, half_square, weight_and_sgd
from tests.faults.strikes import Strikes

OURS = {str(path) for path in Path(variants.__file__).parent.glob("*.py")}


def compared(strikes: Strikes) -> None:
    model, optimizer = weight_and_sgd(momentum=0.9)
    grown = optimizer.param_groups[0]
    before = full_state(model, optimizer)

    def made() -> Comparison:
        given = [{"weight_decay": 0.5}, {"seed": 3}]
        return Comparison(given, model, optimizer, half_square, ONE, num_iter=2, end_lr=1.0)

    struck = False
    sys.setprofile(strikes)
    try:
        comparison = made()
        comparison.run()
    except KeyboardInterrupt:
        struck = True
    finally:
        sys.setprofile(None)
    place = strikes.places[-1]
    assert grown["weight_decay"] == 0, place
    assert_same_state(before, full_state(model, optimizer))
    if struck and "comparison" in locals() and comparison._started:
        assert comparison.stop_reason in {"interrupted", "completed"}, place
        assert list(comparison) == [], place
    assert [len(run.history) for run in made().run()] == [2, 2]
    assert_same_state(before, full_state(model, optimizer))


@pytest.mark.parametrize("part", range(4))
def test_one_interrupt_anywhere_gives_everything_back(part: int) -> None:
    whole = Strikes(OURS)
    compared(whole)
    assert len(whole.places) > 100
    gc.collect()
    for number in range(1 + part, len(whole.places) + 1, 4):
        compared(Strikes(OURS, number))
