"""Every real training setup: a sweep leaves no trace in it, and sees what a loop by hand would see."""

import pytest
import torch

from tests.setups.setup import check_no_trace
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
    assert check_no_trace(make, before).stop_reason == "completed"


@every_setup
def test_the_curve_is_that_of_a_loop_by_hand(make):
    history = make().test().run()
    assert history.loss.tolist() == make().train_at(history.lr.tolist())


def test_a_step_that_the_scaler_skips_is_counted_and_does_not_advance_the_sweep():
    history = SETUPS["float16_with_steps_that_are_skipped"]().test().run()
    assert history.receipt["skipped_steps"] > 0
    assert len(history) == 7
