"""The same random numbers for every evaluation, and none of the training's.

A loss that draws noise (dropout left on, a variational autoencoder, a diffusion model) would show the draw at
every rate. So each evaluation begins with the random state that the first one began with; and since it gives
back the state it found, training draws what it would draw without evaluations.
"""

from __future__ import annotations

import ctypes
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrwidget.engine.devices import generator_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Generator", "SameNoise"]

#: How a random generator is asked for its state, and given one.
Generator = tuple["Callable[[], Any]", "Callable[[Any], object]"]

# The memory of NumPy's global generator: 624 words, and the place among them.
WORDS = 4 * 624 + 4
# Evaluations that ask it in any case.
LOOKS = 4


class SameNoise:
    """Has every evaluation draw the same random numbers.

    Looked after are PyTorch's generator of the host and those of the devices, Python's and NumPy's, and what
    else is named.

    Parameters
    ----------
    devices : iterable of torch.device
    others : sequence of (get, set)
        Further generators: a function that returns the state, and one that takes it.
    """

    def __init__(self, devices: Iterable[torch.device], others: Sequence[Generator] = ()) -> None:
        self._generators: list[Generator] = [
            (torch.get_rng_state, torch.set_rng_state),
            (random.getstate, random.setstate),
            *filter(None, map(generator_of, sorted({*devices}, key=str))),
            *others,
        ]
        self._first: list[Any] | None = None
        self._numpy = _NumPy()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Enter before an evaluation."""
        found = [get() for get, _ in self._generators]
        self._first = found if self._first is None else self._first
        self._numpy.begin()  # first: NumPy's own generator may be among those named, too
        for (_, set_), state in zip(self._generators, self._first, strict=True):
            set_(state)
        try:
            yield
        finally:
            for (_, set_), state in zip(self._generators, found, strict=True):
                set_(state)
            self._numpy.end()


class _NumPy:
    """NumPy's global generator, which takes 35 us to ask for its state, and again to be given one.

    So it is asked only where somebody draws from it, which a look at its memory tells.
    """

    def __init__(self) -> None:
        self._first: Any = None
        self._found: Any = None
        self._words: bytes | None = None
        self._training_draws = self._draws = False
        self._looks = 0

    def begin(self) -> None:
        words = _words_of_numpy()
        self._training_draws |= self._looks > 0 and words != self._words
        self._looks += 1
        # Of two normal numbers the second is taken without a trace in the memory: not at once is it believed.
        if words is None or self._training_draws or self._draws or self._looks <= LOOKS:
            self._found = np.random.get_state()  # noqa: NPY002
        self._words = words
        if self._first is not None and self._draws:
            np.random.set_state(self._first)  # noqa: NPY002

    def end(self) -> None:
        moved = self._words is None or _words_of_numpy() != self._words
        if moved and not self._draws:
            self._first, self._draws = self._found, True
        if self._draws:
            np.random.set_state(self._found)  # noqa: NPY002


def _words_of_numpy() -> bytes | None:
    """Return the memory of NumPy's global generator; None where it is another than by default."""
    bits = np.random.get_bit_generator()  # type: ignore[attr-defined, unused-ignore]
    if type(bits) is not np.random.MT19937:
        return None
    return ctypes.string_at(bits.ctypes.state_address, WORDS)
