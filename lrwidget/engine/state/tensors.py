"""Values of many tensors, copied once and written back in place, so that no address changes.

What is not plain numbers in memory is taken apart: a tensor made of others (``DTensor``, the low-bit state of
an optimizer) and a sparse one are kept as their parts, and as the fact that these are its parts.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine import devices
from lrwidget.engine.state.bits import in_memory_order, same_bits
from lrwidget.engine.state.composites import Composite, put_together, taken_apart
from lrwidget.engine.state.failures import Failure
from lrwidget.engine.state.fingerprints import fingerprints
from lrwidget.engine.state.frozen import only_looked_at
from lrwidget.engine.state.memory import OUT_OF_MEMORY, nbytes
from lrwidget.engine.state.places import Place, choose_place, empty_at, is_plain
from lrwidget.engine.state.staging import Staging
from lrwidget.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["TensorStore"]


@dataclass(slots=True)
class _Kept:
    label: str
    tensor: torch.Tensor
    frozen: bool
    home: torch.Tensor  # the same memory, so that a tensor whose memory was swapped gets its own back
    copy: torch.Tensor | None = None  # None = not copied, only looked at
    version: int | None = None  # how often it had been written to in place; None = it is not counted
    fingerprint: int | None = None
    looked_at: bool = False

    @property
    def was_counted(self) -> bool:
        """Whether PyTorch has counted writes since; those through ``.data`` it does not count."""
        return self.version is not None and self.tensor._version != self.version  # noqa: SLF001


class TensorStore:
    """Copies of tensors' values, taken together by :meth:`save`.

    Each tensor is kept once, however often it is added: tied weights stay tied.

    **Tensors that are not trained.** A language model is mostly frozen while its adapters are trained, and a
    copy of all of it may not fit. Of what is added with ``frozen=True``

    - the smallest are copied, up to 16 MB or 5 % of their bytes in all, whichever is more;
    - twins are copied: those of the shape and dtype of a tensor that is trained, at most twice as many of a
      shape as are trained. Averages of a model, momentum encoders and target networks are of this kind, and
      are written by a step though nobody trains them;
    - the rest is only looked at. :meth:`save` takes a fingerprint of its bits, and :meth:`give_back` compares
      it: a change is seen (but for one in 2**32) and told as a :class:`Failure` that names the tensor. It is
      not undone. A tensor that was given other memory meanwhile has its own back.

    What is copied is given back bit for bit. A tensor that is added again with ``frozen=False`` is copied.

    **What is never written.** Memory on the host that was not changed, a frozen layer's or a file's that is
    mapped to be read only, and frozen tensors on an accelerator that were not changed.

    Parameters
    ----------
    place : {"auto", "device", "host", "disk"}
        Where the copies are held; see :class:`~lrwidget.engine.options.Options`.

    Attributes
    ----------
    coming : mapping of torch.device to int
        Bytes that the sweep itself is going to take on a device: "auto" leaves room for them.
    held : dict of str to int
        Bytes held, by place.
    looked_at : int
        Bytes that are not copied, because nothing trains them.
    written : int
        Bytes that :meth:`give_back` had to write.
    """

    def __init__(self, place: Place = "auto") -> None:
        self._place = place
        self._waiting: dict[int, _Kept] = {}
        self._made: dict[int, Composite] = {}
        self._kept: list[_Kept] = []
        self._own_way: list[_Kept] = []
        self.coming: Mapping[torch.device, int] = {}
        self.held: dict[str, int] = {}
        self.looked_at = 0
        self.written = 0

    def add(self, tensor: torch.Tensor, label: str, *, frozen: bool = False) -> None:
        """Note a tensor whose value is to be kept; nothing is copied yet.

        Parameters
        ----------
        tensor : torch.Tensor
            Of any kind; one without values (on "meta") is left out.
        label : str
            What a failure calls it.
        frozen : bool
            Whether nothing is expected to write to it. Added again as not frozen, it is not.
        """
        noted = self._waiting.get(id(tensor))
        if noted is not None:
            noted.frozen &= frozen
            return
        if tensor.device.type == "meta":
            return
        made = self._made.get(id(tensor))
        if made is None:
            made = taken_apart(tensor, label)
            if made is None:
                self._waiting[id(tensor)] = _Kept(label, tensor, frozen, tensor)
                return
            self._made[id(tensor)] = made
        for name, part in made.parts:
            if isinstance(part, torch.Tensor):
                self.add(part, f"{label}.{name}", frozen=frozen)

    @property
    def noted(self) -> int:
        """Number of tensors noted and not yet saved."""
        return len(self._waiting)

    def devices(self) -> set[torch.device]:
        """Return the devices of all tensors, kept or noted."""
        noted = {noted.tensor.device for noted in self._waiting.values()}
        return noted | {kept.home.device for kept in (*self._kept, *self._own_way)}

    def save(self) -> None:
        """Copy every noted tensor, or take its fingerprint.

        Raises
        ------
        SetupError
            When there is no room for the copies; nothing is held then.
        """
        noted, self._waiting = list(self._waiting.values()), {}
        with torch.inference_mode(False), torch.no_grad():
            try:
                for device in _writers(one.tensor for one in noted):
                    devices.synchronize(device)
                self._save(noted)
            except BaseException:
                self.free()
                raise

    def _save(self, noted: list[_Kept]) -> None:
        plain: list[_Kept] = []
        for kept in noted:
            kept.home, kept.version = _memory_of(kept.tensor), _version_of(kept.tensor)
            if is_plain(kept.home):
                plain.append(kept)
            else:  # quantized, or a kind with a memory of its own: copied right there, in its own way
                kept.copy = kept.home.clone()
                self._own_way.append(kept)
                place = "device" if devices.is_accelerator(kept.home.device) else "host"
                self._count(place, nbytes([kept.home]))
        for index in only_looked_at([kept.home for kept in plain], [kept.frozen for kept in plain]):
            plain[index].looked_at = True
            self.looked_at += nbytes([plain[index].home])
        by_device: dict[torch.device, list[_Kept]] = defaultdict(list)
        for kept in plain:
            by_device[kept.home.device].append(kept)
        for device, here in by_device.items():
            apart = devices.is_accelerator(device)
            marked = [kept for kept in here if kept.looked_at or (apart and kept.frozen)]
            prints = fingerprints([kept.home for kept in marked])
            for kept, number in zip(marked, prints, strict=True):
                kept.fingerprint = number
            copied = [kept for kept in here if not kept.looked_at]
            if copied:
                place, size = _copy_to(device, copied, self._place, self.coming.get(device, 0))
                self._count(place, size)
        self._kept += plain

    def give_back(self) -> list[Failure]:
        """Write every value back in place; return what failed.

        One that fails keeps none of the others from being given back.
        """
        failed: list[Failure] = []
        with torch.inference_mode(False), torch.no_grad():
            every = _writers(kept.tensor for kept in (*self._kept, *self._own_way))
            under_way = [(f"work under way on {device}", device) for device in every]
            failed += _attempts(devices.synchronize, under_way)
            changed, lost = self._changed()
            failed += lost
            self.written = sum(nbytes([kept.home]) for kept in changed)
            failed += _write(changed)
            failed += [failure for kept in self._own_way if (failure := _give_back_own(kept))]
            failed += [failure for kept in self._kept if (failure := _move_home(kept))]
            failed += _attempts(put_together, [(made.label, made) for made in self._made.values()])
            # The caller may read or free either side at once.
            failed += _attempts(devices.synchronize, [(f"copies to {device}", device) for device in every])
        return failed

    def free(self) -> None:
        """Let go of all copies and references."""
        self._waiting.clear()
        self._made.clear()
        self._kept.clear()
        self._own_way.clear()

    def _count(self, place: str, size: int) -> None:
        self.held[place] = self.held.get(place, 0) + size

    def _changed(self) -> tuple[list[_Kept], list[Failure]]:
        """Return those to be written, and a failure for each that was changed and not copied."""
        failed: list[Failure] = []
        changed: list[_Kept] = []
        same, unknown = _as_their_fingerprints([kept for kept in self._kept if kept.fingerprint is not None])
        for kept in self._kept:
            if kept.copy is None:
                if id(kept) not in same:
                    failed.append(Failure(kept.label, unknown.get(id(kept)) or _changed_though_frozen()))
            elif kept.fingerprint is not None:
                if id(kept) not in same:
                    changed.append(kept)
            elif not _is_as_it_was(kept):
                changed.append(kept)
        return changed, failed


def _memory_of(tensor: torch.Tensor) -> torch.Tensor:
    """Return another handle on a tensor's memory, without the ways of its subclass where it has no others."""
    home = tensor.detach()
    if type(home) is torch.Tensor or type(home).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__:
        return home
    with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001
        return home.as_subclass(torch.Tensor)


def _version_of(tensor: torch.Tensor) -> int | None:
    return None if tensor.is_inference() else tensor._version  # noqa: SLF001


def _changed_though_frozen() -> StateError:
    return StateError(
        "was changed by the sweep, though nothing trains it, and was not copied. Name it in keep=[...]: it "
        "is then copied and given back"
    )


def _writers(tensors: Iterable[torch.Tensor]) -> list[torch.device]:
    """Return the accelerators that may still be writing to any of these."""
    found: set[torch.device] = set()
    for tensor in tensors:
        if devices.is_accelerator(tensor.device):
            found.add(tensor.device)
        elif getattr(tensor, "is_paged", False):
            # Paged state of an optimizer (bitsandbytes): memory of the host that the device writes by itself.
            index = getattr(tensor, "page_deviceid", None)
            found |= {
                device
                for device in devices.in_use()
                if device.index == (devices.current_index(device.type) if index is None else index)
            }
    return sorted(found, key=str)


def _copy_to(device: torch.device, kept: list[_Kept], wanted: Place, coming: int) -> tuple[Place, int]:
    homes = [one.home for one in kept]
    needed = nbytes(homes)
    place = choose_place(wanted, device, needed, coming)
    try:
        copies = _copies(place, device, homes)
    except OUT_OF_MEMORY:  # what is free may lie in pieces
        if wanted != "auto" or place != "device":
            raise
        place = choose_place("host", device, needed)
        copies = _copies(place, device, homes)
    for one, copy in zip(kept, copies, strict=True):
        one.copy = copy
    return place, needed


