"""Tensors that are made of others: taken apart, and made of the same ones again.

Of this kind are tensors that wrap others (``DTensor``, the low-bit state of an optimizer), and sparse ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from lrwidget.engine.state.memory import sparse_parts

__all__ = ["Composite", "put_together", "taken_apart"]

_SIMPLE = frozenset({torch.Tensor, nn.Parameter})


@dataclass(slots=True)
class Composite:
    """A tensor that is made of others."""

    label: str
    tensor: torch.Tensor
    coalesced: bool | None  # of a sparse one
    parts: list[tuple[str, Any]]  # tensors; of some also what describes them, such as a mesh of devices
    layout: torch.layout = field(init=False)
    shape: torch.Size = field(init=False)

    def __post_init__(self) -> None:
        self.layout, self.shape = self.tensor.layout, self.tensor.shape


def taken_apart(tensor: torch.Tensor, label: str) -> Composite | None:
    """Return what a tensor is made of; None = of nothing but its own memory."""
    if type(tensor) not in _SIMPLE and is_traceable_wrapper_subclass(tensor):
        names, _ = tensor.__tensor_flatten__()
        return Composite(label, tensor, None, [(name, getattr(tensor, name)) for name in names])
    if tensor.layout != torch.strided:
        # Handles of their own: another number of values in the tensor leaves them alone.
        parts = [(f"part[{index}]", part) for index, part in enumerate(sparse_parts(tensor.detach()))]
        if parts:
            return Composite(
                label, tensor, tensor.layout == torch.sparse_coo and tensor.is_coalesced(), parts
            )
    return None


def put_together(made: Composite) -> None:
    """Have what is made of others made of the same ones again."""
    if made.coalesced is None:
        for name, part in made.parts:
            if getattr(made.tensor, name, None) is not part:
                setattr(made.tensor, name, part)
    elif not _is_of_its_parts(made):
        made.tensor.data = whole = _sparse(made)
        if not _is_of_its_parts(made):  # PyTorch gives a compressed one parts of its own
            made.tensor.resize_as_sparse_(whole).copy_(whole)


def _is_of_its_parts(made: Composite) -> bool:
    tensor = made.tensor
    if tensor.layout != made.layout or tensor.shape != made.shape:
        return False
    if tensor.layout == torch.sparse_coo and tensor.is_coalesced() != made.coalesced:
        return False
    pairs = zip(sparse_parts(tensor), made.parts, strict=True)
    return all(one.data_ptr() == other.data_ptr() and one.shape == other.shape for one, (_, other) in pairs)


def _sparse(made: Composite) -> torch.Tensor:
    """Return a sparse tensor of these very parts; that they fit together was checked when they were made."""
    parts = [part for _, part in made.parts]
    if made.layout == torch.sparse_coo:
        indices, values = parts
        return torch.sparse_coo_tensor(
            indices, values, made.shape, is_coalesced=made.coalesced, check_invariants=False
        )
    compressed: Any = torch.sparse_compressed_tensor
    whole: torch.Tensor = compressed(*parts, made.shape, layout=made.layout, check_invariants=False)
    return whole
