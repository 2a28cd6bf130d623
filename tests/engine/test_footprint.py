"""What a sweep is going to hold is told before it begins, and held against what it then holds."""

import json

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.footprint import Footprint, estimate, still_to_come
from tests.engine.worlds import cnn_world

CPU = torch.device("cpu")
SIZE = 4 * (30 * 20 + 20)


def _state_bytes(optimizer, model):
    model(torch.randn(2, 30)).sum().backward()
    optimizer.step(lambda: model(torch.randn(2, 30)).sum())
    entries = [value for entry in optimizer.state.values() for value in entry.values()]
    tensors = [value for value in entries if isinstance(value, torch.Tensor)]
    return sum(value.numel() * value.element_size() for value in tensors)


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.SGD(p, lr=0.1),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        torch.optim.Adam,
        torch.optim.AdamW,
        lambda p: torch.optim.Adam(p, amsgrad=True),
        torch.optim.NAdam,
        torch.optim.Adamax,
        torch.optim.RMSprop,
        lambda p: torch.optim.RMSprop(p, momentum=0.9, centered=True),
        torch.optim.Adagrad,
        torch.optim.Adadelta,
        torch.optim.Rprop,
        torch.optim.ASGD,
    ],
)
def test_the_state_still_to_come_is_the_state_that_comes(make):
    model = nn.Linear(30, 20)
    optimizer = make(model.parameters())
    there = sum(v.numel() * 4 for entry in optimizer.state.values() for v in entry.values())
    told = estimate(model, optimizer).optimizer_state
    assert told + there == pytest.approx(_state_bytes(optimizer, model), abs=100)
    assert estimate(model, optimizer).optimizer_state == 0
    assert estimate(model, optimizer).gradients == 0


def test_state_of_a_kind_nobody_knows_is_told_by_what_is_there():
    class Own(torch.optim.SGD):
        """Keeps one number for each row."""

    model = nn.Sequential(nn.Linear(30, 20, bias=False), nn.Linear(20, 10, bias=False))
    optimizer = Own(model.parameters(), lr=0.1)
    optimizer.state[model[0].weight]["rows"] = torch.zeros(20)
    assert estimate(model, optimizer).optimizer_state == round(4 * 200 * (20 / 600))


def test_gradients_and_copies_are_counted_once_and_frozen_ones_apart():
    model = nn.Linear(30, 20)
    model.again = model.weight
    assert still_to_come(model, torch.optim.SGD(model.parameters(), lr=0.1)).by_device() == {CPU: SIZE}
    model.table = nn.Parameter(torch.zeros(6_000_000), requires_grad=False)
    told = estimate(model, torch.optim.Adam([p for p in model.parameters() if p.requires_grad]))
    assert told == Footprint(
        copies={"host": SIZE}, looked_at=24_000_000, gradients=SIZE, optimizer_state=2 * SIZE
    )


@pytest.mark.parametrize("snapshot", ["auto", "disk"])
@pytest.mark.parametrize("warm", [False, True])
def test_a_sweep_holds_what_was_told(snapshot, warm):
    world = cnn_world(warm=warm)
    test = RangeTest(*world, num_iter=3, fixed_batches=2, snapshot=snapshot)
    before = test.footprint()
    assert before.batches is None
    assert "not drawn yet" in str(before)
    history = test.run()
    after = test.footprint()
    data = 24 * (36 * 4 + 8)  # of the loader, found on the way: small, and copied as well
    assert sum(after.copies.values()) == sum(before.copies.values()) + data
    assert after.copies.keys() == before.copies.keys()
    assert after.copies == history.receipt["snapshot_bytes"]
    assert after.batches == 2 * 5 * (36 * 4 + 8)
    assert (after.gradients == 0) == warm
    assert history.receipt["footprint"] == after.as_dict()
    assert json.loads(json.dumps(after.as_dict())) == after.as_dict()


def test_it_is_told_in_words():
    told = Footprint({"device": 1_500_000, "host": 2_000}, 3 * 10**9, 64_000, 1_500_000, 3_000_000)
    assert str(told) == (
        "1.57 MB for the sweep (copies: 1.5 MB on the device and 2 KB in the host's memory; batches to "
        "evaluate on: 64 KB), and as training does 1.5 MB for gradients and about 3 MB for the optimizer's "
        "state. Frozen, and not copied: 3 GB."
    )
    assert str(Footprint()) == "0 bytes for the sweep (nothing to copy)."
    assert Footprint(batches=None).own == 0
