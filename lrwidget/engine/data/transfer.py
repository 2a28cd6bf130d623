"""Batches on their way to the device, beside what it computes.

A copy from ordinary memory, put into the queue of the steps, waits for all that is queued, and the host
waits with it: the device then runs dry before every step. Here copies have a queue of their own. While the
device is at one step the next batch is drawn and copied; the order in which batches are drawn, and random
numbers with them, stays that of a plain loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

import torch

from lrwidget.engine import devices
from lrwidget.engine.data.moving import move, tensors_in
from lrwidget.engine.state.memory import free_bytes, nbytes
from lrwidget.engine.state.parts import ATOMS
from lrwidget.engine.state.places import is_plain

__all__ = ["Feeder", "Mover", "feeder_for"]

# Share of the device's free memory that batches may take which are there and not used up yet. The host may be
# dozens of steps ahead.
SHARE = 0.05


class Side(Protocol):
    """A queue for copies."""

    def copy(self, batch: Any) -> Any:
        """Return the batch on the device; what is queued there from now on comes after the copy."""

    def settle(self) -> None:
        """Have what was copied be read, all of it."""

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
        """Return the batch on the device, in fresh containers; it may not be written to before it settles."""
        # What is on a device already, or moves itself, may still be in the making in the steps' own queue.
        if not _is_plain_host_memory(batch):
            return move(batch, self._device)
        if self._last:
            self._under_way.append((self._side.mark(), self._last))
        self._last = nbytes(tensors_in(batch))
        while len(self._under_way) > 1 and self._held() > self._budget:
            self._under_way.popleft()[0].synchronize()
        return self._side.copy(batch)

    def settle(self) -> None:
        """Call before the next batch is drawn: a loader may write it into the memory of the last one."""
        self._side.settle()

    def _held(self) -> int:
        return self._last + sum(size for _, size in self._under_way)


class _SideStream:
    """A second stream of a device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = devices.side_stream(device)
        self._copied = devices.Mark(device)
        self._being_read: list[Any] = []  # held: what is freed may be written to by anybody

    def copy(self, batch: Any) -> Any:
        with devices.on(self._device, self._stream):
            moved = move(batch, self._device, late=True)
            self._copied.record()
        self._being_read.append(batch)
        self._copied.hold_back()  # the steps must find it there
        for tensor in tensors_in(moved):
            devices.lend_to(tensor, self._device)  # its memory is free again only when the steps are past it
        return moved

    def settle(self) -> None:
        # The steps themselves are not waited for: the copy has a queue of its own, and began at once. By the
        # time that a step is queued it is done, as a rule.
        if self._being_read and not self._copied.query():
            self._copied.synchronize()
        self._being_read.clear()

    def mark(self) -> Any:
        mark = devices.Mark(self._device)
        mark.record()
        return mark


class Mover:
    """Puts batches onto the host, or a device that knows no queues: they are there when they have been moved.

    Parameters
    ----------
    device : torch.device
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def __call__(self, batch: Any) -> Any:
        """Return the batch on the device, in fresh containers."""
        return move(batch, self._device)

    def settle(self) -> None:
        """Nothing is under way."""


def feeder_for(device: torch.device) -> Feeder | Mover:
    """Return what moves batches to a device in the way that suits it."""
    if devices.has_queues(device):
        return Feeder(device, _SideStream(device), SHARE * free_bytes(device))
    return Mover(device)


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
