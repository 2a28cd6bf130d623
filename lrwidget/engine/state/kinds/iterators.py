"""Iterators and open files: where they stand."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING

from lrwidget.engine.state.parts import FilePosition, IteratorPosition
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["FILES", "ITERATORS"]


def _keep_iterator(walk: Walk, met: Met) -> None:
    if met.holder is not None:
        with suppress(TypeError, AttributeError):
            walk.part(IteratorPosition(met.label, met.value, met.holder, met.key))
            return
    kind = type(met.value)
    walk.cannot(met, f"a {kind.__name__}, which can be gone through only once")


def _keep_file(walk: Walk, met: Met) -> None:
    file = met.value
    try:
        if file.closed or file.writable():  # a log: what was written stays
            return
        walk.part(FilePosition(met.label, file))
    except (
        OSError,
        ValueError,
    ):  # no place in it can be told: a pipe, or one that is just being gone through
        walk.cannot(met, "an open file whose position cannot be told")


# Objects of Python classes with a ``__next__`` are seen through: their position is in their attributes.
ITERATORS = Kind(
    "iterators", lambda kind: hasattr(kind, "__next__") and not kind.__dictoffset__, _keep_iterator
)
FILES = Kind("files", lambda kind: issubclass(kind, io.IOBase), _keep_file)
