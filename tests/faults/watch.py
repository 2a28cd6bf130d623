"""Everything that must come back, and everything that must be gone, after whatever happened."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tests.engine.states import full_state

if TYPE_CHECKING:
    from tests.faults.setups import World

State = dict[str, Any]


def observe(world: World) -> State:
    """Return all that is compared, bit for bit, identities and addresses included."""
    optimizers = world.optimizer if isinstance(world.optimizer, list) else [world.optimizer]
    states = [full_state(world.model, optimizer) for optimizer in optimizers]
    for state in states:  # 625 numbers in words would hide everything else in a failure's text
        state["random"] = {name: hash(str(value)) for name, value in state["random"].items()}
    owners = [*world.model.modules(), *optimizers]
    loaders = [loader for loader in (world.loader, world.val_loader) if loader is not None]
    return {
        **states[0],
        "more optimizers": [state["optimizer"] for state in states[1:]],
        "hooks": [_hooks(owner) for owner in owners],
        "loaders": [attributes_of(loader) | attributes_of(loader.sampler) for loader in loaders],
        "watched": {name: look() for name, look in world.watch.items()},
        "Ctrl-C": repr(signal.getsignal(signal.SIGINT)),
        "gradients on": torch.is_grad_enabled(),
    }


def without(name: str | None, state: Any) -> Any:
    """Return a state but for the entries of one name."""
    if name is None:
        return state
    if isinstance(state, list):
        return [without(name, value) for value in state]
    if not isinstance(state, dict):
        return state
    return {key: without(name, value) for key, value in state.items() if key != name}


def _hooks(owner: object) -> State:
    """Return which dicts hold an object's hooks, and which hooks."""
    return {
        name: (id(held), [(key, id(hook)) for key, hook in held.items()] if isinstance(held, dict) else held)
        for name, held in vars(owner).items()
        if "hook" in name
    }


def attributes_of(owner: object) -> State:
    """Return an object's attributes, as far as they can be compared."""
    return {name: _plain(value) for name, value in vars(owner).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, torch.Generator):
        return value.get_state()
    if isinstance(value, random.Random):
        return hash(value.getstate())
    if isinstance(value, (list, np.ndarray)):
        return id(value), list(value)
    return value if isinstance(value, (bool, int, str, type(None))) else id(value)


@contextmanager
def nothing_left() -> Iterator[None]:
    """Check that the block leaves no thread, process or temporary file; some need a moment to go."""
    before = _running()
    yield
    deadline = time.monotonic() + 10
    while (left := _running() - before) and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.001)
    assert not left, f"left behind: {left}"


def _running() -> set[object]:
    return {
        *threading.enumerate(),
        *multiprocessing.active_children(),
        *os.listdir(tempfile.gettempdir()),  # noqa: PTH208 - looked at thousands of times
    }
