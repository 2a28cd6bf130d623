"""A small world to train in, with whatever state its user keeps beside it; and what is asked of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from lrwidget.engine import RangeTest
from tests.engine.worlds import seed_all
from tests.oracle.judge import drawn, judge, listening
from tests.oracle.oracle import Oracle, portrait_differences

__all__ = ["MODES", "Samples", "World", "check_world", "small_model"]

RATES = {"start_lr": 1e-3, "end_lr": 0.1, "num_iter": 5, "diverge_th": None}
MODES = ("fresh", "mid-training", "mid-pass")


class Samples(Dataset):
    """Twelve samples of six numbers, in three classes; says when one is drawn."""

    def __init__(self, transform: Callable[[torch.Tensor], torch.Tensor] | None = None) -> None:
        draw = torch.Generator().manual_seed(5)
        self.x, self.y = torch.randn(12, 6, generator=draw), torch.randint(0, 3, (12,), generator=draw)
        self.transform = transform

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        drawn()
        x = self.x[index]
        return x if self.transform is None else self.transform(x), self.y[index]


def small_model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 3))


@dataclass
class World:
    """What somebody trains with: if not told, an MLP, SGD with momentum, cross entropy, a shuffled loader."""

    step_fn: Callable[[Any], Any] | None = None
    update_fn: Callable[[Any], Any] | None = None
    model: nn.Module = field(default_factory=small_model)
    optimizer: Any = None
    criterion: Any = field(default_factory=nn.CrossEntropyLoss)
    loader: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    also: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.optimizer is None:
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05, momentum=0.9)
        if self.loader is None:
            self.loader = DataLoader(Samples(), batch_size=4, shuffle=True)
        for name in ("step_fn", "update_fn"):
            if getattr(self, name) is not None:
                self.options[name] = getattr(self, name)
        self.batches: Any = None

    def loss_of(self, batch: Any) -> torch.Tensor:
        """What a world without a step of its own computes; others may call it."""
        return self.criterion(self.model(batch[0]), batch[1])

    def train(self, steps: int) -> list[float]:
        """Go on in the pass that is open, then in new ones."""
        losses = []
        self.model.train()
        while len(losses) < steps:
            if self.batches is None:
                self.batches = iter(self.loader)
            batch = next(self.batches, None)
            if batch is None:
                self.batches = None
            else:
                losses.append(self._step(batch))
        return losses

    def _step(self, batch: Any) -> float:
        if self.update_fn is not None:
            return float(self.update_fn(batch))
        optimizers = self.optimizer if isinstance(self.optimizer, list) else [self.optimizer]
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = (self.step_fn or self.loss_of)(batch)
        loss = loss[0] if isinstance(loss, tuple) else loss
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss.item()

    def begin(self, mode: str) -> None:
        """Come to where the sweep is made: at the start, after whole passes, or within one."""
        self.train({"fresh": 0, "mid-training": 3, "mid-pass": 5}[mode])
        if mode == "mid-training":
            self.batches = None

    def roots(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "optimizer": self.optimizer,
            "criterion": self.criterion,
            "loader": self.loader,
            "batches": self.batches,
            **self.options,
            **self.also,
        }

    def sweep(self, **options: Any) -> Any:
        given = {**RATES, **self.options, **options}
        return RangeTest(self.model, self.optimizer, self.criterion, self.loader, **given).run()


def check_world(
    make: Callable[[], World],
    mode: str,
    *,
    may_be_named: bool = False,
    notes: bool = False,
    **options: Any,
) -> None:
    """Ask whether a sweep leaves anything, and whether training goes on as it would have.

    ``may_be_named``: its state may be one that cannot be given back, and is then named instead.
    ``notes``: its step writes notes, which stay. ``options`` are the sweep's.
    """

    def made() -> World:
        seed_all(0)
        return make()

    one = made()
    one.begin(mode)
    oracle = Oracle(one.roots())
    with listening() as said:
        history = one.sweep(**options)
    assert len(history) == RATES["num_iter"], f"the sweep ended early: {history.stop_reason}"
    left = judge(oracle, history, said, must_keep=not may_be_named)
    noted = any(difference.is_note for difference in left)
    assert noted or not notes, "the user's notes were taken away"
    if any(not difference.is_note for difference in left):
        return

    losses = one.train(7)
    mine = Oracle(one.roots()).portrait()  # now: worlds may share globals
    plain = made()
    plain.begin(mode)
    expected = plain.train(7)
    assert losses == expected, f"training goes on otherwise: {losses} != {expected}"
    if not noted:
        unlike = portrait_differences(Oracle(plain.roots()).portrait(), mine)
        assert not unlike, "what training leads to is otherwise:\n" + "\n".join(unlike[:12])
