"""A sweep against the training loop a person would write by hand, on the same work."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from benchmarks.engines import NEVER
from benchmarks.measure import Sample, Spread, added, mean, ratios, seconds
from benchmarks.tasks import END_LR, START_LR, Task, endless
from benchmarks.text import Table, short, spread
from lrwidget import LRWidget, RangeTest
from lrwidget.history.schedule import rates

if TYPE_CHECKING:
    from collections.abc import Iterator

BARE, AGAIN, ITEM = "bare loop", "bare loop again", "bare loop, .item() each step"
HEADLESS, UNSEEN = "RangeTest", "LRWidget.run(), no page"
LIVE, LIVE_THREAD = "LRWidget.run(), live page", "start() + wait(), live page"
#: Largest ratio we want where a step takes at least AIM_FROM_MS.
AIMS = {HEADLESS: 1.02, LIVE: 1.05, LIVE_THREAD: 1.05}
AIM_FROM_MS = 5.0
#: What runs a sweep and returns its raw losses, or None where they cannot be compared.
Call = Callable[[], "list[float] | None"]


@dataclass(frozen=True)
class Comparison:
    """One task's contenders, round by round."""

    task: str
    device: str
    steps: int
    samples: dict[str, list[Sample]]

    def base(self, name: str) -> list[Sample]:
        """What a contender is compared with: the mean of its round's bare loops, or the other bare loop."""
        first, again = self.samples[BARE], self.samples[AGAIN]
        return first if name == AGAIN else [mean(*pair) for pair in zip(first, again, strict=True)]

    def ratio(self, name: str, what: str = "wall") -> Spread:
        return ratios(self.samples[name], self.base(name), what)

    def cost(self, name: str) -> Spread:
        """The ratio of what work takes: on the CPU of its time, which a busy machine disturbs less."""
        return self.ratio(name, "cpu" if self.device == "cpu" else "wall")

    def fastest(self, name: str) -> float:
        """The fastest run over the fastest of all the bare loop's, which a busy machine disturbs least."""
        bare = self.samples[BARE] + (self.samples[AGAIN] if name != AGAIN else [])
        return min(s.wall for s in self.samples[name]) / min(s.wall for s in bare)

    @property
    def step_ms(self) -> float:
        return Spread.of([seconds(s, self.device) for s in self.samples[BARE]]).middle / self.steps * 1e3


def sweep_rates(steps: int) -> tuple[float, ...]:
    return rates(START_LR, END_LR, steps)


def bare(task: Task, lrs: Sequence[float], *, item: bool) -> list[float]:
    """Train by hand. On a GPU, ``item=False`` leaves the losses there until the end."""
    optimizer, device = task.optimizer, task.device
    batches = endless(task.loader)
    losses: list[Any] = []
    for lr in lrs:
        for group in optimizer.param_groups:
            group["lr"] = lr
        x, y = next(batches)
        loss = task.step(x.to(device), y.to(device))
        losses.append(loss.item() if item else loss)
    return losses if item else torch.stack(losses).tolist()


def widget(task: Task, steps: int) -> LRWidget:
    return LRWidget(**asked(task, steps))


def headless(task: Task, steps: int, **options: Any) -> list[float]:
    return RangeTest(**asked(task, steps), **options).run().loss.tolist()


def asked(task: Task, steps: int) -> dict[str, Any]:
    """What a widget or a range test is given to run all steps of a task."""
    return {
        "model": task.model,
        "optimizer": task.optimizer,
        "criterion": task.criterion,
        "train_loader": task.loader,
        "start_lr": START_LR,
        "end_lr": END_LR,
        "num_iter": steps,
        "diverge_th": NEVER,
    }


def unseen(view: LRWidget) -> list[float]:
    """Sweep where no page shows it: the text of its progress goes nowhere."""
    with redirect_stderr(io.StringIO()):
        return view.run().loss.tolist()


def check_same_work(task: Task, named: Mapping[str, Call], others: Mapping[str, Task] | None = None) -> None:
    """Raise unless every contender does the bare loop's work; warms them all up.

    That is: as many steps of the optimizer, and, where it tells raw losses at the same rates, the losses of
    the bare loop, step by step. On a GPU these are those of the first half: its sums come in any order, and
    at high rates the last digit decides. ``others`` are the tasks of contenders that have one of their own.
    """
    task.reset()
    expected = torch.tensor(named[BARE]())
    for name, run in named.items():
        own = (others or {}).get(name, task)
        own.reset()
        with counted_steps(own.optimizer) as taken:
            losses = run()
        if len(taken) != len(expected):
            raise AssertionError(f"{name} on {task.name} took {len(taken)} steps, not {len(expected)}")
        found = torch.tensor(losses) if losses is not None else expected
        told = len(expected) if task.device.type == "cpu" else len(expected) // 2
        pair = found[:told], expected[:told]
        if found.shape != expected.shape or not torch.allclose(*pair, rtol=1e-3, atol=1e-5):
            message = f"{name} on {task.name} does other work than the bare loop: {found} != {expected}"
            raise AssertionError(message)


@contextmanager
def counted_steps(optimizer: torch.optim.Optimizer) -> Iterator[list[None]]:
    """Count the steps that an optimizer really takes."""
    taken: list[None] = []
    hook = optimizer.register_step_post_hook(lambda *_: taken.append(None))
    try:
        yield taken
    finally:
        hook.remove()


def shown(found: Comparison, note: str = "") -> Table:
    """Every contender against the bare loop, on one task."""
    rows = []
    for name, samples in found.samples.items():
        base, against = found.base(name), ["1", "1", "1", "0"]
        if name != BARE:
            against = [
                spread(found.ratio(name), 3),
                f"{found.fastest(name):.3f}",
                spread(found.ratio(name, "cpu"), 3),
                f"{added(samples, base, found.steps, found.device):+,.0f}",
            ]
        aim = f"{AIMS[name]:.2f}" if name in AIMS and found.step_ms >= AIM_FROM_MS else ""
        wall = Spread.of([sample.wall * 1e3 for sample in samples])
        rows.append([name, short(wall.middle), *against, aim])
    rounds = len(found.samples[BARE])
    where = f"{found.task}, {found.device}, {found.step_ms:.2f} ms a step"
    caption = f"{where}, {found.steps} steps, {rounds} rounds{note}"
    return Table(caption, ["", "ms", "time ratio", "fastest", "CPU ratio", "µs a step more", "aim"], rows)
