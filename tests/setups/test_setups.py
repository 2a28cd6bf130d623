"""Every real training setup: a sweep leaves no trace in it, and sees what a loop by hand would see."""

import pytest
import torch

from tests.engine.states import assert_same_state
from tests.setups.table import SETUPS

pytestmark = [
    # Said to dynamo, which asks each tensor for its gradient, and to torchdata's loader.
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf"),
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),
]


@pytest.fixture(autouse=True)
def _nothing_compiled(request):
    if "compiled" in request.node.name:  # what was compiled for another test would be used again
        torch._dynamo.reset()


every_setup = pytest.mark.parametrize("make", SETUPS.values(), ids=SETUPS)


@every_setup
@pytest.mark.parametrize("before", [0, 3], ids=["fresh", "mid-training"])
def test_training_goes_on_as_if_there_had_been_no_sweep(make, before):
    plain = make()
    plain.train(before)
    expected = plain.train(5)

    one = make()
    one.train(before)
    state = one.state()
    first = one.test().run()
    assert first.stop_reason == "completed"
    assert_same_state(state, one.state())
    second = one.test().run()
    assert_same_state(state, one.state())
    again = one.train(5)
    if one.rounded:
        assert second.loss == pytest.approx(first.loss, rel=1e-5)
        assert again == pytest.approx(expected, rel=1e-5)
        return
    assert second.loss.tolist() == first.loss.tolist()
    assert again == expected
    assert_same_state(plain.state(identity=False), one.state(identity=False))


@every_setup
def test_the_curve_is_that_of_a_loop_by_hand(make):
    history = make().test().run()
    assert history.loss.tolist() == make().train_at(history.lr.tolist())


def test_a_step_that_the_scaler_skips_is_counted_and_does_not_advance_the_sweep():
    history = SETUPS["float16_with_steps_that_are_skipped"]().test().run()
    assert history.receipt["skipped_steps"] > 0
    assert len(history) == 7
