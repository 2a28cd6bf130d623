"""Two processes of the real Accelerate are refused, and nothing is touched."""

from __future__ import annotations

import os
from typing import Any

from tests.engine.states import assert_same_state
from tests.integrations.accelerate_world import World
from tests.processes import in_processes, raised


def _of_two(rank: int) -> Any:
    os.environ["ACCELERATE_USE_CPU"] = "true"
    world = World()
    world.train(passes=1)  # its first steps arrange the exchange of gradients, for good
    before = world.state()
    error = raised(world.widget)
    assert_same_state(before, world.state())
    world.train(passes=1)  # the other process still answers
    kind = world.accelerator.distributed_type.value
    world.accelerator.end_training()
    return kind, error


def test_two_processes_are_refused(tmp_path: Any) -> None:
    for kind, error in in_processes(_of_two, tmp_path):
        assert kind == "MULTI_CPU"
        assert error.startswith("SetupError: this training is spread over 2 processes")
