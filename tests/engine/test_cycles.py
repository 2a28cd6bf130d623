"""PyTorch's cyclical schedulers, ready for an optimizer of any kind."""

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CyclicLR, OneCycleLR

from lrwidget.engine.rates.cycles import cyclic, one_cycle
from lrwidget.errors import SettingsError


def _optimizer(kind=torch.optim.SGD, **options):
    layers = nn.Linear(2, 2), nn.Linear(2, 1)
    groups = [{"params": layer.parameters(), "lr": lr} for layer, lr in zip(layers, (0.1, 0.01), strict=True)]
    return kind(groups, **options)


def _rates_over(optimizer, scheduler, steps):
    rates = []
    for _ in range(steps):
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        scheduler.step()
    return rates


KINDS = [(torch.optim.SGD, {}), (torch.optim.SGD, {"momentum": 0.9}), (torch.optim.AdamW, {})]


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=["SGD", "momentum", "AdamW"])
def test_one_cycle_goes_from_base_to_max_and_down_in_the_groups_ratios(kind, options):
    optimizer = _optimizer(kind, **options)
    scheduler = one_cycle(optimizer, 1e-3, 0.1, total_steps=40)
    assert isinstance(scheduler, OneCycleLR)
    rates = _rates_over(optimizer, scheduler, 39)
    assert rates[0] == pytest.approx([1e-3, 1e-4])
    assert max(rates) == pytest.approx([0.1, 0.01])
    assert rates[-1][0] < 1e-3


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=["SGD", "momentum", "AdamW"])
def test_cyclic_is_a_triangle_between_the_bounds(kind, options):
    optimizer = _optimizer(kind, **options)
    scheduler = cyclic(optimizer, 1e-3, 0.1, step_size_up=4)
    assert isinstance(scheduler, CyclicLR)
    rates = _rates_over(optimizer, scheduler, 9)
    assert rates[0] == pytest.approx([1e-3, 1e-4])
    assert rates[4] == pytest.approx([0.1, 0.01])
    assert rates[8] == pytest.approx(rates[0])
    assert rates[2][0] == pytest.approx((1e-3 + 0.1) / 2)


def test_momentum_is_cycled_where_there_is_one_and_options_go_through():
    optimizer = _optimizer(momentum=0.9)
    one_cycle(optimizer, 1e-3, 0.1, 10, max_momentum=0.99, pct_start=0.5)
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.99)
    assert cyclic(_optimizer(), 1e-3, 0.1, 5, mode="triangular2").mode == "triangular2"


@pytest.mark.parametrize("steps", [0, -3, 2.5, "10", True, None])
def test_steps_are_a_whole_number(steps):
    with pytest.raises(SettingsError, match="total_steps must be a whole number of optimizer steps"):
        one_cycle(_optimizer(), 1e-3, 0.1, steps)
    with pytest.raises(SettingsError, match="step_size_up must be a whole number of optimizer steps"):
        cyclic(_optimizer(), 1e-3, 0.1, steps)


def test_unknown_options_are_told_with_those_there_are_and_nothing_is_touched():
    optimizer = _optimizer()
    with pytest.raises(SettingsError, match=r"one_cycle\(\) takes pct_start.*got 'steps'"):
        one_cycle(optimizer, 1e-3, 0.1, 10, steps=3)
    with pytest.raises(SettingsError, match=r"got 'max_lr'\. The bounds decide it"):
        cyclic(optimizer, 1e-3, 0.1, 10, max_lr=3)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.01]
    assert "initial_lr" not in optimizer.param_groups[0]
