"""Whatever a variant is given: an error that names it, or a sweep; and everything is as it was."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget import Comparison, Repeats
from lrwidget.errors import LRWidgetError
from tests.bad_values import THINGS, assert_useful
from tests.engine.states import assert_same_state, full_state

KEYS = (
    *(
        "optimizer",
        "batch_size",
        "seed",
        "group",
        "criterion",
        "train_loader",
        "val_loader",
        "keep",
        "metric",
    ),
    *("weight_decay", "betas", "eps", "amsgrad", "maximize", "foreach"),
    *("lr_schedule", "fixed_batches", "clip_grad_norm"),
)
#: What a user's own object or function raises arrives as it is.
THEIRS = {"optimizer", "criterion", "train_loader", "val_loader", "metric"}


def world() -> dict[str, Any]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1))
    return {
        "model": model,
        "optimizer": torch.optim.Adam(model.parameters(), lr=1e-2),
        "criterion": nn.MSELoss(),
        "train_loader": DataLoader(TensorDataset(torch.randn(8, 3), torch.randn(8, 1)), 4, shuffle=True),
        "num_iter": 2,
    }


def ran(variants: Any, arguments: dict[str, Any], names: list[str], theirs: bool) -> bool:
    try:
        runs = Comparison(variants, **arguments).run()
    except LRWidgetError as error:
        assert_useful(error, *names)
    except Exception:
        if not theirs:
            raise
    else:
        assert isinstance(repr(runs), str)
        runs.to_json()
    return True


@pytest.mark.parametrize("index", range(len(THINGS)))
def test_a_variant_runs_or_is_named_and_nothing_is_touched(index: int) -> None:
    arguments = world()
    for key in KEYS:
        odd = THINGS[index]()
        before = full_state(arguments["model"], arguments["optimizer"])
        if key == "foreach" and odd is not None and not isinstance(odd, bool):
            continue  # PyTorch asks it for its truth
        assert ran({"fine": {}, "odd": {key: odd}}, arguments, ["odd", key, "batch"], key in THEIRS)
        assert_same_state(before, full_state(arguments["model"], arguments["optimizer"]))
    for variants in (THINGS[index](), [THINGS[index]()], {"a": THINGS[index]()}):
        assert ran(variants, arguments, ["variant", "name"], theirs=False)


@pytest.mark.parametrize("index", range(len(THINGS)))
def test_repeats_are_named_and_nothing_is_touched(index: int) -> None:
    arguments = world()
    for name in ("repeats", "seed"):
        odd = THINGS[index]()
        before = full_state(arguments["model"], arguments["optimizer"])
        try:
            Repeats(**{**arguments, "repeats": 2, name: odd}).run()
        except LRWidgetError as error:
            assert_useful(error, name)
        assert_same_state(before, full_state(arguments["model"], arguments["optimizer"]))
