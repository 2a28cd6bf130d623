"""Iterators and open files: where they stand."""

from __future__ import annotations

import io
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from lrwidget.engine.state.parts import Part, State
from lrwidget.engine.state.stand_ins import StandIn
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["FILES", "ITERATORS"]


class _FilePosition(Part):
    """Where a file is being read."""

    __slots__ = ("file", "kept")

    def __init__(self, label: str, file: io.IOBase) -> None:
        self.file = file
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.file.tell()

    def differs(self) -> bool:
        return self.file.tell() != self.kept

    def give_back(self) -> None:
        self.file.seek(self.kept)


def _keep_iterator(walk: Walk, met: Met) -> None:
    if met.holder is not None:
        with suppress(TypeError, AttributeError):
            walk.stand_in(StandIn(met.label, met.value), met.holder, met.key)
            return
    if met.way.renewed:
        return
    kind = type(met.value)
    walk.cannot(met, f"a {kind.__name__}, which can be gone through only once")


def _keep_file(walk: Walk, met: Met) -> None:
    file = met.value
    if file.closed or not file.readable():  # a log: what was written stays
        return
    try:
        if isinstance(file, (io.BytesIO, io.StringIO)):
            walk.part(State(met.label, partial(_contents, file), partial(_write, file)))
        else:
            walk.part(_FilePosition(met.label, file))
    except (OSError, ValueError):  # a pipe, or one that is being gone through just now
        walk.cannot(met, "an open file whose position cannot be told")


def _contents(file: Any) -> tuple[Any, int]:
    return file.getvalue(), file.tell()


def _write(file: Any, state: tuple[Any, int]) -> None:
    whole, position = state
    if file.getvalue() != whole:
        file.seek(0)
        file.truncate()
        file.write(whole)
    file.seek(position)


# Objects of Python classes with a ``__next__`` are seen through: their position is in their attributes.
ITERATORS = Kind(
    "iterators", lambda kind: hasattr(kind, "__next__") and not kind.__dictoffset__, _keep_iterator
)
FILES = Kind("files", lambda kind: issubclass(kind, io.IOBase), _keep_file)
