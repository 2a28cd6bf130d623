"""The same random numbers for every evaluation, and none of the training's.

A loss that draws noise (dropout left on, a variational autoencoder, a diffusion model) would show the draw at
every rate. So each evaluation begins with the random state that the first one began with; and since it gives
back the state it found, training draws what it would draw without evaluations.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lrwidget.engine.state.rng import NumPyState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrwidget.engine.state.parts import State

__all__ = ["SameNoise"]


class SameNoise:
    """Has every evaluation draw the same random numbers.

    Parameters
    ----------
    generators : iterable of State
        Those that an evaluation may draw from. They are taken anew for each.
    """

    def __init__(self, generators: Iterable[State]) -> None:
        self._generators = list(generators)
        #: What evaluations begin with; of a generator that is slow to set, once one has drawn from it.
        self._first: list[tuple[State, Any]] | None = None
        self._not_drawn_from = [state for state in self._generators if isinstance(state, NumPyState)]

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Enter before an evaluation."""
        for state in self._generators:
            state.take()
        if self._first is None:
            self._first = [(one, one.kept) for one in self._generators if one not in self._not_drawn_from]
        for state, first in self._first:
            state.put(first)
        try:
            yield
        finally:
            for state in [one for one in self._not_drawn_from if one.differs()]:
                self._not_drawn_from.remove(state)
                self._first.append((state, state.kept))
            for state, _ in self._first:
                state.put(state.kept)
