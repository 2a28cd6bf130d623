"""Values of many tensors, copied once and written back in place, so that no address changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TensorStore", "free_bytes", "nbytes"]

# The sweep itself still needs room for activations and for the optimizer's own state, so a snapshot may
# take no more than this share of what is free on the device; else it goes to pinned host memory.
DEVICE_SHARE = 0.25


@dataclass(slots=True)
class _Kept:
    label: str
    tensor: torch.Tensor
    home: torch.Tensor  # the same memory, so that a tensor whose memory was swapped gets its own back
    copy: torch.Tensor


class TensorStore:
    """Copies of tensors' values, taken as they are added.

    Each tensor is kept once, however often it is added: tied weights stay tied.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[str, torch.Tensor]] = {}
        self._kept: list[_Kept] = []

    def add(self, tensor: torch.Tensor, label: str) -> None:
        """Note a tensor whose value is to be kept; nothing is copied yet."""
        self._waiting.setdefault(id(tensor), (label, tensor))

    def devices(self) -> set[torch.device]:
        """Return the devices of all tensors, kept or noted."""
        noted = {tensor.device for _, tensor in self._waiting.values()}
        return noted | {kept.tensor.device for kept in self._kept}

    def save(self) -> None:
        """Copy every noted tensor: on its device if there is room, else to pinned host memory."""
        by_device: dict[torch.device, list[tuple[str, torch.Tensor]]] = defaultdict(list)
        for label, tensor in self._waiting.values():
            by_device[tensor.device].append((label, tensor))
        with torch.inference_mode(False), torch.no_grad():
            for device, noted in by_device.items():
                self._kept += _save_on(device, noted)
        self._waiting.clear()

    def give_back(self) -> list[str]:
        """Write every value back in place; return what failed, one line each."""
        failed: list[str] = []
        groups: dict[tuple[object, ...], list[_Kept]] = defaultdict(list)
        for kept in self._kept:
            groups[_group(kept)].append(kept)
        with torch.inference_mode(False), torch.no_grad():
            for key, group in groups.items():
                # One by one after a failure, so that one bad tensor spoils no other.
                if not (key and _copied_together(group)):
                    failed += [line for kept in group if (line := _give_back_one(kept))]
            failed += [line for kept in self._kept if (line := _move_home(kept))]
            _wait_for({kept.home.device for kept in self._kept})
        return failed

    def free(self) -> None:
        """Let go of all copies and references."""
        self._waiting.clear()
        self._kept.clear()


def nbytes(tensors: Sequence[torch.Tensor]) -> int:
    """Return how many bytes the values take."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def free_bytes(device: torch.device) -> float:
    """Return how much memory is free on a device, PyTorch's own cache included; inf where unknown."""
    if device.type != "cuda":
        return float("inf")
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def _save_on(device: torch.device, noted: list[tuple[str, torch.Tensor]]) -> list[_Kept]:
    tensors = [tensor for _, tensor in noted]
    homes = [tensor.detach() for tensor in tensors]
    if nbytes(tensors) <= DEVICE_SHARE * free_bytes(device):
        copies = _empty_like(homes)
    else:
        copies = [_empty_on_host(home) for home in homes]
    plain = [i for i, home in enumerate(homes) if _is_plain(home)]
    _copy_many([copies[i] for i in plain], [homes[i] for i in plain])
    _wait_for({device})
    return [
        _Kept(label, tensor, home, copy)
        for (label, tensor), home, copy in zip(noted, homes, copies, strict=True)
    ]


def _is_plain(tensor: torch.Tensor) -> bool:
    return type(tensor) is torch.Tensor and tensor.layout == torch.strided and not tensor.is_quantized


def _empty_like(homes: list[torch.Tensor]) -> list[torch.Tensor]:
    # What is not plain (sparse, quantized, a subclass) is copied right here, in its own way.
    return [torch.empty_like(home) if _is_plain(home) else home.clone() for home in homes]


def _empty_on_host(home: torch.Tensor) -> torch.Tensor:
    if not _is_plain(home):
        return home.clone()
    try:
        return torch.empty_like(home, device="cpu", pin_memory=True)
    except RuntimeError:  # no pinned memory left: slower, not wrong
        return torch.empty_like(home, device="cpu")


def _group(kept: _Kept) -> tuple[object, ...]:
    if _is_plain(kept.home) and _is_plain(kept.copy):
        return kept.home.device, kept.copy.device, kept.home.dtype
    return ()


def _copy_many(targets: list[torch.Tensor], sources: list[torch.Tensor]) -> None:
    """Copy each source into its target, in few kernels where PyTorch can."""
    if targets and hasattr(torch, "_foreach_copy_"):
        torch._foreach_copy_(targets, sources, non_blocking=True)  # what torch.optim itself copies with
        return
    for target, source in zip(targets, sources, strict=True):
        target.copy_(source, non_blocking=True)


def _copied_together(group: list[_Kept]) -> bool:
    try:
        _copy_many([kept.home for kept in group], [kept.copy for kept in group])
    except Exception:  # noqa: BLE001 - each is tried again on its own, and reported by name
        return False
    return True


def _give_back_one(kept: _Kept) -> str:
    try:
        kept.home.copy_(kept.copy)
    except Exception as error:  # noqa: BLE001 - any failure is reported, with its name
        # Memory that cannot be written (expanded, inference-only) cannot have been changed by the sweep.
        if _same(kept.home, kept.copy):
            return ""
        return f"{kept.label} ({error})"
    return ""


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    try:
        return torch.equal(one, other.to(one.device))
    except RuntimeError:
        return False


def _move_home(kept: _Kept) -> str:
    tensor, home = kept.tensor, kept.home
    if tensor.layout != torch.strided or home.layout != torch.strided:
        return ""
    try:
        moved = tensor.device != home.device or tensor.dtype != home.dtype or tensor.shape != home.shape
        if moved or tensor.data_ptr() != home.data_ptr() or tensor.stride() != home.stride():
            tensor.data = home
    except Exception as error:  # noqa: BLE001 - any failure is reported, with its name
        return f"{kept.label} ({error})"
    return ""


def _wait_for(devices: set[torch.device]) -> None:
    # Copies from or to pinned memory run on; the caller may read or free either side at once.
    for device in devices:
        if device.type == "cuda":
            torch.cuda.current_stream(device).synchronize()
