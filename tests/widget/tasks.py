"""Small trainable tasks, and losses by script, so that a widget can be tested without waiting."""

from __future__ import annotations

import threading
from typing import Any

import torch
from torch import nn

from lrwidget import LRWidget


class Task:
    """A linear model with loader, optimizer and criterion, and a gate that holds a sweep at a step.

    ``task.gate`` is open; ``hold(n)`` closes it, so that step ``n`` waits until ``gate.set()``.
    """

    def __init__(self, groups: int = 1) -> None:
        torch.manual_seed(0)
        self.x = torch.randn(32, 4)
        self.y = self.x @ torch.randn(4, 1)
        self.model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
        parts = [self.model[0], self.model[2]] if groups == 2 else [self.model]
        self.optimizer = torch.optim.SGD(
            [{"params": list(part.parameters()), "lr": 0.5 / 10**index} for index, part in enumerate(parts)]
        )
        self.loader = [(self.x, self.y)]
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.fail: BaseException | None = None
        self._calls = 0
        self._stop_at = 0
        self.before = {name: value.clone() for name, value in self.model.state_dict().items()}

    def hold(self, call: int) -> None:
        """Make the criterion's call number ``call`` (from 1) wait for the gate."""
        self._calls, self._stop_at = 0, call
        self.gate.clear()
        self.reached.clear()

    def criterion(self, output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        self._calls += 1
        if self._calls == self._stop_at:
            self.reached.set()
            assert self.gate.wait(30)
            if self.fail is not None:
                raise self.fail
        return nn.functional.mse_loss(output, target)

    def widget(self, **options: Any) -> LRWidget:
        options = {"num_iter": 40, "end_lr": 1.0, "diverge_th": 1e9, **options}
        return LRWidget(self.model, self.optimizer, self.criterion, self.loader, **options)

    @property
    def rates(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    @property
    def unchanged(self) -> bool:
        return all(torch.equal(value, self.before[name]) for name, value in self.model.state_dict().items())
