"""``make bench``: what the widget costs, against a bare training loop and pytorch-lr-finder.

Everything here is printed as it becomes known. Ratios are of runs right beside each other, because no
machine is quiet; ``bare loop again`` is the noise: two runs of the very same code.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from tests.bench import kept, machine, page, soak, sweeps, table, tasks, ticks, wire


@dataclass(frozen=True)
class Effort:
    """How often everything is repeated."""

    rounds: int
    live_rounds: int
    pages: int
    paints: int
    imports: int
    ticks: int
    thinned: int
    soaked: int
    replaced: int
    steps: int = 100
    tasks: tuple[str, ...] = tuple(tasks.MAKERS)


DEFAULT = Effort(
    rounds=7, live_rounds=7, pages=2, paints=3, imports=5, ticks=15, thinned=1, soaked=200, replaced=50
)
QUICK = Effort(
    rounds=2,
    live_rounds=2,
    pages=1,
    paints=2,
    imports=2,
    ticks=5,
    thinned=5,
    soaked=12,
    replaced=4,
    tasks=("wide", "tiny"),
)
#: Steps, milliseconds a step, and how many ticks one counted tick stands for.
SWEEPS = (
    (100, 20.0, 1),
    (100, 1.0, 1),
    (1000, 20.0, 4),
    (1000, 1.0, 1),
    (10_000, 20.0, 50),
    (10_000, 1.0, 2),
)
POINTS = (100, 1000, 10_000)

HOW = (
    "wall ratio, CPU ratio: to the two bare loops of the same round; median [quartiles]. fastest: the\n"
    "fastest run over the bare loop's fastest. CPU is the whole process's. The bare loop sets the same\n"
    "rates, and every contender's losses are checked to be the bare loop's."
)


def in_process(effort: Effort) -> None:
    print(table.titled("1. A sweep against the bare training loop", HOW))
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    snapshots = []
    for device in devices:
        for name in effort.tasks:
            task = tasks.make(name, device)
            print(table.comparison(sweeps.compare(task, effort.steps, effort.rounds)), flush=True)
            snapshots.append(sweeps.keep(task, effort.rounds))
    print("\nBefore the first and after the last step (optimizer with its full state, gradients kept too)")
    print(table.kept(snapshots), flush=True)


def in_page(effort: Effort) -> None:
    if page.chromium() is None:
        print("\nNo Chromium on the PATH: `make chromium` installs one. The page is left out.")
        return
    with page.served() as (server, browser):
        print(
            table.titled(
                "2. A sweep with a live page", "JupyterLab, Chromium and the kernel share these cores."
            )
        )
        for found in page.live(server, browser, effort.tasks, effort.steps, effort.live_rounds):
            note = (
                f"; a sweep: {found.drawings:.0f} drawings in the page, "
                f"{found.other_ms:.0f} ms CPU of the kernel's other threads"
            )
            print(table.comparison(found.comparison, note), flush=True)
        print(table.titled("3. First paint, from running the cell (model and imports are there)"))
        found = [page.paints(server, browser, effort.paints) for _ in range(effort.pages)]
        print(table.painting([cold for cold, _ in found], [warm for _, more in found for warm in more]))
        print(table.titled("4a. Bytes on the wire, as the page received them"))
        print(table.arrived(*page.traffic(server, browser)), flush=True)


def in_numbers(effort: Effort) -> None:
    print(table.titled("4b. Bytes on the wire, made-up sweeps at 15 ticks a second"))
    measured = [wire.measure(steps, ms, every * effort.thinned) for steps, ms, every in SWEEPS]
    print(table.traffic([found for found, _ in measured], measured[0][1]), flush=True)
    print(
        table.titled(
            "5. One publication, in the sweep's thread", "At most 15 a second, and at most 3 % of the time."
        )
    )
    print(table.publications([ticks.measure(points, 5, effort.ticks) for points in POINTS]), flush=True)
    print(table.titled("6. Importing"))
    print(table.imports(ticks.import_times(effort.imports)), flush=True)


def in_state(_: Effort) -> None:
    print(table.titled("7. What each engine keeps", "Bit for bit; every engine in a process of its own.\n"))
    kept.show()


def in_the_long_run(effort: Effort) -> None:
    print(table.titled("8. What kernel and page hold after many sweeps", "All garbage is collected first."))
    if page.chromium() is None:
        print("No Chromium on the PATH: `make chromium` installs one.")
        return
    with page.served() as (server, browser):
        soak.show(server, browser, sweeps=effort.soaked, widgets=effort.replaced)


PARTS: dict[str, Callable[[Effort], None]] = {
    "sweeps": in_process,
    "page": in_page,
    "numbers": in_numbers,
    "kept": in_state,
    "soak": in_the_long_run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repeats: about a minute")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be given again")
    options = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    print(machine.described(), flush=True)
    for name in options.only or PARTS:
        PARTS[name](QUICK if options.quick else DEFAULT)
        print(f"\n({name}: {time.perf_counter() - began:.0f} s so far)", flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s in all; load at the end {machine.load()}")


if __name__ == "__main__":
    main()
