"""Results as plain text. One function a section; all take results and return text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.bench import page, ticks, wire
from tests.bench.measure import Spread, added, fastest, ratios
from tests.bench.sweeps import AIMS, BARE, Comparison, Kept

#: The aims are meant for steps of at least so many milliseconds.
AIM_FROM_MS = 5.0


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned: the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = []
    for row in (head, ["-" * width for width in widths], *rows):
        first, *rest = (
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join((first, *rest)).rstrip())
    return "\n".join(lines)


def titled(title: str, *parts: str) -> str:
    return "\n".join((f"\n{title}", "=" * len(title), *parts))


def spread(value: Spread, digits: int = 2) -> str:
    return f"{value.middle:.{digits}f} [{value.low:.{digits}f}, {value.high:.{digits}f}]"


def comparison(found: Comparison, note: str = "") -> str:
    """One task: every contender against the bare loop."""
    rows = []
    for name, samples in found.samples.items():
        wall = [sample.wall * 1e3 for sample in samples]
        base, against = found.base(name), ["1", "1", "1", "0"]
        if name != BARE:
            against = [
                spread(ratios(samples, base), 3),
                f"{fastest(samples, base):.3f}",
                spread(ratios(samples, base, "cpu"), 3),
                f"{added(samples, base, found.steps):+.0f}",
            ]
        aim = f"{AIMS[name]:.2f}" if name in AIMS and found.step_ms >= AIM_FROM_MS else ""
        rows.append([name, f"{Spread.of(wall).middle:.0f}", *against, aim])
    head = ["", "wall ms", "wall ratio", "fastest", "CPU ratio", "CPU µs/step", "aim"]
    what = f"{found.task}, {found.device}, {found.step_ms:.2f} ms a step, {found.steps} steps"
    return f"\n{what}, {len(found.samples[BARE])} rounds{note}\n{table(head, rows)}"


def kept(found: Sequence[Kept]) -> str:
    rows = [
        [
            f"{each.task}, {each.device}",
            f"{each.megabytes:.2f}",
            *(spread(s) for s in (each.snapshot, each.restore, each.peer_store, each.peer_reset)),
        ]
        for each in found
    ]
    head = ["", "MB", "snapshot ms", "restore ms", "torch_lr_finder store ms", "its reset ms"]
    return table(head, rows)


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
