"""Histories, best losses and messages are those of the real pytorch-lr-finder, bit for bit."""

import pytest
import torch
from torch import nn

from tests.compat.tasks import TASKS, discriminative, mlp, packages, swept

STOPPED = "Stopping early, the loss has diverged\n"
FINISHED = "Learning rate search finished. See the graph with {finder_name}.plot()\n"


def _compare(make, **options):
    (theirs, they_printed), (ours, we_printed) = (swept(package, make, **options) for package in packages())
    assert ours.history == theirs.history
    assert ours.best_loss == theirs.best_loss
    assert we_printed == they_printed
    return ours, we_printed


@pytest.mark.parametrize("make", TASKS)
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
@pytest.mark.parametrize("step_mode", ["exp", "linear"])
@pytest.mark.parametrize("smooth_f", [0, 0.05])
def test_histories_are_bit_equal(make, val, step_mode, smooth_f):
    ours, printed = _compare(make, val=val, step_mode=step_mode, smooth_f=smooth_f, end_lr=0.5, diverge_th=50)
    assert len(ours.history["lr"]) == 20
    assert ours.stop_reason == "completed"
    assert printed == FINISHED
    assert all(type(value) is float for values in ours.history.values() for value in values)


@pytest.mark.parametrize("make", TASKS)
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
@pytest.mark.parametrize("accumulation_steps", [1, 3])
@pytest.mark.parametrize("smooth_f", [0, 0.05])
def test_they_diverge_at_the_same_point(make, val, accumulation_steps, smooth_f):
    ours, printed = _compare(
        make, val=val, smooth_f=smooth_f, accumulation_steps=accumulation_steps,
        start_lr=1e-3, end_lr=1e5, diverge_th=1.5,
    )  # fmt: skip
    assert 1 < len(ours.history["lr"]) < 20
    assert ours.stop_reason == "diverged"
    assert printed == STOPPED + FINISHED


@pytest.mark.parametrize("make", TASKS)
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
def test_accumulated_losses_are_bit_equal(make, val):
    _compare(make, val=val, accumulation_steps=4, num_iter=9, end_lr=0.1)


@pytest.mark.parametrize("end_lr", [1, 10, 0.3, 1 / 3, 500])
@pytest.mark.parametrize("step_mode", ["exp", "Linear"])
@pytest.mark.parametrize("start_lr", [None, 0, 3e-7, [1e-5, 1e-3]])
def test_rates_are_bit_equal(end_lr, step_mode, start_lr):
    # Group for group, whatever the ends: the last one may be missed by a bit, as theirs is.
    seen = [[], []]
    for package, rates in zip(packages(), seen, strict=True):

        def make(rates=rates):
            task = discriminative()
            task.criterion = lambda output, target: (output * 0).sum() + 1  # no rate can harm it
            task.optimizer.register_step_pre_hook(
                lambda optimizer, *_: rates.append([group["lr"] for group in optimizer.param_groups])
            )
            return task

        swept(package, make, end_lr=end_lr, step_mode=step_mode, start_lr=start_lr)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 20


def test_a_positive_best_loss_near_zero_is_judged_as_theirs_is():
    # Its spread is far above it: the engine's own rule would wait.
    class Line(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.zeros(()))
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            return self.w * 0 + [3.0, 5.0, 0.001, 0.006, 4.0, 1.0][self.calls - 1]

    def make():
        task = mlp()
        task.model = Line()
        task.optimizer = torch.optim.SGD(task.model.parameters(), lr=1e-4)
        task.criterion = lambda output, target: output * 1
        return task

    ours, _ = _compare(make, num_iter=6, smooth_f=0)
    assert len(ours.history["loss"]) == 4


def test_an_infinite_loss_ends_both_at_the_same_point():
    def make():
        task = mlp()
        calls = []

        def criterion(output, target):
            calls.append(1)
            loss = nn.functional.cross_entropy(output, target)
            return loss * (float("inf") if len(calls) == 7 else 1.0)

        task.criterion = criterion
        return task

    ours, _ = _compare(make)
    assert ours.stop_reason == "non-finite"
    assert len(ours.history["loss"]) == 7


def test_a_sweep_with_a_loss_scaler_is_bit_equal():
    def make():
        task = mlp()
        task.options = {
            "amp_backend": "torch",
            "amp_config": {"device_type": "cpu", "dtype": torch.bfloat16},
            "grad_scaler": torch.amp.GradScaler("cpu", init_scale=64.0),
        }
        return task

    for val in (False, True):
        ours, _ = _compare(make, val=val, end_lr=0.1)
        plain, _ = swept(packages()[1], mlp, val=val, end_lr=0.1)
        assert ours.history["loss"] != plain.history["loss"]


def test_one_own_iterator_serves_two_sweeps():
    histories = []
    for package in packages():
        task = mlp()
        torch.manual_seed(3)
        train = package.TrainDataLoaderIter(task.train)
        val = package.ValDataLoaderIter(task.val)
        finder = package.LRFinder(task.model, task.optimizer, task.criterion)
        lengths = []
        for _ in range(2):
            torch.manual_seed(4)
            finder.range_test(train, val, num_iter=9, end_lr=0.1)
            finder.reset()
            lengths.append(finder.history)
        histories.append(lengths)
    assert histories[0] == histories[1]
