"""Every engine on the same work, interleaved in one process.

fastai is in another process, in which Lightning cannot be, with the bare loop and ours beside it.

Each has a model, an optimizer and a loader of its own, because some leave traces on what they sweep. Trainers
that an engine's users have anyway (Lightning's, ignite's, fastai's Learner) are made before the clock runs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from benchmarks import tasks
from benchmarks.apart import elsewhere, own_folder, quiet
from benchmarks.engines import DropIn, Engine, Fastai, Ignite, Lightning, Ours, Request, TorchLRFinder
from benchmarks.measure import Spread, interleaved
from benchmarks.records import from_json
from benchmarks.sweeps import (
    AGAIN,
    BARE,
    HEADLESS,
    ITEM,
    UNSEEN,
    Call,
    Comparison,
    bare,
    check_same_work,
    sweep_rates,
    unseen,
    widget,
)
from benchmarks.tasks import END_LR, START_LR, Task

DROP_IN, PEER, LIGHTNING, IGNITE, FASTAI = (
    "LRFinder drop-in",
    "pytorch-lr-finder",
    "Lightning",
    "ignite",
    "fastai",
)
#: None = the widget, which is no engine.
HERE: dict[str, type[Engine] | None] = {
    HEADLESS: Ours,
    UNSEEN: None,
    DROP_IN: DropIn,
    PEER: TorchLRFinder,
    LIGHTNING: Lightning,
    IGNITE: Ignite,
}
TINY_ROUNDS = 4
#: The process in which Lightning cannot be.
BESIDE_FASTAI: dict[str, type[Engine] | None] = {HEADLESS: Ours, FASTAI: Fastai}


def compare(
    name: str, device: str, steps: int, rounds: int, engines: Mapping[str, type[Engine] | None]
) -> Comparison:
    """Time a sweep of ``steps`` in every way, after checking that all do the same work.

    The tiny task's rounds are the noisiest, and cost the least: it gets :data:`TINY_ROUNDS` times as many.
    """
    with quiet(), own_folder() as folder:
        own: dict[str, Task] = {}
        named: dict[str, Call] = {}
        for who in (BARE, *engines, AGAIN, *([ITEM] if device != "cpu" else [])):
            own[who] = tasks.make(name, device)
            named[who] = _call(who, own[who], engines, folder, steps)

        def prepare() -> None:
            for task in own.values():
                task.reset()

        check_same_work(own[BARE], named, own)
        samples = interleaved(named, rounds * (TINY_ROUNDS if name == "tiny" else 1), prepare)
    return Comparison(own[BARE].name, device, steps, samples)


def _call(who: str, task: Task, engines: Mapping[str, type[Engine] | None], folder: Path, steps: int) -> Call:
    if who == UNSEEN:
        view = widget(task, steps)
        return lambda: unseen(view)
    engine = engines.get(who)
    if engine is not None:
        return _swept_by(engine, task, folder, steps)
    lrs, item = sweep_rates(steps), who == ITEM or task.device.type == "cpu"
    return lambda: bare(task, lrs, item=item)


def _swept_by(kind: type[Engine], task: Task, folder: Path, steps: int) -> Call:
    request = Request(START_LR, END_LR, steps, may_stop=False)
    kept = kind(task, folder, request) if kind.has_trainer else None

    def call() -> list[float] | None:
        engine = kept or kind(task, folder, request)
        engine.sweep()
        task.wait()
        return engine.losses()

    return call


def beside_fastai(names: Sequence[str], device: str, steps: int, rounds: int) -> list[Comparison]:
    """Compare in a process where fastai can be imported."""
    numbers = ["--device", device, "--steps", str(steps), "--rounds", str(rounds)]
    found = elsewhere("fastai", __name__, *names, *numbers, fastai=True)
    return [from_json(Comparison, each) for each in found]


#: One task's engines: name, ratio to the bare loop beside it, and the comparison it is from.
Rows = list[tuple[str, Spread, Comparison]]


def joined(found: Sequence[Comparison]) -> list[Rows]:
    """By task, the engines of both processes together; what is in both is taken from the first."""
    by_task: dict[tuple[str, str], dict[str, tuple[str, Spread, Comparison]]] = {}
    for each in found:
        rows = by_task.setdefault((each.task, each.device), {})
        for name in each.samples:
            rows.setdefault(name, (name, each.cost(name), each))
    return [list(rows.values()) for rows in by_task.values()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare with fastai, in this process, and print JSON.")
    parser.add_argument("names", nargs="+", choices=tasks.MAKERS)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    numbers = (options.device, options.steps, options.rounds)
    print(json.dumps([asdict(compare(name, *numbers, BESIDE_FASTAI)) for name in options.names]))


if __name__ == "__main__":
    main()
