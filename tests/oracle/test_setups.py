"""Every setup, looked at by the oracle: before, after one sweep, after another, fresh and in mid-training."""

import pytest
import torch

from tests.oracle.judge import swept
from tests.oracle.oracle import Oracle
from tests.setups.table import SETUPS

pytestmark = [
    # Said to whoever asks tensors for their gradient, and to torchdata's loader.
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf"),
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),
]


@pytest.fixture(autouse=True)
def _nothing_compiled(request):
    if "compiled" in request.node.name:
        torch._dynamo.reset()


@pytest.mark.parametrize("before", [0, 3], ids=["fresh", "mid-training"])
@pytest.mark.parametrize("make", SETUPS.values(), ids=SETUPS)
def test_the_oracle_finds_nothing_that_a_sweep_left(make, before):
    setup = make()
    setup.train(before)
    roots = {
        "model": setup.model,
        "optimizer": setup.optimizer,
        "criterion": setup.criterion,
        "loader": setup.loader,
        "scheduler": setup.scheduler,
        "the_loop_by_hand": setup.step,
        **setup.options,
        **setup.also,
    }
    oracle = Oracle(roots)
    first = swept(oracle, setup.test().run)
    assert first.stop_reason == "completed"
    swept(oracle, setup.test().run)
