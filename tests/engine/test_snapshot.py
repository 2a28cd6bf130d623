"""Each kind of state is given back, to the same objects, at the same addresses."""

import copy
import gc
import random
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from lrwidget.engine import Snapshot
from lrwidget.errors import RestoreError
from tests.engine.states import assert_same_state, full_state
from tests.engine.states import check_comes_back as _check
from tests.engine.worlds import Cnn, cnn_world
from tests.engine.worlds import small_step as _step
from tests.engine.worlds import small_world as _plain


@pytest.fixture
def world():
    return _plain()


def _replace_buffer(model):
    model[1].running_mean = torch.full((4,), 9.0)


def _remove_buffer(model):
    model[1].running_var = None
    del model[1]._buffers["num_batches_tracked"]


def _add_buffer(model):
    model[1].register_buffer("late", torch.ones(2), persistent=False)


def _replace_parameter(model):
    model[0].weight = nn.Parameter(torch.zeros(4, 3))


def _swap_memory(model):
    model[0].weight.data = torch.zeros(4, 3)
    model[1].running_mean.data = torch.zeros(4, dtype=torch.float64)


def _replace_layer(model):
    model[2] = nn.Identity()


def _freeze(model):
    model[0].weight.requires_grad_(False)


def _unfreeze_modes(model):
    model.eval()
    model[1].train()


@pytest.mark.parametrize(
    "change",
    [
        _replace_buffer,
        _remove_buffer,
        _add_buffer,
        _replace_parameter,
        _swap_memory,
        _replace_layer,
        _freeze,
        _unfreeze_modes,
    ],
)
def test_the_structure_of_the_model_comes_back(world, change):
    model, optimizer = world
    model[1].eval()
    _check(model, optimizer, lambda: change(model))


def test_tied_weights_stay_tied():
    model = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 5, bias=False))
    model[1].weight = model[0].weight
    optimizer = torch.optim.Adam(model.parameters())

    def change():
        model[1].weight = nn.Parameter(torch.zeros(5, 4))
        with torch.no_grad():
            model[0].weight.zero_()

    _check(model, optimizer, change)
    assert model[1].weight is model[0].weight


def test_sparse_gradients_and_expanded_buffers_come_back():
    model = nn.Embedding(5, 3, sparse=True)
    model.register_buffer("wide", torch.ones(1, 3).expand(4, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.tensor([1, 1, 2])).sum().backward()
    grad, value = model.weight.grad, model.weight.grad.to_dense().clone()
    snapshot = Snapshot(model, optimizer)
    optimizer.zero_grad()
    model(torch.tensor([0])).sum().backward()
    optimizer.step()
    snapshot.restore()
    assert model.weight.grad is grad
    assert torch.equal(grad.to_dense(), value)
    assert torch.equal(model.wide, torch.ones(4, 3))


def test_memory_formats_survive():
    model = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    stride = model.weight.stride()
    _check(model, torch.optim.SGD(model.parameters(), lr=1.0), model.weight.data.zero_)
    assert model.weight.stride() == stride


class _Extra(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))
        self._log = {"steps": [1]}

    def get_extra_state(self):
        return self._log

    def set_extra_state(self, state):
        self._log = state


def test_extra_state_comes_back():
    model = _Extra()
    snapshot = Snapshot(model, torch.optim.SGD(model.parameters(), lr=1.0))
    model._log = {"steps": [1, 2]}
    snapshot.restore()
    assert model.get_extra_state() == {"steps": [1]}


