"""A number for the bits of a tensor, so that a change is seen without a copy.

The bits are read as 32-bit numbers x[i]; each chunk of them gives sum(x[i] * w[i]) modulo 2**64, with fixed
weights w that look random, and the sums of the chunks are joined in order, again modulo 2**64. That is the
"multilinear" family of Carter and Wegman's universal hashing: of changes that do not know the weights, one in
2**32 or fewer goes unseen. A change of one number is always seen, as is the sign of all of them.
"""

from __future__ import annotations

import torch

from lrwidget.engine import devices
from lrwidget.engine.state.bits import in_memory_order

__all__ = ["fingerprints"]

# Numbers to a chunk; each takes 16 bytes of memory meanwhile. On the host a chunk stays in the cache.
_ON_HOST = 2**17
_ON_DEVICE = 2**22
# Odd constants of the splitmix64 generator, as signed numbers, for numbers of the weights and to join chunks.
_STEP = -0x61C8864680B583EB
_MIX = (-0x40A7B892E31B1A47, -0x6B2FB644ECCEEE15)
_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def fingerprints(tensors: list[torch.Tensor]) -> list[int]:
    """Return a number for the bits of each plain tensor; all must be on one device."""
    if not tensors:
        return []
    device = tensors[0].device
    longest = max(tensor.numel() * tensor.element_size() for tensor in tensors) // 4 + 1
    size = min(_ON_DEVICE if devices.is_accelerator(device) else _ON_HOST, longest)
    weights = _weights(size, device)
    room = torch.empty_like(weights)
    found: list[int] = torch.stack([_fingerprint(tensor, weights, room) for tensor in tensors]).tolist()
    return found


def _fingerprint(tensor: torch.Tensor, weights: torch.Tensor, room: torch.Tensor) -> torch.Tensor:
    numbers = _numbers(tensor)
    total = torch.zeros((), dtype=torch.int64, device=tensor.device)
    for chunk in torch.split(numbers, weights.numel()) if numbers.numel() else ():
        products = room[: chunk.numel()]
        products.copy_(chunk)
        products.mul_(weights[: chunk.numel()])
        total.mul_(_STEP).add_(products.sum())
    return total


def _numbers(tensor: torch.Tensor) -> torch.Tensor:
    """Return the bits as whole numbers in a row, of 32 bits each where the memory can be read so."""
    flat = in_memory_order(tensor)
    if flat is None:  # gathered; such tensors are few and small
        gathered = in_memory_order(tensor.resolve_conj().resolve_neg().contiguous())
        assert gathered is not None
        flat = gathered
    narrow = flat.view(_INTEGERS[flat.element_size()])
    at, size = narrow.storage_offset() * narrow.element_size(), narrow.numel() * narrow.element_size()
    return narrow.view(torch.int32) if at % 4 == 0 and size % 4 == 0 else narrow


def _weights(size: int, device: torch.device) -> torch.Tensor:
    # splitmix64 of 1, 2, 3, ...; shifts of signed numbers copy the sign, which does no harm here.
    mixed = torch.arange(1, size + 1, dtype=torch.int64, device=device).mul_(_STEP)
    for factor, shift in zip(_MIX, (30, 27), strict=True):
        mixed.bitwise_xor_(mixed >> shift).mul_(factor)
    return mixed.bitwise_xor_(mixed >> 31)
