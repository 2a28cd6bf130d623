"""Results as plain text. One function a section; all take results and return text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.bench import page, ticks, wire
from tests.bench.measure import Spread
from tests.bench.text import Table, plain, spread


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return plain(Table("", head, rows))


def painting(cold: Sequence[page.Paint], warm: Sequence[page.Paint]) -> str:
    rows = [
        [
            name,
            *(spread(Spread.of([getattr(each, what) for each in found]), 0) for what in WHAT),
            str(len(found)),
        ]
        for name, found in (("first on a new page and kernel", cold), ("another on the same page", warm))
        if found
    ]
    return table(["", "controls ms", "figure ms", "of it in Python ms", "times"], rows)


WHAT = ("controls", "figure", "constructed")


def traffic(found: Sequence[wire.Traffic], opening: int) -> str:
    """Bytes a point, by kind; ticks; and what opening costs once."""
    rows = [
        [
            f"{each.steps} steps of {each.step_ms:g} ms",
            *(f"{each.a_point(kind):.0f}" for kind in wire.KINDS),
            f"{sum(each.a_point(kind) for kind in wire.KINDS):.0f}",
            f"{sum(each.bytes[kind] for kind in wire.KINDS) / 1e3:.0f}",
            str(each.messages[wire.POINTS]),
            f"{each.bytes[wire.POINTS] / max(each.messages[wire.POINTS], 1) / 1e3:.1f}",
        ]
        for each in found
    ]
    head = ["bytes a point", *wire.KINDS, "all", "kB a sweep", "ticks", "kB a tick"]
    return f"{table(head, rows)}\nOpening, once a widget: {opening / 1e6:.2f} MB, nearly all of it plotly.js."


def arrived(opening: page.Received, sweep: page.Received) -> str:
    """What the page's WebSockets really received."""
    kinds = (wire.OPENING, *wire.KINDS, "other")
    rows = [
        [name, *(f"{found.bytes[kind] / 1e3:.1f} ({found.messages[kind]})" for kind in kinds)]
        for name, found in (("opening", opening), ("a sweep of 100 steps", sweep))
    ]
    return table(["kB (messages) in the page", *kinds], rows)


def publications(found: Sequence[ticks.Tick]) -> str:
    """What a tick costs, and how often it is allowed at that cost."""
    rows = [
        [
            f"{each.points} points",
            *(spread(s) for s in (each.history, each.show, each.status, each.cpu)),
            f"{each.a_second:.1f}",
        ]
        for each in found
    ]
    return table(["ms", "copy history", "curve and send", "status line", "CPU of all three", "ticks/s"], rows)


def imports(found: Mapping[str, float]) -> str:
    rows = [[name, f"{seconds * 1e3:.0f}"] for name, seconds in found.items()]
    return table(["import, one after the other", "ms"], rows)
