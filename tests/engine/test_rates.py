"""Rates written into optimizers and schedulers."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from lrwidget.engine import accept_rate, group_ratios, set_rate
from lrwidget.engine.rates.optimizers import as_one
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
        ((0.0, 0.1), 2e-5, "2 groups: 0 (frozen), 2e-5"),
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


@pytest.mark.parametrize(
    "warm_up",
    [
        lambda o: lr_scheduler.LinearLR(o, start_factor=0.1, total_iters=3),
        lambda o: lr_scheduler.LambdaLR(o, lambda epoch: min(1.0, 0.1 + 0.3 * epoch)),
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.LinearLR(o, 0.1, total_iters=3), lr_scheduler.ConstantLR(o, 1.0)], [3]
        ),
    ],
    ids=["linear", "lambda", "sequential"],
)
def test_a_warm_up_begins_at_its_part_of_the_accepted_rate(warm_up):
    optimizer = _optimizer(0.2, 0.1)
    scheduler = warm_up(optimizer)
    receipt = accept_rate(optimizer, 0.04, [scheduler])
    assert receipt == "2 groups: 0.04, 0.02; the attached schedule puts it at 0.004, 0.002 now"
    rates = []
    for _ in range(4):
        rates.append(_rates(optimizer))
        optimizer.step()
        scheduler.step()
    expected = [[0.04 * part, 0.02 * part] for part in (0.1, 0.4, 0.7, 1.0)]
    assert np.array(rates) == pytest.approx(np.array(expected))


def test_a_warm_up_from_zero_keeps_its_first_step_at_zero():
    optimizer = _optimizer(0.2)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda epoch: epoch / 2)
    accept_rate(optimizer, 0.04, [scheduler])
    assert _rates(optimizer) == [0.0]
    optimizer.step()
    scheduler.step()
    assert _rates(optimizer) == [0.02]


@pytest.mark.parametrize("kind", [lr_scheduler.ExponentialLR, lr_scheduler.CosineAnnealingLR])
def test_a_schedule_in_the_middle_of_its_course_goes_on_from_the_accepted_rate(kind):
    def course(base):
        optimizer = _optimizer(base)
        scheduler = kind(optimizer, {"ExponentialLR": 0.5, "CosineAnnealingLR": 6}[kind.__name__])
        for _ in range(2):
            optimizer.step()
            scheduler.step()
        return optimizer, scheduler

    optimizer, scheduler = course(0.2)
    receipt = accept_rate(optimizer, 0.04, [scheduler])
    assert receipt == "lr = 0.04; the attached schedule goes on from there"
    assert _rates(optimizer) == scheduler.get_last_lr() == [0.04]
    # As if it had been at that rate by its own course.
    other, its_schedule = course(_rates(optimizer, "initial_lr")[0])
    for one, schedule in ((optimizer, scheduler), (other, its_schedule)):
        one.step()
        schedule.step()
    assert _rates(optimizer) == pytest.approx(_rates(other))


def test_a_plateau_schedule_goes_on_from_the_accepted_rate():
    optimizer = _optimizer(0.2)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    assert accept_rate(optimizer, 0.04, [scheduler]) == "lr = 0.04"
    for loss in (1.0, 2.0):
        scheduler.step(loss)
    assert _rates(optimizer) == [0.02]


def test_an_attached_scheduler_that_was_not_given_is_told_of():
    optimizer = _optimizer(0.2)
    scheduler = lr_scheduler.StepLR(optimizer, 5)
    assert "a scheduler was attached to this optimizer" in accept_rate(optimizer, 0.04)
    assert accept_rate(optimizer, 0.04, [scheduler]) == "lr = 0.04"


def test_several_optimizers_share_one_rate_and_each_scheduler_gets_its_own_part():
    first, second = _optimizer(0.2, 0.1), _optimizer(0.05)
    schedulers = [lr_scheduler.StepLR(optimizer, 5) for optimizer in (first, second)]
    together = as_one([first, second])
    assert group_ratios(together) == [1, 0.5, 0.25]
    assert accept_rate(together, 0.4, schedulers) == "3 groups: 0.4, 0.2, 0.1"
    assert [_rates(first), _rates(second)] == [[0.4, 0.2], [0.1]]
    assert [scheduler.base_lrs for scheduler in schedulers] == [[0.4, 0.2], [0.1]]


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
