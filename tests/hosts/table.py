"""The table of ``docs/hosts.md``: rows of hosts that were driven are replaced, the others stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hosts.environments import ROOT
from tests.hosts.result import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.hosts.rows import Row

PAGE = ROOT / "docs" / "hosts.md"
BEGIN, END = "<!-- written by `make hosts`: begin -->", "<!-- written by `make hosts`: end -->"


def write(driven: Sequence[Row], page: Path = PAGE) -> None:
    """Put the rows of the hosts that were driven into the page."""
    from tests.hosts.rows import COLUMNS, ROWS

    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    known = dict(_title_and_line(line) for line in table.splitlines() if line.startswith("| "))
    known |= {
        row.title: _line(row.title, [row.results.get(name, NONE).cell() for name in COLUMNS])
        for row in driven
    }
    lines = [_line("host", COLUMNS), "|" + "---|" * (len(COLUMNS) + 1)]
    lines += [known[row.title] for row in ROWS.values() if row.title in known]
    page.write_text("\n".join((before + BEGIN, *lines, END)) + after, encoding="utf-8")


def _title_and_line(line: str) -> tuple[str, str]:
    return line.split("|")[1].strip(), line


def _line(title: str, cells: Sequence[str]) -> str:
    return "| " + " | ".join((title, *cells)) + " |"
