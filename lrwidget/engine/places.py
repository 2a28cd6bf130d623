"""Where the copies of a snapshot are held: on the device, in the host's memory, or in a file on disk."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

import torch

from lrwidget.engine.memory import free_bytes, free_on_disk, nbytes, readable
from lrwidget.errors import SetupError

__all__ = ["Place", "choose_place", "empty_at", "is_plain"]

Place = Literal["auto", "device", "host", "disk"]

# A sweep still needs room for activations and for the optimizer's own state, so with "auto" a snapshot may
# take no more than this share of what is free on an accelerator; else it goes to the host.
DEVICE_SHARE = 0.25
# The host's free memory is an estimate, and a system that has run out of it kills the kernel.
HOST_SHARE = 0.9
#: Bytes; every copy in a file begins at a multiple, as whatever dtype reads it may demand.
_ALIGNMENT = 64


def choose_place(wanted: Place, device: torch.device, needed: int) -> Place:
    """Return where copies of so many bytes go.

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
    if wanted == "auto" and not on_host and needed <= DEVICE_SHARE * free_bytes(device):
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
    """Return a tensor for the copy of each, with no values yet.

    What is not plain (sparse, quantized, a subclass) is copied right here, in its own way.
    """
    plain = [home for home in homes if is_plain(home)]
    if place == "disk":
        empty = iter(_on_disk(plain))
    elif place == "host":
        empty = iter([_on_host(home) for home in plain])
    else:
        empty = iter([torch.empty_like(home) for home in plain])
    return [next(empty) if is_plain(home) else home.clone() for home in homes]


def is_plain(tensor: torch.Tensor) -> bool:
    """Return whether a tensor is no more than numbers side by side in memory."""
    return type(tensor) is torch.Tensor and tensor.layout == torch.strided and not tensor.is_quantized


def _on_host(home: torch.Tensor) -> torch.Tensor:
    if home.device.type != "cpu":
        with suppress(RuntimeError):  # no pinned memory left: slower, not wrong
            return torch.empty_like(home, device="cpu", pin_memory=True)
    return torch.empty_like(home, device="cpu")


def _on_disk(homes: list[torch.Tensor]) -> list[torch.Tensor]:
    """Return tensors whose values lie side by side in one temporary file, mapped into memory."""
    starts: list[int] = []
    size = 0
    for home in homes:
        starts.append(size)
        size += -(-nbytes([home]) // _ALIGNMENT) * _ALIGNMENT
    if size == 0:
        return [torch.empty_like(home, device="cpu") for home in homes]
    whole = _mapped_file(size)
    return [
        whole[start : start + nbytes([home])].view(home.dtype).view(home.shape)
        for start, home in zip(starts, homes, strict=True)
    ]


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
