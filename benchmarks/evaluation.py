"""On which loss to judge: picks from training losses and from kept batches, beside the best constant rates.

Three models with batch normalisation (a ResNet, a UNet, a graph isomorphism network) and five of other
kinds, fresh and after 10 and 100 steps of training, 3 seeds each. Each is swept at 100 rates and judged on
its training losses, on 4 fixed batches and on a validation set; the rates are compared with the best of 9
constant rates, trained 150 steps from the same state.

Run ``python -m benchmarks.evaluation``: half an hour of a core, for all seeds. Curves and losses are kept
in ``results/evaluation.json.gz``, and what is there is not measured again: stop and go on as you like. Picks
are made anew each time; ``--picks-only`` does nothing else, and ``--docs`` writes the tables into
``docs/evaluation.md``.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import itertools
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.evaluation_tasks import TASKS, Task
from lrwidget import RangeTest, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "evaluation.md"
RESULTS = HERE / "results" / "evaluation.json.gz"

TRAINED = (0, 10, 100)
NUM_ITER = 100
RULES = ("steepest", "knee")
COMPARED = (*RULES, "floor", "edge")
STEPS = 150
LAST = 30  # steps whose mean training loss judges a constant rate
WAYS: dict[str, dict[str, Any]] = {
    "training": {},
    "fixed": {"fixed_batches": 4},
    "validation": {"val": True},
    "running statistics": {"fixed_batches": 4, "eval_mode": "eval"},
}
KEPT = ("fixed", "validation")


@dataclass
class State:
    """A model that was trained some steps, and what it trains on."""

    task: Task
    model: nn.Module
    optimizer: torch.optim.Optimizer
    train: DataLoader[Any]
    val: DataLoader[Any]

    def at(self, lr: float, steps: int) -> float:
        """Train a copy at a constant rate; return the mean loss of the last steps (inf if it blew up)."""
        model = copy.deepcopy(self.model)
        optimizer = self.task.optimizer(model.parameters())
        optimizer.load_state_dict(copy.deepcopy(self.optimizer.state_dict()))
        for group in optimizer.param_groups:
            group["lr"] = lr
        torch.manual_seed(1)
        losses = []
        for batch, _ in zip(_endless(self.train), range(steps), strict=False):
            losses.append(train_on(batch, model, optimizer, self.task.criterion))
            if not math.isfinite(losses[-1]):
                return math.inf
        return float(np.mean(losses[-LAST:]))


def prepared(task: Task, steps: int, seed: int) -> State:
    """Return a task after so many steps at its optimizer's own rate."""
    torch.manual_seed(seed)
    data = task.data()
    held_out = len(data) // 5
    parts = torch.utils.data.random_split(data, [len(data) - held_out, held_out])
    model = task.model()
    state = State(
        task,
        model,
        task.optimizer(model.parameters()),
        DataLoader(parts[0], task.batch_size, shuffle=True, drop_last=True),
        DataLoader(parts[1], task.batch_size),
    )
    for batch, _ in zip(_endless(state.train), range(steps), strict=False):
        train_on(batch, state.model, state.optimizer, task.criterion)
    return state


def train_on(batch: Any, model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module) -> float:
    """Take one step; return the loss."""
    optimizer.zero_grad()
    loss = criterion(model(batch[0]), batch[1])
    loss.backward()
    optimizer.step()
    return loss.item()


def _endless(loader: DataLoader[Any]) -> Iterator[Any]:
    while True:
        yield from loader


