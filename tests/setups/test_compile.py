"""What ``torch.compile`` has compiled stays compiled through a sweep, whose every step has another rate."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from tests.setups.compiled import compiled_model, compiled_optimizer_step, compiled_step

# Said to dynamo, which asks each tensor for its gradient.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")


@pytest.fixture(autouse=True)
def _nothing_compiled():
    torch._dynamo.reset()


@pytest.mark.parametrize(
    ("make", "lr", "graphs"),
    [
        (lambda backend, lr: compiled_model(backend), None, 1),
        # PyTorch compiles a number in as it is, and as any number when it meets the second.
        (compiled_optimizer_step, 1e-3, 1 + 1),
        (compiled_optimizer_step, torch.tensor(1e-3), 1),
        (compiled_step, 1e-3, 2 + 1),  # forward and step; backward stands between them
    ],
    ids=["model", "optimizer", "optimizer-tensor-rate", "step"],
)
def test_a_hundred_rates_are_no_hundred_compilations(make, lr, graphs):
    counter = CompileCounter()
    one = make(counter, lr)
    assert len(one.test(num_iter=100).run()) == 100
    assert counter.frame_count == graphs

    one.train(3)  # may compile once more: the optimizer makes its own state now, that of the sweep is gone
    graphs = counter.frame_count
    one.test(num_iter=100, start_lr=1e-5).run()
    one.train(3)
    assert counter.frame_count == graphs
