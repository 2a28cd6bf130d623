"""Batches on their way to the device, beside what it computes.

A copy from ordinary memory, put into the queue of the steps, waits for all that is queued, and the host
waits with it: the device then runs dry before every step. Here copies have a queue of their own. While the
device is at one step the next batch is drawn and copied; the order in which batches are drawn, and random
numbers with them, stays that of a plain loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import torch

from lrwidget.engine import devices
from lrwidget.engine.data.moving import move, tensors_in
from lrwidget.engine.state.memory import free_bytes, nbytes
from lrwidget.engine.state.parts import ATOMS
from lrwidget.engine.state.places import is_plain

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Feeder", "feeder_for"]

# Share of the device's free memory that batches may take which are there and not used up yet. The host may be
# dozens of steps ahead.
SHARE = 0.05


class Side(Protocol):
    """A queue for copies."""

    def copy(self, batch: Any) -> Any:
        """Return the batch on the device; what is queued there from now on comes after the copy."""

    def mark(self) -> Any:
        """Return an event: all that is queued on the device until now is done. It can ``synchronize``."""


class Feeder:
    """Puts batches onto the device through a queue of their own.

    Parameters
    ----------
    device : torch.device
    side : Side
    budget : float
        Bytes of batches that may be on the device and not used up. The host waits rather than exceed it, but
        for the step before the last at most, so that the device always has one to do.
    """

    def __init__(self, device: torch.device, side: Side, budget: float) -> None:
        self._device = device
        self._side = side
        self._budget = budget
        self._last = 0
        self._under_way: deque[tuple[Any, int]] = deque()

    def __call__(self, batch: Any) -> Any:
        """Return the batch on the device, in fresh containers."""
        # What is on a device already, or moves itself, may still be in the making in the steps' own queue.
        if not _is_plain_host_memory(batch):
            return move(batch, self._device)
        if self._last:
            self._under_way.append((self._side.mark(), self._last))
        self._last = nbytes(tensors_in(batch))
        while len(self._under_way) > 1 and self._held() > self._budget:
            self._under_way.popleft()[0].synchronize()
        return self._side.copy(batch)

    def _held(self) -> int:
        return self._last + sum(size for _, size in self._under_way)


class _SideStream:
    """A second stream of a device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = devices.side_stream(device)

    def copy(self, batch: Any) -> Any:
        with devices.on(self._device, self._stream):
            moved = move(batch, self._device, late=True)
        for tensor in tensors_in(moved):
            devices.lend_to(tensor, self._device)  # its memory is free again only when the steps are past it
        # A loader may write its next batch into the memory of this one, and the steps must find it there. The
        # steps themselves are not waited for: the copy has a queue of its own, and begins at once.
        self._stream.synchronize()
        return moved

    def mark(self) -> Any:
        mark = devices.Mark(self._device)
        mark.record()
        return mark


def feeder_for(device: torch.device) -> Callable[[Any], Any]:
    """Return what moves batches to a device in the way that suits it."""
    if devices.has_queues(device):
        return Feeder(device, _SideStream(device), SHARE * free_bytes(device))
    return partial(move, device=device)


def _is_plain_host_memory(batch: Any) -> bool:
    """Return whether a batch is plain tensors on the host, in sequences and mappings, and constants.

    Of mappings any kind will do (Hugging Face's ``BatchEncoding``): :func:`move` takes its items one by one.
    """
    if isinstance(batch, torch.Tensor):
        return is_plain(batch) and batch.device.type == "cpu"
    if type(batch) in {tuple, list} or (hasattr(batch, "_make") and not hasattr(batch, "to")):
        return all(map(_is_plain_host_memory, batch))
    if isinstance(batch, Mapping):
        return all(map(_is_plain_host_memory, batch.values()))
    return type(batch) in ATOMS
