"""The state of every random generator that training may draw from."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

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
        Where the tensors are. A CUDA context that exists adds its current device; none is created.
    """
    states: list[Part] = [
        State("Python's random state", random.getstate, random.setstate),
        State("NumPy's random state", np.random.get_state, np.random.set_state),
        State("the CPU's random state", torch.get_rng_state, torch.set_rng_state),
    ]
    used = {device for device in devices if device.type not in {"cpu", "meta"}}
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        used.add(torch.device("cuda", torch.cuda.current_device()))
    for device in sorted(used, key=str):
        module: Any = getattr(torch, device.type, None)
        if hasattr(module, "get_rng_state") and hasattr(module, "set_rng_state"):
            # The one generator of "mps" takes no device.
            where = () if device.type == "mps" else (device,)
            get, put = module.get_rng_state, module.set_rng_state
            states.append(
                State(f"the random state of {device}", partial(get, *where), partial(_put, put, where))
            )
    return states


def _put(put: Any, where: tuple[object, ...], state: torch.Tensor) -> None:
    put(state, *where)
