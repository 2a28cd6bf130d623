"""Two processes of the real Accelerate, ignite and transformers are refused, and nothing is touched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tests.engine.states import assert_same_state, full_state
from tests.integrations.accelerate_world import World
from tests.processes import in_processes, raised


def _of_two(rank: int) -> Any:
    os.environ |= {"ACCELERATE_USE_CPU": "true", "HF_HUB_OFFLINE": "1"}
    world = World()
    world.train(passes=1)  # its first steps arrange the exchange of gradients, for good
    before = world.state()
    errors = {"accelerate": raised(world.widget)}
    assert_same_state(before, world.state())
    errors |= {"ignite": _by_ignite(), "transformers": _by_transformers(rank)}
    world.train(passes=1)  # the other process still answers
    errors["kind"] = world.accelerator.distributed_type.value
    world.accelerator.end_training()
    return errors


def _by_ignite() -> str:
    from ignite.engine import create_supervised_trainer

    from lrwidget.integrations.ignite import widget

    model = nn.Linear(2, 1)
    sgd = torch.optim.SGD(model.parameters(), lr=0.1)
    engine = create_supervised_trainer(model, sgd, nn.MSELoss())
    return raised(lambda: widget(engine, model, sgd, [(torch.ones(1, 2), torch.ones(1, 1))]))


def _by_transformers(rank: int) -> str:
    from lrwidget.integrations.transformers import widget
    from tests.integrations.transformers_world import bert, sentences, trainer

    made = trainer(Path(os.environ["LRWIDGET_TEST_FOLDER"]) / str(rank), bert(), sentences())
    before = full_state(made.model)
    error = raised(lambda: widget(made))
    assert_same_state(before, full_state(made.model))
    assert made.optimizer is None
    return error


def test_two_processes_are_refused(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("LRWIDGET_TEST_FOLDER", str(tmp_path))
    for errors in in_processes(_of_two, tmp_path):
        assert errors.pop("kind") == "MULTI_CPU"
        for error in errors.values():
            assert error.startswith("SetupError: this training is spread over 2 processes"), errors
