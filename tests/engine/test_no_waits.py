"""A step asks the device for nothing: no number comes down while the sweep is on its way.

Counted below PyTorch's dispatcher, on the CPU, with losses that are treated as if they lay on a device. What
counts as waiting is every operation that gives Python a number.
"""

import math

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from lrwidget.engine import RangeTest, sweep
from tests.engine.test_loss_stream import late_stream
from tests.engine.worlds import cnn_world

NEVER = 10**9
WAITING = ("_local_scalar_dense", "item", "equal", "is_nonzero", "nonzero")


class Waits(TorchDispatchMode):
    """Counts what waits for the device."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        if name in WAITING:
            self.names.append(name)
        return function(*args, **(kwargs or {}))


@pytest.fixture(autouse=True)
def far(monkeypatch):
    """Let every loss come late."""

    def late(loss, count):
        return late_stream(count, lambda: NEVER, width=0 if loss.numel() == 1 else loss.numel())

    monkeypatch.setattr(sweep, "stream_for", late)


def _waits_after(test, first):
    """Run, and return what waited in all steps from ``first`` on: the first loss is looked at."""
    waits = Waits()
    with test:
        advance = test._sweep.advance
        while test.steps_done < first:
            advance()
        with waits:
            while test.steps_done < 30:
                advance()
    return waits.names


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"accumulation_steps": 3},
        {"clip_grad_norm": 1.0, "clip_grad_value": 1.0},
        {"metric": lambda output, target: (output.argmax(1) == target).float().mean()},
    ],
    ids=["plain", "accumulated", "clipped", "metric"],
)
def test_a_step_never_waits(options):
    model, _, criterion, loader = cnn_world()
    loader = list(loader)  # a DataLoader makes a number of a seed in each pass, on the host
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    test = RangeTest(model, optimizer, criterion, loader, num_iter=30, end_lr=1e-3, **options)
    assert _waits_after(test, 1) == []


def test_a_scaled_step_waits_no_more_than_the_scaler_itself():
    model, _, criterion, loader = cnn_world()
    loader = list(loader)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)

    by_hand = Waits()
    inputs, targets = loader[0]
    with by_hand:
        scaler.scale(criterion(model(inputs), targets)).backward()
        scaler.step(optimizer)
        scaler.update()
    ours = _waits_after(
        RangeTest(model, optimizer, criterion, loader, num_iter=30, end_lr=1e-3, grad_scaler=scaler), 1
    )
    assert len(by_hand.names) >= 1
    assert len(ours) == 29 * len(by_hand.names)


def test_losses_go_into_a_buffer_that_is_there():
    made = []

    class Made(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            if function.overloadpacket.__name__ in ("empty", "full", "zeros", "stack", "cat", "_to_copy"):
                made.append(function.overloadpacket.__name__)
            return function(*args, **(kwargs or {}))

    stream = late_stream(100, lambda: NEVER)
    losses = [torch.tensor(float(i)) for i in range(50)]
    with Made():
        for loss in losses:
            stream.push(loss)
            stream.ready()
    assert made == []
    assert stream.drain() == [float(i) for i in range(50)]


def test_a_step_that_is_skipped_is_seen_whoever_skips_it():
    """The optimizer's step is not called, or is called and told; by a scheduler's counter, or a wrapper."""

    class Wrapper:
        """Knows no hooks, as wrappers that share the work among processes do."""

        def __init__(self, optimizer):
            self.optimizer = optimizer
            self.param_groups, self.state = optimizer.param_groups, optimizer.state
            self.zero_grad, self.step = optimizer.zero_grad, optimizer.step

    def plain(parameters):
        return torch.optim.SGD(parameters, lr=1)

    def scheduled(parameters):
        optimizer = plain(parameters)
        torch.optim.lr_scheduler.StepLR(optimizer, 100)
        return optimizer

    found = []
    for make in (plain, scheduled, lambda parameters: Wrapper(plain(parameters))):
        model = nn.Linear(1, 1)
        with torch.no_grad():
            model.weight.fill_(1.0)
            model.bias.zero_()
        test = RangeTest(
            model,
            make(model.parameters()),
            nn.MSELoss(),
            [(1000 * torch.ones(1, 1), torch.zeros(1, 1))],
            grad_scaler=torch.amp.GradScaler("cpu", init_scale=2.0**120),
            num_iter=6,
            end_lr=1e-6,
        )
        history = test.run()
        found.append((history.receipt["skipped_steps"], history.loss.tolist()))
    assert found[0][0] > 5
    assert all(math.isfinite(loss) for loss in found[0][1])
    assert found[1:] == found[:1] * 2
