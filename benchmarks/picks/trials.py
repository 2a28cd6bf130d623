"""Short real trainings around a pick: five rates, half a decade apart; a report may look at fewer."""

from __future__ import annotations

import math

import torch

from benchmarks.picks.optimizers import set_rate
from benchmarks.picks.sweeps import digits
from benchmarks.picks.tasks import State
from benchmarks.picks.training import held_out_on, train_on

STEPS = 100
FACTORS = tuple(10 ** (half / 2) for half in (-2, -1, 0, 1, 2))
LOOKS = (25, 50, 75, 100)
KEPT = 4
LAST = 20


def tried(state: State, around: float) -> dict[str, list[float]]:
    """Return of each rate the loss on kept batches as training goes, and of its last training batches."""
    kept = [batch for batch, _ in zip(state.batches(5), range(KEPT), strict=False)]
    rates, looked, last = [], [], []
    for factor in FACTORS:
        model, optimizers = state.begun()
        set_rate(optimizers, around * factor)
        torch.manual_seed(state.seed)
        losses: list[float] = []
        seen: list[float] = []
        for step, batch in zip(range(STEPS), state.batches(6), strict=False):
            loss = train_on(batch, model, optimizers, state.task.criterion)
            losses.append(loss)
            if not math.isfinite(loss):
                break
            if step + 1 in LOOKS:
                seen.append(held_out_on(kept, model, state.task.criterion))
        rates.append(around * factor)
        looked += seen + [math.inf] * (len(LOOKS) - len(seen))
        last.append(sum(losses[-LAST:]) / LAST if len(losses) == STEPS else math.inf)
    return {"lr": digits(rates), "kept": digits(looked), "last": digits(last)}
