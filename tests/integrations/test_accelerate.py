"""A sweep of what the real Accelerate has prepared, against a loop as its users write it."""

import sys

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import GradientAccumulationPlugin
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.errors import LossError, SettingsError, SetupError
from lrwidget.integrations.accelerate import widget
from tests.engine.states import assert_same_state
from tests.integrations.accelerate_world import RATES, World, forget_accelerators


@pytest.fixture(autouse=True)
def one_accelerator_a_test():
    yield
    forget_accelerators()


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


def test_its_gradient_scaler_is_used_and_as_before():
    losses = []
    for number in range(2):  # as on CUDA with float16, but for the device
        world = World(scaler=torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=5))
        world.train(passes=1)
        torch.manual_seed(7)
        before = world.state()
        assert before["scaler"]["scale"] == 2.0**12
        losses.append(world.train(RATES) if number == 0 else world.widget().run().loss.tolist())
    assert losses[0] == losses[1]
    assert_same_state(before, world.state())
    assert not world.optimizer.step_was_skipped


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
    forget_accelerators()
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
