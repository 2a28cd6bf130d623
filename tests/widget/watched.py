"""A widget over things that are watched: what of them is still alive can be asked."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from lrwidget import LRWidget
from tests.widget.tasks import Task


class Data:
    """A loader that can be watched: of batches that are made anew, and are watched too."""

    def __init__(self, task: Task, seen: list[weakref.ref[Any]]) -> None:
        self.task, self.seen = task, seen

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        while True:
            batch = self.task.x.clone(), self.task.y.clone()
            self.seen += [weakref.ref(part) for part in batch]
            yield batch


class Fragile(nn.Module):
    """Fails at its fifth call, with a cause behind the error, each with a tensor in its frame."""

    def __init__(self, seen: list[weakref.ref[Any]]) -> None:
        super().__init__()
        self.inner, self.calls, self.seen = nn.Linear(4, 1), 0, seen

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        hidden = self.inner(x)
        self.seen.append(weakref.ref(hidden))
        if self.calls == 5:
            try:
                self.cause(hidden * 2)
            except KeyError as error:
                message = "out of order"
                raise RuntimeError(message) from error
        return hidden

    def cause(self, twice: torch.Tensor) -> None:
        self.seen.append(weakref.ref(twice))
        raise KeyError("cause")


class Watched:
    """A widget over a model, an optimizer, loaders, batches and a scheduler, all of them watched."""

    def __init__(self, fragile: bool = False, **options: Any) -> None:
        self.refs: list[weakref.ref[Any]] = []
        task = Task()
        if fragile:
            task.model = Fragile(self.refs)
            task.optimizer = torch.optim.SGD(task.model.parameters(), lr=0.1, momentum=0.9)
        task.loader = Data(task, self.refs)
        validation = Data(task, self.refs)
        scheduler = torch.optim.lr_scheduler.StepLR(task.optimizer, 3)
        named = (task, task.model, task.optimizer, task.loader, validation, scheduler)
        self.refs += map(weakref.ref, (*named, *task.model.parameters()))
        self.widget: LRWidget | None = task.widget(
            val_loader=validation, val_batches=2, scheduler=scheduler, **options
        )
        self.refs.append(weakref.ref(self.widget._control))

    def alive(self) -> list[str]:
        """What of it is still there, by type."""
        gc.collect()
        return [type(thing).__name__ for ref in self.refs if (thing := ref()) is not None]
