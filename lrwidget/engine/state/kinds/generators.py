"""Random generators of PyTorch, Python and NumPy."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import State
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["GENERATORS"]

_KINDS = (
    torch.Generator,
    random.Random,
    np.random.Generator,
    np.random.BitGenerator,
    np.random.RandomState,
)


def _keep(walk: Walk, met: Met) -> None:
    value, label = met.value, met.label
    if isinstance(value, np.random.Generator):
        walk.keep(value.bit_generator, label, met.way)
    elif isinstance(value, np.random.BitGenerator):
        walk.generator(State(label, partial(getattr, value, "state"), partial(setattr, value, "state")))
    elif isinstance(value, random.Random):
        walk.generator(State(label, value.getstate, value.setstate))
    else:
        walk.generator(State(label, value.get_state, value.set_state))
    if type(value) not in _KINDS:
        keep_attributes(walk, met)


GENERATORS = Kind("generators", lambda kind: issubclass(kind, _KINDS), _keep)
