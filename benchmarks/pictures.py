"""The three pictures of docs/benchmarks.md, from results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import look, snapshots
from benchmarks.contest import DROP_IN, joined
from benchmarks.look import BLUE, GREEN, GREY, ORANGE
from benchmarks.measure import Spread
from benchmarks.results import Results
from benchmarks.scaling import Grown
from benchmarks.sweeps import AGAIN, BARE, HEADLESS, UNSEEN, Comparison

ENGINES, SCALING, SNAPSHOT = "bench-engines", "bench-scaling", "bench-snapshot"
OURS = {HEADLESS, UNSEEN, DROP_IN}


def draw(found: Results, folder: Path) -> list[Path]:
    """Draw what there are results for; return the files."""
    paths = []
    on_cpu = [each for each in found.engines if each.device == "cpu"]
    if on_cpu:
        tables = joined(on_cpu)
        paths += look.draw(
            ENGINES, folder, lambda axes, _: _engines(axes, tables), columns=max(len(tables), 2)
        )
    if found.scaling is not None:
        grown = found.scaling
        paths += look.draw(
            SCALING, folder, lambda axes, ink: _scaling(axes, ink, grown.steps, grown.parameters)
        )
    if found.snapshots:
        paths += look.draw(SNAPSHOT, folder, lambda axes, ink: _snapshots(axes, ink, found.snapshots))
    return paths


def _engines(axes: Any, tasks: Sequence[Sequence[tuple[str, Spread, Comparison]]]) -> None:
    """One plot a task: the ratio of each engine, its quartiles as a line."""
    names = list(dict.fromkeys(name for rows in tasks for name, _, _ in rows if name not in {BARE, AGAIN}))
    names.sort(key=lambda name: name not in OURS)
    for axis, rows in zip(axes, tasks, strict=False):
        known = {name: ratio for name, ratio, _ in rows}
        for place, name in enumerate(reversed(names)):
            if name not in known:
                continue
            ratio, colour = known[name], BLUE if name in OURS else ORANGE
            axis.plot([ratio.low, ratio.high], [place, place], color=colour, linewidth=3, alpha=0.45)
            axis.plot([ratio.middle], [place], color=colour, marker="o", markersize=5)
        axis.axvline(1, color=GREY, linewidth=1)
        found = rows[0][2]
        axis.set_title(f"{found.task}, {found.step_ms:.1f} ms a step", fontsize=9)
        axis.set_xlabel("processor's time / bare loop", fontsize=9)
        highest = max(ratio.high for name, ratio, _ in rows if name in names)
        axis.set_xlim(min(0.9, *(ratio.low for _, ratio, _ in rows)), highest * 1.05)
        first = axis is axes[0]
        axis.set_yticks(range(len(names)), list(reversed(names)) if first else [""] * len(names), fontsize=8)
        axis.tick_params(axis="x", labelsize=8)


def _scaling(axes: Any, _: str, steps: Sequence[Grown], parameters: Sequence[Grown]) -> None:
    _lines(axes[0], [each for each in steps if each.device == "cpu"], "steps")
    _lines(axes[1], [each for each in parameters if each.device == "cpu"], "parameters")


def _lines(axis: Any, found: Sequence[Grown], what: str) -> None:
    sizes = [each.size for each in found]
    lines = [
        ("bare loop", GREY, [each.bare.middle for each in found]),
        ("RangeTest", BLUE, [each.ours.middle for each in found]),
        ("what it takes more", ORANGE, [each.more.middle for each in found]),
    ]
    copies = [each.copies for each in found]
    if all(copies):
        lines.append(("of it snapshot and restore", GREEN, [copy.middle for copy in copies if copy]))
    for label, colour, seconds in lines:
        shown = [1e3 * value if value > 0 else float("nan") for value in seconds]
        axis.plot(sizes, shown, color=colour, marker="o", markersize=3, label=label)
    axis.set(xscale="log", yscale="log", xlabel=what, ylabel="ms a sweep")
    axis.legend(fontsize=7)


def _snapshots(axes: Any, _: str, found: Sequence[snapshots.Copied]) -> None:
    for axis, name in zip(axes, ("snapshot", "restore"), strict=True):
        for kind, colour in zip(snapshots.KINDS, (BLUE, ORANGE), strict=True):
            rows = [each for each in found if each.kind == kind and each.device == "cpu"]
            sizes = [each.size / 1e6 for each in rows]
            ratios = [getattr(each, f"{name}_ratio") for each in rows]
            axis.plot(sizes, [r.middle for r in ratios], color=colour, marker="o", markersize=4, label=kind)
            axis.vlines(sizes, [r.low for r in ratios], [r.high for r in ratios], color=colour, alpha=0.45)
        axis.axhline(1, color=GREY, linewidth=1)
        axis.set(xscale="log", yscale="log", xlabel="state (MB)", ylabel=f"{name} / raw copy", ylim=(0.2, 10))
        axis.set_yticks([0.2, 0.5, 1, 2, 5, 10], ["0.2", "0.5", "1", "2", "5", "10"])
        axis.minorticks_off()
    axes[0].legend(fontsize=8)
