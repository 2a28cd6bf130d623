"""NumPy's arrays, and Python's own arrays of numbers."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import ATOMS, Part, Unwritten, same_arrays
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["ARRAYS", "BUFFERS"]


class _Array(Part):
    """The values of a numpy array; of one of objects, which objects."""

    __slots__ = ("kept", "owner")

    def __init__(self, label: str, owner: np.ndarray[Any, Any]) -> None:
        # The memory alone: a masked array answers with more than its values, and changes as it does.
        self.owner = owner if type(owner) is np.ndarray else np.ndarray.view(owner, np.ndarray)
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


def _keep_array(walk: Walk, met: Met) -> None:
    value, way = met.value, met.way
    if type(value) is not np.ndarray:
        keep_attributes(walk, met)
    if not value.flags.writeable:
        return
    if value.dtype != object and (way.data or way.by_function) and not walk.room_for(value.nbytes, way):
        walk.part(Unwritten(met.label, value))
        return
    part = _Array(met.label, value)
    walk.part(part)
    if value.dtype == object and value.size <= 10_000:
        for index, item in enumerate(part.kept.ravel().tolist()):
            if type(item) not in ATOMS:
                walk.keep(item, f"{met.label}[{index}]", way)


def _keep_buffer(walk: Walk, met: Met) -> None:
    walk.part(_Buffer(met.label, met.value))


ARRAYS = Kind("arrays", lambda kind: issubclass(kind, np.ndarray), _keep_array)
BUFFERS = Kind(
    "arrays of Python's own", lambda kind: issubclass(kind, (bytearray, array.array)), _keep_buffer
)
