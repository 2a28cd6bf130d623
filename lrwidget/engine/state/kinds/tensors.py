"""Tensors: their values, their gradient, and what is attached to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from lrwidget.engine.state.kinds.objects import Attributes, attributes_of, keep_hook_table
from lrwidget.engine.state.memory import nbytes
from lrwidget.engine.state.parts import ATOMS, Part, Unwritten
from lrwidget.engine.state.walk import Kind, Way

if TYPE_CHECKING:
    from typing import Any

    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["TENSORS", "keep_attached", "keep_parameter", "unwritten"]


class _Gradient(Part):
    """Which tensor a tensor's gradient is, or that it has none; and whether it gets one."""

    __slots__ = ("grad", "requires_grad", "tensor")

    def __init__(self, label: str, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        super().__init__(label)

    def take(self) -> None:
        self.grad, self.requires_grad = self.tensor.grad, self.tensor.requires_grad

    def differs(self) -> bool:
        return self.tensor.grad is not self.grad or self.tensor.requires_grad != self.requires_grad

    def give_back(self) -> None:
        tensor = self.tensor
        if tensor.requires_grad != self.requires_grad:
            tensor.requires_grad_(self.requires_grad)
        if tensor.grad is not self.grad:
            tensor.grad = self.grad


def unwritten(label: str, tensor: torch.Tensor) -> Unwritten:
    """Return what tells whether a tensor was written to, by PyTorch's count (not through ``.data``)."""
    return Unwritten(label, lambda: None if tensor.is_inference() else tensor._version)  # noqa: SLF001


def keep_parameter(walk: Walk, parameter: torch.Tensor, label: str, way: Way) -> None:
    """Keep a parameter's values, its gradient or the absence of one, and what its hooks refer to."""
    walk.tensor(parameter, label, frozen=not parameter.requires_grad and not way.named)
    grad = parameter.grad
    walk.part(_Gradient(f"gradient of {label}", parameter))
    if grad is not None:
        walk.keep(grad, f"gradient of {label}", Way(named=way.named))
    keep_attached(walk, parameter, label, way)


def keep_attached(walk: Walk, tensor: torch.Tensor, label: str, way: Way) -> None:
    """Keep the attributes of a tensor, and what the hooks on it refer to."""
    tables: tuple[Any, ...] = (
        tensor._backward_hooks,  # noqa: SLF001 - there is no public way to look at them
        getattr(tensor, "_post_accumulate_grad_hooks", None),
    )
    for table in tables:
        if table:
            keep_hook_table(walk, table, label)
    attributes = attributes_of(tensor)
    if attributes:
        part = Attributes(label, attributes, lambda _: False)
        walk.part(part)
        for name, item in part.kept.items():
            if type(item) not in ATOMS:
                walk.keep(item, f"{label}.{name}", way, attributes, name)


def _keep(walk: Walk, met: Met) -> None:
    tensor: torch.Tensor = met.value
    if isinstance(tensor, nn.Parameter):
        keep_parameter(walk, tensor, met.label, met.way)
        return
    if (met.way.data or met.way.by_function) and not walk.room_for(nbytes((tensor,)), met.way):
        walk.part(unwritten(met.label, tensor))
    else:
        walk.tensor(tensor, met.label)
    if tensor.is_leaf and (tensor.requires_grad or tensor.grad is not None):
        walk.part(_Gradient(f"gradient of {met.label}", tensor))
        if tensor.grad is not None:
            walk.keep(tensor.grad, f"gradient of {met.label}", met.way)
    keep_attached(walk, tensor, met.label, met.way)


TENSORS = Kind("tensors", lambda kind: issubclass(kind, torch.Tensor), _keep)
