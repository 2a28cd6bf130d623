"""Each kind of state is given back, to the same objects, at the same addresses."""

import copy
import gc
import random
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, Sampler, TensorDataset

from lrwidget.engine import Snapshot
from lrwidget.errors import RestoreError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import Cnn, cnn_world


def _plain():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def _step(model, optimizer, closure=None):
    optimizer.zero_grad()
    model(torch.randn(5, 3)).sum().backward()
    optimizer.step()


@pytest.fixture
def world():
    return _plain()


def _check(model, optimizer, change, **more):
    before = full_state(model, optimizer, more.get("criterion"))
    snapshot = Snapshot(model, optimizer, **more)
    change()
    snapshot.restore()
    assert_same_state(before, full_state(model, optimizer, more.get("criterion")))


def test_a_warm_optimizer_and_its_gradients_come_back(world):
    model, optimizer = world
    _step(model, optimizer)
    _check(model, optimizer, lambda: [_step(model, optimizer) for _ in range(3)])


def test_what_was_absent_is_absent_again(world):
    model, optimizer = world
    _check(model, optimizer, lambda: _step(model, optimizer))
    assert len(optimizer.state) == 0
    assert all(p.grad is None for p in model.parameters())


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


def test_hooks_added_or_removed_meanwhile_are_left_alone(world):
    model, optimizer = world
    early = model[0].register_forward_hook(lambda *a: None)
    snapshot = Snapshot(model, optimizer)
    early.remove()
    late = model[0].register_forward_hook(lambda *a: None)
    snapshot.restore()
    assert list(model[0]._forward_hooks) == [late.id]


def test_a_criterion_with_parameters_and_buffers_comes_back(world):
    model, optimizer = world
    criterion = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    optimizer.add_param_group({"params": criterion.parameters()})

    def change():
        criterion(torch.randn(4, 2)).sum().backward()
        optimizer.step()
        criterion.eval()

    _check(model, optimizer, change, criterion=criterion)


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


def test_all_random_states_come_back(world):
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    snapshot = Snapshot(*world)
    first = draw()
    snapshot.restore()
    assert draw() == first


class _Shuffling(Sampler):
    """A sampler with a counter, a list shuffled in place, and generators of three kinds."""

    def __init__(self, n):
        self.order, self.epoch = list(range(n)), 0
        self.python, self.numpy = random.Random(1), np.random.default_rng(1)
        self.torch, self.legacy = torch.Generator().manual_seed(1), np.random.RandomState(1)

    def __iter__(self):
        self.epoch += 1
        self.python.shuffle(self.order)
        self.numpy.shuffle(self.order)
        start = int(torch.randint(9, (), generator=self.torch)) + self.legacy.randint(9)
        return iter(self.order[start % 7 :] + self.order[: start % 7])

    def __len__(self):
        return len(self.order)


@pytest.mark.parametrize("nested", [False, True])
def test_samplers_repeat_themselves(world, nested):
    data = TensorDataset(torch.arange(20.0))
    sampler = _Shuffling(20)
    if nested:
        loader = DataLoader(data, batch_sampler=BatchSampler(sampler, 4, drop_last=False))
    else:
        loader = DataLoader(data, batch_size=4, sampler=sampler)
    snapshot = Snapshot(*world, loaders=[loader])
    first = [batch[0].tolist() for batch in loader]
    snapshot.restore()
    assert [batch[0].tolist() for batch in loader] == first
    assert sampler.epoch == 1


def test_a_generator_of_a_random_sampler_repeats_itself(world):
    data = TensorDataset(torch.arange(20.0))
    sampler = RandomSampler(data, generator=torch.Generator().manual_seed(2))
    loader = DataLoader(data, sampler=sampler)
    snapshot = Snapshot(*world, loaders=[loader])
    first = [batch[0].item() for batch in loader]
    snapshot.restore()
    assert [batch[0].item() for batch in loader] == first


class _Stateful:
    def __init__(self):
        self._position = np.array([0])  # state that only state_dict knows to be state

    def __iter__(self):
        self._position[0] += 1
        yield torch.rand(1)

    def state_dict(self):
        torch.rand(1)  # reading the state may itself draw
        return {"position": self._position}

    def load_state_dict(self, state):
        self._position = state["position"].copy()


def test_loaders_with_a_state_dict_get_it_back(world):
    loader = _Stateful()
    before = torch.get_rng_state()
    snapshot = Snapshot(*world, loaders=[loader])
    list(loader)
    snapshot.restore()
    assert loader.state_dict()["position"].tolist() == [0]
    torch.set_rng_state(before)


def test_loading_data_is_not_copied(world):
    loader = type("Loader", (), {})()
    loader.images = torch.zeros(10)
    snapshot = Snapshot(*world, loaders=[loader])
    loader.images += 1
    snapshot.restore()
    assert loader.images.sum() == 10


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
    snapshot._training.tensors._kept[0].copy = torch.zeros(99)
    model[1].running_mean += 1
    with pytest.raises(RestoreError, match=r"could not give back: model\.0\.weight "):
        snapshot.restore()
    assert model[1].running_mean.tolist() == [0, 0, 0, 0]


def test_nothing_is_held_after_a_restore():
    world = cnn_world(warm=True)
    snapshot = Snapshot(world.model, world.optimizer, world.criterion, loaders=[world.loader])
    copies = [weakref.ref(kept.copy) for kept in snapshot._training.tensors._kept]
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
