"""NumPy's arrays, and Python's own arrays of numbers."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING

import numpy as np

from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import ATOMS, Array, Buffer, Unwritten
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["ARRAYS", "BUFFERS"]


def _keep_array(walk: Walk, met: Met) -> None:
    value, way = met.value, met.way
    if type(value) is not np.ndarray:
        keep_attributes(walk, met)
    if not value.flags.writeable:
        return
    if value.dtype != object and (way.data or way.by_function) and not walk.room_for(value.nbytes, way):
        walk.part(Unwritten(met.label, value))
        return
    part = Array(met.label, value)
    walk.part(part)
    if value.dtype == object and value.size <= 10_000:
        for index, item in enumerate(part.kept.ravel().tolist()):
            if type(item) not in ATOMS:
                walk.keep(item, f"{met.label}[{index}]", way)


def _keep_buffer(walk: Walk, met: Met) -> None:
    walk.part(Buffer(met.label, met.value))


ARRAYS = Kind("arrays", lambda kind: issubclass(kind, np.ndarray), _keep_array)
BUFFERS = Kind(
    "arrays of Python's own", lambda kind: issubclass(kind, (bytearray, array.array)), _keep_buffer
)
