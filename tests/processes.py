"""Run a function in several processes that know of each other, as torchrun starts them."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Any

import torch
from torch import multiprocessing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def in_processes(
    function: Callable[[int], Any], folder: Path, *, count: int = 2, seconds: float = 180
) -> list[Any]:
    """Return what ``function(rank)`` returned in each; raise when one raised, or has not ended in time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = multiprocessing.spawn(_one, (function, count, port, str(folder)), nprocs=count, join=False)
    end = time.monotonic() + seconds
    try:
        while not started.join(timeout=1):
            assert time.monotonic() < end, f"the processes had not ended after {seconds} s"
    finally:
        for process in started.processes:
            process.kill()
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(count)]


def _one(rank: int, function: Callable[[int], Any], count: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    os.environ |= {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "GROUP_RANK": "0",
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
    }
    torch.save(function(rank), f"{folder}/{rank}.pt")


def raised(call: Callable[[], Any]) -> str:
    """Return the type and the text of the error of a call."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - compared by the test
        return f"{type(error).__name__}: {error}"
    return "nothing was raised"