def _copies(place: Place, device: torch.device, homes: list[torch.Tensor]) -> list[torch.Tensor]:
    copies = empty_at(place, homes)
    if place == "device" or not devices.has_queues(device):
        _copy_many(copies, homes)
        return copies
    rows: list[tuple[torch.Tensor, torch.Tensor]] = []
    for copy, home in zip(copies, homes, strict=True):
        row = _rows(copy, home)
        if row is None:
            copy.copy_(home)
        else:
            rows.append(row)
    Staging(device, nbytes(homes)).fetch(rows)
    return copies


def _rows(target: torch.Tensor, source: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return both as rows of values in one order; None where they do not lie in one."""
    into, out_of = in_memory_order(target), in_memory_order(source)
    if into is None or out_of is None or target.stride() != source.stride():
        return None
    return into, out_of


def _copy_many(targets: list[torch.Tensor], sources: list[torch.Tensor]) -> None:
    """Copy each source into its target, in few kernels where PyTorch can; the host may be waited for."""
    if targets and hasattr(torch, "_foreach_copy_"):
        torch._foreach_copy_(targets, sources)  # what torch.optim itself copies with
        return
    for target, source in zip(targets, sources, strict=True):
        target.copy_(source)


def _write(changed: list[_Kept]) -> list[Failure]:
    """Write the copies back; return what failed."""
    failed: list[Failure] = []
    together: dict[tuple[object, ...], list[_Kept]] = defaultdict(list)
    staged: dict[torch.device, list[_Kept]] = defaultdict(list)
    for kept in changed:
        assert kept.copy is not None
        if devices.has_queues(kept.home.device) and kept.copy.device != kept.home.device:
            staged[kept.home.device].append(kept)
        else:
            together[kept.home.device, kept.copy.device, kept.home.dtype].append(kept)
    for device, group in staged.items():
        failed += _send(device, group)
    for group in together.values():
        # One by one after a failure, so that one bad tensor spoils no other.
        if not _copied_together(group):
            failed += [failure for kept in group if (failure := _give_back_one(kept))]
    return failed


def _send(device: torch.device, group: list[_Kept]) -> list[Failure]:
    failed: list[Failure] = []
    rows: list[tuple[torch.Tensor, torch.Tensor]] = []
    owners: list[_Kept] = []
    for kept in group:
        row = None
        with suppress(Exception):
            row = _rows(kept.home, kept.copy) if kept.copy is not None else None
        if row is None:
            failure = _give_back_one(kept)
            failed += [failure] if failure else []
        else:
            rows.append(row)
            owners.append(kept)
    try:
        staging = Staging(device, nbytes(into for into, _ in rows))
    except Exception:  # noqa: BLE001 - no room for it, or a broken device: then each on its own
        return failed + [failure for kept in owners if (failure := _give_back_one(kept))]
    staging.send(rows, lambda index, error: failed.append(Failure(owners[index].label, error)))
    return failed


def _copied_together(group: list[_Kept]) -> bool:
    try:
        _copy_many([kept.home for kept in group], [kept.copy for kept in group if kept.copy is not None])
    except BaseException:  # noqa: BLE001 - each is tried again on its own, and reported by name
        return False
    return True


def _as_their_fingerprints(marked: list[_Kept]) -> tuple[set[int], dict[int, BaseException]]:
    """Return the ids of those whose bits are as they were, and why others cannot be told."""
    same: set[int] = set()
    unknown: dict[int, BaseException] = {}
    by_device: dict[torch.device, list[_Kept]] = defaultdict(list)
    for kept in marked:
        by_device[kept.home.device].append(kept)
    for group in by_device.values():
        numbers, error = _now(group)
        if error is None:
            same |= {id(one) for one, number in zip(group, numbers, strict=True) if number == one.fingerprint}
        else:  # one cause, told for each
            unknown |= {id(kept): error for kept in group}
    return same, unknown


def _now(group: list[_Kept]) -> tuple[list[int], BaseException | None]:
    try:
        return fingerprints([kept.home for kept in group]), None
    except BaseException as error:  # noqa: BLE001 - any failure is reported, with its name
        return [], error


def _is_as_it_was(kept: _Kept) -> bool:
    """Return whether a tensor on the host has the very bits it had."""
    if kept.was_counted or kept.copy is None or kept.home.device.type != "cpu":
        return False
    try:
        # The count alone would not do: it leaves out what is written through ``.data``.
        return same_bits(kept.home, kept.copy)
    except Exception:  # noqa: BLE001 - a kind that has no bits to compare
        return False


def _give_back_own(kept: _Kept) -> Failure | None:
    """Give back what is no plain memory, unless it was not written to."""
    if not kept.was_counted and kept.copy is not None and _same(kept.home, kept.copy):
        return None
    return _give_back_one(kept)


def _give_back_one(kept: _Kept) -> Failure | None:
    assert kept.copy is not None
    try:
        kept.home.copy_(kept.copy)
    except Exception as error:  # noqa: BLE001 - any failure is reported, with its name
        # Memory that cannot be written (expanded, inference-only) cannot have been changed by the sweep.
        return None if _same(kept.home, kept.copy) else Failure(kept.label, error)
    except BaseException as error:  # noqa: BLE001 - ends the program, once all the rest is given back
        return Failure(kept.label, error)
    return None


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    try:
        return torch.equal(one, other.to(one.device))
    except Exception:  # noqa: BLE001 - a broken device answers nothing
        return False


def _move_home(kept: _Kept) -> Failure | None:
    tensor, home = kept.tensor, kept.home
    try:
        moved = tensor.device != home.device or tensor.dtype != home.dtype or tensor.shape != home.shape
        moved = moved or tensor.layout != home.layout
        if moved or tensor.data_ptr() != home.data_ptr() or tensor.stride() != home.stride():
            tensor.data = home
    except BaseException as error:  # noqa: BLE001 - any failure is reported, with its name
        return Failure(kept.label, error)
    return None


def _attempts(give_back: Callable[[Any], object], things: Iterable[tuple[str, Any]]) -> list[Failure]:
    """Call ``give_back`` with each of the named things; return what failed."""
    return [failure for name, thing in things if (failure := _attempt(give_back, name, thing))]


def _attempt(give_back: Callable[[Any], object], name: str, thing: Any) -> Failure | None:
    try:
        give_back(thing)
    except BaseException as error:  # noqa: BLE001 - any failure is reported, with its name
        return Failure(name, error)
    return None
