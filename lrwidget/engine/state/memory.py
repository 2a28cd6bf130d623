"""How much memory there is, and how it is told."""

from __future__ import annotations

import shutil
import tempfile
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from lrwidget.engine import devices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "OUT_OF_MEMORY",
    "free_bytes",
    "free_on_disk",
    "is_out_of_memory",
    "nbytes",
    "readable",
    "sparse_parts",
]

#: What PyTorch raises when an accelerator has no room left (before 2.5 it was CUDA's alone).
OUT_OF_MEMORY: type[BaseException] = getattr(torch, "OutOfMemoryError", torch.cuda.OutOfMemoryError)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an accelerator had no room left; MPS tells it as any other error."""
    return isinstance(error, OUT_OF_MEMORY) or (
        isinstance(error, RuntimeError) and "backend out of memory" in str(error)
    )


# Most tensors by far: for these nothing needs to be asked.
_PLAIN = frozenset({torch.Tensor, nn.Parameter})

_MEMINFO = Path("/proc/meminfo")
# Which control group the process is in, and where the groups are told of.
_GROUP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")
# A group's limit and its use, in version 2 and 1 of Linux control groups. What the page cache takes is
# counted as used, though it would be given up: "inactive_file" of the statistics.
_VERSION_2 = ("memory.max", "memory.current")
_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes")
# Where version 2 has a word for no limit, version 1 has a number that no machine holds.
_NO_LIMIT = 2**60


def nbytes(tensors: Iterable[torch.Tensor]) -> int:
    """Return how many bytes the values take in this process: of what is spread over several, its own part."""
    return sum(map(_nbytes, tensors))


def free_bytes(device: torch.device) -> float:
    """Return how much memory is free on a device, PyTorch's own cache included; inf where unknown.

    On the host the smallest of what the machine has and what the process's control group and every group
    around it (a container, a job of Slurm) still allow.
    """
    if device.type == "cpu":
        return min((_free_on_host(), *_free_in_groups()))
    return devices.free_on(device)


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


def _nbytes(tensor: torch.Tensor) -> int:
    if type(tensor) in _PLAIN and tensor.layout == torch.strided:
        return tensor.numel() * tensor.element_size()
    if type(tensor) not in _PLAIN and is_traceable_wrapper_subclass(tensor):
        names, _ = tensor.__tensor_flatten__()
        parts = [getattr(tensor, name) for name in names]
        return nbytes(part for part in parts if isinstance(part, torch.Tensor))
    if tensor.layout == torch.strided:
        return tensor.numel() * tensor.element_size()
    return nbytes(sparse_parts(tensor))


def sparse_parts(tensor: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return the tensors that a sparse one is made of; none for other layouts."""
    if tensor.layout == torch.sparse_coo:
        return tensor._indices(), tensor._values()  # noqa: SLF001 - indices() wants it coalesced
    if tensor.layout in {torch.sparse_csr, torch.sparse_bsr}:
        return tensor.crow_indices(), tensor.col_indices(), tensor.values()
    if tensor.layout in {torch.sparse_csc, torch.sparse_bsc}:
        return tensor.ccol_indices(), tensor.row_indices(), tensor.values()
    return ()


def _free_on_host() -> float:
    try:
        found = _text(_MEMINFO).split("MemAvailable:", 1)[1]
        return 1024.0 * int(found.split(None, 1)[0])
    except (OSError, ValueError, IndexError):  # not Linux
        return float("inf")


def _free_in_groups() -> Iterator[float]:
    """Yield what is free in the process's control group, and in each that this one lies in."""
    try:
        lines = _text(_GROUP).splitlines()
    except OSError:  # not Linux
        lines = []
    places = [(f"{_GROUPS}", "/", _VERSION_2), (f"{_GROUPS}/memory", "/", _VERSION_1)]
    for line in lines:
        number, kinds, path = ([*line.split(":", 2), "", ""])[:3]
        if number == "0" and not kinds:
            places += [(f"{_GROUPS}", path, _VERSION_2), (f"{_GROUPS}/unified", path, _VERSION_2)]
        elif "memory" in kinds.split(","):
            places.append((f"{_GROUPS}/memory", path, _VERSION_1))
    folders: dict[tuple[str, tuple[str, str]], None] = {}  # each once, in order
    for root, path, names in places:
        # Inside a container the path may be the one outside of it: then only some of these are there.
        parts = [part for part in path.split("/") if part and part != ".."]
        folders |= {("/".join([root, *parts[:depth]]), names): None for depth in range(len(parts) + 1)}
    for folder, names in folders:
        yield _free_in_group(folder, *names)


def _free_in_group(folder: str, limit: str, used: str) -> float:
    try:
        most = int(_text(f"{folder}/{limit}"))
        if most >= _NO_LIMIT:
            return float("inf")
        now = int(_text(f"{folder}/{used}"))
        lines = _text(f"{folder}/memory.stat").splitlines()
        cache = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    except (OSError, ValueError, IndexError):  # another version, or no limit ("max")
        return float("inf")
    return float(most - now + cache)


def _text(path: Path | str) -> str:
    """Return what stands in a file of the system's."""
    with FileIO(path) as file:  # several are read as a sweep begins, and Path's way takes twice as long
        return file.readall().decode("utf-8")
