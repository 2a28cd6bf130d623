"""From a batch to its loss: the usual ways, and the checks of the first loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from lrwidget.engine.data.moving import target_of
from lrwidget.errors import LossError, SetupError

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "LossFunction",
    "Outcome",
    "check_finite",
    "check_loss",
    "check_metric",
    "loss_function",
    "outcome",
]

LossFunction = Callable[[Any], Any]


class Outcome(NamedTuple):
    """What a loss function gives: the loss, and for a metric the model's output and what it should be."""

    loss: Any
    output: Any = None
    target: Any = None


def outcome(result: Any) -> Outcome:
    """Return what a user's function gave, a loss or ``(loss, output, target)``, in one form."""
    if type(result) is Outcome:
        return result
    if isinstance(result, tuple) and len(result) == 3:
        return Outcome(*result)
    return Outcome(result)


def loss_function(model: nn.Module, criterion: Callable[..., Any] | None) -> LossFunction:
    """Return the usual way from a batch to its loss.

    ``(x, y, ...)`` gives ``criterion(model(x), y)``. With no criterion the model computes the loss itself:
    ``model(**batch)``, ``model(*batch)`` or ``model(batch)``, whichever suits the batch, and its output has
    ``.loss`` (or the key ``"loss"``).
    """

    def with_criterion(batch: Any) -> Outcome:
        if not isinstance(batch, (tuple, list)) or len(batch) < 2:
            raise SetupError(
                f"with a criterion a batch must be (inputs, targets); got {_kind(batch)}. "
                "Pass step_fn=..., a function from a batch to its loss, or criterion=None if the model's "
                "output has .loss."
            )
        output = model(batch[0])
        return Outcome(criterion(output, batch[1]), output, batch[1])  # type: ignore[misc]

    def from_output(batch: Any) -> Outcome:
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
        return Outcome(loss, output, target_of(batch))

    return from_output if criterion is None else with_criterion


def check_loss(loss: Any, *, needs_gradient: bool = True, finite: bool = True) -> None:
    """Raise LossError unless this first loss can be trained on; ``finite`` waits for the device."""
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
    if needs_gradient and not loss.requires_grad:
        raise LossError(
            "the loss has no gradient, so nothing can be trained. Compute it from the model's output with no "
            "detach(), no_grad() or argmax() on the way."
        )
    if finite:
        check_finite(loss)


def check_metric(value: Any, made: Outcome) -> None:
    """Raise LossError unless this first metric is a single number."""
    single = value.numel() == 1 and not value.is_complex() if isinstance(value, torch.Tensor) else None
    if single is None:
        single = hasattr(value, "__float__")
    if not single:
        what = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else _kind(value)
        hint = (
            " With step_fn or update_fn, return (loss, output, target) for it to be computed from."
            if made.output is None
            else ""
        )
        raise LossError(
            f"metric(output, target) must give one number, or a tensor of one element; got {what}.{hint}"
        )


def check_finite(loss: torch.Tensor) -> None:
    """Raise LossError unless a first loss is finite; waits for the device."""
    value = float(loss.item())
    if not math.isfinite(value):
        raise LossError(
            f"the first loss is {value}, before any rate could do harm. Look for NaN or inf in the data, a "
            "log or division of zero in the loss, or weights that an earlier run has blown up."
        )


def _kind(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"
