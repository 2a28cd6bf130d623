"""``make bench``: what a sweep costs, against a bare training loop and every other engine.

Everything here is printed as it becomes known. Ratios are of runs right beside each other, because no
machine is quiet; ``bare loop again`` is the noise: two runs of the very same code.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks import (
    churn,
    compiled,
    contest,
    document,
    kept,
    machine,
    page,
    results,
    scaling,
    smooth,
    snapshots,
    soak,
    sweeps,
    table,
    text,
    ticks,
    trials,
    validation,
    wire,
)
from benchmarks.apart import has_fastai
from benchmarks.effort import DEFAULT, POINTS, QUICK, SWEEPS, Effort
from tests import chromium

HOW = """\
time ratio, CPU ratio: to the two bare loops of the same round; median [quartiles]. fastest: the fastest run
over the bare loop's fastest. CPU is the whole process's; on a CPU the microseconds are of it too. It is
checked that all take the same number of steps, and see the bare loop's losses; not so the losses of
Lightning, ignite and fastai, which space their rates otherwise."""


def of_engines(effort: Effort) -> dict[str, Any]:
    print(text.titled("1. Every engine on the same work", HOW))
    found = []
    for device in devices():
        for name in effort.tasks:
            here = contest.compare(name, device, effort.steps, effort.rounds, contest.HERE)
            found.append(here)
            tell(sweeps.shown(here))
        if has_fastai():
            for there in contest.beside_fastai(effort.tasks, device, effort.steps, effort.rounds):
                found.append(there)
                tell(sweeps.shown(there, "; the process that has fastai"))
        else:
            print("\nNo .venv/fastai: `make test` makes it. fastai is left out.")
    return {"engines": found}


def of_validation(effort: Effort) -> dict[str, Any]:
    print(text.titled("2. A validation loss after every step", validation.HOW))
    found = []
    for device in devices():
        for name in effort.validated:
            for workers in validation.AIMS:
                numbers = (effort.validated_steps, effort.validation_rounds)
                found.append(validation.compare(name, workers, device, *numbers))
                tell(validation.shown(found[-1]))
    return {"validation": found}


def of_snapshots(effort: Effort) -> dict[str, Any]:
    print(text.titled("3. Snapshot and restore against a raw copy", snapshots.HOW))
    found: list[snapshots.Copied] = []
    for device in devices():
        for kind in snapshots.KINDS:
            before = len(found)
            for size in snapshots.sizes(device, effort.sizes, largest=effort.largest):
                # Of a gigabyte and more three rounds say enough.
                rounds = effort.copy_rounds if size < 5e8 else min(effort.copy_rounds, 3)
                found.append(snapshots.measure(kind, size, device, rounds))
            tell(snapshots.shown(found[before:]))
    return {"snapshots": found}


def of_scaling(effort: Effort) -> dict[str, Any]:
    print(text.titled("4. Growth with steps and parameters", scaling.HOW))
    found = scaling.Growth(list(_by_steps(effort)), list(_by_parameters(effort)))
    for each in scaling.shown(found):
        tell(each)
    return {"scaling": found}


def _by_steps(effort: Effort) -> Iterator[scaling.Grown]:
    for device in devices():
        for steps in effort.grown_steps:
            # Short sweeps are the noisiest, and cost the least.
            yield scaling.by_steps(steps, device, effort.rounds * (4 if steps <= 100 else 1))


def _by_parameters(effort: Effort) -> Iterator[scaling.Grown]:
    for device in devices():
        for count in scaling.fitting(effort.parameters, device):
            yield scaling.by_parameters(count, device, 2 * effort.rounds if count < 5e7 else 3)


def in_page(effort: Effort) -> dict[str, Any]:
    if chromium.found() is None:
        print("\nNo Chromium on the PATH: `make chromium` installs one. The page is left out.")
        return {}
    live = []
    with page.served() as (server, browser):
        print(
            text.titled(
                "5. A sweep with a live page", "JupyterLab, Chromium and the kernel share these cores."
            )
        )
        for names, steps in effort.live:
            for found in page.live(server, browser, names, steps, effort.live_rounds):
                note = (
                    f"; a sweep: {found.drawings:.0f} drawings in the page, "
                    f"{found.other_ms:.0f} ms CPU of the kernel's other threads"
                )
                live.append(found.comparison)
                tell(sweeps.shown(found.comparison, note))
        print(text.titled("6. First paint and bytes on the wire (model and imports are there)"))
        painted = [each for _ in range(effort.pages) for each in page.paints(server, browser, effort.paints)]
        tables = [table.painting(painted), table.arrived(page.traffic(server, browser))]
        for each in tables:
            tell(each)
    return {"live": live, "page": tables}


def in_hand(effort: Effort) -> dict[str, Any]:
    if chromium.found() is None:
        print("\nNo Chromium on the PATH: `make chromium` installs one. The page is left out.")
        return {}
    print(text.titled("7. While points stream, and under the hand"))
    with page.served() as (server, browser):
        streams = [
            found
            for steps, step_ms in effort.streams
            for found in smooth.smoothness(server, browser, steps, step_ms, effort.streamed)
        ]
        streams += smooth.real_smoothness(server, browser, effort.streams[-1][0], 1)
        tell(smooth.smoothness_table(streams))
        drags = [drag for steps, ms in effort.streams for drag in smooth.drags(server, browser, steps, ms)]
        tell(smooth.drag_table(drags))
    return {"smooth": streams, "drags": drags}


def in_numbers(effort: Effort) -> dict[str, Any]:
    print(text.titled("8. Bytes at 15 ticks a second, what a tick costs, importing"))
    measured = [wire.measure(steps, ms, every * effort.thinned) for steps, ms, every in SWEEPS]
    tables = [
        table.traffic([found for found, _ in measured], measured[0][1]),
        table.publications([ticks.measure(points, 5, effort.ticks) for points in POINTS]),
        table.imports(ticks.import_times(effort.imports)),
    ]
    for each in tables:
        tell(each)
    return {"numbers": tables}


def of_compiled(effort: Effort) -> dict[str, Any]:
    print(text.titled("9. Compiled steps", "The rates are tensors; compiled once."))
    ways = {"cpu": (True,), "cuda": (True, "reduce-overhead")}
    found = [
        compiled.measure(name, device, how, effort.compiled_steps)
        for device in devices()
        for name in compiled.OPTIMIZERS
        for how in ways[device]
    ]
    tell(compiled.shown(found))
    return {"compiled": found}


def in_state(_: Effort) -> dict[str, Any]:
    print(text.titled("10. What each engine keeps", "Bit for bit; every engine in a process of its own.\n"))
    kept.show()
    return {}


def in_the_long_run(effort: Effort) -> dict[str, Any]:
    print(text.titled("11. What kernel and page hold after many sweeps", "All garbage is collected first."))
    if chromium.found() is None:
        print("No Chromium on the PATH: `make chromium` installs one.")
        return {}
    with page.served() as (server, browser):
        soak.show(server, browser, sweeps=effort.soaked, widgets=effort.replaced)
        tell(churn.shown(churn.measure(server, browser, effort.churned)))
    return {}


def of_trials(effort: Effort) -> dict[str, Any]:
    print(text.titled("12. Trials of three rates", trials.HOW))
    found = [
        trials.compare(name, device, effort.tried_steps, effort.rounds)
        for device in devices()
        for name in effort.tasks
    ]
    tell(trials.shown(found))
    return {"trials": found}


PARTS: dict[str, Callable[[Effort], dict[str, Any]]] = {
    "engines": of_engines,
    "validation": of_validation,
    "snapshots": of_snapshots,
    "scaling": of_scaling,
    "page": in_page,
    "smooth": in_hand,
    "numbers": in_numbers,
    "compiled": of_compiled,
    "trials": of_trials,
    "kept": in_state,
    "soak": in_the_long_run,
}


def devices() -> Sequence[str]:
    return ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def tell(found: text.Table) -> None:
    print(f"\n{text.plain(found)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repeats: a few minutes")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be given again")
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="put results there as JSON; of parts that are not measured now it keeps what it has",
    )
    parser.add_argument(
        "--write-page",
        action="store_true",
        help="write docs/benchmarks.md and its pictures from FILE's results",
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    this = machine.this()
    print(machine.described(this), flush=True)
    found = results.load(options.save) if options.save and options.save.exists() else None
    for name in options.only or PARTS:
        found = results.merged(found, this, PARTS[name](QUICK if options.quick else DEFAULT))
        if options.save:
            results.save(options.save, found)
        print(f"\n({name}: {time.perf_counter() - began:.0f} s so far)", flush=True)
    if options.write_page and found is not None:
        print("\n".join(map(str, document.write(found))))
    print(f"\n{time.perf_counter() - began:.0f} s in all; load at the end {machine.load()}")


if __name__ == "__main__":
    main()
