"""Random generators of PyTorch, Python and NumPy."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import State
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["GENERATORS", "SEEDS"]

_KINDS = (
    torch.Generator,
    random.Random,
    np.random.Generator,
    np.random.BitGenerator,
    np.random.RandomState,
)


def _is_the_process_s(value: Any) -> bool:
    """Return whether this is a generator that Python, NumPy or PyTorch have for everybody."""
    # ``random.random`` and ``numpy.random.rand`` are its methods. See lrwidget.engine.state.rng.
    numpys = getattr(np.random.mtrand, "_rand", None)
    return (
        value is torch.default_generator
        or value is getattr(random, "_inst", None)
        or value is numpys
        or value is getattr(numpys, "_bit_generator", None)
    )


def _keep(walk: Walk, met: Met) -> None:
    value, label = met.value, met.label
    if _is_the_process_s(value):
        return
    if isinstance(value, np.random.Generator):
        walk.keep(value.bit_generator, label, met.way)
    elif isinstance(value, np.random.BitGenerator):
        _keep_bits(walk, met)
    elif isinstance(value, random.Random):
        walk.generator(State(label, value.getstate, value.setstate), met.way)
    else:
        walk.generator(State(label, value.get_state, value.set_state), met.way)
    if type(value) not in _KINDS:
        keep_attributes(walk, met)


def _keep_bits(walk: Walk, met: Met) -> None:
    bits = met.value
    walk.generator(
        State(met.label, partial(getattr, bits, "state"), partial(setattr, bits, "state")), met.way
    )
    seeds = getattr(bits, "seed_seq", None)
    if seeds is not None:
        walk.keep(seeds, f"{met.label}.seed_seq", met.way)


def _keep_seeds(walk: Walk, met: Met) -> None:
    # How many generators were spawned can only be read, but by the way in which copies are made.
    seeds = met.value
    put = getattr(seeds, "__setstate_cython__", None)
    if put is None:
        walk.cannot(met, "a SeedSequence, which counts the generators that are spawned from it")
        return
    walk.part(State(met.label, partial(_inside, seeds), put))


def _inside(seeds: Any) -> Any:
    return seeds.__reduce__()[2]


SEEDS = Kind("seeds", lambda kind: issubclass(kind, np.random.SeedSequence), _keep_seeds)
GENERATORS = Kind("generators", lambda kind: issubclass(kind, _KINDS), _keep)
