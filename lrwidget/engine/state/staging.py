"""Values on their way between a device and the host's ordinary memory, through a little pinned memory.

A device copies from and to ordinary memory only while the host waits. Memory that is pinned it reads and
writes by itself, but such memory cannot be swapped out, is slow to get, is rounded up to powers of two, and
stays with the process. So two pieces of it are filled and emptied in turn, whatever the size of the model:
the device copies into one while the host empties the other.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import torch

from lrwidget.engine import devices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Staging"]

#: Bytes of each of the two pieces, at most.
SIZE = 32 * 2**20
_ALIGNMENT = 16
_Pair = tuple[torch.Tensor, torch.Tensor]


class Staging:
    """Copies between a device and the host.

    Parameters
    ----------
    device : torch.device
        One that :func:`~lrwidget.engine.devices.has_queues`.
    needed : int
        Bytes that are going to be copied: what is less than two pieces takes less memory.
    """

    def __init__(self, device: torch.device, needed: int) -> None:
        self._size = max(_ALIGNMENT, min(SIZE, needed))
        self._pieces = [_Piece(device, self._size) for _ in range(2)]

    def fetch(self, pairs: list[_Pair]) -> None:
        """Copy ``(to the host, from the device)``, rows alike in number and dtype; done on return."""
        for piece, at, target, source in self._parts(pairs):
            staged = piece.part(at, source)
            staged.copy_(source, non_blocking=True)
            piece.then(target.copy_, staged)
        for piece in self._pieces:
            piece.finish()

    def send(self, pairs: list[_Pair], failed: Callable[[int, BaseException], None]) -> None:
        """Copy ``(to the device, from the host)``; ``failed(index, error)`` is told of what could not be.

        The device may be at it still; the host's side may be let go of.
        """
        for index, pair in enumerate(pairs):
            error = self._sent(pair)
            if error is not None:
                failed(index, error)
        for piece in self._pieces:
            with suppress(Exception):  # whoever waits for the device is told of it
                piece.finish()

    def _sent(self, pair: _Pair) -> BaseException | None:
        try:
            for piece, at, target, source in self._parts([pair]):
                staged = piece.part(at, source)
                staged.copy_(source)
                target.copy_(staged, non_blocking=True)
        except BaseException as error:  # noqa: BLE001 - each is told of by its name
            return error
        return None

    def _parts(self, pairs: list[_Pair]) -> Iterator[tuple[_Piece, int, torch.Tensor, torch.Tensor]]:
        """Yield ``(piece, first byte there, target, source)``; a full piece is waited for, then reused."""
        for target, source in pairs:
            values = max(1, self._size // source.element_size())
            for into, out_of in zip(torch.split(target, values), torch.split(source, values), strict=True):
                needed = out_of.numel() * out_of.element_size()
                piece = self._pieces[0]
                if piece.used + needed > self._size:
                    piece.mark()
                    self._pieces.reverse()
                    piece = self._pieces[0]
                    piece.finish()
                at = piece.used
                piece.used += -(-needed // _ALIGNMENT) * _ALIGNMENT
                yield piece, at, into, out_of


class _Piece:
    def __init__(self, device: torch.device, size: int) -> None:
        self._memory = devices.pinned_memory(size)
        self._done = devices.Mark(device)
        self._marked = False
        self._later: list[tuple[Callable[..., object], torch.Tensor]] = []
        self.used = 0

    def part(self, at: int, like: torch.Tensor) -> torch.Tensor:
        return self._memory[at : at + like.numel() * like.element_size()].view(like.dtype)

    def then(self, copy: Callable[..., object], staged: torch.Tensor) -> None:
        """Have ``copy(staged)`` called once the device is done with this piece."""
        self._later.append((copy, staged))

    def mark(self) -> None:
        self._done.record()
        self._marked = True

    def finish(self) -> None:
        """Wait for the device, then empty the piece."""
        later, self._later = self._later, []
        if self.used:
            if not self._marked:
                self.mark()
            self._done.synchronize()
        self.used, self._marked = 0, False
        for copy, staged in later:
            copy(staged)
