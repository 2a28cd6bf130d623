"""The history is bit for bit that of the real pytorch-lr-finder."""

import contextlib
import io
import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.engine import RangeTest


def _data(n, seed):
    draw = torch.Generator().manual_seed(seed)
    return TensorDataset(torch.randn(n, 5, generator=draw), torch.randint(0, 3, (n,), generator=draw))


def _world(dropout):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 3))
    groups = [
        {"params": model[0].parameters(), "lr": 1e-5},
        {"params": model[3].parameters(), "lr": 1e-5, "weight_decay": 1e-2},
    ]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    train = DataLoader(_data(50, 1), batch_size=8, shuffle=True)
    return model, optimizer, nn.CrossEntropyLoss(), train


def _theirs(world, val_loader, num_iter, **options):
    with warnings.catch_warnings():
        # Imports tqdm's notebook front end and matplotlib, which warn of what is not installed.
        warnings.filterwarnings("ignore", category=Warning)
        from torch_lr_finder import LRFinder
    model, optimizer, criterion, train = world
    finder = LRFinder(model, optimizer, criterion)
    torch.manual_seed(1)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        finder.range_test(
            train, val_loader, end_lr=0.5, num_iter=num_iter, smooth_f=0, diverge_th=1e9, **options
        )
    return finder.history


@pytest.mark.parametrize(
    ("num_iter", "options"),
    [(30, {}), (30, {"step_mode": "linear"}), (15, {"accumulation_steps": 3})],
    ids=["exp", "linear", "accumulation"],
)
def test_training_losses_are_bit_equal(num_iter, options):
    _compare(num_iter, dropout=0.1, **options)


def test_validation_losses_are_bit_equal():
    # Theirs begins the validation loader anew for each evaluation, which draws a random number; ours draws
    # its batches once. So they agree while nothing else is random: no dropout, one pass of the shuffled data.
    _compare(7, dropout=0.0, val_loader=DataLoader(_data(24, 2), batch_size=10))


def _compare(num_iter, *, dropout, val_loader=None, **options):
    theirs = _theirs(_world(dropout), val_loader, num_iter, **options)
    model, optimizer, criterion, train = _world(dropout)
    torch.manual_seed(1)
    ours = RangeTest(
        model, optimizer, criterion, train, val_loader,
        start_lr=1e-5, end_lr=0.5, num_iter=num_iter, smooth_f=0, diverge_th=None, **options,
    ).run()  # fmt: skip
    assert ours.loss.tolist() == theirs["loss"]
    assert ours.lr == pytest.approx(theirs["lr"], rel=1e-12)