class _Keeps(nn.Module):
    """A module with plain state of its own."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))
        self.count, self.cache, self.memory = 0, None, torch.zeros(3)
        self.log, self.table, self.generator = [], {"a": [1]}, torch.Generator().manual_seed(3)
        self.array, self.draws = np.zeros(2), np.random.default_rng(1)


def test_plain_attributes_of_the_users_modules_come_back():
    model = _Keeps()
    memory, log, generator = model.memory, model.log, model.generator
    state = generator.get_state()
    expected = copy.deepcopy(model.draws).random()
    snapshot = Snapshot(model, torch.optim.SGD(model.parameters(), lr=1.0))
    model.count, model.cache, model.late = 5, torch.ones(2), 1
    model.memory.add_(1)
    model.log.append("step")
    model.table["a"].append(2)
    model.table["b"] = 3
    model.array += 1
    model.draws.random()
    torch.rand(3, generator=generator)
    snapshot.restore()
    assert (model.count, model.cache, model.table) == (0, None, {"a": [1]})
    assert not hasattr(model, "late")
    assert model.memory is memory
    assert memory.tolist() == [0, 0, 0]
    assert model.log is log
    assert log == []
    assert model.array.tolist() == [0, 0]
    assert torch.equal(generator.get_state(), state)
    assert model.draws.random() == expected


def test_attributes_of_pytorchs_own_layers_come_back():
    model = nn.Sequential(nn.Dropout(0.2), nn.BatchNorm1d(4), nn.LSTM(4, 3))
    weights = list(model[2]._flat_weights)
    snapshot = Snapshot(model, torch.optim.SGD(model.parameters(), lr=1.0))
    model[0].p, model[1].momentum, model[1].late = 0.9, None, 1  # as models that anneal them do
    model[2]._flat_weights[0] = torch.zeros(12, 4)
    snapshot.restore()
    assert (model[0].p, model[1].momentum) == (0.2, 0.1)
    assert not hasattr(model[1], "late")
    assert all(now is then for now, then in zip(model[2]._flat_weights, weights, strict=True))


def test_attributes_that_are_only_named_like_hooks_come_back():
    model = _Keeps()
    model.n_hook_calls = 0
    snapshot = Snapshot(model, torch.optim.SGD(model.parameters(), lr=1.0))
    model.n_hook_calls, model.my_hooks = 3, []
    snapshot.restore()
    assert model.n_hook_calls == 0
    assert not hasattr(model, "my_hooks")


def test_hooks_added_meanwhile_stay_and_those_that_have_gone_are_back(world):
    model, optimizer = world
    early = model[0].register_forward_hook(lambda *a: None)
    snapshot = Snapshot(model, optimizer)
    early.remove()
    late = model[0].register_forward_hook(lambda *a: None)
    on_step = optimizer.register_step_post_hook(lambda *a: None)
    snapshot.restore()
    assert list(model[0]._forward_hooks) == [early.id, late.id]
    assert list(optimizer._optimizer_step_post_hooks) == [on_step.id]


def test_a_criterion_with_parameters_and_buffers_comes_back(world):
    model, optimizer = world
    criterion = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    optimizer.add_param_group({"params": criterion.parameters()})

    def change():
        criterion(torch.randn(4, 2)).sum().backward()
        optimizer.step()
        criterion.eval()

    _check(model, optimizer, change, criterion=criterion)


def test_all_random_states_come_back(world):
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    snapshot = Snapshot(*world)
    first = draw()
    snapshot.restore()
    assert draw() == first


def test_restoring_twice_is_harmless(world):
    model, optimizer = world
    snapshot = Snapshot(model, optimizer)
    snapshot.restore()
    _step(model, optimizer)
    after = full_state(model, optimizer)
    snapshot.restore()
    assert_same_state(after, full_state(model, optimizer))


def test_all_else_is_given_back_when_one_part_fails(world):
    model, optimizer = world

    class Bad(_Extra):
        def set_extra_state(self, state):
            raise OSError("disk full")

    model.append(Bad())
    before = full_state(model, optimizer)
    snapshot = Snapshot(model, optimizer)
    expected = torch.rand(1)
    model.eval()
    with torch.no_grad():
        model[0].weight.zero_()
    with pytest.raises(
        RestoreError, match=r"extra state of model\.3 \(OSError: disk full\).*Everything else"
    ):
        snapshot.restore()
    assert_same_state(before["model.0"], full_state(model)["model.0"])
    assert model.training
    assert torch.rand(1) == expected


def test_a_tensor_that_cannot_be_given_back_is_named(world):
    model, optimizer = world
    snapshot = Snapshot(model, optimizer)
    snapshot.tensors._kept[0].copy = torch.zeros(99)
    model[1].running_mean += 1
    with pytest.raises(RestoreError, match=r"could not give back: model\.0\.weight "):
        snapshot.restore()
    assert model[1].running_mean.tolist() == [0, 0, 0, 0]


def test_nothing_is_held_after_a_restore():
    world = cnn_world(warm=True)
    snapshot = Snapshot(world.model, world.optimizer, world.criterion, loaders=[world.loader])
    copies = [weakref.ref(kept.copy) for kept in snapshot.tensors._kept]
    assert len(copies) > 20
    snapshot.restore()
    gc.collect()
    assert not any(copy() is not None for copy in copies)
    model = weakref.ref(world.model)
    del world
    gc.collect()
    assert model() is None


def test_taking_and_restoring_in_inference_mode_works():
    model = Cnn()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = full_state(model, optimizer)
    with torch.inference_mode():
        snapshot = Snapshot(model, optimizer)
        model.head.weight.data.zero_()
        snapshot.restore()
    assert_same_state(before, full_state(model, optimizer))
