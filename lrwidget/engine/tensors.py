"""Values of many tensors, copied once and written back in place, so that no address changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import torch

from lrwidget.engine.memory import OUT_OF_MEMORY, nbytes
from lrwidget.engine.places import Place, choose_place, empty_at, is_plain

__all__ = ["Failure", "TensorStore"]


class Failure(NamedTuple):
    """What could not be given back, and why."""

    label: str
    error: BaseException

    def __str__(self) -> str:
        return f"{self.label} ({type(self.error).__name__}: {self.error})"


@dataclass(slots=True)
class _Kept:
    label: str
    tensor: torch.Tensor
    home: torch.Tensor  # the same memory, so that a tensor whose memory was swapped gets its own back
    copy: torch.Tensor


class TensorStore:
    """Copies of tensors' values, taken as they are added.

    Each tensor is kept once, however often it is added: tied weights stay tied.

    Parameters
    ----------
    place : {"auto", "device", "host", "disk"}
        Where the copies are held; see :class:`~lrwidget.engine.options.Options`.
    """

    def __init__(self, place: Place = "auto") -> None:
        self._place = place
        self._waiting: dict[int, tuple[str, torch.Tensor]] = {}
        self._kept: list[_Kept] = []
        #: Bytes held, by place.
        self.held: dict[str, int] = {}

    def add(self, tensor: torch.Tensor, label: str) -> None:
        """Note a tensor whose value is to be kept; nothing is copied yet."""
        self._waiting.setdefault(id(tensor), (label, tensor))

    def devices(self) -> set[torch.device]:
        """Return the devices of all tensors, kept or noted."""
        noted = {tensor.device for _, tensor in self._waiting.values()}
        return noted | {kept.tensor.device for kept in self._kept}

    def save(self) -> None:
        """Copy every noted tensor.

        Raises
        ------
        SetupError
            When there is no room for the copies; nothing is held then.
        """
        by_device: dict[torch.device, list[tuple[str, torch.Tensor]]] = defaultdict(list)
        for label, tensor in self._waiting.values():
            by_device[tensor.device].append((label, tensor))
        with torch.inference_mode(False), torch.no_grad():
            for device, noted in by_device.items():
                place, kept = _save_on(device, noted, self._place)
                self._kept += kept
                self.held[place] = self.held.get(place, 0) + nbytes([one.copy for one in kept])
        self._waiting.clear()

    def give_back(self) -> list[Failure]:
        """Write every value back in place; return what failed."""
        failed: list[Failure] = []
        groups: dict[tuple[object, ...], list[_Kept]] = defaultdict(list)
        for kept in self._kept:
            groups[_group(kept)].append(kept)
        with torch.inference_mode(False), torch.no_grad():
            for key, group in groups.items():
                # One by one after a failure, so that one bad tensor spoils no other.
                if not (key and _copied_together(group)):
                    failed += [failure for kept in group if (failure := _give_back_one(kept))]
            failed += [failure for kept in self._kept if (failure := _move_home(kept))]
            _wait_for({kept.home.device for kept in self._kept})
        return failed

    def free(self) -> None:
        """Let go of all copies and references."""
        self._waiting.clear()
        self._kept.clear()


def _save_on(
    device: torch.device, noted: list[tuple[str, torch.Tensor]], wanted: Place
) -> tuple[Place, list[_Kept]]:
    tensors = [tensor for _, tensor in noted]
    homes = [tensor.detach() for tensor in tensors]
    place = choose_place(wanted, device, nbytes(tensors))
    try:
        copies = _copies(place, homes)
    except OUT_OF_MEMORY:  # what is free may lie in pieces
        if wanted != "auto" or place != "device":
            raise
        place = choose_place("host", device, nbytes(tensors))
        copies = _copies(place, homes)
    _wait_for({device})
    return place, [
        _Kept(label, tensor, home, copy)
        for (label, tensor), home, copy in zip(noted, homes, copies, strict=True)
    ]


def _copies(place: Place, homes: list[torch.Tensor]) -> list[torch.Tensor]:
    copies = empty_at(place, homes)
    plain = [i for i, home in enumerate(homes) if is_plain(home)]
    _copy_many([copies[i] for i in plain], [homes[i] for i in plain])
    return copies


def _group(kept: _Kept) -> tuple[object, ...]:
    if is_plain(kept.home) and is_plain(kept.copy):
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
    except BaseException:  # noqa: BLE001 - each is tried again on its own, and reported by name
        return False
    return True


def _give_back_one(kept: _Kept) -> Failure | None:
    try:
        kept.home.copy_(kept.copy)
    except BaseException as error:  # noqa: BLE001 - any failure is reported, with its name
        # Memory that cannot be written (expanded, inference-only) cannot have been changed by the sweep.
        return None if _same(kept.home, kept.copy) else Failure(kept.label, error)
    return None


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    try:
        return torch.equal(one, other.to(one.device))
    except RuntimeError:
        return False


def _move_home(kept: _Kept) -> Failure | None:
    tensor, home = kept.tensor, kept.home
    if tensor.layout != torch.strided or home.layout != torch.strided:
        return None
    try:
        moved = tensor.device != home.device or tensor.dtype != home.dtype or tensor.shape != home.shape
        if moved or tensor.data_ptr() != home.data_ptr() or tensor.stride() != home.stride():
            tensor.data = home
    except BaseException as error:  # noqa: BLE001 - any failure is reported, with its name
        return Failure(kept.label, error)
    return None


def _wait_for(devices: set[torch.device]) -> None:
    # Copies from or to pinned memory run on; the caller may read or free either side at once.
    for device in devices:
        if device.type == "cuda":
            torch.cuda.current_stream(device).synchronize()