# -- measuring ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """What was trained in one state: the sweep in each way to judge, and the loss at each constant rate.

    Losses are kept in 6 digits, and those of a constant rate that blew up as infinite.
    """

    task: str
    trained: int
    seed: int
    num_iter: int
    constant: dict[str, float]
    curves: dict[str, dict[str, list[float]]]

    @property
    def key(self) -> tuple[str, int, int, int]:
        """Tell this state, swept at so many rates, from the others."""
        return self.task, self.trained, self.seed, self.num_iter


@dataclass(frozen=True)
class Found:
    """Rates of one state: the best constant one, the loss at each and before any, each rule's picks.

    A pick is told for each way to judge; None = there is none.
    """

    task: str
    trained: int
    seed: int
    num_iter: int
    best: float
    constant: dict[float, float]
    start: float
    picks: dict[str, dict[str, float | None]]


def measure(task: Task, trained: int, seed: int, num_iter: int) -> Measured:
    """Sweep one state in every way, and train it at every constant rate."""
    state = prepared(task, trained, seed)
    curves = {}
    for way, options in WAYS.items():
        if task.guard and "eval_mode" in options:
            continue  # no guard keeps running statistics
        rest = {name: value for name, value in options.items() if name != "val"}
        loader = state.val if "val" in options else None
        torch.manual_seed(2)
        test = RangeTest(
            state.model, state.optimizer, task.criterion, state.train, loader, num_iter=num_iter, **rest
        )
        history = test.run()
        curves[way] = {"lr": _digits(history.lr), "loss": _digits(history.loss)}
    constant = {f"{lr:.3g}": state.at(lr, STEPS) for lr in task.rates}
    return Measured(task.name, trained, seed, num_iter, constant, curves)


def _digits(values: Any) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def found(measured: Measured) -> Found:
    """Pick from the curves, and see which constant rate was best."""
    constant = {float(lr): loss for lr, loss in measured.constant.items()}
    best = min(constant, key=lambda lr: constant[lr])
    # The lowest rates change nothing yet.
    start = float(np.median(measured.curves["training"]["loss"][: measured.num_iter // 7]))
    picks = {
        way: {rule: pick(measured, way, rule) for rule in COMPARED} for way in WAYS if way in measured.curves
    }
    return Found(*measured.key, best, constant, start, picks)


def pick(measured: Measured, way: str, rule: str) -> float | None:
    """Return the rate that a rule picks from one curve."""
    curve = measured.curves[way]
    return suggest(curve["lr"], curve["loss"], rule, end_lr=10.0, num_iter=measured.num_iter).lr


def aims(found: Found) -> list[str]:
    """Return the aims that were missed, in words."""
    missed = []
    for way in KEPT:
        for rule, within in (("knee", 3.0), ("steepest", 5.0)):
            lr, training = found.picks[way][rule], found.picks["training"][rule]
            if lr is None:
                if training is not None:
                    missed.append(f"{rule} on {way}: no pick")
                continue
            # Training losses may be too noisy for a pick: then there is nothing to be near to.
            apart = 1.0 if training is None else max(lr / training, training / lr)
            if apart > within:
                missed.append(f"{rule} on {way}: {apart:.2g} times from that on training losses")
            if not 0.1 <= lr / found.best <= 3:
                missed.append(f"{rule} on {way}: {lr / found.best:.2g} of the best constant rate")
    return missed


def regret(found: Found, lr: float) -> float:
    """Return how much of what the best constant rate gains another one does not: 0 = as good, 1 = nothing.

    The loss between two constant rates lies on a straight line over the logarithm of the rate. Above the
    highest one nothing is gained, and below the lowest one as much less as the rate is lower.
    """
    low, high = min(found.constant), max(found.constant)
    best, all_lost = found.constant[found.best], found.start
    if lr > high:
        return 1.0
    rates = np.log10(sorted(found.constant))
    losses = [min(found.constant[one], all_lost) for one in sorted(found.constant)]
    loss = float(np.interp(np.log10(lr), rates, losses))
    if lr < low:
        loss = all_lost - (all_lost - loss) * lr / low
    return (loss - best) / (all_lost - best)


def table(results: list[Found]) -> str:
    """Return the picks of all seeds as a Markdown table, those that missed an aim in bold."""
    ways = list(WAYS)
    lines = [
        "| model | steps before | best constant | rule | " + " | ".join(ways) + " |",
        "|---|---|---|---|" + "---|" * len(ways),
    ]
    for (name, trained), seeds in _by(results, lambda one: (one.task, one.trained)):
        best = ", ".join(f"{one.best:.0e}" for one in seeds)
        for rule in RULES:
            cells = [", ".join(_cell(one, way, rule) for one in seeds) for way in ways]
            lines.append(f"| {name} | {trained} | {best} | {rule} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(found: Found, way: str, rule: str) -> str:
    lr = found.picks[way][rule]
    text = "none" if lr is None else f"{lr:.1e}"
    return f"**{text}**" if any(one.startswith(f"{rule} on {way}:") for one in aims(found)) else text


def rules_table(results: list[Found]) -> str:
    """Return what each rule's picks on kept batches are worth on each model.

    Told are the median of pick over best constant rate, the mean of :func:`regret`, and how many of the picks
    lie between a tenth and three times the best rate.
    """
    lines = [
        "| model | " + " | ".join(COMPARED) + " |",
        "|---|" + "---|" * len(COMPARED),
    ]
    for name, of_task in [*_by(results, lambda one: one.task), ("all", results)]:
        cells = []
        for rule in COMPARED:
            picks = [(one, one.picks[way][rule]) for one in of_task for way in KEPT]
            there = [(one, lr) for one, lr in picks if lr is not None]
            if not there:
                cells.append("none")
                continue
            times = float(np.median([lr / one.best for one, lr in there]))
            lost = float(np.mean([regret(one, lr) for one, lr in there]))
            inside = sum(0.1 <= lr / one.best <= 3 for one, lr in there)
            cells.append(f"{times:.2g}; {100 * lost:.0f} %; {inside} of {len(there)}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _by(results: list[Found], key: Callable[[Found], Any]) -> list[tuple[Any, list[Found]]]:
    return [(value, list(group)) for value, group in itertools.groupby(results, key)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is missing, save, and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--num-iter", type=int, default=NUM_ITER, help="rates of a sweep")
    parser.add_argument("--out", type=Path, default=RESULTS, help="what is in it is not measured again")
    parser.add_argument("--picks-only", action="store_true", help="measure nothing: pick from kept curves")
    parser.add_argument("--docs", action="store_true", help="write the tables into docs/evaluation.md")
    given = parser.parse_args(arguments)
    if not given.picks_only:
        run(given)
    kept = [one for one in load(given.out) if given.only in one.task and one.num_iter == given.num_iter]
    results = [found(measured) for measured in kept]
    shown = tables(results)
    print(*shown.values(), sep="\n\n")
    for each in results:
        for missed in aims(each):
            print(f"{each.task} after {each.trained}, seed {each.seed}: {missed}", file=sys.stderr)
    if given.docs:
        PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), shown), encoding="utf-8")


def guards() -> set[str]:
    """Return the names of the tasks that have no batch normalisation."""
    return {task.name for task in TASKS if task.guard}


def tables(results: list[Found]) -> dict[str, str]:
    """Return what the page shows, by the name of its place."""
    return {
        "picks": table([one for one in results if one.task not in guards()]),
        "rules": rules_table(results),
    }


def with_tables(page: str, shown: dict[str, str]) -> str:
    """Return a page with its tables replaced."""
    for name, text in shown.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"
    return page


def run(given: argparse.Namespace) -> None:
    """Measure all that is wanted and not there yet, and save it as it comes."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    done = {measured.key for measured in load(given.out)}
    wanted = [
        (task, trained, seed)
        for seed in given.seeds
        for task in TASKS
        for trained in TRAINED
        if given.only in task.name and (task.name, trained, seed, given.num_iter) not in done
    ]
    for number, (task, trained, seed) in enumerate(wanted, 1):
        measured = measure(task, trained, seed, given.num_iter)
        save(given.out, measured)
        seconds = time.perf_counter() - began
        what = f"{number} of {len(wanted)}: {task.name} after {trained}, seed {seed}"
        print(f"{seconds:5.0f} s  {what}", file=sys.stderr, flush=True)


def load(path: Path) -> list[Measured]:
    """Return what was measured, in order of rates, tasks, steps and seeds; nothing if there is no file."""
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        saved = [Measured(**one) for one in json.load(file)["results"]]
    order = [task.name for task in TASKS]
    return sorted(saved, key=lambda one: (one.num_iter, order.index(one.task), *one.key[1:]))


def save(path: Path, measured: Measured) -> None:
    """Add one state to a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    results = [one for one in load(path) if one.key != measured.key]
    saved = {"torch": torch.__version__, "results": [asdict(one) for one in (*results, measured)]}
    beside = path.with_name(path.name + ".part")
    # No time in it: the same results make the same file.
    with beside.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
        file.write(json.dumps(saved, separators=(",", ":")).encode())
    beside.replace(path)


if __name__ == "__main__":
    main()
