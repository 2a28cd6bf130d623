"""One training step, and one evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lrwidget.engine.moving import move
from lrwidget.errors import LossError, SetupError

if TYPE_CHECKING:
    from lrwidget.engine.batches import FixedBatches

__all__ = ["LossFunction", "Stepper", "loss_function"]

LossFunction = Callable[[Any], torch.Tensor]

# An fp16 scaler finds its scale in a few skipped steps; more in a row mean that it never will.
MOST_SKIPS = 50
AS_IT_IS = nullcontext()


def loss_function(model: nn.Module, criterion: Callable[..., Any] | None) -> LossFunction:
    """Return the usual way from a batch to its loss.

    ``(x, y, ...)`` gives ``criterion(model(x), y)``. With no criterion the model computes the loss itself:
    ``model(**batch)``, ``model(*batch)`` or ``model(batch)``, whichever suits the batch, and its output has
    ``.loss`` (or the key ``"loss"``).
    """

    def with_criterion(batch: Any) -> torch.Tensor:
        if not isinstance(batch, (tuple, list)) or len(batch) < 2:
            raise SetupError(
                f"with a criterion a batch must be (inputs, targets); got {_kind(batch)}. "
                "Pass step_fn=..., a function from a batch to its loss, or criterion=None if the model's "
                "output has .loss."
            )
        loss: torch.Tensor = criterion(model(batch[0]), batch[1])  # type: ignore[misc]
        return loss

    def from_output(batch: Any) -> torch.Tensor:
        if isinstance(batch, Mapping):
            output = model(**batch)
        elif isinstance(batch, (tuple, list)):
            output = model(*batch)
        else:
            output = model(batch)
        loss: Any = getattr(output, "loss", None)
        if loss is None and isinstance(output, Mapping):
            loss = output.get("loss")
        if loss is None:
            raise SetupError(
                f"criterion is None, and the model's output ({_kind(output)}) has no .loss. "
                "Pass a criterion, pass the targets to the model if it computes its own loss, or pass "
                "step_fn=..., a function from a batch to its loss."
            )
        result: torch.Tensor = loss
        return result

    return from_output if criterion is None else with_criterion


class Stepper:
    """Takes training steps and evaluates, always in the same way.

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer
    loss_of : callable
        Takes a batch on the device, returns its loss: a tensor of one element, with a gradient.
    device : torch.device
    accumulation_steps : int
        Batches per step.
    autocast : torch.dtype or None
    grad_scaler : torch.amp.GradScaler or None
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss_of: LossFunction,
        device: torch.device,
        *,
        accumulation_steps: int = 1,
        autocast: torch.dtype | None = None,
        grad_scaler: Any = None,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._loss_of = loss_of
        self._device = device
        self._accumulation_steps = accumulation_steps
        self._autocast = autocast
        self._scaler = grad_scaler
        self._checked = False
        self._skips_in_a_row = 0
        self.skipped = 0

    def train(self, draw: Callable[[], Any]) -> torch.Tensor | None:
        """Take one step on the next batches; return the loss from before it, detached.

        Returns
        -------
        torch.Tensor or None
            Mean loss of the step's batches; None when the scaler skipped the step because of overflow.

        Raises
        ------
        LossError
            When the very first loss is no scalar, has no gradient or is not finite.
        """
        self._optimizer.zero_grad()  # with no argument: wrappers may take none
        parts = self._accumulation_steps
        total: torch.Tensor | None = None
        for _ in range(parts):
            batch = move(draw(), self._device)
            with self._precision():
                loss = self._loss_of(batch)
            if not self._checked:
                check_loss(loss)
                self._checked = True
            if parts > 1:
                loss = loss / parts  # a new tensor: the user's own is left as it is
            (loss if self._scaler is None else self._scaler.scale(loss)).backward()
            loss = loss.detach()
            total = loss if total is None else total + loss
        assert total is not None  # accumulation_steps is at least 1
        if self._scaler is None:
            self._optimizer.step()
            return total
        return total if self._scaled_step() or not math.isfinite(total.item()) else None

    def evaluate(self, batches: FixedBatches) -> torch.Tensor:
        """Return the mean loss over the batches, weighted by their samples, in evaluation mode.

        Every module's training flag is put back as it was.
        """
        model = self._model
        flags = [(module, module.training) for module in model.modules()]
        was_training = model.training
        total: Any = 0.0
        samples = 0
        model.eval()
        try:
            with torch.no_grad():
                for batch, count in batches:
                    with self._precision():
                        loss = self._loss_of(batch)
                    total = total + _wide(loss.detach()) * count
                    samples += count
        finally:
            # Through train() first: some modules do more there than set the flag.
            model.train(was_training)
            for module, training in flags:
                if module.training != training:
                    module.training = training
        mean: torch.Tensor = total / samples
        return mean

    def _precision(self) -> AbstractContextManager[object]:
        if self._autocast is None:
            return AS_IT_IS
        return torch.autocast(self._device.type, dtype=self._autocast)

    def _scaled_step(self) -> bool:
        """Step through the scaler; return whether the optimizer really stepped."""
        scaler = self._scaler
        before = scaler.get_scale()
        scaler.step(self._optimizer)
        scaler.update()
        if scaler.get_scale() >= before:  # only an overflow lowers the scale
            self._skips_in_a_row = 0
            return True
        self.skipped += 1
        self._skips_in_a_row += 1
        if self._skips_in_a_row >= MOST_SKIPS:
            raise LossError(
                f"the gradient scaler skipped {MOST_SKIPS} steps in a row (its scale is now "
                f"{scaler.get_scale():.3g}): the gradients overflow at every scale. Train in bfloat16 or "
                "float32, or look for a division by zero in the loss."
            )
        return False


def check_loss(loss: Any) -> None:
    """Raise LossError unless this first loss can be trained on; waits for the device."""
    if not isinstance(loss, torch.Tensor):
        raise LossError(
            f"the loss must be a tensor of one element; got {_kind(loss)}. "
            "Return the loss tensor itself, before .item()."
        )
    if loss.numel() != 1:
        raise LossError(
            f"the loss must be a scalar; got shape {tuple(loss.shape)}. "
            'Average it: reduction="mean" in the criterion, or loss.mean().'
        )
    if loss.is_complex():
        raise LossError(
            f"the loss must be real; got {str(loss.dtype).removeprefix('torch.')}. "
            "Take its size or its real part: loss.abs() or loss.real."
        )
    if not loss.requires_grad:
        raise LossError(
            "the loss has no gradient, so nothing can be trained. Compute it from the model's output with no "
            "detach(), no_grad() or argmax() on the way."
        )
    check_finite(loss)


def check_finite(loss: torch.Tensor) -> None:
    """Raise LossError unless a first loss is finite; waits for the device."""
    value = float(loss.item())
    if not math.isfinite(value):
        raise LossError(
            f"the first loss is {value}, before any rate could do harm. Look for NaN or inf in the data, a "
            "log or division of zero in the loss, or weights that an earlier run has blown up."
        )


def _wide(loss: torch.Tensor) -> torch.Tensor:
    # float64 as Python's own arithmetic; mps knows none
    return loss.reshape(()).to(torch.float32 if loss.device.type == "mps" else torch.float64)


def _kind(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"
