"""The state of every random generator that training may draw from."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from lrwidget.engine import devices as accelerators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["generator_states"]


def generator_states(devices: Iterable[torch.device]) -> list[tuple[str, Callable[[], object]]]:
    """Return ``(name, give_back)`` for Python's, NumPy's, the CPU's and each accelerator's generator.

    Parameters
    ----------
    devices : iterable of torch.device
        Where the tensors are. Every other accelerator that the process can see and has begun to use is added:
        replicas of a model draw there too.
    """
    states: list[tuple[str, Callable[[], object]]] = [
        ("Python's random state", partial(random.setstate, random.getstate())),
        ("NumPy's random state", partial(np.random.set_state, np.random.get_state())),  # noqa: NPY002
        ("the CPU's random state", partial(torch.set_rng_state, torch.get_rng_state())),
    ]
    for device, get, put in accelerators.generators(devices):
        states.append((f"the random state of {device}", partial(put, get())))
    return states
