"""NumPy's arrays, and Python's own arrays of numbers."""

from __future__ import annotations

import array
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.engine.state.kinds.containers import enter_items
from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import Part, Unwritten, same_arrays
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["ARRAYS", "BUFFERS", "samples"]

#: Values that are looked at of an array too large to copy.
_SAMPLES = 4096


class _Array(Part):
    """The values of a numpy array; of one of objects, which objects."""

    __slots__ = ("kept", "owner")

    def __init__(self, label: str, owner: np.ndarray[Any, Any]) -> None:
        self.owner = owner
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.owner.copy()

    def differs(self) -> bool:
        return not same_arrays(self.owner, self.kept)

    def give_back(self) -> None:
        if self.owner.shape != self.kept.shape:
            self.owner.shape = self.kept.shape  # the values lie where they lay
        if self.differs():  # one on a file or in shared memory is not written to needlessly
            np.copyto(self.owner, self.kept, casting="no")


class _Buffer(Part):
    """The contents of a bytearray or an ``array.array``."""

    __slots__ = ("kept", "owner")

    def __init__(self, label: str, owner: Any) -> None:
        self.owner = owner
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.owner[:]

    def differs(self) -> bool:
        return bytes(self.owner) != bytes(self.kept)

    def give_back(self) -> None:
        if self.differs():
            self.owner[:] = self.kept


def samples(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """Return some of an array's values, spread over all of it, and how it is laid out."""
    places = np.arange(0, array.size, max(1, array.size // _SAMPLES))
    values = array[np.unravel_index(places, array.shape)] if array.ndim else array
    return array.shape, array.dtype, values.tobytes()


def _keep_array(walk: Walk, met: Met) -> None:
    value, way = met.value, met.way
    if type(value) is not np.ndarray:
        keep_attributes(walk, met)
    # The memory alone: a masked array answers with more than its values, and changes as it does.
    plain = value if type(value) is np.ndarray else np.ndarray.view(value, np.ndarray)
    if plain.dtype.hasobject:
        enter_items(walk, met, plain.ravel().tolist())
    if not plain.flags.writeable:
        return
    is_data = (way.data or way.by_function) and not plain.dtype.hasobject
    if is_data and not walk.room_for(plain.nbytes, way):
        walk.part(Unwritten(met.label, partial(samples, plain)))
    else:
        walk.part(_Array(met.label, plain))


def _keep_buffer(walk: Walk, met: Met) -> None:
    walk.part(_Buffer(met.label, met.value))


ARRAYS = Kind("arrays", lambda kind: issubclass(kind, np.ndarray), _keep_array)
BUFFERS = Kind(
    "arrays of Python's own", lambda kind: issubclass(kind, (bytearray, array.array)), _keep_buffer
)
