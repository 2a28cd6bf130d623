"""Have a model somewhere else for a while, and afterwards in the very tensors it was in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

__all__ = ["placed"]


@contextmanager
def placed(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
) -> Iterator[None]:
    """Have a model and its optimizer's state on a device, or in a dtype, inside the block.

    Nothing is copied back: what the block computes there is dropped with it. Meant for around a sweep, which
    leaves nothing to keep.

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer
        Its parameters stay the same objects.
    device : torch.device or str, optional
    dtype : torch.dtype, optional
        Of everything in floating point.
    """
    parameters = [
        (parameter, parameter.data, parameter.grad, None if parameter.grad is None else parameter.grad.data)
        for parameter in model.parameters()
    ]
    buffers = [(module._buffers, dict(module._buffers)) for module in model.modules()]  # noqa: SLF001
    states = [(state, dict(state)) for state in optimizer.state.values() if isinstance(state, dict)]
    try:
        model.to(device=device, dtype=dtype)
        for parameter, data, *_ in parameters:
            state = optimizer.state.get(parameter)
            if isinstance(state, dict):
                state.update({key: _as(parameter, data, key, value) for key, value in state.items()})
        yield
    finally:
        for parameter, data, grad, grad_data in parameters:
            if parameter.data_ptr() != data.data_ptr() or parameter.device != data.device:
                parameter.grad = None  # of the other place: it could not stay beside the old values
                parameter.data = data
                if grad is not None and grad_data is not None:
                    grad.data = grad_data  # a module moves the gradient itself, too
                parameter.grad = grad
        for held, before in (*buffers, *states):
            if any(held.get(key) is not value for key, value in before.items()):
                held.update(before)


def _as(parameter: torch.Tensor, before: torch.Tensor, key: str, value: Any) -> Any:
    """Return an entry of an optimizer's state as its parameter is now, if it was like it before."""
    # Step counters stay where optimizers keep them.
    if key == "step" or not isinstance(value, torch.Tensor) or value.device != before.device:
        return value
    return value.to(parameter.device, parameter.dtype if value.dtype == before.dtype else value.dtype)
