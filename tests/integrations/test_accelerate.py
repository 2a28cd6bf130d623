"""A sweep of what the real Accelerate has prepared, against a loop as its users write it."""

import os
import socket
import sys
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from accelerate.utils import GradientAccumulationPlugin
from torch import multiprocessing, nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.errors import LossError, SettingsError, SetupError
from lrwidget.integrations.accelerate import widget
from tests.engine.states import assert_same_state, full_state, random_state
from tests.integrations.marks import marks

RATES = [1e-3 * 1.4**step for step in range(24)]


@pytest.fixture(autouse=True)
def one_accelerator_a_test():
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


class World:
    """A prepared model with batch norm and dropout, a warmed-up Adam of two groups, a shuffled loader."""

    def __init__(self, samples=96, **options):
        self.accelerator = Accelerator(cpu=True, **options)
        torch.manual_seed(1)
        model = nn.Sequential(
            nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 3)
        )
        groups = [
            {"params": model[0].parameters(), "lr": 1e-3},
            {"params": [*model[1].parameters(), *model[4].parameters()], "lr": 5e-4},
        ]
        x = torch.randn(samples, 6)
        loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=8, shuffle=True)
        optimizer = torch.optim.Adam(groups)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
        self.criterion = nn.CrossEntropyLoss()
        self.model, self.optimizer, self.loader, self.scheduler = self.accelerator.prepare(
            model, optimizer, loader, scheduler
        )

    def widget(self, criterion=None, **settings):
        settings = {"lr_schedule": RATES} | settings
        return widget(
            self.accelerator, self.model, self.optimizer, criterion or self.criterion, self.loader, **settings
        )

    def train(self, rates=None, passes=99):
        """Return the losses of Accelerate's own loop, at given rates or at the optimizer's."""
        losses, part, done = [], [], 0
        for _ in range(passes):
            self.model.train()
            for x, y in self.loader:
                if rates is not None:
                    if done == len(rates):
                        return losses
                    for group, ratio in zip(self.optimizer.param_groups, (1, 0.5), strict=True):
                        group["lr"] = rates[done] * ratio
                with self.accelerator.accumulate(self.model):
                    loss = self.criterion(self.model(x), y)
                    self.accelerator.backward(loss)
                    self.optimizer.step()
                    self.optimizer.zero_grad()
                part.append(loss.item())
                if self.accelerator.sync_gradients:
                    losses.append(sum(part) / len(part))
                    part, done = [], done + 1
        return losses

    def state(self):
        accelerator = self.accelerator
        return {
            **full_state(self.model, self.optimizer.optimizer),
            "random": random_state(),
            "accelerator": marks(accelerator),
            "its state": marks(accelerator.state),
            "gradients": marks(accelerator.gradient_state),
            "loader": marks(self.loader),
            "optimizer": marks(self.optimizer),
            "scheduler": marks(self.scheduler),
            "inner scheduler": marks(self.scheduler.scheduler),
        }


def twins(**options):
    """Return the losses of Accelerate's own loop, and the same world again."""
    world = World(**options)
    world.train(passes=1)
    torch.manual_seed(7)
    expected = world.train(RATES)
    one_more = World(**options)
    one_more.train(passes=1)
    torch.manual_seed(7)
    return expected, one_more


@pytest.mark.parametrize("options", [{}, {"mixed_precision": "bf16"}], ids=["float32", "bfloat16"])
def test_the_losses_are_those_of_its_own_loop(options):
    expected, world = twins(**options)
    before = world.state()
    history = world.widget().run()
    assert history.loss.tolist() == expected
    assert history.stop_reason == "completed"
    assert_same_state(before, world.state())


def test_the_accelerators_accumulation_is_the_sweeps():
    expected, world = twins(samples=144, gradient_accumulation_steps=3)
    before = world.state()
    history = world.widget().run()
    assert history.settings.accumulation_steps == 3
    assert history.loss.tolist() == pytest.approx(expected, rel=1e-6)
    assert_same_state(before, world.state())
    assert world.widget(accumulation_steps=1).run().settings.accumulation_steps == 1


def test_a_plugin_that_does_not_sync_with_the_loader_counts_as_we_do():
    plugin = GradientAccumulationPlugin(num_steps=5, sync_with_dataloader=False)
    world = World(gradient_accumulation_plugin=plugin)
    torch.manual_seed(7)
    expected = world.train(RATES)
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    world = World(gradient_accumulation_plugin=plugin)
    torch.manual_seed(7)
    assert world.widget().run().loss.tolist() == pytest.approx(expected, rel=1e-6)


def test_within_a_pass_of_the_users_own():
    world = World(gradient_accumulation_steps=2)
    seen = []
    for number, (x, y) in enumerate(world.loader):
        with world.accelerator.accumulate(world.model):
            world.accelerator.backward(world.criterion(world.model(x), y))
            world.optimizer.step()
            world.optimizer.zero_grad()
        if number == 2:
            before = world.state()
            world.widget().run()
            assert_same_state(before, world.state())
        seen.append((world.accelerator.gradient_state.end_of_dataloader, world.accelerator.sync_gradients))
    assert seen == [(k == 11, k % 2 == 1) for k in range(12)]
    assert not world.accelerator.gradient_state.in_dataloader


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_and_an_interrupt_in_the_step_leave_no_trace(kind):
    _, world = twins()
    before = world.state()
    calls = []

    def criterion(output, target):
        calls.append(1)
        if len(calls) == 15:
            raise kind("stop here")
        return world.criterion(output, target)

    w = world.widget(criterion)
    if kind is ValueError:
        with pytest.raises(ValueError, match="stop here"):
            w.run()
    else:
        assert w.run().stop_reason == "interrupted"
    assert_same_state(before, world.state())


