"""Results of page and wire as tables. One function a section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks import page, ticks, wire
from benchmarks.measure import Spread
from benchmarks.text import Table, spread


def painting(found: Sequence[tuple[str, page.Paint]]) -> Table:
    """What was painted, each by its name."""
    rows = []
    for name in dict.fromkeys(name for name, _ in found):
        paints = [paint for each, paint in found if each == name]
        times = [[getattr(paint, what) for paint in paints] for what in ("controls", "figure", "constructed")]
        cells = ["" if None in each else spread(Spread.of(each), 0) for each in times]
        rows.append([name, *cells, str(len(paints))])
    head = ["", "controls ms", "figure ms", "of it in Python ms", "times"]
    return Table("First paint, from running the cell", head, rows)


def traffic(found: Sequence[wire.Traffic], opening: int) -> Table:
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
    head = ["", *(f"{kind}, bytes a point" for kind in wire.KINDS), "all", "kB a sweep", "ticks", "kB a tick"]
    caption = f"On the wire. Opening, once a widget: {opening / 1e6:.2f} MB, nearly all of it plotly.js"
    return Table(caption, head, rows)


def arrived(opening: page.Received, sweep: page.Received) -> Table:
    """What the page's WebSockets really received."""
    kinds = (wire.OPENING, *wire.KINDS, "other")
    rows = [
        [name, *(f"{found.bytes[kind] / 1e3:.1f} ({found.messages[kind]})" for kind in kinds)]
        for name, found in (("opening", opening), ("a sweep of 100 steps", sweep))
    ]
    return Table("As the page received them", ["kB (messages)", *kinds], rows)


def publications(found: Sequence[ticks.Tick]) -> Table:
    """What a tick costs, and how often it is allowed at that cost."""
    rows = [
        [
            f"{each.points} points",
            *(spread(s) for s in (each.history, each.show, each.state, each.cpu)),
            f"{each.a_second:.1f}",
        ]
        for each in found
    ]
    return Table(
        "One publication, in the sweep's thread",
        ["ms", "copy history", "curve and send", "state", "CPU of all three", "ticks/s"],
        rows,
    )


def imports(found: Mapping[str, float]) -> Table:
    rows = [[name, f"{seconds * 1e3:.0f}"] for name, seconds in found.items()]
    return Table("Importing, one after the other", ["", "ms"], rows)
