"""Evaluation on kept batches: the model as it trains, and no trace of having been evaluated."""

import copy
import logging
import math
import warnings

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.engine import RangeTest
from lrwidget.engine.state.untouched import Untouched
from lrwidget.errors import LossError, SettingsError, SetupError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world, seed_all

STILL = {"start_lr": 1e-12, "end_lr": 1e-11, "num_iter": 4, "diverge_th": None}


class Renorm(nn.Module):
    """Somebody's own normalisation: its buffers, and its use of them, are nobody else's."""

    def __init__(self, features):
        super().__init__()
        self.register_buffer("moving_mean", torch.zeros(features))
        self.register_buffer("moving_variance", torch.ones(features))

    def forward(self, x):
        axes = [0, *range(2, x.dim())]
        shape = [1, -1, *[1] * (x.dim() - 2)]
        if self.training:
            mean, variance = x.mean(axes), x.var(axes, unbiased=False)
            self.moving_mean = self.moving_mean.lerp(mean.detach(), 0.1)  # another tensor each time
            self.moving_variance.lerp_(variance.detach(), 0.1)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        return (x - mean.view(shape)) / (variance.view(shape) + 1e-5).sqrt()


class Subclass(nn.BatchNorm2d):
    """As timm's: the forward written anew."""

    def forward(self, x):
        if self.training and self.track_running_stats:
            self.num_batches_tracked.add_(1)
        use = self.training or self.running_mean is None
        statistics = (
            (self.running_mean, self.running_var) if not use or self.track_running_stats else (None,) * 2
        )
        return functional.relu(
            functional.batch_norm(x, *statistics, self.weight, self.bias, use, 0.1, self.eps)
        )


LAYERS = {
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), (8, 3)),
    "BatchNorm1d, cumulative": (lambda: nn.BatchNorm1d(3, momentum=None), (8, 3)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(3), (8, 3, 4, 4)),
    "BatchNorm3d": (lambda: nn.BatchNorm3d(3), (8, 3, 2, 2, 2)),
    "SyncBatchNorm": (lambda: nn.SyncBatchNorm(3), (8, 3, 4, 4)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(3, track_running_stats=True), (8, 3, 4, 4)),
    "a subclass": (lambda: Subclass(3), (8, 3, 4, 4)),
    "one's own": (lambda: Renorm(3), (8, 3, 4, 4)),
}


def _around(layer, shape, wrap=lambda model: model):
    """A model with a layer, a dropout behind it, and data far from where running statistics begin."""
    seed_all()
    model = nn.Sequential(layer, nn.Dropout(0.5), nn.Flatten(), nn.LazyLinear(2))
    x, y = 5 + 3 * torch.randn(shape), torch.randint(0, 2, (shape[0],))
    model(x)
    model = wrap(model)
    return model, torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss(), [(x, y)]


def _by_the_batch(model, batch):
    """The loss of a model that normalises by the batch, without dropout."""
    copied = copy.deepcopy(model)
    copied.train()
    copied[1].eval()
    with torch.no_grad():
        return nn.functional.cross_entropy(copied(batch[0]), batch[1]).item()


