"""The state of every random generator that training may draw from."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["generator_states"]


def generator_states(devices: Iterable[torch.device]) -> list[tuple[str, Callable[[], object]]]:
    """Return ``(name, give_back)`` for Python's, NumPy's, the CPU's and each accelerator's generator.

    Parameters
    ----------
    devices : iterable of torch.device
        Where the tensors are. A CUDA context that exists adds its current device; none is created.
    """
    states: list[tuple[str, Callable[[], object]]] = [
        ("Python's random state", partial(random.setstate, random.getstate())),
        ("NumPy's random state", partial(np.random.set_state, np.random.get_state())),  # noqa: NPY002
        ("the CPU's random state", partial(torch.set_rng_state, torch.get_rng_state())),
    ]
    used = {device for device in devices if device.type not in {"cpu", "meta"}}
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        used.add(torch.device("cuda", torch.cuda.current_device()))
    for device in sorted(used, key=str):
        module: Any = getattr(torch, device.type, None)
        if hasattr(module, "get_rng_state") and hasattr(module, "set_rng_state"):
            # The one generator of "mps" takes no device.
            where = () if device.type == "mps" else (device,)
            state = module.get_rng_state(*where)
            states.append((f"the random state of {device}", partial(module.set_rng_state, state, *where)))
    return states
