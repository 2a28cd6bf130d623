"""Optimizers and scalers are given back, state, groups and all."""

import copy

import pytest
import torch
from torch import nn

from lrwidget.engine import Snapshot
from tests.engine.states import check_comes_back as _check
from tests.engine.worlds import small_step as _step
from tests.engine.worlds import small_world as _plain


@pytest.fixture
def world():
    return _plain()


def test_a_warm_optimizer_and_its_gradients_come_back(world):
    model, optimizer = world
    _step(model, optimizer)
    _check(model, optimizer, lambda: [_step(model, optimizer) for _ in range(3)])


def test_what_was_absent_is_absent_again(world):
    model, optimizer = world
    _check(model, optimizer, lambda: _step(model, optimizer))
    assert len(optimizer.state) == 0
    assert all(p.grad is None for p in model.parameters())


def test_groups_come_back_with_their_options_and_members(world):
    model, optimizer = world
    optimizer.param_groups[0]["lr"] = lr = torch.tensor(0.1)

    def change():
        group = optimizer.param_groups[0]
        lr.fill_(7.0)
        group["momentum"], group["initial_lr"] = 0.0, 0.5
        del group["nesterov"]
        group["params"].pop()
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))]})
        optimizer.defaults["lr"] = 3.0

    _check(model, optimizer, change)
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == pytest.approx(0.1)
    assert optimizer.defaults["lr"] == 0.1


def test_an_attached_scheduler_sees_no_step(world):
    model, optimizer = world
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    before = copy.deepcopy(scheduler.state_dict())
    _check(model, optimizer, lambda: _step(model, optimizer))
    assert scheduler.state_dict() == before
    assert not hasattr(optimizer, "_opt_called") or optimizer._opt_called is False


def test_lbfgs_lists_of_tensors_come_back():
    model = nn.Linear(3, 2)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)
    data = torch.randn(5, 3)

    def closure():
        optimizer.zero_grad()
        loss = model(data).square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    _check(model, optimizer, lambda: optimizer.step(closure))


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True, foreach=True),
        lambda p: torch.optim.AdamW(p, lr=0.1, fused=True),
        lambda p: torch.optim.Adam(p, lr=torch.tensor(0.1), fused=True),
        lambda p: torch.optim.RMSprop(p, lr=0.1, centered=True),
        lambda p: torch.optim.Adagrad(p, lr=0.1),
        lambda p: torch.optim.Adafactor(p, lr=0.1),
        lambda p: torch.optim.Rprop(p, lr=0.1),
    ],
)
@pytest.mark.parametrize("warm", [False, True])
def test_every_kind_of_optimizer_comes_back(make, warm):
    model, _ = _plain()
    optimizer = make(model.parameters())
    if warm:
        _step(model, optimizer)
    _check(model, optimizer, lambda: [_step(model, optimizer) for _ in range(2)])


def test_parameters_that_only_the_optimizer_holds_come_back(world):
    model, optimizer = world
    other = nn.Parameter(torch.ones(3))
    optimizer.add_param_group({"params": [other]})
    snapshot = Snapshot(model, optimizer)
    other.data.zero_()
    snapshot.restore()
    assert other.tolist() == [1, 1, 1]


def test_a_gradient_scaler_comes_back(world):
    model, optimizer = world
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=1)
    snapshot = Snapshot(model, optimizer, grad_scaler=scaler)
    for _ in range(2):
        optimizer.zero_grad()
        scaler.scale(model(torch.randn(5, 3)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    assert scaler.get_scale() == 32.0
    snapshot.restore()
    assert scaler._scale is None
    assert scaler.get_scale() == 8.0
    assert not scaler._per_optimizer_states
