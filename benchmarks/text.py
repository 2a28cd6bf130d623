"""Tables and numbers as text: plain for the terminal, Markdown for the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Spread


@dataclass(frozen=True)
class Table:
    """A caption, a head, and rows that are as long as the head."""

    caption: str
    head: list[str]
    rows: list[list[str]]


def plain(table: Table) -> str:
    """The caption, then columns aligned: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in (table.head, *table.rows)) for i in range(len(table.head))]
    lines = [table.caption] if table.caption else []
    for row in (table.head, ["-" * width for width in widths], *table.rows):
        first, *rest = (
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join((first, *rest)).rstrip())
    return "\n".join(lines)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, as Markdown does by itself."""
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def titled(title: str, *parts: str) -> str:
    return "\n".join((f"\n{title}", "=" * len(title), *parts))


def spread(value: Spread, digits: int = 2) -> str:
    return f"{value.middle:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def verdict(aim: str, reached: bool) -> str:
    """An aim as tables show it: with whether it was reached."""
    return f"{aim}, {'reached' if reached else 'missed'}"


def short(value: float) -> str:
    """Three digits that matter: 0.0123, 1.23, 12.3, 123, 12,300."""
    if value == 0:
        return "0"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}"


def of_size(count: float, unit: str = "") -> str:
    """10,000 or 2 500 000 in words: ``"10 k"``, ``"2.5 M"``; with ``unit="B"`` bytes."""
    for letter, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= 0.999 * size:
            return f"{count / size:.3g} {letter}{unit}"
    return f"{count:.3g} {unit}".rstrip()
