"""Accepting without a widget: RangeTest.accept, and lrwidget.accept_rate."""

import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

import lrwidget
from lrwidget import RangeTest, SettingsError, StateError
from lrwidget._text import format_rate
from tests.engine.states import assert_same_state, full_state


def _task(groups=1, count=60, **options):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
    parts = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[2].parameters(), "lr": 0.01}]
    optimizer = torch.optim.SGD(parts if groups == 2 else model.parameters(), lr=0.1)
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(256, 6, generator=draw)
    batches = [(x[i : i + 32], x[i : i + 32].sum(1, keepdim=True)) for i in range(0, 256, 32)]
    settings = {"num_iter": count, "start_lr": 1e-5, "fixed_batches": 4, **options}
    return model, optimizer, RangeTest(model, optimizer, nn.MSELoss(), batches, **settings)


def test_the_suggestion_is_accepted_once_the_sweep_is_over():
    model, optimizer, test = _task(groups=2)
    before = full_state(model)
    history = test.run()
    lr = history.suggest().lr
    config, array = {"lr": 1.0}, np.linspace(0.5, 0.0, 20)
    scheduler = lr_scheduler.StepLR(optimizer, 5)
    receipt = test.accept(scheduler=scheduler, write_to=[(config, "lr"), array])
    one, other = (format_rate(rate, digits=6) for rate in (lr, lr / 10))
    assert receipt == f"2 groups: {one}, {other}; 20 scheduled rates scaled, up to {one}"
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([lr, lr / 10])
    assert scheduler.base_lrs == pytest.approx([lr, lr / 10])
    assert config["lr"] == array.max() == lr
    assert_same_state(before, full_state(model))


def test_a_rate_of_ones_own_is_accepted_also_without_a_sweep():
    _, optimizer, test = _task()
    assert test.accept(0.03) == "lr = 0.03"
    assert optimizer.param_groups[0]["lr"] == 0.03


def test_the_receipt_writes_rates_as_the_page_does():
    _, _, test = _task()
    assert test.accept(3.55e-5) == "lr = 3.55e-5"


def test_it_is_refused_while_the_sweep_is_on_in_any_state_of_it():
    _, optimizer, test = _task()
    seen = []

    def refused(*_):
        with pytest.raises(StateError, match=r"accept\(\) has to wait until the sweep is over"):
            test.accept(0.5)
        seen.append(1)

    with test:
        refused()
        for point in test:
            refused()
            if point.index == 3:
                break
        test.pause()
        waits = threading.Thread(target=lambda: next(test, None), daemon=True)
        waits.start()
        other = threading.Thread(target=refused, daemon=True)  # while another thread is held by the pause
        other.start()
        other.join(10)
        assert not other.is_alive()
        test.stop()
        waits.join(10)
    assert len(seen) == 6
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert test.accept(0.5) == "lr = 0.5"


def test_it_is_refused_from_within_the_sweep():
    refusals = []

    def callback(_):
        try:
            test.accept(0.5)
        except StateError as error:
            refusals.append(str(error))

    _, optimizer, test = _task(callback=callback)
    test.run()
    assert len(refusals) == len(test.history)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_without_a_suggestion_it_says_why():
    _, optimizer, test = _task(count=10, start_lr=1e-12, end_lr=1e-11)
    with pytest.raises(StateError, match=r"run the sweep first, or give one, as in accept\(0.01\)"):
        test.accept()
    test.run()
    with pytest.raises(StateError, match=r"there is no rate to accept, no descent found.*Give one"):
        test.accept()
    assert optimizer.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("lr", [0, -1.0, float("nan"), "0.1"])
def test_what_is_no_rate_or_no_place_is_refused(lr):
    _, optimizer, test = _task()
    test.run()
    with pytest.raises(SettingsError, match="lr must be a finite number greater than 0"):
        test.accept(lr)
    with pytest.raises(SettingsError, match="scheduler must be a scheduler"):
        test.accept(0.1, scheduler=3)
    with pytest.raises(SettingsError, match="write_to must be a list of places"):
        test.accept(0.1, write_to={"lr": 1})
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_the_package_has_accept_rate_at_its_top():
    first, second = (torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=lr) for lr in (0.2, 0.1))
    assert lrwidget.accept_rate([first, second], 0.4) == "2 groups: 0.4, 0.2"
    assert "accept_rate" in lrwidget.__all__


class InBackward:
    """One optimizer for each parameter, stepped as soon as its gradient is there: PyTorch's own recipe."""

    def __init__(self):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
        self.optimizers = {p: torch.optim.AdamW([p], lr=1e-3) for p in self.model.parameters()}
        self.steps = 0
        for parameter in self.model.parameters():
            parameter.register_post_accumulate_grad_hook(self._step)

    def _step(self, parameter):
        self.optimizers[parameter].step()
        self.optimizers[parameter].zero_grad()
        self.steps += 1

    def losses(self, batches, rates):
        found = []
        for (x, y), rate in zip(batches, rates, strict=True):
            for optimizer in self.optimizers.values():
                optimizer.param_groups[0]["lr"] = rate
            loss = nn.functional.mse_loss(self.model(x), y)
            loss.backward()
            found.append(loss.item())
        return found


@pytest.mark.parametrize("warm", [False, True])
def test_optimizers_stepped_in_the_backward_pass_are_swept_as_a_list(warm):
    draw = torch.Generator().manual_seed(1)
    batches = [(x, x.sum(1, keepdim=True)) for x in torch.randn(12, 32, 6, generator=draw)]
    by_hand, swept = InBackward(), InBackward()
    if warm:
        by_hand.losses(batches[:3], [1e-3] * 3)
        swept.losses(batches[:3], [1e-3] * 3)
    optimizers = list(swept.optimizers.values())
    before, steps = [full_state(swept.model, one) for one in optimizers], swept.steps
    test = RangeTest(swept.model, optimizers, nn.MSELoss(), batches, num_iter=12, start_lr=1e-4, end_lr=1.0)
    history = test.run()
    assert history.loss.tolist() == by_hand.losses(batches, history.lr)
    assert swept.steps == steps  # what hooks count is given back too
    for old, one in zip(before, optimizers, strict=True):
        assert_same_state(old, full_state(swept.model, one))
    assert test.accept(0.02) == "4 groups: 0.02, 0.02, 0.02, 0.02"
    assert {one.param_groups[0]["lr"] for one in optimizers} == {0.02}
