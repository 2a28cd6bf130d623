"""The state of every random generator that training may draw from."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import torch

from lrwidget.engine import devices as accelerators
from lrwidget.engine.state.parts import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrwidget.engine.state.parts import Part

__all__ = ["generator_states"]


def generator_states(devices: Iterable[torch.device]) -> list[Part]:
    """Return the states of Python's, NumPy's, the CPU's and each accelerator's generator, to be given back.

    Parameters
    ----------
    devices : iterable of torch.device
        Where the tensors are. Every other accelerator that the process can see and has begun to use is added:
        replicas of a model draw there too.
    """
    states: list[Part] = [
        State("Python's random state", random.getstate, random.setstate),
        State("NumPy's random state", np.random.get_state, np.random.set_state),
        State("the CPU's random state", torch.get_rng_state, torch.set_rng_state),
    ]
    for device, (get, put) in accelerators.generators(devices):
        states.append(State(f"the random state of {device}", get, put))
    return states