def test_the_accepted_rate_is_the_next_loops():
    world = World()
    w = world.widget(scheduler=world.scheduler)
    w.run()
    assert w.accept(0.02) == 0.02
    assert [group["lr"] for group in world.optimizer.param_groups] == [0.02, 0.01]
    assert world.scheduler.scheduler.base_lrs == [0.02, 0.01]
    world.train(passes=1)
    world.scheduler.step()
    assert world.scheduler.get_last_lr() == [0.01, 0.005]

    other = World()
    w = other.widget(scheduler=[other.scheduler])
    before = other.state()
    w.accept(0.02)
    w.reset()
    assert_same_state(before, other.state())


def test_evaluation_and_a_metric():
    world = World()

    def accuracy(output, target):
        return (output.argmax(1) == target).float().mean()

    history = world.widget(fixed_batches=2, metric=accuracy).run()
    assert history.settings.loss_source == "fixed"
    assert max(history.metric) > min(history.metric)
    valid = world.accelerator.prepare(DataLoader(world.loader.dataset, batch_size=16))
    before = world.state()
    history = world.widget(val_loader=valid).run()
    assert history.settings.loss_source == "val"
    assert_same_state(before, world.state())


def test_a_model_that_computes_its_own_loss():
    class Itself(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(6, 1)

        def forward(self, x, y):
            return {"loss": nn.functional.mse_loss(self.inner(x), y)}

    accelerator = Accelerator(cpu=True, mixed_precision="bf16")
    model = Itself()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    x = torch.randn(32, 6)
    loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    history = widget(accelerator, model, optimizer, None, loader, num_iter=20, end_lr=0.1).run()
    assert len(history) == 20
    history = widget(
        accelerator, model, optimizer, None, loader, num_iter=20, step_fn=lambda b: model(*b)["loss"]
    ).run()
    assert history.loss[0] > 0


def test_a_loss_that_cannot_be_trained_on():
    world = World()
    before = world.state()
    with pytest.raises(LossError, match="must be a scalar"):
        world.widget(nn.CrossEntropyLoss(reduction="none")).run()
    assert_same_state(before, world.state())


def test_what_does_not_fit_is_told():
    world = World()
    accelerator, model, optimizer, loader = world.accelerator, world.model, world.optimizer, world.loader
    plain = torch.optim.SGD(model.parameters(), 0.1)
    with pytest.raises(SetupError, match=r"accelerator must be an accelerate.Accelerator; got a Sequential"):
        widget(model, model, optimizer, None, loader)
    with pytest.raises(SetupError, match=r"optimizer must be as accelerator.prepare returned it; got a SGD"):
        widget(accelerator, model, plain, None, loader)
    with pytest.raises(SetupError, match=r"model must be as accelerator.prepare returned it; got a Linear"):
        widget(accelerator, nn.Linear(2, 2), optimizer, None, loader)
    with pytest.raises(
        SettingsError, match="grad_scaler is not for you to give here: it follows from the acc"
    ):
        world.widget(grad_scaler=None)
    with pytest.raises(SettingsError, match="num_iter"):
        world.widget(lr_schedule=None, num_iter=1)


@pytest.mark.parametrize("kind", ["DEEPSPEED", "FSDP", "XLA", "MEGATRON_LM"])
def test_sharded_training_is_refused(kind):
    world = World()
    state = AcceleratorState._shared_state
    before = state["distributed_type"]
    try:
        state["distributed_type"] = type(before)(kind)
        with pytest.raises(SetupError, match=f"distributed_type is {kind}: it spreads"):
            world.widget()
    finally:
        state["distributed_type"] = before


def test_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "accelerate.optimizer", None)
    with pytest.raises(ImportError, match=r"needs accelerate, .*: pip install accelerate"):
        widget(None, None, None, None, None)


def test_two_processes_record_the_same_losses_and_stop_together(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    multiprocessing.spawn(one_of_two, (port, str(tmp_path)), nprocs=2)
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in range(2))
    assert first["kind"] == second["kind"] == "MULTI_CPU"
    assert first["stop_reason"] == second["stop_reason"] == "diverged"
    assert first["loss"] == second["loss"]
    assert 5 < len(first["loss"]) < len(RATES)
    assert first["own"] != second["own"]
    means = [sum(both) / 2 for both in zip(first["own"], second["own"], strict=True)]
    assert means[: len(first["loss"])] == pytest.approx(first["loss"], rel=1e-6)


def one_of_two(rank, port, folder):
    """Sweep in one process of two, each with its own half of the data."""
    torch.set_num_threads(1)
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "RANK": str(rank),
        "WORLD_SIZE": "2",
        "LOCAL_RANK": str(rank),
        "ACCELERATE_USE_CPU": "true",
    }
    world = World()
    assert type(world.model).__name__ == "DistributedDataParallel"
    world.train(passes=1)  # its first steps arrange the exchange of gradients, for good
    before = world.state()
    own = []

    def criterion(output, target):
        loss = world.criterion(output, target)
        own.append(loss.item())
        return loss

    history = world.widget(criterion, smooth_f=0, diverge_th=2.0).run()
    assert_same_state(before, world.state())
    found = {
        "kind": world.accelerator.distributed_type.value,
        "own": own,
        "loss": history.loss.tolist(),
        "stop_reason": history.stop_reason,
    }
    torch.save(found, Path(folder) / f"{rank}.pt")
    world.accelerator.end_training()
