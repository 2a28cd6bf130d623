"""Memory that processes share, and other objects of C: their bytes."""

from __future__ import annotations

import ctypes
from functools import partial
from multiprocessing import shared_memory, sharedctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.engine.state.kinds.numbers import samples
from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import State, Unwritten
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["C_OBJECTS", "SHARED_MEMORY", "SHARED_VALUES"]

_C_KINDS: tuple[type, ...] = (ctypes._SimpleCData, ctypes.Array, ctypes.Structure, ctypes.Union)  # noqa: SLF001


def _keep_bytes(walk: Walk, met: Met) -> None:
    walk.part(State(met.label, partial(bytes, met.value), partial(_write, met.value)))


def _write(thing: Any, contents: bytes) -> None:
    if bytes(thing) != contents:
        ctypes.memmove(ctypes.addressof(thing), contents, len(contents))


def _keep_block(walk: Walk, met: Met) -> None:
    block: Any = met.value
    if block.buf is None:  # closed
        return
    if walk.room_for(block.size, met.way):
        walk.part(State(met.label, lambda: bytes(block.buf), partial(_write_block, block)))
    else:
        # An array over it would keep it from being closed, so there is one while it is looked at.
        walk.part(Unwritten(met.label, lambda: samples(np.frombuffer(block.buf, np.uint8))))


def _write_block(block: Any, contents: bytes) -> None:
    if bytes(block.buf) != contents:
        block.buf[:] = contents


SHARED_VALUES = Kind(
    "shared values", lambda kind: issubclass(kind, sharedctypes.SynchronizedBase), keep_attributes
)
SHARED_MEMORY = Kind("shared memory", lambda kind: issubclass(kind, shared_memory.SharedMemory), _keep_block)
C_OBJECTS = Kind("objects of C", lambda kind: issubclass(kind, _C_KINDS), _keep_bytes)
