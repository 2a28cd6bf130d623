"""Whatever is given to a range test: an error that names it, or a sweep; and everything is as it was."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from lrwidget.engine import RangeTest, RateTrials, accept_rate
from lrwidget.engine.option_checks import _FUNCTIONS
from lrwidget.engine.options import Options
from lrwidget.engine.rates.cycles import cyclic, one_cycle
from lrwidget.errors import LRWidgetError, SettingsError, SetupError
from tests.bad_values import CHEAP, Broken, anything, assert_useful
from tests.engine.states import assert_same_state, full_state

ARGUMENTS = [*[*inspect.signature(RangeTest).parameters][:-1], *Options.__annotations__]
# What a user's own object or function raises arrives as it is.
THEIRS = {"criterion", "train_loader", "val_loader", "group_schedules", *_FUNCTIONS, "step_fn"}
ALSO = {
    "lr_schedule": ["start_lr"],
    "step_mode": ["lr_schedule"],
    "model": ["optimizer"],
    "end_lr": ["start_lr"],
}


def world() -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    batches = [(torch.randn(5, 3), torch.randn(5, 1)) for _ in range(3)]
    return {
        "model": model,
        "optimizer": optimizer,
        "criterion": nn.MSELoss(),
        "train_loader": batches,
        "num_iter": 3,
    }


def swept(arguments: dict[str, Any]) -> None:
    """Take two steps and leave."""
    with RangeTest(**arguments) as test:
        for _ in range(2):
            next(test, None)
        assert isinstance(repr(test.history), str)


@CHEAP
@given(st.sampled_from(ARGUMENTS), anything)
def test_a_sweep_runs_or_the_argument_is_named_and_nothing_is_touched(argument: str, value: Any) -> None:
    assume(
        argument != "compiled" or value is not True
    )  # is compiled then, for seconds: see test_compiling.py
    given = world()
    if argument == "val_batches":
        given["val_loader"] = given["train_loader"]
    trained = given["model"], given["optimizer"], given["criterion"]
    before = full_state(*trained)
    try:
        swept(given | {argument: value})
    except LRWidgetError as error:
        assert_useful(error, argument, *ALSO.get(argument, ()), "the loss", "batch must be", "parameters")
    except Exception:  # noqa: BLE001
        assert argument in THEIRS, argument
    assert_same_state(before, full_state(*trained))


OF_TRIALS = [*inspect.signature(RateTrials).parameters]


@CHEAP
@given(st.sampled_from(OF_TRIALS), anything)
def test_trials_run_or_the_argument_is_named_and_nothing_is_touched(argument: str, value: Any) -> None:
    assume(argument != "compiled" or value is not True)
    given = world() | {"rates": [1e-3, 1e-2], "steps": 2}
    del given["num_iter"]
    if argument == "val_batches":
        given["val_loader"] = given["train_loader"]
    trained = given["model"], given["optimizer"], given["criterion"]
    before = full_state(*trained)
    try:
        with RateTrials(**(given | {argument: value})) as test:
            for _ in range(3):
                next(test, None)
            assert isinstance(repr(test.trials), str)
    except LRWidgetError as error:
        assert_useful(error, argument, "the loss", "batch must be", "parameters")
    except Exception:  # noqa: BLE001
        assert argument in {*THEIRS, "scheduler"}, argument
    assert_same_state(before, full_state(*trained))


@CHEAP
@given(anything)
def test_a_reason_to_stop_is_one_that_a_history_can_have(value: Any) -> None:
    test = RangeTest(**world())
    try:
        test.stop(value)
    except SettingsError as error:
        assert_useful(error, "reason")


@CHEAP
@given(anything)
def test_an_optimizer_that_holds_anything_as_its_rate_is_refused_or_swept(value: Any) -> None:
    given = world()
    before = full_state(given["model"])
    given["optimizer"].param_groups[0]["lr"] = value
    try:
        swept(given)
    except SetupError as error:
        assert_useful(error, "param_groups[0]")
    assert given["optimizer"].param_groups[0]["lr"] is value
    assert_same_state(before, full_state(given["model"]))


@CHEAP
@given(anything)
def test_only_a_rate_is_accepted(value: Any) -> None:
    given = world()
    optimizer = given["optimizer"]
    before = full_state(given["model"], optimizer)
    try:
        accept_rate(optimizer, value)
    except SettingsError as error:
        assert_useful(error, "lr")
        assert_same_state(before, full_state(given["model"], optimizer))
    else:
        assert 0 < optimizer.param_groups[0]["lr"] < np.inf


OF_ONE_CYCLE = "total_steps pct_start anneal_strategy div_factor final_div_factor base_momentum last_epoch"
OF_CYCLIC = "step_size_up step_size_down mode gamma scale_fn scale_mode max_momentum cycle_momentum"
SCHEDULES = [
    *((one_cycle, {"total_steps": 10}, option) for option in OF_ONE_CYCLE.split()),
    *((cyclic, {"step_size_up": 10}, option) for option in OF_CYCLIC.split()),
]


@CHEAP
@given(st.sampled_from(SCHEDULES), anything)
def test_a_schedule_is_made_or_refused_and_the_optimizer_is_as_it_was(
    made: tuple[Any, dict[str, Any], str], value: Any
) -> None:
    make, options, option = made
    given = world()
    optimizer = given["optimizer"]
    before = full_state(given["model"], optimizer)
    step = optimizer.step
    try:
        make(optimizer, 1e-3, 1e-1, **(options | {option: value}))
    except SettingsError as error:
        assert_useful(error, option, make.__name__)
        assert_same_state(before, full_state(given["model"], optimizer))
        assert optimizer.step == step


@pytest.mark.parametrize("name", ["", "___", 5, None, Broken()])
def test_a_metric_that_calls_itself_anything_is_still_a_metric(name: object) -> None:
    class Metric:
        __name__ = name

        def __call__(self, output: torch.Tensor, target: torch.Tensor) -> float:
            return 1.0

    assert RangeTest(**world(), metric=Metric()).run().metric_name == "metric"
