"""A sweep by two processes of the real Accelerate, each with its half of the data."""

import os
import socket
from pathlib import Path

import pytest
import torch
from torch import multiprocessing

from tests.engine.states import assert_same_state
from tests.integrations.accelerate_world import RATES, World


def test_two_processes_record_the_same_losses_and_stop_together(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    multiprocessing.spawn(one_of_two, (port, str(tmp_path)), nprocs=2)
    first, second = (torch.load(tmp_path / f"{rank}.pt") for rank in range(2))
    assert first["kind"] == second["kind"] == "MULTI_CPU"
    assert first["stop_reason"] == second["stop_reason"] == "diverged"
    assert first["loss"] == second["loss"]
    assert 5 < len(first["loss"]) < len(RATES)
    assert first["own"] != second["own"]
    means = [sum(both) / 2 for both in zip(first["own"], second["own"], strict=True)]
    assert means[: len(first["loss"])] == pytest.approx(first["loss"], rel=1e-6)


def one_of_two(rank, port, folder):
    """Sweep in one process of two, each with its own half of the data."""
    torch.set_num_threads(1)
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "RANK": str(rank),
        "WORLD_SIZE": "2",
        "LOCAL_RANK": str(rank),
        "ACCELERATE_USE_CPU": "true",
    }
    world = World()
    assert type(world.model).__name__ == "DistributedDataParallel"
    world.train(passes=1)  # its first steps arrange the exchange of gradients, for good
    before = world.state()
    own = []

    def criterion(output, target):
        loss = world.criterion(output, target)
        own.append(loss.item())
        return loss

    history = world.widget(criterion, smooth_f=0, diverge_th=2.0).run()
    assert_same_state(before, world.state())
    found = {
        "kind": world.accelerator.distributed_type.value,
        "own": own,
        "loss": history.loss.tolist(),
        "stop_reason": history.stop_reason,
    }
    torch.save(found, Path(folder) / f"{rank}.pt")
    world.accelerator.end_training()
