"""Setups that only a GPU has. Runs where there is one."""

import pytest
import torch
from torch import nn

from tests.setups.digits import loader, mlp
from tests.setups.setup import Setup, check_no_trace, plain_step, seeded, supervised

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]


def _on_device(batch):
    return [part.cuda() for part in batch]


def _usual(**options):
    model, criterion = mlp().cuda(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), **options)
    loss_of = supervised(model, criterion)
    return Setup(
        model, optimizer, criterion, loader(), plain_step(optimizer, lambda b: loss_of(_on_device(b)))
    )


@seeded
def capturable_with_rates_that_are_tensors():
    return _usual(lr=torch.tensor(1e-3, device="cuda"), capturable=True)


@seeded
def capturable_and_fused():
    return _usual(lr=torch.tensor(1e-3, device="cuda"), capturable=True, fused=True)


@seeded
def all_in_one_kernel():
    return _usual(lr=1e-3, fused=True)


@seeded
def float16_with_steps_that_are_skipped():
    model, criterion = mlp().cuda(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scaler = torch.amp.GradScaler("cuda", init_scale=2.0**26, growth_interval=3)

    def step(draw):
        optimizer.zero_grad()
        x, y = _on_device(draw())
        with torch.autocast("cuda", torch.float16):
            loss = criterion(model(x), y)
        scaler.scale(loss).backward()
        before = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        return loss.item() if scaler.get_scale() >= before else None

    options = {"autocast": torch.float16, "grad_scaler": scaler}
    return Setup(model, optimizer, criterion, loader(), step, options, {"scaler": scaler})


@pytest.mark.parametrize(
    "make",
    [
        capturable_with_rates_that_are_tensors,
        capturable_and_fused,
        all_in_one_kernel,
        float16_with_steps_that_are_skipped,
    ],
)
@pytest.mark.parametrize("before", [0, 3], ids=["fresh", "mid-training"])
def test_training_on_the_gpu_goes_on_as_if_there_had_been_no_sweep(make, before):
    history = check_no_trace(make, before)
    if make is float16_with_steps_that_are_skipped and not before:
        assert history.receipt["skipped_steps"] > 0


def test_the_curve_is_that_of_a_loop_by_hand():
    for make in (all_in_one_kernel, capturable_with_rates_that_are_tensors):
        history = make().test().run()
        assert history.loss.tolist() == pytest.approx(make().train_at(history.lr.tolist()), rel=1e-4)
