"""Results of page and wire as tables. One function a section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks import page, ticks, wire
from benchmarks.measure import Spread
from benchmarks.text import Table, spread, verdict

#: So many times as long as the bare widget's may our controls take; the bare one's name, and milliseconds for
#: the figure to be there after the controls.
AT_MOST = 1.5
PAINTS = {page.FIRST: (page.FIRST_BARE, 700), page.NEXT: (page.NEXT_BARE, 100)}
#: Messages by which a cell shows a widget.
SHOWING = ("comm_open", "display_data", "execute_result")


def painting(found: Sequence[tuple[str, page.Paint]]) -> Table:
    """What was painted, each by its name; ours beside the bare widget."""
    named = {name: [paint for each, paint in found if each == name] for name in dict(found)}
    middle = {name: Spread.of([paint.controls for paint in paints]).middle for name, paints in named.items()}
    rows = []
    for name, paints in named.items():
        python = Spread.of([paint.constructed for paint in paints])
        controls = Spread.of([paint.controls for paint in paints])
        later = [paint.figure - paint.controls for paint in paints if paint.figure is not None]
        cells = ["", "", "", ""]
        if later:
            bare, most = PAINTS[name]
            ratio, wait = middle[name] / middle[bare], Spread.of(later)
            cells = [
                f"{ratio:.2f}",
                verdict(f"{AT_MOST}", ratio <= AT_MOST),
                spread(wait, 0),
                verdict(f"{most}", wait.middle <= most),
            ]
        rows.append([name, spread(controls, 0), *cells, spread(python, 0), str(len(paints))])
    head = ["", "controls ms", "/ bare", "aim", "figure, ms later", "aim", "of it in Python ms", "times"]
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


def arrived(found: Mapping[str, page.Received]) -> Table:
    """What the page's WebSockets really received, and by which messages a cell showed what it did."""
    kinds = (wire.OPENING, *wire.KINDS, page.SAVED, "other")
    rows = []
    for name, each in found.items():
        cells = [f"{each.bytes[kind] / 1e3:.1f} ({each.messages[kind]})" for kind in kinds]
        shown = ", ".join(f"{count} {what}" for what, count in each.of_cell.items() if what in SHOWING)
        rows.append([name, *cells, shown])
    return Table("As the page received them", ["kB (messages)", *kinds, "shown by"], rows)


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
