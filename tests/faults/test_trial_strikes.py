"""One Ctrl-C anywhere in the code that runs trials: all end, everything is back, and others can begin."""

from __future__ import annotations

import sys
from contextlib import suppress

from lrwidget import RateTrials
from lrwidget.engine import runner
from lrwidget.engine.trials import record, series, trial_sweep
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, half_square, weight_and_sgd
from tests.faults.strikes import Strikes

OURS = {runner.__file__, record.__file__, series.__file__, trial_sweep.__file__}


def tried(strikes: Strikes) -> None:
    model, optimizer = weight_and_sgd(momentum=0.9)
    before = full_state(model, optimizer)
    test = RateTrials(
        model,
        optimizer,
        half_square,
        ONE,
        rates=[0.1, 0.2],
        steps=2,
        fixed_batches=1,
        callback=lambda _: None,
    )
    sys.setprofile(strikes)
    try:
        with suppress(KeyboardInterrupt):
            test.run()
    finally:
        sys.setprofile(None)
    where = strikes.places[-1]
    assert not test._course.holds_anything, where
    assert_same_state(before, full_state(model, optimizer), str(where))
    assert test.stop_reason in {"interrupted", "completed", None}, where
    again = RateTrials(model, optimizer, half_square, ONE, rates=[0.1, 0.2], steps=2).run()
    assert again.stop_reason == "completed"


def test_one_interrupt_anywhere_gives_everything_back() -> None:
    whole = Strikes(OURS)
    tried(whole)
    assert len(whole.places) > 100
    assert {name for name, *_ in whole.places} >= {"advance", "give_back", "_begin_next", "add", "__next__"}
    for number in range(1, len(whole.places) + 1):
        tried(Strikes(OURS, number))
