"""Losses on their way from the device, without ever making the device wait.

``loss.item()`` after each step makes a GPU's queue run dry. Here each loss is written into a buffer on the
device; whenever no copy is under way, all that is new is copied to pinned host memory, and an event tells
when it has arrived. The losses come a few steps late, in order, each exactly once.

What a step gives is its loss, or a short row of numbers, the loss first; all rows of a stream are equally
long.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import torch

from lrwidget.engine import devices

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DeviceStream", "ImmediateStream", "LossStream", "PeriodicStream", "Row", "stream_for"]

Row = float | list[float]

# How many steps the host may be ahead of the device: enough to keep it busy, little enough that a divergence
# is not seen much too late.
RUN_AHEAD = 64
# Without events, all new losses are fetched at once each time so many have gathered.
PERIOD = 8


class LossStream(Protocol):
    """Takes losses as tensors, returns them as numbers, in order."""

    def push(self, loss: torch.Tensor) -> None:
        """Take the next loss, of one element, or the next row."""

    def ready(self) -> list[Row]:
        """Return the losses that have become known since the last call; does not wait."""

    def drain(self) -> list[Row]:
        """Wait for all losses that were pushed, and return those not returned yet."""


class ImmediateStream:
    """Losses that are on the host anyway."""

    def __init__(self) -> None:
        self._new: list[Row] = []

    def push(self, loss: torch.Tensor) -> None:
        """Take the next loss."""
        self._new.append(loss.item() if loss.numel() == 1 else loss.tolist())

    def ready(self) -> list[Row]:
        """Return the losses since the last call."""
        new, self._new = self._new, []
        return new

    drain = ready


class PeriodicStream:
    """Losses on a device without events that can be asked: fetched together, every few steps.

    Parameters
    ----------
    capacity : int
        Number of losses in all.
    device : torch.device
    width : int
        Numbers in a row; 0 = plain losses.
    """

    def __init__(self, capacity: int, device: torch.device, width: int = 0) -> None:
        self._buffer = _buffer(capacity, device, width)
        self._pushed = self._known = 0

    def push(self, loss: torch.Tensor) -> None:
        """Take the next loss."""
        _write(self._buffer[self._pushed], loss)
        self._pushed += 1

    def ready(self) -> list[Row]:
        """Return the losses since the last call, once enough have gathered."""
        return self.drain() if self._pushed - self._known >= PERIOD else []

    def drain(self) -> list[Row]:
        """Return the losses since the last call."""
        new: list[Row] = self._buffer[self._known : self._pushed].tolist()
        self._known = self._pushed
        return new


class DeviceStream:
    """Losses on a device with queues, fetched while it works on.

    Parameters
    ----------
    capacity : int
        Number of losses in all.
    device : torch.device
    make_event : callable, optional
        Returns an event with ``record``, ``query`` and ``synchronize``; by default a
        :class:`~lrwidget.engine.devices.Mark`.
    run_ahead : int
        Largest number of losses pushed and not yet known; :meth:`ready` waits rather than exceed it.
    width : int
        Numbers in a row; 0 = plain losses.
    """

    def __init__(
        self,
        capacity: int,
        device: torch.device,
        make_event: Callable[[], Any] | None = None,
        run_ahead: int = RUN_AHEAD,
        width: int = 0,
    ) -> None:
        self._buffer = _buffer(capacity, device, width)
        size = self._buffer.numel() * self._buffer.element_size()
        memory = devices.pinned_memory if devices.is_accelerator(device) else _ordinary_memory
        self._host = memory(size).view(self._buffer.dtype).reshape(self._buffer.shape)
        self._event = devices.Mark(device) if make_event is None else make_event()
        self._run_ahead = run_ahead
        # Losses [0, known) were returned, [known, copied) are under way, [copied, pushed) still wait.
        self._pushed = self._copied = self._known = 0

    def push(self, loss: torch.Tensor) -> None:
        """Take the next loss."""
        _write(self._buffer[self._pushed], loss)
        self._pushed += 1
        self._send()

    def ready(self) -> list[Row]:
        """Return the losses that have arrived since the last call."""
        if self._pushed - self._known >= self._run_ahead:
            self._event.synchronize()
            return self._arrived()
        return self._arrived() if self._known < self._copied and self._event.query() else []

    def drain(self) -> list[Row]:
        """Wait for all, and return those not returned yet."""
        new: list[Row] = []
        while self._known < self._pushed:
            self._event.synchronize()
            new += self._arrived()
        return new

    def _send(self) -> None:
        if self._known < self._copied or self._copied == self._pushed:
            return
        part = slice(self._copied, self._pushed)
        self._host[part].copy_(self._buffer[part], non_blocking=True)
        self._event.record()
        self._copied = self._pushed

    def _arrived(self) -> list[Row]:
        new: list[Row] = self._host[self._known : self._copied].tolist()
        self._known = self._copied
        self._send()
        return new


def stream_for(loss: torch.Tensor, capacity: int) -> LossStream:
    """Return the stream that suits the device of the first loss."""
    width = 0 if loss.numel() == 1 else loss.numel()
    if loss.device.type == "cpu":
        return ImmediateStream()
    if devices.has_queues(loss.device):
        return DeviceStream(capacity, loss.device, width=width)
    return PeriodicStream(capacity, loss.device, width)


def _buffer(capacity: int, device: torch.device, width: int) -> torch.Tensor:
    shape = (capacity, width) if width else (capacity,)
    return torch.full(shape, math.nan, dtype=devices.float_dtype(device), device=device)


def _ordinary_memory(size: int) -> torch.Tensor:
    return torch.empty(size, dtype=torch.uint8, device="cpu")


def _write(place: torch.Tensor, loss: torch.Tensor) -> None:
    place.copy_(loss.detach().reshape(place.shape), non_blocking=True)
