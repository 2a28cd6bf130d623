"""The state of every random generator that training may draw from."""

from __future__ import annotations

import ctypes
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrwidget.engine import devices as accelerators
from lrwidget.engine.state.parts import State

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NumPyState", "generator_states"]

#: Bytes of NumPy's global generator: 624 words, and the place among them.
_WORDS = 4 * 624 + 4
#: Times that generator is read in any case.
_LOOKS = 6


def generator_states(devices: Iterable[torch.device], *, elsewhere: bool = True) -> list[State]:
    """Return the states of Python's, NumPy's, the CPU's and each accelerator's generator, to be given back.

    Parameters
    ----------
    devices : iterable of torch.device
        Where the tensors are.
    elsewhere : bool
        Whether every other accelerator is added that the process can see and has begun to use: replicas of a
        model draw there too.
    """
    states = [
        State("Python's random state", random.getstate, random.setstate),
        NumPyState(),
        State("the CPU's random state", torch.get_rng_state, torch.set_rng_state),
    ]
    for device, (get, put) in accelerators.generators(devices, elsewhere=elsewhere):
        states.append(State(f"the random state of {device}", get, put))
    return states


class NumPyState(State):
    """The state of NumPy's global generator, which takes 70 us to read, and longer to set.

    Taken again and again, it is read only where somebody draws from it, which a look at its memory tells in 1
    us. But of two normal numbers the second is held elsewhere, and leaves no trace there: so it is read in
    any case the first few times, and from then on if it was ever found to have moved.
    """

    __slots__ = ("_looks", "_moves", "_words")

    def __init__(self) -> None:
        self._words: bytes | None = None
        self._looks = 0
        self._moves = False
        super().__init__("NumPy's random state", _numpys_state, np.random.set_state)

    def take(self) -> None:
        words = _words_of_numpy()
        if words is not None and words == self._words and self._looks >= _LOOKS and not self._moves:
            return
        self._moves = self._moves or (self._looks > 0 and super().differs())
        self.kept, self._words = self.get(), words
        self._looks += 1

    def differs(self) -> bool:
        words = _words_of_numpy()
        if words is None or self._looks < _LOOKS:
            return super().differs()
        return words != self._words

    def give_back(self) -> None:
        if self.differs():
            self.put(self.kept)


def _numpys_state() -> Any:
    return np.random.get_state(legacy=False)  # noqa: NPY002 - the one of all


def _words_of_numpy() -> bytes | None:
    """Return the memory of NumPy's global generator; None where it is another than by default."""
    bits = np.random.get_bit_generator()  # type: ignore[attr-defined, unused-ignore]
    if type(bits) is not np.random.MT19937:
        return None
    return ctypes.string_at(bits.ctypes.state_address, _WORDS)
