"""docs/benchmarks.md and its pictures, from a file of results.

``python -m benchmarks.document FILE`` writes them without measuring anything; ``make bench ARGS="--save FILE
--write-page"`` measures first.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import compiled, pictures, prose, results, scaling, smooth, snapshots, trials, validation
from benchmarks.apart import ROOT
from benchmarks.contest import joined
from benchmarks.machine import Machine
from benchmarks.measure import added
from benchmarks.results import Results
from benchmarks.sweeps import AGAIN, AIM_FROM_MS, AIMS, BARE, HEADLESS, LIVE, LIVE_THREAD, Comparison
from benchmarks.text import Table, markdown, short, spread, verdict

PAGE = ROOT / "docs" / "benchmarks.md"


def write(found: Results, page: Path = PAGE) -> list[Path]:
    """Write page and pictures; return the files."""
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    page.write_text("\n".join(sections(found)), encoding="utf-8")
    return [page, *pictures.draw(found, images)]


def sections(found: Results) -> Iterator[str]:
    """Yield the page, section by section; parts that were not measured are left out."""
    yield prose.INTRODUCTION
    yield _machine(found.machine)
    if found.engines:
        steps = found.engines[0].steps
        yield prose.ENGINES.format(steps=steps)
        yield _picture(pictures.ENGINES, "Time of each engine over the bare loop's, by task")
        yield _engines(found.engines)
    if found.validation:
        yield prose.VALIDATION
        for comparison in found.validation:
            yield _table(validation.shown(comparison))
    if found.snapshots:
        yield prose.SNAPSHOTS
        yield _picture(pictures.SNAPSHOT, "Snapshot and restore over a raw copy, by size of the state")
        yield _table(snapshots.shown(found.snapshots))
    if found.scaling is not None:
        yield prose.SCALING
        yield _picture(pictures.SCALING, "Time of a sweep by number of steps, and by number of parameters")
        for table in scaling.shown(found.scaling):
            yield _table(table)
    if found.live:
        yield prose.LIVE_PAGE.format(aim_ms=AIM_FROM_MS)
        yield _live(found.live)
    if found.smooth or found.drags:
        yield prose.SMOOTH
        yield _table(smooth.smoothness_table(found.smooth))
        yield _table(smooth.drag_table(found.drags))
    for table in (*found.page, *found.numbers):
        yield _table(table)
    if found.compiled:
        yield prose.COMPILED
        yield _table(compiled.shown(found.compiled))
    if found.trials:
        yield prose.TRIALS
        yield _table(trials.shown(found.trials))


def _machine(machine: Machine) -> str:
    memory = f"{machine.memory / 2**30:.0f} GiB of memory"
    packages = ", ".join(f"{name} {which}" for name, which in machine.packages.items())
    gpu = prose.NO_GPU.replace("\n", " ") if machine.gpu == "none" else f"GPU: {machine.gpu}."
    cores = f"{machine.cores} cores, {machine.threads} of them for PyTorch"
    system = f"{machine.system}, Python {machine.python}"
    return f"{machine.processor}, {cores}, {memory}; {system}. {gpu}\n\n{packages}.\n"


def _picture(name: str, text: str) -> str:
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="images/{name}-dark.png">\n'
        f'  <img alt="{text}" src="images/{name}-light.png">\n'
        "</picture>\n"
    )


def _table(table: Table) -> str:
    caption = f"{table.caption}\n\n" if table.caption else ""
    return f"{caption}{markdown(table.head, table.rows)}\n"


def _engines(found: Sequence[Comparison]) -> str:
    """One table a task, one row an engine."""
    head = ["", "processor / bare loop", "clock / bare loop", "fastest / fastest", "µs a step more"]
    tables = []
    for known in joined(found):
        rows = [[BARE, "1", "1", "1", "0"]]
        for name, _, each in sorted(known, key=lambda row: row[0] == AGAIN):  # the noise comes last
            if name == BARE:
                continue
            samples, base = each.samples[name], each.base(name)
            ratios = [spread(each.ratio(name, what)) for what in ("cpu", "wall")]
            more = added(samples, base, each.steps, each.device)
            rows.append([name, *ratios, f"{each.fastest(name):.2f}", f"{more:+,.0f}"])
        first = known[0][2]
        what = f"{first.steps} steps of {short(first.step_ms)} ms"
        caption = f"**{first.task}**, {first.device}, {what}, {len(first.samples[BARE])} rounds"
        tables.append(_table(Table(caption, head, rows)))
    return "\n".join(tables)


def _live(found: Sequence[Comparison]) -> str:
    """One row a way to sweep and a task; the clock and the processor both, because the page works beside."""
    head = ["", "task", "clock / bare loop", "aim", "processor / bare loop", "µs a step more"]
    rows = []
    for each in found:
        what = f"{each.task}, {each.steps:,} steps of {short(each.step_ms)} ms"
        for name in (HEADLESS, LIVE, LIVE_THREAD, AGAIN):
            more = added(each.samples[name], each.base(name), each.steps, each.device)
            wall, cpu = each.ratio(name, "wall"), each.ratio(name, "cpu")
            wanted = name in AIMS and each.step_ms >= AIM_FROM_MS
            aim = verdict(f"{AIMS[name]}", wall.middle <= AIMS[name]) if wanted else ""
            rows.append([name, what, spread(wall), aim, spread(cpu), f"{more:+,.0f}"])
    return f"{markdown(head, rows)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.document", description="Write the page.")
    parser.add_argument("file", type=Path, help="what `make bench` saved")
    print("\n".join(map(str, write(results.load(parser.parse_args().file)))))


if __name__ == "__main__":
    main()