WRAPS = {
    "plain": lambda model: model,
    "scripted": torch.jit.script,
    "compiled": lambda model: torch.compile(model, backend="eager"),
}


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("name", LAYERS)
def test_layers_use_the_batchs_statistics_and_move_nothing(name, wrap):
    if wrap == "scripted" and name in {"a subclass", "one's own", "SyncBatchNorm"}:
        pytest.skip("cannot be scripted")
    make, shape = LAYERS[name]
    expected = _by_the_batch((world := _around(make(), shape))[0], world[3][0])
    model, optimizer, criterion, data = _around(make(), shape, WRAPS[wrap])
    before = {key: value.clone() for key, value in model.state_dict().items()}
    seen = []
    test = RangeTest(model, optimizer, criterion, data, data, **STILL)
    with test:
        for point in test:
            seen.append(point.loss)
            if point.index == 0:  # by the training step
                assert any(not torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert seen == pytest.approx([expected] * 4, rel=1e-5)
    assert test.history.receipt["eval_mode"] == "batch_stats"
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


@pytest.mark.parametrize("name", LAYERS)
def test_running_statistics_are_those_of_the_training_steps_alone(name):
    make, shape = LAYERS[name]

    def buffers(**options):
        found = []
        model, optimizer, criterion, data = _around(make(), shape)
        with RangeTest(model, optimizer, criterion, data, **options, **STILL) as test:
            found += [[buffer.clone() for buffer in model.buffers()] for _ in test]
        return found

    for plain, evaluated in zip(buffers(), buffers(fixed_batches=1), strict=True):
        assert all(torch.equal(a, b) for a, b in zip(plain, evaluated, strict=True))


def test_a_layer_that_is_frozen_stays_frozen():
    model, optimizer, criterion, data = _around(nn.BatchNorm2d(3), (8, 3, 4, 4))
    model.train()
    model[0].eval()
    seen = []
    handle = model.register_forward_hook(
        lambda module, *_: seen.append((module.training, module[0].training, module[1].training))
    )
    RangeTest(model, optimizer, criterion, data, data, **STILL).run()
    handle.remove()
    assert set(seen) == {(True, False, True), (False, False, False)}
    assert [module.training for module in model] == [False, True, True, True][: len(model)]


@pytest.mark.parametrize(
    ("mode", "flags"), [("batch_stats", (True, False)), ("eval", (False, False)), ("train", (True, True))]
)
def test_the_three_modes(mode, flags):
    model, optimizer, criterion, data = _around(nn.BatchNorm2d(3), (8, 3, 4, 4))
    seen = []

    def step_fn(batch):
        if not torch.is_grad_enabled():
            seen.append((model[0].training, model[1].training))
        return criterion(model(batch[0]), batch[1])

    options = {"fixed_batches": 1, "eval_mode": mode, **STILL}
    history = RangeTest(model, optimizer, None, data, step_fn=step_fn, **options).run()
    assert set(seen) == {flags}
    assert history.receipt["eval_mode"] == mode
    assert "eval_mode" not in RangeTest(model, optimizer, criterion, data, **STILL).run().receipt


@pytest.mark.parametrize("mode", ["batch", None, True, "Eval"])
def test_a_mode_that_is_none(mode):
    with pytest.raises(SettingsError, match="eval_mode must be"):
        RangeTest(*cnn_world(), eval_mode=mode).start()


def test_flags_and_buffers_come_back_when_an_evaluation_fails():
    world = cnn_world(warm=True)
    calls = []

    def step_fn(batch):
        if not torch.is_grad_enabled():
            calls.append([module.training for module in world.model.modules()])
            world.model.features[1].running_mean.add_(1)
            if len(calls) == 3:
                raise ZeroDivisionError("of the user")
        return world.criterion(world.model(batch[0]), batch[1])

    before = full_state(world.model, world.optimizer)
    test = RangeTest(world.model, world.optimizer, None, world.loader, step_fn=step_fn, fixed_batches=1)
    with pytest.raises(ZeroDivisionError):
        test.run()
    assert_same_state(before, full_state(world.model, world.optimizer))


# -- no trace ----------------------------------------------------------------------------------------------


class Bank(nn.Module):
    """A memory bank that every forward writes to, as those of contrastive losses; read in the loss."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 3)
        self.register_buffer("bank", torch.zeros(16, 3))
        self.register_buffer("place", torch.zeros((), dtype=torch.long), persistent=False)

    def forward(self, x):
        made = self.body(x)
        at = int(self.place) % 16
        self.bank[at : at + len(x)].copy_(made.detach())
        self.place += len(x)
        return made + self.bank.mean(0)


@pytest.mark.parametrize("mode", ["batch_stats", "eval", "train"])
def test_what_a_forward_writes_into_buffers_in_evaluation_does_not_enter_the_training(mode):
    def places(**options):
        seed_all()
        model = Bank()
        data, seen = [(torch.randn(4, 3), torch.randn(4, 3))], []
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with RangeTest(model, optimizer, nn.MSELoss(), data, num_iter=5, **options) as test:
            seen += [(model.place.item(), model.bank.tolist()) for _ in test]
        return seen

    assert places() == places(fixed_batches=1, eval_mode=mode)


def test_the_criterions_buffers_too():
    class Centred(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("center", torch.zeros(()))

        def forward(self, output, target):
            self.center = 0.9 * self.center + 0.1 * output.detach().mean()
            return (output - self.center - target).square().mean()

    def centres(**options):
        seed_all()
        model, criterion, seen = nn.Linear(3, 1), Centred(), []
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        data = [(torch.randn(4, 3), torch.randn(4, 1))]
        with RangeTest(model, optimizer, criterion, data, num_iter=5, **options) as test:
            seen += [criterion.center.item() for _ in test]
        return seen

    assert centres() == centres(fixed_batches=1)


def test_buffers_that_cannot_be_written_are_left_alone(tmp_path):
    import numpy as np

    np.save(tmp_path / "table.npy", np.arange(6, dtype=np.float32))
    seed_all()
    model = nn.Sequential(nn.Linear(3, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of memory that is not to be written to
        table = torch.from_numpy(np.load(tmp_path / "table.npy", mmap_mode="r"))
    model.register_buffer("table", table)
    model.register_buffer("same", torch.ones(1).expand(4))
    model.register_buffer("none", None)
    with Untouched((), [model])():
        model(torch.randn(2, 3))
        model.table = torch.zeros(6)
    assert model.table is table


# -- too small, or otherwise in evaluation ----------------------------------------------------------------


def _set(n, features=4):
    draw = torch.Generator().manual_seed(3)
    return TensorDataset(torch.randn(n, features, generator=draw), torch.randint(0, 2, (n,), generator=draw))


def _normed():
    seed_all()
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()


@pytest.mark.parametrize(
    ("batch_size", "samples", "expected"),
    [(1, 20, [8, 8, 4]), (8, 17, [8, 9]), (3, 9, [9]), (16, 32, [16, 16]), (8, 14, [8, 6])],
)
def test_small_batches_are_joined_to_the_size_of_the_trainings(batch_size, samples, expected):
    world, sizes = _normed(), []
    handle = world[0].register_forward_pre_hook(
        lambda module, args: None if module.training else sizes.append(len(args[0]))
    )
    train, val = DataLoader(_set(64), 8), DataLoader(_set(samples), batch_size)
    history = RangeTest(*world, train, val, num_iter=2).run()
    handle.remove()
    assert sizes == expected * 2
    assert history.receipt["evaluation_batches"] == len(expected)


def test_batches_are_not_joined_for_models_without_such_layers():
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loaders = DataLoader(_set(64), 8), DataLoader(_set(5), 1)
    history = RangeTest(model, optimizer, nn.CrossEntropyLoss(), *loaders, num_iter=2).run()
    assert history.receipt["evaluation_batches"] == 5


def test_a_batch_that_is_too_small_is_told_with_layer_and_remedy():
    world = _normed()
    alone = [(torch.randn(1, 4), torch.zeros(1, dtype=torch.long))]
    before = full_state(world[0], world[1])
    with pytest.raises(
        SetupError, match=r"layer '1' \(BatchNorm1d\).*batch 1 .*of 1 sample,.*eval_mode="
    ) as e:
        RangeTest(*world, DataLoader(_set(64), 8), alone).run()
    assert isinstance(e.value.__cause__, ValueError)
    assert_same_state(before, full_state(world[0], world[1]))
    assert len(RangeTest(*world, DataLoader(_set(64), 8), alone, num_iter=3, eval_mode="eval").run()) == 3


class Detector(nn.Module):
    """As torchvision's: losses in training, boxes in evaluation."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 1)

    def forward(self, x, y):
        made = self.body(x)
        return {"loss": (made - y).square().mean()} if self.training else [{"boxes": made}]


def test_a_model_that_answers_otherwise_in_evaluation_mode_is_told():
    seed_all()
    model = Detector()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = [(torch.randn(4, 3), torch.randn(4, 1))]
    match = (
        r'evaluation failed on its first batch.*in evaluation mode.*may answer otherwise.*eval_mode="train"'
    )
    with pytest.raises(SetupError, match=match) as caught:
        RangeTest(model, optimizer, None, data, fixed_batches=1).run()
    assert caught.value.__cause__ is not None

    def step_fn(batch):
        return sum(model(*batch).values())

    with pytest.raises(SetupError, match=match) as caught:
        RangeTest(model, optimizer, None, data, step_fn=step_fn, fixed_batches=1).run()
    assert isinstance(caught.value.__cause__, AttributeError)
    options = {"step_fn": step_fn, "fixed_batches": 1, "eval_mode": "train", "num_iter": 3}
    assert len(RangeTest(model, optimizer, None, data, **options).run()) == 3


def test_a_loss_that_is_none_in_evaluation_is_told():
    seed_all()
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = [(torch.randn(4, 3), None)]
    for given in (None, {"loss": 1}, torch.ones(3)):

        def step_fn(batch, given=given):
            made = model(batch[0]).square().mean()
            return made if model.training else given

        with pytest.raises(SetupError, match="evaluation failed") as caught:
            RangeTest(model, optimizer, None, data, step_fn=step_fn, fixed_batches=1).run()
        assert isinstance(caught.value.__cause__, LossError)


# -- the same noise ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["torch", "numpy", "python", "numpy, late"])
def test_every_evaluation_draws_the_same_noise_and_none_of_the_trainings(source):
    import random

    import numpy as np

    draws = {
        "torch": lambda: torch.randn(()).item(),
        "numpy": np.random.randn,
        "python": random.random,
    }
    evaluations = []

    def drawn(**options):
        seed_all()
        model, trained = nn.Linear(3, 1), []
        evaluations.clear()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def step_fn(batch):
            noise = [draw() for draw in draws.values()] if torch.is_grad_enabled() else [0.0]
            if torch.is_grad_enabled():
                trained.append(noise)
            else:
                late = source.endswith("late") and len(evaluations) < 2
                noise = [] if late else [draws[source.split(",")[0]]() for _ in range(3)]
                evaluations.append(noise)
            return (model(batch) + sum(noise)).square().mean()

        test = RangeTest(
            model,
            optimizer,
            None,
            [torch.ones(4, 3)] * 3,
            step_fn=step_fn,
            num_iter=7,
            diverge_th=None,
            **options,
        )
        test.run()
        return trained

    plain = drawn()
    assert drawn(fixed_batches=1, end_lr=1e-6) == plain
    drawing = [noise for noise in evaluations if noise]
    assert len(drawing) == (5 if source.endswith("late") else 7)
    assert all(noise == drawing[0] for noise in drawing)


def test_dropout_left_on_is_the_same_at_every_rate():
    seed_all()
    model = nn.Sequential(nn.Linear(8, 64), nn.Dropout(0.5), nn.Linear(64, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = [(torch.randn(16, 8), torch.randint(0, 2, (16,)))]
    options = {"fixed_batches": 1, "eval_mode": "train", **STILL}
    losses = RangeTest(model, optimizer, nn.CrossEntropyLoss(), data, **options).run().loss
    assert losses == pytest.approx([losses[0]] * 4, rel=1e-6)


def test_further_generators_are_kept_if_they_are_given():
    from lrwidget.engine.state.parts import State
    from lrwidget.engine.step.noise import SameNoise

    own = torch.Generator().manual_seed(1)
    noise = SameNoise([State("own", own.get_state, own.set_state)])
    seen = []
    for _ in range(3):
        with noise():
            seen.append(torch.rand(2, generator=own).tolist())
        torch.rand(1, generator=own)
    assert seen == [seen[0]] * 3


# -- under the caller's autocast ---------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"fixed_batches": 1}])
def test_inside_the_callers_autocast_the_curve_is_that_of_autocast(options):
    def losses(**more):
        seed_all()
        model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        data = [(torch.randn(64, 10), torch.full((64, 1), 3.0))]
        rates = {"num_iter": 8, "start_lr": 0.01, "end_lr": 0.1, "diverge_th": None}
        return RangeTest(model, optimizer, nn.MSELoss(), data, **rates, **options, **more).run().loss.tolist()

    expected = losses(autocast=torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = losses()
    assert found == expected
    assert found[-1] < 0.5 * found[0]


# -- the pick ----------------------------------------------------------------------------------------------


class _Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip

    def forward(self, x):
        return functional.relu(x + self.inner(x))


def _pick(**options):
    seed_all(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), *(_Residual(8) for _ in range(3)),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 4),
    )  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9)
    kinds = torch.randint(0, 4, (512,))
    images = torch.randn(4, 1, 8, 8)[kinds] + torch.randn(512, 1, 8, 8)
    loader = DataLoader(TensorDataset(images, kinds), 32, shuffle=True, drop_last=True)
    history = RangeTest(model, optimizer, nn.CrossEntropyLoss(), loader, **options).run()
    return history.suggest("steepest").lr or math.nan


@pytest.mark.filterwarnings("ignore::lrwidget.errors.LRWidgetWarning")
def test_the_pick_on_fixed_batches_is_near_that_on_training_losses():
    on_training = _pick()
    assert 0.2 < _pick(fixed_batches=4) / on_training < 5
    assert not 0.2 < _pick(fixed_batches=4, eval_mode="eval") / on_training < 5  # what it is for


class _OutOfSight(logging.Filterer):
    """Like a log, it is entered by no snapshot."""

    forwards, error = 0, None


class _CannotBeGivenBack(nn.Module):
    """A module whose further state changes with every forward, and cannot be set, one time."""

    def __init__(self, error):
        super().__init__()
        self.linear, self.unseen = nn.Linear(1, 1), _OutOfSight()
        self.unseen.error = error

    def forward(self, x):
        self.unseen.forwards += 1
        return self.linear(x)

    def get_extra_state(self):
        return self.unseen.forwards

    def set_extra_state(self, state):
        error, self.unseen.error = self.unseen.error, None
        if error is not None:
            raise error
        self.unseen.forwards = state


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_what_an_evaluation_cannot_give_back_ends_the_sweep(error):
    model = _CannotBeGivenBack(error)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(torch.ones(2, 1), torch.ones(2, 1))]
    test = RangeTest(model, optimizer, nn.MSELoss(), batches, fixed_batches=1, num_iter=4)
    with pytest.raises(type(error)) as raised:
        test.run()
    assert raised.value is error
    assert model.unseen.forwards == 0
