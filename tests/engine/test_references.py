"""What a user's own functions refer to is found, and given back; their notes are not."""

import functools
import random

import numpy as np
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.state.references import found_in
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world

TEACHER = nn.Linear(2, 2)
NOTES = []


def _things(function):
    return [thing for _, thing in found_in(function, "step_fn")]


def _global_step(batch):
    NOTES.append(batch)
    return TEACHER(batch)


def test_globals_closures_defaults_partials_and_methods_are_looked_at():
    ema, second, third = nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1)

    class Trainer:
        def __init__(self):
            self.nets = {"g": ema, "d": [second]}
            self.log = []

        def step(self, batch, extra=third):
            return _helper(batch)

        def __call__(self, batch):
            return self.step(batch)

    def _helper(batch):
        return second(batch)

    assert _things(_global_step) == [TEACHER]
    assert _things(lambda batch: 2 * _global_step(batch)) == [TEACHER]
    assert _things(functools.partial(lambda net, batch, key: net, ema, key=second)) == [ema, second]
    for way in (Trainer().step, Trainer()):
        assert {id(thing) for thing in _things(way)} == {id(ema), id(second), id(third)}

    @functools.wraps(_helper)
    def wrapped(batch):
        return _helper(batch)

    assert _things(wrapped) == [second]


def test_generators_optimizers_schedulers_and_scalers_are_found_but_no_data_and_no_packages():
    net = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    scaler, draw, python, numpy_ = (
        torch.amp.GradScaler("cpu"),
        torch.Generator(),
        random.Random(1),
        np.random.default_rng(1),
    )
    data, later = torch.ones(3), None

    def step(batch):
        return optimizer, scheduler, scaler, draw, python, numpy_, data, torch.nn.functional, np.linalg, unset

    found = _things(step)
    assert {id(thing) for thing in found} == {
        id(x) for x in (optimizer, scheduler, scaler, draw, python, numpy_)
    }
    unset = later  # a closure variable that has no value yet while the function is looked at is no error
    assert len(_things(functools.partial(nn.functional.cross_entropy))) == 0


def test_a_layer_that_a_forward_reaches_for_outside_of_the_model_comes_back():
    outside = nn.BatchNorm1d(3)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = cnn_world().model

        def forward(self, x):
            return outside(self.inner(x))

    world, before = cnn_world(), full_state(outside)
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    RangeTest(net, optimizer, world.criterion, world.loader, num_iter=3).run()
    assert_same_state(before, full_state(outside))


def test_a_second_model_its_optimizer_and_an_average_come_back_without_being_named():
    world, second = cnn_world(), nn.BatchNorm1d(3)
    its_own = torch.optim.Adam(second.parameters(), lr=0.1)
    average = torch.optim.swa_utils.AveragedModel(world.model, use_buffers=True)
    world.optimizer.register_step_post_hook(lambda *_: average.update_parameters(world.model))
    notes = []

    def update(batch):
        x, y = batch
        world.optimizer.zero_grad()
        its_own.zero_grad()
        loss = world.criterion(second(world.model(x)), y)
        loss.backward()
        world.optimizer.step()
        its_own.step()
        notes.append(loss.item())
        return loss

    def state():
        pairs = ((world.model, world.optimizer), (second, its_own), (average, None))
        return [full_state(*pair) for pair in pairs]

    before = state()
    history = RangeTest(world.model, world.optimizer, None, world.loader, update_fn=update, num_iter=5).run()
    assert_same_state(before, state())
    assert notes == list(history.loss), "a user's own notes of the sweep are theirs"


def test_what_is_named_comes_back_whatever_it_is():
    world = cnn_world()

    class Balance:
        def __init__(self):
            self.weights = torch.ones(2)
            self.seen = 0

    class Hidden(nn.Module):
        def __init__(self):
            super().__init__()
            self.held = [nn.Linear(1, 1)]  # in a list, PyTorch does not see it

    balance, bank, table, hidden = Balance(), torch.zeros(3), {"net": nn.Linear(1, 1), "n": 1}, Hidden()
    weights = balance.weights

    def step_fn(batch):
        balance.weights *= 2
        balance.seen += 1
        balance.new = 1
        bank.add_(1)
        table["n"] += 1
        with torch.no_grad():
            table["net"].weight.add_(1)
            hidden.held[0].weight.add_(1)
        return world.criterion(world.model(batch[0]), batch[1])

    before = table["net"].weight.clone(), hidden.held[0].weight.clone()
    keep = [balance, bank, table, hidden]
    RangeTest(world.model, world.optimizer, None, world.loader, step_fn=step_fn, keep=keep, num_iter=3).run()
    assert vars(balance) == {"weights": weights, "seen": 0}
    assert torch.equal(weights, torch.ones(2))
    assert torch.equal(bank, torch.zeros(3))
    assert table["n"] == 1
    assert torch.equal(before[0], table["net"].weight)
    assert torch.equal(before[1], hidden.held[0].weight)
