"""The batches of every evaluation: copies, as many as there is room for."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.engine import RangeTest
from lrwidget.engine.data import kept_batches
from lrwidget.engine.data.kept_batches import SHARE, WITHOUT_LENGTH
from lrwidget.errors import LRWidgetWarning
from tests.engine.worlds import seed_all

RATES = {"start_lr": 1e-6, "end_lr": 1e-5, "num_iter": 3}


def _sweep(val_loader=None, train_loader=None, **options):
    seed_all()
    model = nn.Linear(4, 1)
    seen = []

    def step_fn(batch):
        if not torch.is_grad_enabled():
            seen.append(batch[0][0, 0].item())
        return nn.functional.mse_loss(model(batch[0]), batch[1])

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train = train_loader or [(torch.zeros(2, 4), torch.zeros(2, 1))]
    test = RangeTest(model, optimizer, None, train, val_loader, step_fn=step_fn, **RATES, **options)
    return test.run(), seen


class Reuses:
    """Fills the same memory for every batch."""

    def __init__(self, arrays=False):
        self.x, self.y = torch.zeros(2, 4), torch.zeros(2, 1)
        self.array = self.x.numpy()
        self.arrays = arrays

    def __iter__(self):
        for number in range(1, 5):
            self.array.fill(number)  # which PyTorch does not see
            yield self.x, self.y


@pytest.mark.parametrize("way", ["val", "fixed", "the same for both"])
def test_kept_batches_are_not_the_loaders_own_memory(way):
    if way == "val":
        _, seen = _sweep(Reuses())
    elif way == "fixed":
        _, seen = _sweep(train_loader=Reuses(), fixed_batches=4)
    else:
        loader = Reuses()
        _, seen = _sweep(loader, loader)
    assert seen == [1, 2, 3, 4] * 3


def test_a_first_batch_drawn_ahead_is_a_copy():
    loader, first = Reuses(), []
    seed_all()
    model = nn.Linear(4, 1)

    def step_fn(batch):
        first.append((torch.is_grad_enabled(), batch[0][0, 0].item()))
        return nn.functional.mse_loss(model(batch[0]), batch[1])

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    RangeTest(model, optimizer, None, loader, loader, step_fn=step_fn, **RATES).run()
    assert first[0] == (True, 1)


class Endless:
    drawn = 0

    def __iter__(self):
        while True:
            self.drawn += 1
            assert self.drawn < 10_000, "drawn without end"
            yield torch.randn(2, 4), torch.randn(2, 1)


def test_an_endless_loader_is_drawn_from_only_so_often():
    loader = Endless()
    with pytest.warns(LRWidgetWarning, match="first 100 batches of val_loader.*val_batches says how many"):
        history, _ = _sweep(loader)
    assert history.receipt["evaluation_batches"] == WITHOUT_LENGTH
    assert loader.drawn <= WITHOUT_LENGTH + 1
    assert _sweep(Endless(), val_batches=150)[0].receipt["evaluation_batches"] == 150


def test_a_stream_that_ends_before_is_used_whole_and_without_a_word():
    assert _sweep(Reuses())[0].receipt["evaluation_batches"] == 4


def test_a_set_with_a_length_is_used_whole():
    data = TensorDataset(torch.randn(300, 4), torch.randn(300, 1))
    assert _sweep(DataLoader(data, 2))[0].receipt["evaluation_batches"] == 150


@pytest.mark.parametrize("way", ["val", "val_batches", "fixed_batches"])
def test_what_would_fill_the_memory_is_cut_and_told(monkeypatch, way):
    monkeypatch.setattr(kept_batches, "free_bytes", lambda device: 40_000 / SHARE)
    data = DataLoader(TensorDataset(torch.randn(400, 500), torch.randn(400, 1)), 2)  # 4 kB a batch

    class Wide(nn.Linear):
        pass

    seed_all()
    model = Wide(500, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)
    options = {"val": {}, "val_batches": {"val_batches": 150}, "fixed_batches": {"fixed_batches": 150}}[way]
    val = None if way == "fixed_batches" else data
    option = "fixed_batches" if val is None else "val_batches"
    with pytest.warns(LRWidgetWarning, match=rf"first 9 batches of \w+ \(3\d.* KB\).*{option} says"):
        history = RangeTest(model, optimizer, nn.MSELoss(), data, val, **RATES, **options).run()
    assert history.receipt["evaluation_batches"] == 9


def test_a_list_is_there_already():
    batches = [(torch.full((2, 4), float(n)), torch.zeros(2, 1)) for n in range(150)]
    history, seen = _sweep(batches)
    assert history.receipt["evaluation_batches"] == 150
    assert seen[:150] == list(range(150))
