"""Values as they lie in memory: compared bit by bit, and copied in the order in which they lie."""

from __future__ import annotations

import torch

__all__ = ["in_memory_order", "same_bits"]

_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Return whether two plain tensors of one shape and dtype hold the same bits: 0 and -0 differ.

    Nothing is written to either, nor are they gathered first: memory of a large, turned tensor is read in the
    order in which it lies.
    """
    if one.numel() == 0:
        return True
    if one.is_contiguous() and other.is_contiguous() and not (one.is_complex() or one.is_neg()):
        bits = _INTEGERS[one.element_size()]
        return torch.equal(one.view(bits), other.view(bits))
    first, second = in_memory_order(one), in_memory_order(other)
    if first is None or second is None or one.stride() != other.stride():
        first, second = _physical(one), _physical(other)
    bits = _INTEGERS[first.element_size()]
    return torch.equal(first.view(bits), second.view(bits))


def in_memory_order(tensor: torch.Tensor) -> torch.Tensor | None:
    """Return all values of a plain tensor in a row, as they lie, in its own memory.

    None where they do not fill a piece of memory without gaps, or where it holds them in another form than is
    read (conjugated).
    """
    if tensor.is_conj() or tensor.is_neg():
        return None
    if not tensor.is_contiguous():
        # Without gaps and overlaps, sorted strides are the products of the sizes below.
        reach = 1
        for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
            if size != 1 and stride != reach:
                return None
            reach *= size
    flat = tensor.as_strided((tensor.numel(),), (1,), tensor.storage_offset())
    return torch.view_as_real(flat).reshape(-1) if flat.is_complex() else flat


def _physical(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.resolve_conj().resolve_neg()
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor
