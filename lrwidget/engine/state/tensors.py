"""Values of many tensors, copied once and written back in place, so that no address changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import torch

from lrwidget.engine.state.memory import OUT_OF_MEMORY, nbytes
from lrwidget.engine.state.places import Place, choose_place, empty_at, is_plain

__all__ = ["Failure", "TensorStore"]


# Fewer values than these are written in less time than they are compared in.
_FEW = 1024
_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


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
    version: int | None  # how often it had been written to in place; None = it is not counted


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
        self._copied: list[tuple[torch.device, torch.cuda.Event]] = []
        #: Bytes held, by place.
        self.held: dict[str, int] = {}
        #: Bytes that :meth:`give_back` had to write.
        self.written = 0

    def add(self, tensor: torch.Tensor, label: str, *, frozen: bool = False) -> None:  # noqa: ARG002
        """Note a tensor whose value is to be kept; nothing is copied yet."""
        self._waiting.setdefault(id(tensor), (label, tensor))

    @property
    def noted(self) -> int:
        """Number of tensors noted and not yet saved."""
        return len(self._waiting)

    def devices(self) -> set[torch.device]:
        """Return the devices of all tensors, kept or noted."""
        noted = {tensor.device for _, tensor in self._waiting.values()}
        return noted | {kept.tensor.device for kept in self._kept}

    def save(self) -> None:
        """Copy every noted tensor. A copy to pinned memory runs on while the device is given more to do.

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
                place, size, kept = _save_on(device, noted, self._place)
                self._kept += kept
                self.held[place] = self.held.get(place, 0) + size
                if device.type == "cuda":
                    copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
                    copied.record(torch.cuda.current_stream(device))
                    self._copied.append((device, copied))
        self._waiting.clear()

    def give_back(self) -> list[Failure]:
        """Write every value back in place; return what failed.

        What lies on the host and was not written to, a frozen layer's weights, is compared and left alone:
        memory that processes share, or that is a file on disk, then stays as it is.
        """
        failed: list[Failure] = []
        groups: dict[tuple[object, ...], list[_Kept]] = defaultdict(list)
        for device, copied in self._copied:
            torch.cuda.current_stream(device).wait_event(copied)
        for kept in self._kept:
            if not _is_as_it_was(kept):
                groups[_group(kept)].append(kept)
        self.written = sum(nbytes([kept.copy for kept in group]) for group in groups.values())
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
        self._copied.clear()


def _save_on(
    device: torch.device, noted: list[tuple[str, torch.Tensor]], wanted: Place
) -> tuple[Place, int, list[_Kept]]:
    tensors = [tensor for _, tensor in noted]
    homes = [tensor.detach() for tensor in tensors]
    needed = nbytes(tensors)
    place = choose_place(wanted, device, needed)
    try:
        copies = _copies(place, homes)
    except OUT_OF_MEMORY:  # what is free may lie in pieces
        if wanted != "auto" or place != "device":
            raise
        place = choose_place("host", device, needed)
        copies = _copies(place, homes)
    kept = [
        _Kept(label, tensor, home, copy, None if tensor.is_inference() else tensor._version)  # noqa: SLF001
        for (label, tensor), home, copy in zip(noted, homes, copies, strict=True)
    ]
    return place, needed, kept


def _copies(place: Place, homes: list[torch.Tensor]) -> list[torch.Tensor]:
    plain = [home for home in homes if is_plain(home)]
    empty = empty_at(place, plain)
    _copy_many(empty, plain)
    if len(plain) == len(homes):
        return empty
    # What is not plain (sparse, quantized, a subclass) is copied right here, in its own way.
    filled = iter(empty)
    return [next(filled) if is_plain(home) else home.clone() for home in homes]


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


def _is_as_it_was(kept: _Kept) -> bool:
    """Return whether a tensor was not written to, and indeed has the very bits it had."""
    if kept.version is None or kept.tensor._version != kept.version:  # noqa: SLF001
        return False
    home, copy = kept.home, kept.copy
    if home.numel() < _FEW:
        return False
    bits = _BITS.get(home.element_size())
    if bits is None or home.device.type != "cpu" or not (is_plain(home) and home.is_contiguous()):
        return False
    try:
        # The count alone would not do: it leaves out what is written through ``.data``. Bits, as 0 equals -0.
        return torch.equal(home.view(bits), copy.view(bits))
    except RuntimeError:  # a kind that has no such view
        return False


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
