"""Training a task for its steps: what every rate, and every optimizer without one, is judged by."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from benchmarks.picks.data import Data
from benchmarks.picks.optimizers import RIVALS, Optimizers, set_rate
from benchmarks.picks.tasks import State

LAST = 30  # steps whose mean training loss counts
LOOKS = (20, 10, 0)  # so many steps before the end the held-out loss is taken, and its mean counts
WARM_UP = 0.3  # share of a one-cycle's steps

CONSTANT, ONE_CYCLE = "constant", "one-cycle"


@dataclass(frozen=True)
class Outcome:
    """What a training came to: the held-out loss at its end, and that of its last batches."""

    held_out: float
    train: float


def shape(schedule: str, steps: int) -> Callable[[int], float]:
    """Return the rate at each step as a share of the highest: constant, or PyTorch's one-cycle."""
    if schedule == CONSTANT:
        return lambda _: 1.0
    peak = WARM_UP * steps - 1

    def cycle(step: int) -> float:
        low, place = (
            (1 / 25, step / peak) if step <= peak else (4e-6, (steps - 1 - step) / (steps - 1 - peak))
        )
        return low + (1 - low) * (1 - math.cos(math.pi * place)) / 2

    return cycle


def at_rate(state: State, lr: float, schedule: str, steps: int) -> Outcome:
    """Train from the start at one rate; what is not finite is infinite."""
    model, optimizers = state.begun()
    set_rate(optimizers, lr)
    return _train(state, model, optimizers, shape(schedule, steps), steps)


def by_rival(state: State, name: str, schedule: str, steps: int) -> Outcome:
    """Train from the start with an optimizer that is not the task's own, at its own rate."""
    model = copy.deepcopy(state.model)
    return _train(state, model, RIVALS[name](model), shape(schedule, steps), steps)


def untrained(state: State) -> Outcome:
    """Return where training starts: both losses, in training mode."""
    loss = held_out_loss(copy.deepcopy(state.model).train(), state)
    return Outcome(loss, loss)


def _train(
    state: State, model: nn.Module, optimizers: Optimizers, share: Callable[[int], float], steps: int
) -> Outcome:
    torch.manual_seed(state.seed)
    averaged = _average(model, optimizers)
    highest = [[group["lr"] for group in each.param_groups] for each in optimizers]
    losses, seen = [], []
    model.train()
    _switch(optimizers, "train")
    batches = iter(state.batches(1))
    for step in range(steps):
        for optimizer, rates in zip(optimizers, highest, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * share(step)
        loss = train_on(next(batches), model, optimizers, state.task.criterion)
        if averaged is not None:
            averaged.step()
        losses.append(loss)
        if not math.isfinite(loss):
            return Outcome(math.inf, math.inf)
        if steps - 1 - step in LOOKS:
            _switch(optimizers, "eval")
            judged = model if averaged is None else averaged.averaged_model
            seen.append(held_out_loss(_fresh_statistics(judged, state), state))
            _switch(optimizers, "train")
    mean = sum(seen) / len(seen)
    return Outcome(mean if math.isfinite(mean) else math.inf, sum(losses[-LAST:]) / LAST)


def train_on(batch: Data, model: nn.Module, optimizers: Optimizers, criterion: nn.Module) -> float:
    """Take one step; return the loss before it."""
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss = criterion(model(batch[0]), batch[1])
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    return loss.item()


def held_out_loss(model: nn.Module, state: State) -> float:
    """Return the loss on all held-out samples."""
    # By batches as in training: a contrastive loss depends on how many there are.
    size = state.task.batch_size
    parts = zip(*(part.split(size) for part in state.held_out), strict=True)
    return held_out_on([(x, y) for x, y in parts if len(x) == size], model, state.task.criterion)


@torch.no_grad()
def held_out_on(batches: list[Data], model: nn.Module, criterion: nn.Module) -> float:
    """Return the mean loss on batches, in the mode the model is in, without moving running statistics.

    Losses that draw noise draw the same one each time.
    """
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()} if model.training else {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        losses = [criterion(model(x), y).item() for x, y in batches]
    for name, buffer in buffers.items():
        model.get_buffer(name).copy_(buffer)
    return sum(losses) / len(losses)


@torch.no_grad()
def _fresh_statistics(model: nn.Module, state: State) -> nn.Module:
    """Return a copy in evaluation mode, its running statistics taken anew from 8 batches.

    An optimizer that averages weights needs it; and all are to be judged alike.
    """
    model = copy.deepcopy(model).train()
    norms = [part for part in model.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    if norms:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean
        batches = iter(state.batches(2))
        with torch.random.fork_rng():
            for _ in range(8):
                model(next(batches)[0])
    return model.eval()


def _switch(optimizers: Optimizers, mode: str) -> None:
    """Tell schedule-free optimizers which weights are wanted."""
    for optimizer in optimizers:
        if hasattr(optimizer, mode):
            getattr(optimizer, mode)()


def _average(model: nn.Module, optimizers: Optimizers) -> object:
    """Return what averages the weights of a model whose optimizer asks for it."""
    if type(optimizers[0]).__name__ != "DoG":
        return None
    from dog import PolynomialDecayAverager

    return PolynomialDecayAverager(model)
