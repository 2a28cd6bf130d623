"""How much memory there is, and how it is told."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["OUT_OF_MEMORY", "free_bytes", "free_on_disk", "nbytes", "readable"]

#: What PyTorch raises when an accelerator has no room left (before 2.5 it was CUDA's alone).
OUT_OF_MEMORY: type[BaseException] = getattr(torch, "OutOfMemoryError", torch.cuda.OutOfMemoryError)

_MEMINFO = Path("/proc/meminfo")
# Where a container's limit and its use are told, in version 2 and 1 of Linux control groups. What the page
# cache takes is counted as used, though it would be given up: "inactive_file" of the statistics.
_LIMITS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        "/sys/fs/cgroup/memory/memory.stat",
    ),
)


def nbytes(tensors: Iterable[torch.Tensor]) -> int:
    """Return how many bytes the values take."""
    return sum(
        tensor.numel() * tensor.element_size()
        if tensor.layout == torch.strided
        else _nbytes_of_sparse(tensor)
        for tensor in tensors
    )


def free_bytes(device: torch.device) -> float:
    """Return how much memory is free on a device, PyTorch's own cache included; inf where unknown."""
    if device.type == "cpu":
        return min(_free_on_host(), _free_in_container())
    if device.type != "cuda":
        return float("inf")
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def free_on_disk() -> tuple[str, int]:
    """Return the folder for temporary files, and how many bytes are free there."""
    folder = tempfile.gettempdir()
    return folder, shutil.disk_usage(folder).free


def readable(size: float) -> str:
    """Return a number of bytes as people write it, such as ``"1.5 GB"``."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def _nbytes_of_sparse(tensor: torch.Tensor) -> int:
    if tensor.layout == torch.sparse_coo:
        return nbytes((tensor._indices(), tensor._values()))  # noqa: SLF001 - indices() wants it coalesced
    values = getattr(tensor, "values", None)
    return nbytes((values(),)) if callable(values) else 0


def _free_on_host() -> float:
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):  # not Linux
        return float("inf")


def _free_in_container() -> float:
    for limit, used, statistics in _LIMITS:
        try:
            most, now = int(Path(limit).read_text("ascii")), int(Path(used).read_text("ascii"))
            lines = Path(statistics).read_text("ascii").splitlines()
            cache = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
        except (OSError, ValueError, IndexError):  # another version, or no limit ("max")
            continue
        return float(most - now + cache)
    return float("inf")
