"""Where the copies of a snapshot are held: on the device, in the host's memory, or in a file on disk."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from lrwidget.engine.state.memory import free_bytes, free_on_disk, readable
from lrwidget.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Place", "choose_place", "empty_at", "is_plain"]

Place = Literal["auto", "device", "host", "disk"]

# A sweep still needs room for activations, so with "auto" a snapshot may take no more than this share of what
# is free on an accelerator, gradients and optimizer state still to come set aside; else it goes to the host.
DEVICE_SHARE = 0.25
# The host's free memory is an estimate, and a system that has run out of it kills the kernel.
HOST_SHARE = 0.9
#: Bytes; every copy in a file begins at a multiple, as whatever dtype reads it may demand.
_ALIGNMENT = 64
#: Bytes; so little may lie anywhere.
_SMALL = 2**18


def choose_place(wanted: Place, device: torch.device, needed: int, coming: int = 0) -> Place:
    """Return where copies of so many bytes go.

    Parameters
    ----------
    wanted : {"auto", "device", "host", "disk"}
    device : torch.device
        Where the tensors are.
    needed : int
        Bytes of the copies.
    coming : int
        Bytes that the sweep is going to take on the device besides: gradients, state of the optimizer.

    Raises
    ------
    SetupError
        When there is no room; the text tells how much there is, and what to do.
    """
    on_host = device.type == "cpu"
    if wanted == "disk":
        folder, room = free_on_disk()
        _require(
            needed, room, f"on the disk of {folder}", "Set TMPDIR to a folder with more room, or free some."
        )
        return "disk"
    if wanted == "device" and not on_host:
        _require(needed, free_bytes(device), f"on {device}", 'Pass snapshot="host", or free some.')
        return "device"
    if wanted == "auto" and not on_host and needed <= DEVICE_SHARE * (free_bytes(device) - coming):
        return "device"
    free = HOST_SHARE * free_bytes(torch.device("cpu"))
    _require(
        needed,
        free,
        "in the host's memory",
        'Pass snapshot="disk" to hold it in a temporary file, or free some.',
    )
    return "host"


def empty_at(place: Place, homes: list[torch.Tensor]) -> list[torch.Tensor]:
    """Return a tensor for the copy of each plain one, with no values yet."""
    if place == "disk":
        return _side_by_side(homes, _mapped_file)
    if place == "host":
        return _side_by_side(homes, _memory)
    return [torch.empty_like(home) for home in homes]


def is_plain(tensor: torch.Tensor) -> bool:
    """Return whether a tensor is no more than numbers of one size in memory."""
    return (
        type(tensor) is torch.Tensor
        and tensor.layout == torch.strided
        and not (tensor.is_quantized or tensor.is_nested)
    )


def _side_by_side(homes: list[torch.Tensor], room: Callable[[int], torch.Tensor]) -> list[torch.Tensor]:
    """Return tensors like these that lie one after the other in one piece of memory, of ``room(bytes)``.

    Each has its home's strides, so that values are copied as they lie.
    """
    starts: list[int] = []
    size = 0
    for home in homes:
        starts.append(size)
        size += -(-home.numel() * home.element_size() // _ALIGNMENT) * _ALIGNMENT
    if size == 0 or (size < _SMALL and room is _memory):
        return [torch.empty_like(home, device="cpu") for home in homes]
    whole = room(size)
    typed = {dtype: whole.view(dtype) for dtype in {home.dtype for home in homes}}
    return [
        typed[home.dtype].as_strided(home.shape, _strides(home), start // home.element_size())
        for start, home in zip(starts, homes, strict=True)
    ]


def _strides(home: torch.Tensor) -> tuple[int, ...]:
    """Return the strides of values that fill memory without gaps, in the order in which these lie."""
    if home.is_contiguous():
        return home.stride()
    return torch.empty_like(home, device="meta").stride()


def _memory(size: int) -> torch.Tensor:
    # NumPy asks Linux for large pages, as PyTorch does not. Most of the time of a copy into new memory goes
    # into being given its pages, and of these there are 512 times fewer.
    return torch.from_numpy(np.empty(size, dtype=np.uint8))


def _mapped_file(size: int) -> torch.Tensor:
    handle, path = tempfile.mkstemp(prefix="lrwidget-", suffix=".snapshot")
    try:
        try:
            if hasattr(os, "posix_fallocate"):  # a file with holes kills the process when the disk is full
                os.posix_fallocate(handle, 0, size)
            else:
                os.truncate(handle, size)
        finally:
            os.close(handle)
        mapped: torch.Tensor = torch.from_file(path, shared=True, size=size, dtype=torch.uint8)
    except BaseException:
        Path(path).unlink()
        raise
    # The name goes at once, the contents with the tensor: whatever becomes of the process, nothing stays.
    with suppress(PermissionError):  # Windows keeps the name of a file that is in use
        Path(path).unlink()
    return mapped


def _require(needed: int, free: float, where: str, what_to_do: str) -> None:
    if needed > free:
        raise SetupError(
            f"remembering the model and the optimizer takes {readable(needed)}, and "
            f"{readable(max(free, 0))} are free {where}. {what_to_do}"
        )
