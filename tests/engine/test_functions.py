"""What a user's own functions refer to and bind anew is given back; their notes stay."""

import collections
import functools
import warnings
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest, Snapshot
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world, small_world

TEACHER = nn.Linear(2, 2)
HIDDEN = None

Pair = collections.namedtuple("Pair", "inputs targets")


class Scores(NamedTuple):
    loss: torch.Tensor
    correct: int = 0


class Ordered(dict):
    made_of = dict.__dict__["fromkeys"]


class Memory:
    """State of a user's own, of no kind that anybody knows."""

    total = 0
    __slots__ = ("size", "values")

    def __init__(self):
        self.size, self.values = 0, torch.zeros(3)

    def add(self):
        Memory.total += 1
        self.size += 1
        self.values += 1


def _restored(function, *, keep=(), change=None):
    world = small_world()
    snapshot = Snapshot(*world, functions=[("step_fn", function)], keep=list(keep))
    (change or function)()
    snapshot.restore()


def _global_step():
    with torch.no_grad():
        TEACHER.weight.add_(1)


def test_globals_closures_defaults_partials_and_methods_are_looked_at():
    first, second, third = Memory(), Memory(), Memory()

    class Trainer:
        def __init__(self):
            self.nets = {"g": first, "d": [second]}

        def step(self, extra=third):
            self.nets["g"].add()
            helper()
            extra.add()

        __call__ = step

    def helper():
        second.add()

    def wrapped():
        helper()

    before = TEACHER.weight.clone()
    _restored(_global_step)
    _restored(lambda: [_global_step()])
    assert torch.equal(before, TEACHER.weight)
    trainer = Trainer()
    ways = (
        trainer.step,
        trainer,
        functools.partial(lambda memory, key: (memory.add(), key.add()), first, key=second),
        functools.wraps(helper)(wrapped),
        first.add,
        [third.add][0],
    )
    for way in ways:
        _restored(way)
        assert [(one.size, one.values.sum().item()) for one in (first, second, third)] == [(0, 0)] * 3
    assert Memory.total == 0, "what all objects of a class count together is state too"


def test_variables_that_a_step_binds_anew_come_back():
    hidden, late = torch.zeros(2), []

    def step():
        global HIDDEN  # noqa: PLW0603 - the very thing
        nonlocal hidden
        HIDDEN = torch.ones(2)
        hidden = hidden + 1
        late.append(0)
        late.append(1)

    then = hidden
    _restored(step)
    assert HIDDEN is None
    assert hidden is then
    assert late == [0, 1], "numbers appended to a list are notes, and stay"


def test_a_variable_that_had_no_value_has_none_again():
    def make():
        def step():
            nonlocal counter
            counter = 1

        def read():
            return counter

        if step is None:
            counter = 0
        return step, read

    step, read = make()
    _restored(step)
    with pytest.raises(NameError):
        read()


def test_notes_are_numbers_and_texts_appended_to_a_list_and_named_in_the_receipt():
    world = cnn_world()
    losses, bank, table, counts = [1.5], [torch.zeros(1)], {"losses": []}, {"n": 0}

    def step_fn(batch):
        loss = world.criterion(world.model(batch[0]), batch[1])
        losses.append(loss.item())
        bank.append(loss.detach())
        table["losses"].append(("step", loss.item()))
        counts["n"] += 1
        return loss

    test = RangeTest(world.model, world.optimizer, None, world.loader, step_fn=step_fn, num_iter=5)
    history = test.run()
    assert losses == [1.5, *history.loss]
    assert table["losses"] == [("step", loss) for loss in history.loss]
    assert len(bank) == 1, "tensors are state"
    assert counts == {"n": 0}
    assert history.receipt["notes"] == [
        "step_fn: losses (5 items added)",
        "step_fn: table['losses'] (5 items added)",
    ]
    RangeTest(
        world.model, world.optimizer, None, world.loader, step_fn=step_fn, num_iter=5, keep=[losses, table]
    ).run()
    assert len(losses) == 6, "what is named comes back whole"
    assert len(table["losses"]) == 5


def test_data_and_packages_are_not_looked_into():
    data, later = torch.ones(3), None

    def step():
        return data, torch.nn.functional, np.linalg, unset

    _restored(step, change=lambda: None)  # a captured variable without a value is no error
    unset = later


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


def test_classes_that_only_hold_what_python_made_of_them_are_no_reason_for_a_warning():
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step_fn(batch):
        pair = Pair(batch, Ordered(a=1))
        return Scores(model(pair.inputs).mean()).loss

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = RangeTest(
            model, optimizer, None, [torch.ones(2, 1)], step_fn=step_fn, num_iter=2, end_lr=1e-3
        ).run()
    assert "not_kept" not in history.receipt
