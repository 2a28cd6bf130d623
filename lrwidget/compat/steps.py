"""The methods that pytorch-lr-finder takes its steps by, there to be overridden as its users do.

A finder that overrides none of them leaves the steps to the engine. One that overrides any is swept by all of
them: each step is one call of ``_train_batch`` and, with a ``val_loader``, one of ``_validate``.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.compat.loaders import DataLoaderIter, TrainDataLoaderIter, ValDataLoaderIter
from lrwidget.compat.precision import training_precision
from lrwidget.engine.data.batches import Exhausted
from lrwidget.engine.data.moving import map_tensors
from lrwidget.engine.rates.undo import KeptRates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from torch import nn

__all__ = ["StepMethods"]

_OF_A_STEP = ("_train_batch", "_validate", "_move_to_device")


class StepMethods:
    """A finder's steps, method by method, with the names, arguments and results of pytorch-lr-finder's."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    criterion: Callable[..., Any]
    device: torch.device | str | int | None
    amp_backend: str | None
    amp_config: Mapping[str, Any] | None
    grad_scaler: Any

    def _train_batch(
        self, train_iter: TrainDataLoaderIter, accumulation_steps: int, non_blocking_transfer: bool = True
    ) -> float:
        """Take one step on the next batches; return their mean loss from before it."""
        self.model.train()
        self.optimizer.zero_grad()
        scales = self.amp_backend == "torch"
        losses: list[torch.Tensor] = []
        for _ in range(accumulation_steps):
            inputs, labels = next(train_iter)
            inputs, labels = self._move_to_device(inputs, labels, non_blocking=non_blocking_transfer)
            with training_precision(self.model, self.amp_backend, self.amp_config):
                loss = self.criterion(self.model(inputs), labels) / accumulation_steps
            (self.grad_scaler.scale(loss) if scales else loss).backward()
            losses.append(loss.detach())
        if scales:
            self.grad_scaler.step(self.optimizer)
            self.grad_scaler.update()
        else:
            self.optimizer.step()
        return sum(losses[1:], losses[0]).item()  # in their own precision, as the losses of a batch are

    def _validate(self, val_iter: ValDataLoaderIter, non_blocking_transfer: bool = True) -> float:
        """Return the mean loss over the samples of one pass, in evaluation mode."""
        total, samples = 0.0, 0
        self.model.eval()
        with torch.no_grad():
            for inputs, labels in val_iter:
                inputs, labels = self._move_to_device(inputs, labels, non_blocking=non_blocking_transfer)  # noqa: PLW2901
                total += self.criterion(self.model(inputs), labels).item() * len(labels)
                samples += len(labels)
        return total / samples

    def _move_to_device(self, inputs: Any, labels: Any, non_blocking: bool = True) -> tuple[Any, Any]:
        """Return both on the device of the sweep, in whatever containers they come."""
        device = torch.device(self.device or next(self.model.parameters()).device)
        inputs, labels = map_tensors(
            (inputs, labels), lambda tensor: tensor.to(device, non_blocking=non_blocking), device
        )
        return inputs, labels

    def _set_learning_rate(self, new_lrs: float | list[float]) -> None:
        """Put the rates that a sweep starts at into the optimizer: one for all groups, or one for each."""
        groups = self.optimizer.param_groups
        rates = new_lrs if isinstance(new_lrs, list) else [new_lrs] * len(groups)
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate

    def _check_for_scheduler(self) -> None:
        """Refuse an optimizer that a scheduler steers; here nothing is refused, because both go on after."""

    def _overrides(self, name: str) -> bool:
        """Whether a subclass, or this very object, has another method of this name."""
        return getattr(getattr(self, name), "__func__", None) is not vars(StepMethods)[name]

    def _start_of_groups(self, start_lr: Any) -> Any:
        """Return where the groups start, as an overridden ``_set_learning_rate`` has it."""
        if not start_lr or not self._overrides("_set_learning_rate"):
            return start_lr
        before = KeptRates(self.optimizer)
        try:
            self._set_learning_rate(start_lr)
            return [float(group["lr"]) for group in self.optimizer.param_groups]
        finally:
            before.give_back()

    def _own_steps(
        self, train_loader: Any, val_loader: Any, accumulation_steps: int, non_blocking_transfer: bool
    ) -> tuple[Any, Any, dict[str, Any]] | None:
        """Return loaders and options that leave the steps to these methods; None = none is overridden."""
        if not any(map(self._overrides, _OF_A_STEP)):
            return None

        def update(turn: _Turn) -> Any:
            try:
                return self._train_batch(
                    turn.iterator, accumulation_steps, non_blocking_transfer=non_blocking_transfer
                )
            except StopIteration:  # an iterator of the user's own that does not start over
                raise Exhausted from None

        def evaluate(turn: _Turn) -> torch.Tensor:
            loss = self._validate(turn.iterator, non_blocking_transfer=non_blocking_transfer)
            return torch.as_tensor(loss, dtype=torch.float64, device="cpu")

        val = None if val_loader is None else _Turns(val_loader, ValDataLoaderIter)
        return _Turns(train_loader, TrainDataLoaderIter), val, {"update_fn": update, "step_fn": evaluate}


class _Turn:
    """What a step draws its batches from, handed to it in place of a batch."""

    def __init__(self, iterator: Any) -> None:
        self.iterator = iterator


class _Turns:
    """A loader whose every item is the iterator itself: for training again and again, else once a pass.

    Parameters
    ----------
    loader : DataLoader or DataLoaderIter
        Checked already.
    kind : type
        Which iterator is made of a DataLoader, when a pass begins.
    """

    def __init__(self, loader: Any, kind: type[TrainDataLoaderIter | ValDataLoaderIter]) -> None:
        self._loader = loader
        self._kind = kind
        # Here the engine finds the DataLoader, to keep the state of its generators and samplers.
        self.data_loader = getattr(loader, "data_loader", loader)

    def __iter__(self) -> Iterator[_Turn]:
        own = isinstance(self._loader, DataLoaderIter)
        turn = _Turn(self._loader if own else self._kind(self._loader))
        return repeat(turn) if self._kind is TrainDataLoaderIter else iter([turn])
