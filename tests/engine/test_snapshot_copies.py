"""How values are copied: side by side, as they lie, and written back only where they changed."""

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.state.tensors import TensorStore
from tests.engine.states import assert_same_state, full_state


def _frozen_and_trained(step_fn):
    backbone, head = nn.Linear(50, 40, bias=False), nn.Linear(40, 1)
    backbone.requires_grad_(False)
    backbone.weight[0] = 0.0
    model = nn.Sequential(backbone, head)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
    loader = [(torch.randn(4, 50), torch.randn(4, 1))]
    test = RangeTest(
        model, optimizer, None, loader, step_fn=lambda batch: step_fn(model, batch), num_iter=5, end_lr=1e-3
    )
    before = full_state(model, optimizer)
    test.run()
    assert_same_state(before, full_state(model, optimizer))
    return test.history.receipt, backbone


def _squares(model, batch):
    return nn.functional.mse_loss(model(batch[0]), batch[1])


def test_frozen_layers_are_looked_at_and_not_written_to():
    receipt, _ = _frozen_and_trained(_squares)
    trained = 4 * (40 + 1)
    batch = 4 * (4 * 50 + 4)  # of the loader, which is a list of the user's
    assert receipt["snapshot_bytes"] == {"host": 4 * 50 * 40 + trained + batch}
    assert receipt["restored_bytes"] == trained
    assert receipt["snapshot_seconds"] > 0
    assert receipt["restore_seconds"] > 0


@pytest.mark.parametrize("way", ["in place", "data", "sign of zero"])
def test_frozen_layers_that_were_written_to_all_the_same_are_given_back(way):
    def step(model, batch):
        weight = model[0].weight
        with torch.no_grad():
            if way == "in place":
                weight.mul_(0.9)
            elif way == "data":  # PyTorch does not count this one
                weight.data.mul_(0.9)
            else:
                weight.data.copy_(torch.where(weight == 0, -weight, weight))
        return _squares(model, batch)

    receipt, backbone = _frozen_and_trained(step)
    assert receipt["restored_bytes"] == 4 * (50 * 40 + 40 + 1)
    assert not torch.signbit(backbone.weight[0]).any()


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.randn(3, 4),
        lambda: torch.randn(3, 4).t(),
        lambda: torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        lambda: torch.randn(6, 4)[::2],
        lambda: torch.tensor(1.5),
        lambda: torch.empty(0, 3),
        lambda: torch.randn(3, dtype=torch.complex128),
        lambda: torch.randn(3, dtype=torch.complex64).conj(),
        lambda: torch.randn(5).bfloat16(),
        lambda: torch.tensor([True, False]),
    ],
)
@pytest.mark.parametrize("place", ["host", "disk"])
@pytest.mark.parametrize("touched", [True, False])
def test_values_of_any_kind_and_order_lie_side_by_side(make, place, touched):
    tensors = [torch.randn(7), make(), torch.tensor([1], dtype=torch.uint8), make()]
    values = [tensor.clone() for tensor in tensors]
    store = TensorStore(place)
    for number, tensor in enumerate(tensors):
        store.add(tensor, str(number))
    store.save()
    if touched:
        for tensor in tensors:
            tensor.zero_()
    assert store.give_back() == []
    for tensor, value in zip(tensors, values, strict=True):
        assert torch.equal(tensor, value)
