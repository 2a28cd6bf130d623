"""Tables of pandas: their values, which cells may be written to one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget.engine.state.parts import Part
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["TABLES"]

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


def _keep(walk: Walk, met: Met) -> None:
    # A large one is data, as a rule.
    if walk.room_for(_size(met.value), met.way):
        walk.part(_Table(met.label, met.value))


def _is_table(kind: type) -> bool:
    return any(
        base.__name__ in _NAMES and base.__module__.partition(".")[0] == "pandas" for base in kind.__mro__
    )


TABLES = Kind("tables", _is_table, _keep)
