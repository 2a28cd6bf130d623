"""Tables of pandas: their values, which cells may be written to one by one."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from lrwidget.engine.state.parts import Part, Unwritten
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["TABLES"]

#: Rows that are looked at of a table too large to copy.
_SAMPLES = 4096
_NAMES = frozenset({"DataFrame", "Series"})


class _Table(Part):
    """The contents of a table, put back into the very same object."""

    __slots__ = ("kept", "table")

    def __init__(self, label: str, table: Any) -> None:
        self.table = table
        super().__init__(label)

    def take(self) -> None:
        self.kept = self.table.copy(deep=True)

    def differs(self) -> bool:
        now, kept = self.table, self.kept
        return not (now.index.identical(kept.index) and now.equals(kept) and _columns(now) == _columns(kept))

    def give_back(self) -> None:
        if self.differs():
            # There is no public way to fill a table anew that keeps dtypes, index and columns alike.
            object.__setattr__(self.table, "_mgr", self.kept.copy(deep=True)._mgr)  # noqa: SLF001
            getattr(self.table, "_item_cache", {}).clear()


def _columns(table: Any) -> list[Any]:
    return list(getattr(table, "columns", ()))


def _size(table: Any) -> int:
    used = table.memory_usage(index=True)
    return int(used if isinstance(used, int) else used.sum())


def _samples(table: Any) -> tuple[Any, ...]:
    """Return a number for each of some rows, spread over all of them, and how the table is laid out."""
    some = table.iloc[:: max(1, len(table) // _SAMPLES)]
    rows = sys.modules["pandas"].util.hash_pandas_object(some, index=True).to_numpy()
    kinds = table.dtypes.tolist() if hasattr(table, "columns") else table.dtype
    return table.shape, repr(_columns(table)), repr(kinds), rows.tobytes()


def _keep(walk: Walk, met: Met) -> None:
    if walk.room_for(_size(met.value), met.way):
        walk.part(_Table(met.label, met.value))
        return
    try:
        walk.part(Unwritten(met.label, partial(_samples, met.value)))
    except (TypeError, ValueError):
        walk.cannot(met, "a large table, in whose cells are objects: keep=[it] has it copied")


def _is_table(kind: type) -> bool:
    return any(
        base.__name__ in _NAMES and base.__module__.partition(".")[0] == "pandas" for base in kind.__mro__
    )


TABLES = Kind("tables", _is_table, _keep)
