"""One Ctrl-C anywhere in the code that runs sweeps: one ends, everything is back, the next one works."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

from lrwidget import RangeTest
from lrwidget.widget import state, sweeps
from lrwidget.widget.judgement import Choice
from lrwidget.widget.state import Plan, Store, WidgetState
from lrwidget.widget.sweeps import Sweeps
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, half_square, weight_and_sgd
from tests.faults.strikes import Strikes

#: Python leaves no room for a guard between a block and its ``__exit__``.
UNGUARDED = {"__exit__"}


OURS = {sweeps.__file__, state.__file__}


class Nobody:
    """A listener that shows nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def swept(strikes: Strikes) -> None:
    model, optimizer = weight_and_sgd(momentum=0.9)
    before = full_state(model, optimizer)

    def build(_: Plan) -> RangeTest:
        return RangeTest(model, optimizer, half_square, ONE, num_iter=3, end_lr=1.0)

    store = Store(WidgetState(Plan(1e-7, 1.0, 3, "exp"), Choice("steepest", 0.3)))
    sweeps = Sweeps(store, model, build, Nobody())
    sys.setprofile(strikes)
    try:
        with suppress(KeyboardInterrupt):
            sweeps.run()
    finally:
        sys.setprofile(None)
    assert sweeps.wait(0), strikes.places[-1]
    assert not sweeps.busy, strikes.places[-1]
    assert_same_state(before, full_state(model, optimizer))
    assert len(sweeps.run()) == 3
    assert_same_state(before, full_state(model, optimizer))


def test_one_interrupt_anywhere_leaves_the_widget_at_rest() -> None:
    whole = Strikes(OURS)
    swept(whole)
    assert len(whole.places) > 20
    for number in range(1, len(whole.places) + 1):
        swept(Strikes(OURS, number))
