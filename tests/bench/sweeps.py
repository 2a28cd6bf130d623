"""A sweep against the training loop a person would write by hand, on the same work."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import torch

from lrwidget import LRWidget, RangeTest
from lrwidget.core.schedule import rates
from lrwidget.engine.snapshot import Snapshot
from tests.bench.measure import Sample, Spread, interleaved, mean, timed
from tests.bench.tasks import END_LR, NEVER, START_LR, Task, endless

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # about progress bars
    from torch_lr_finder import LRFinder

BARE, AGAIN, ITEM = "bare loop", "bare loop again", "bare loop, .item() each step"
HEADLESS, UNSEEN, PEER = "RangeTest", "LRWidget.run(), no page", "torch_lr_finder"
LIVE, LIVE_THREAD = "LRWidget.run(), live page", "start() + wait(), live page"
#: Largest ratio we want where a step takes 5 ms or more.
AIMS = {HEADLESS: 1.02, LIVE: 1.05, LIVE_THREAD: 1.05}


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

    @property
    def step_ms(self) -> float:
        return Spread.of([s.wall for s in self.samples[BARE]]).middle / self.steps * 1e3


@dataclass(frozen=True)
class Kept:
    """Snapshot and restore, in ms, once the optimizer has its full state; and the peer's two calls."""

    task: str
    device: str
    megabytes: float
    snapshot: Spread
    restore: Spread
    peer_store: Spread
    peer_reset: Spread


def sweep_rates(steps: int) -> tuple[float, ...]:
    return rates(START_LR, END_LR, steps)


def bare(task: Task, lrs: Sequence[float], *, item: bool) -> list[float]:
    """Train by hand. On a GPU, ``item=False`` leaves the losses there until the end."""
    model, optimizer, criterion, device = task.model, task.optimizer, task.criterion, task.device
    batches = endless(task.loader)
    losses = []
    for lr in lrs:
        for group in optimizer.param_groups:
            group["lr"] = lr
        x, y = next(batches)
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item() if item else loss.detach())
    return losses if item else torch.stack(losses).tolist()


def headless(task: Task, steps: int) -> list[float]:
    test = RangeTest(
        task.model,
        task.optimizer,
        task.criterion,
        task.loader,
        start_lr=START_LR,
        end_lr=END_LR,
        num_iter=steps,
        diverge_th=NEVER,
    )
    return test.run().loss.tolist()


def widget(task: Task, steps: int) -> LRWidget:
    return LRWidget(
        task.model,
        task.optimizer,
        task.criterion,
        task.loader,
        start_lr=START_LR,
        end_lr=END_LR,
        num_iter=steps,
        diverge_th=NEVER,
    )


def peer(task: Task, steps: int) -> list[float]:
    """pytorch-lr-finder on the training loss, its reset included."""
    with redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        finder = LRFinder(task.model, task.optimizer, task.criterion, device=task.device)
        finder.range_test(
            task.loader, start_lr=START_LR, end_lr=END_LR, num_iter=steps, smooth_f=0, diverge_th=NEVER
        )
        finder.reset()
    return list(finder.history["loss"])


def unseen(task: Task, view: LRWidget) -> list[float]:
    with redirect_stderr(io.StringIO()):
        return view.run().loss.tolist()


def contenders(task: Task, steps: int) -> dict[str, Callable[[], list[float]]]:
    """Everything that runs in this process; each returns its losses."""
    lrs = sweep_rates(steps)
    on_host = task.device.type == "cpu"
    view = widget(task, steps)
    named: dict[str, Callable[[], list[float]]] = {
        BARE: lambda: bare(task, lrs, item=on_host),
        HEADLESS: lambda: headless(task, steps),
        UNSEEN: lambda: unseen(task, view),
        AGAIN: lambda: bare(task, lrs, item=on_host),
        PEER: lambda: peer(task, steps),
    }
    if not on_host:
        named[ITEM] = lambda: bare(task, lrs, item=True)
    return named


def compare(task: Task, steps: int, repeats: int) -> Comparison:
    """Time a sweep of ``steps`` in every way, after checking that all do the same work."""
    named = contenders(task, steps)
    check_same_work(task, named)
    return Comparison(task.name, task.device.type, steps, interleaved(named, repeats, task.reset))


def check_same_work(task: Task, named: dict[str, Callable[[], list[float]]]) -> None:
    """Raise unless every contender sees the losses of the bare loop, step by step; warms them all up."""
    task.reset()
    expected = torch.tensor(named[BARE]())
    for name, run in named.items():
        task.reset()
        found = torch.tensor(run())
        if found.shape != expected.shape or not torch.allclose(found, expected, rtol=1e-3, atol=1e-5):
            message = f"{name} on {task.name} does other work than the bare loop: {found} != {expected}"
            raise AssertionError(message)


def keep(task: Task, repeats: int) -> Kept:
    """Time what a sweep does before its first step and after its last."""
    task.reset()
    bare(task, sweep_rates(2), item=True)
    changed = [*task.model.parameters(), *task.model.buffers()]
    changed += [p.grad for p in task.model.parameters() if p.grad is not None]
    changed += [v for state in task.optimizer.state.values() for v in state.values()]
    held: list[Snapshot] = []
    finders: list[LRFinder] = []

    def take() -> None:
        held[:] = [Snapshot(task.model, task.optimizer, task.criterion, loaders=[task.loader])]
        task.wait()

    def give() -> None:
        held[0].restore()
        task.wait()

    def store() -> None:
        finders[:] = [LRFinder(task.model, task.optimizer, task.criterion, device=task.device)]
        task.wait()

    def reset() -> None:
        finders[0].reset()
        task.wait()

    calls = {"snapshot": take, "restore": give, "peer_store": store, "peer_reset": reset}
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(-1, repeats):
        for name, call in calls.items():
            sample = timed(call)
            if turn >= 0:
                seconds[name].append(sample.wall)
    size = sum(t.numel() * t.element_size() for t in changed if isinstance(t, torch.Tensor))
    spreads = {name: Spread.of([s * 1e3 for s in each]) for name, each in seconds.items()}
    return Kept(task.name, task.device.type, size / 1e6, **spreads)
