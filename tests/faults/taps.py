"""Places in a sweep where something can go wrong: every part of a world passes its tap there.

A tap costs nothing and changes nothing, until one is set: then its k-th pass strikes. Passes are counted in
memory that the processes of a loader's workers share.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import torch

Strike = Callable[[Any], Any]

#: Every phase of a sweep, and where it is struck.
PHASES = {
    "around, entered": "the `around` context's `__enter__`",
    "snapshot, extra state": "a module's `get_extra_state`, while the snapshot is taken",
    "snapshot, loader": "a loader's `state_dict`, while the snapshot is taken",
    "snapshot, tensor": "the copy of a buffer, while the snapshot is taken",
    "mode": "a module's `train()`",
    "loader begun": "the training loader's `__iter__`",
    "sampler": "a sampler's next index",
    "sample": "the dataset's `__getitem__`, in a worker where there are workers",
    "collate": "the loader's `collate_fn`, in a worker where there are workers",
    "batch drawn": "the training loader's `__next__`",
    "validation batch drawn": "the validation loader's `__next__`",
    "batch moved": "a batch's own `.to(device)`",
    "gradients zeroed": "the optimizer's `zero_grad`",
    "forward": "the model's `forward`, in training",
    "loss": "the criterion, `step_fn` or `update_fn`",
    "backward": "a custom function's `backward`",
    "loss scaled": "the gradient scaler's `scale`",
    "gradients unscaled": "the gradient scaler's `unscale_`",
    "gradients clipped": "half-way through clipping",
    "scaler's step": "the gradient scaler's `step`",
    "before the step": "the optimizer's step pre-hook",
    "within the step": "the optimizer's step, half of the parameters written",
    "after the step": "the optimizer's step post-hook",
    "scale updated": "the gradient scaler's `update`",
    "validation forward": "the model's `forward`, in evaluation",
    "validation loss": "the criterion or `step_fn`, in evaluation",
    "metric": "the metric",
    "callback": "the user's callback",
    "publishing": "the widget's message to the page",
    "between steps": "the caller's own loop",
    "restore, extra state": "a module's `set_extra_state`, while everything is given back",
    "restore, loader": "a loader's `load_state_dict`, while everything is given back",
    "restore, tensor": "the writing of a buffer, while everything is given back",
    "around, left": "the `around` context's `__exit__`",
}
_NUMBERS = {phase: number for number, phase in enumerate(PHASES)}


class Taps:
    """All taps of this process, and of the workers it forks."""

    def __init__(self) -> None:
        self._passes = memoryview(mmap.mmap(-1, 4 * len(PHASES))).cast("i")
        self._open = False
        # Through a proxy, which no snapshot enters: what strikes is no part of a world.
        self._set: tuple[str, int, MappingProxyType[str, Strike]] | None = None

    def __call__(self, phase: str, value: Any = None) -> Any:
        """Pass a value through; the pass that is set may change it, or raise."""
        if not self._open:
            return value
        number = _NUMBERS[phase]
        self._passes[number] += 1
        if self._set is not None and self._set[:2] == (phase, self._passes[number]):
            return self._set[2]["strike"](value)
        return value

    @contextmanager
    def open(self, phase: str = "", at: int = 0, strike: Strike | None = None) -> Iterator[None]:
        """Count passes inside the block, and strike at pass ``at`` (from 1) of a phase, if one is given."""
        for number in range(len(PHASES)):
            self._passes[number] = 0
        self._set = None if strike is None else (phase, at, MappingProxyType({"strike": strike}))
        self._open = True
        try:
            yield
        finally:
            self._open, self._set = False, None

    def passes(self) -> dict[str, int]:
        """How often each phase was passed since the block was entered."""
        return {phase: self._passes[number] for phase, number in _NUMBERS.items() if self._passes[number]}


tap = Taps()


def tap_where(phase: str, value: Any = None) -> Any:
    """Pass the tap of a phase that training and evaluation share."""
    return tap(phase if torch.is_grad_enabled() else f"validation {phase}", value)
