"""Rates written into optimizers and schedulers."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from lrwidget.engine import accept_rate, group_ratios, set_rate
from lrwidget.errors import SettingsError


def _optimizer(*rates):
    groups = [{"params": [nn.Parameter(torch.ones(1))], "lr": rate} for rate in rates]
    return torch.optim.SGD(groups, lr=1.0)


def _rates(optimizer, key="lr"):
    return [float(group[key]) for group in optimizer.param_groups]


@pytest.mark.parametrize(
    ("rates", "ratios"),
    [((0.1,), [1]), ((0.1, 0.01), [1, 0.1]), ((0.0, 0.2, 0.1), [0, 1, 0.5]), ((0.0, 0.0), [1, 1])],
)
def test_ratios_are_to_the_first_group_that_is_not_frozen(rates, ratios):
    assert group_ratios(_optimizer(*rates)) == pytest.approx(ratios)


def test_a_warm_up_at_zero_leaves_the_ratios_to_the_initial_rates():
    optimizer = _optimizer(0.2, 0.1)
    lr_scheduler.LambdaLR(optimizer, float)
    assert _rates(optimizer) == [0, 0]
    assert group_ratios(optimizer) == [1, 0.5]


def test_a_rate_that_is_a_tensor_is_filled():
    rate = torch.tensor(0.5)
    optimizer = _optimizer(rate, 0.25)
    set_rate(optimizer, group_ratios(optimizer), 3.0)
    assert optimizer.param_groups[0]["lr"] is rate
    assert _rates(optimizer) == [3.0, 1.5]


@pytest.mark.parametrize(
    ("rates", "lr", "receipt"),
    [
        ((0.1,), 0.0123, "lr = 0.0123"),
        ((0.1, 0.01, 0.0), 0.01, "3 groups: 0.01, 0.001, 0 (frozen)"),
        ((0.0, 0.1), 2e-5, "2 groups: 0 (frozen), 2e-05"),
    ],
)
def test_the_receipt_says_what_each_group_holds(rates, lr, receipt):
    assert accept_rate(_optimizer(*rates), lr) == receipt


@pytest.mark.parametrize("lr", [np.float32(0.5), np.float64(0.5), np.int64(2), 2])
def test_numbers_of_any_kind_become_plain(lr):
    optimizer = _optimizer(0.1)
    accept_rate(optimizer, lr)
    assert _rates(optimizer) == [lr]
    assert type(_rates(optimizer)[0]) is float


@pytest.mark.parametrize("lr", [0, -1.0, float("nan"), float("inf"), "0.1", True, None])
def test_a_rate_that_is_none_is_refused(lr):
    optimizer = _optimizer(0.1)
    with pytest.raises(SettingsError, match="lr must be a finite number greater than 0; got"):
        accept_rate(optimizer, lr)
    assert _rates(optimizer) == [0.1]


def test_schedulers_go_on_from_the_accepted_rate():
    optimizer = _optimizer(0.2, 0.1)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
    accept_rate(optimizer, 0.04, [scheduler])
    assert _rates(optimizer, "initial_lr") == scheduler.base_lrs == scheduler.get_last_lr() == [0.04, 0.02]
    optimizer.step()
    scheduler.step()
    assert _rates(optimizer) == [0.02, 0.01]


def test_schedulers_within_schedulers_are_found():
    optimizer = _optimizer(0.2)
    inner = [lr_scheduler.ConstantLR(optimizer, 1.0), lr_scheduler.StepLR(optimizer, 5)]
    outer = lr_scheduler.SequentialLR(optimizer, inner, milestones=[3])
    accept_rate(optimizer, 0.04, [outer])
    assert [scheduler.base_lrs for scheduler in inner] == [[0.04], [0.04]]


def test_tensors_of_a_scheduler_stay_tensors():
    optimizer = _optimizer(torch.tensor(0.2))
    scheduler = lr_scheduler.StepLR(optimizer, 5)
    accept_rate(optimizer, 0.5, [scheduler])
    assert isinstance(optimizer.param_groups[0]["initial_lr"], torch.Tensor)
    assert _rates(optimizer, "initial_lr") == [0.5]
    assert [float(rate) for rate in scheduler.base_lrs] == [0.5]


def test_cycles_keep_their_own_rates_and_the_receipt_says_so():
    optimizer = _optimizer(0.2)
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    initial = optimizer.param_groups[0]["initial_lr"]
    receipt = accept_rate(optimizer, 0.5, [scheduler])
    assert receipt.startswith("lr = 0.5; the attached one-cycle or cyclic scheduler keeps its own rates")
    assert optimizer.param_groups[0]["initial_lr"] == initial
