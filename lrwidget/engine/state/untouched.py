"""What must not be changed by looking: an evaluation that leaves everything as it found it."""

from __future__ import annotations

from contextlib import contextmanager
from operator import is_
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lrwidget.engine.state.bits import same_bits
from lrwidget.engine.state.keeper import Keeper, attempt, has_changed
from lrwidget.engine.state.kinds import KINDS
from lrwidget.engine.state.kinds.tensors import unwritten
from lrwidget.engine.state.memory import free_bytes, nbytes
from lrwidget.engine.state.parts import Unwritten
from lrwidget.engine.state.stand_ins import StandIn
from lrwidget.engine.state.walk import Way
from lrwidget.errors import RestoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrwidget.engine.state.failures import Failure
    from lrwidget.engine.state.parts import Part

__all__ = ["Untouched"]

#: Bytes. Larger tensors are copied while they take at most this share of what is free.
_LARGE = 64 * 2**20
_SHARE = 0.25


class Untouched:
    """Gives back, after each time, what was changed: buffers, hidden state, memories, counters, variables.

    Buffers are looked after each time: which tensors they are, and their values. Of all else that can be
    reached, the first time everything is remembered, and what was changed is found; from then on only that is
    remembered. Parameters are left out: without gradients nobody writes to them.

    Parameters
    ----------
    roots : iterable of (str, object)
        Where to look, each with a name.
    modules : iterable of torch.nn.Module
        Whose buffers are looked after.
    """

    def __init__(self, roots: Iterable[tuple[str, object]], modules: Iterable[nn.Module]) -> None:
        self._roots = [(label, root) for label, root in roots if root is not None]
        self._buffers = _Buffers(modules)
        self._values = _Values()
        self._moved: list[Part] | None = None
        self._moved_tensors: list[torch.Tensor] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Enter before an evaluation; all is back when it is left, whatever happened.

        Raises
        ------
        RestoreError
            When something was written to that is too large to be copied; everything else was given back.
        BaseException
            Why something else could not be given back; everything else was.
        """
        buffers = self._buffers.take()
        if self._moved is None:
            parts, tensors = self._everything()
        else:
            parts, tensors = self._moved, self._moved_tensors
            for part in parts:
                part.take()
        self._values.take([*buffers, *tensors])
        for part in parts:
            if isinstance(part, StandIn):
                part.install()
        failed: list[Failure] = []
        try:
            yield
        finally:
            if self._moved is None:
                parts = [part for part in parts if isinstance(part, StandIn) or has_changed(part)]
                self._moved = [part for part in parts if not isinstance(part, Unwritten)]
                of_modules = {id(buffer) for buffer in buffers}
                self._moved_tensors = [one for one in self._values.changed() if id(one) not in of_modules]
            failed = attempt(parts)
            self._buffers.put_back()
            self._values.put_back()
        # Training would go on from what an evaluation has changed.
        for part in parts:
            if isinstance(part, Unwritten):
                raise RestoreError(
                    f"an evaluation wrote to {part.label}, which is too large to be put back after each. "
                    "Leave it alone in evaluations, where torch.is_grad_enabled() is False, or sweep on the "
                    "training loss."
                )
        if failed:
            raise failed[0].error

    def _everything(self) -> tuple[list[Part], list[torch.Tensor]]:
        found = _Tensors()
        keeper = Keeper(KINDS, found)
        for label, root in self._roots:
            keeper.walk(root, label, Way(by_function=not isinstance(root, nn.Module)))
        return [*keeper.parts, *found.too_large], found.tensors


class _Tensors:
    """Collects the tensors that an evaluation may write to."""

    def __init__(self) -> None:
        self.tensors: list[torch.Tensor] = []
        self.too_large: list[Part] = []
        self._room: dict[torch.device, float] = {}

    def add(self, tensor: torch.Tensor, label: str, *, frozen: bool = False) -> None:  # noqa: ARG002
        if type(tensor) is not torch.Tensor or tensor.is_quantized or not _can_be_written(tensor):
            return
        size, device = nbytes((tensor,)), tensor.device
        if size > _LARGE:
            room = self._room.get(device)
            room = _SHARE * free_bytes(device) if room is None else room
            if size > room:
                self.too_large.append(unwritten(label, tensor))
                return
            self._room[device] = room - size
        self.tensors.append(tensor)


class _Buffers:
    """Which tensors the buffers of modules are.

    Parameters
    ----------
    roots : iterable of torch.nn.Module
    """

    def __init__(self, roots: Iterable[nn.Module]) -> None:
        # Walked through once: it takes longer than all the rest, where there are no buffers.
        modules = dict.fromkeys(module for root in roots for module in root.modules())
        self._plain = [module for module in modules if not isinstance(module, torch.jit.ScriptModule)]
        self._scripted = [module for module in modules if isinstance(module, torch.jit.ScriptModule)]
        self._before: list[dict[str, torch.Tensor | None]] = []

    def take(self) -> list[torch.Tensor]:
        """Remember which tensors are where; return them."""
        self._before = before = [dict(module._buffers) for module in self._plain]  # noqa: SLF001
        found = [buffer for table in before for buffer in table.values() if buffer is not None]
        for module in self._scripted:
            found += module.buffers(recurse=False)
        return found

    def put_back(self) -> None:
        """Have the same tensors in the same places."""
        for module, before in zip(self._plain, self._before, strict=True):
            table = module._buffers  # noqa: SLF001
            if len(table) != len(before) or any(table.get(k, table) is not b for k, b in before.items()):
                table.clear()
                table.update(before)


class _Values:
    """Values of tensors, copied into the same memory each time, in few kernels."""

    def __init__(self) -> None:
        self._given: list[torch.Tensor] = []
        self._kept: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._groups: list[tuple[list[torch.Tensor], list[torch.Tensor]]] = []
        self._versions: list[int] = []
        self._written: set[int] = set()  # ids of those that were ever found to be written to

    def take(self, tensors: list[torch.Tensor]) -> None:
        """Copy the values of those that can be written to; nothing is waited for."""
        if len(tensors) != len(self._given) or not all(map(is_, tensors, self._given)) or self._moved_away():
            self._make_room(tensors)
        if not self._kept:
            return
        self._versions = [tensor._version for tensor, _ in self._kept]  # noqa: SLF001
        with torch.no_grad(), torch.inference_mode(False):
            for live, copies in self._groups:
                torch._foreach_copy_(copies, live)

    def changed(self) -> list[torch.Tensor]:
        """Return those that hold something else now; a device is waited for."""
        written = map(_was_written, self._kept, self._versions)
        return [tensor for (tensor, _), is_changed in zip(self._kept, written, strict=True) if is_changed]

    def put_back(self) -> None:
        """Write the values back: on a device without a look, on the host what has changed."""
        if not self._kept:
            return
        with torch.no_grad(), torch.inference_mode(False):
            together: list[tuple[torch.Tensor, torch.Tensor]] = []
            for pair, version in zip(self._kept, self._versions, strict=True):
                tensor, copy = pair
                # Memory of the host may be mapped from a file, and not be there to be written to.
                unseen = tensor.device.type != "cpu" or id(tensor) in self._written
                if not _fits(tensor, copy):
                    tensor.data = copy.clone()
                elif unseen or _was_written(pair, version):
                    self._written.add(id(tensor))
                    # By another handle, which counts no write: a graph that the user keeps may need it.
                    together.append((tensor.data, copy))
            for live, copies in _grouped(together):
                torch._foreach_copy_(live, copies)

    def _moved_away(self) -> bool:
        return not all(_fits(tensor, copy) for tensor, copy in self._kept)

    def _make_room(self, tensors: list[torch.Tensor]) -> None:
        self._given = tensors
        known = {id(pair[0]): pair for pair in self._kept}
        self._kept = []
        for tensor in {id(tensor): tensor for tensor in tensors if _can_be_written(tensor)}.values():
            pair = known.get(id(tensor))
            if pair is None or not _fits(*pair):
                pair = (tensor, torch.empty_like(tensor, requires_grad=False))
                self._written.discard(id(tensor))  # that of another, which is gone
            self._kept.append(pair)
        self._groups = _grouped(self._kept)


def _grouped(
    pairs: Iterable[tuple[torch.Tensor, torch.Tensor]],
) -> list[tuple[list[torch.Tensor], list[torch.Tensor]]]:
    """Return what can be copied together: of one device and dtype."""
    groups: dict[Any, tuple[list[torch.Tensor], list[torch.Tensor]]] = {}
    for target, source in pairs:
        targets, sources = groups.setdefault((target.device, target.dtype), ([], []))
        targets.append(target)
        sources.append(source)
    return list(groups.values())


def _fits(tensor: torch.Tensor, copy: torch.Tensor) -> bool:
    return tensor.shape == copy.shape and tensor.dtype == copy.dtype and tensor.device == copy.device


def _was_written(pair: tuple[torch.Tensor, torch.Tensor], version: int) -> bool:
    """Return whether a tensor has been written to, also through ``.data``, which PyTorch does not count."""
    tensor, copy = pair
    if tensor._version != version or not _fits(tensor, copy):  # noqa: SLF001
        return True
    if type(tensor) is torch.Tensor and not tensor.is_quantized:
        return not same_bits(tensor.data, copy)
    return not torch.equal(tensor.data, copy)


def _can_be_written(tensor: torch.Tensor) -> bool:
    # What was made in inference mode cannot, nor memory in which one value stands for several (expand); and
    # what is no plain memory is not written by an evaluation.
    if tensor.layout != torch.strided or tensor.is_meta or tensor.is_inference():
        return False
    reach = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return 0 < tensor.numel() <= reach + 1
