"""The settings PyTorch keeps per thread, carried from one thread into another.

A new thread starts with PyTorch's defaults: the first GPU, no autocast, gradients on, tensors on the CPU.
A sweep in a worker must run as it would have in the caller's thread. (The default dtype belongs to the
process, not to a thread.)
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine import devices

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ThreadState", "capture"]

AUTOCAST_DEVICES = ("cpu", "cuda", "mps", "xpu")


@dataclass(frozen=True)
class ThreadState:
    """What one thread had set; made by :func:`capture`."""

    grad_enabled: bool
    inference_mode: bool
    default_device: torch.device | None
    autocast: tuple[tuple[str, bool, torch.dtype], ...]
    autocast_cache: bool
    streams: tuple[tuple[torch.device, Any], ...]
    current: tuple[torch.device, ...]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Set all of it in the present thread while the block runs."""
        with ExitStack() as stack:
            stack.enter_context(torch.inference_mode(self.inference_mode))
            stack.enter_context(torch.set_grad_enabled(self.grad_enabled))
            for kind, enabled, dtype in self.autocast:
                stack.enter_context(
                    torch.autocast(kind, dtype=dtype, enabled=enabled, cache_enabled=self.autocast_cache)
                )
            for device, stream in self.streams:
                stack.enter_context(devices.on(device, stream))
            for device in self.current:  # after the streams, each of which makes its device the current one
                stack.enter_context(devices.device_context(device))
            if self.default_device is not None:
                stack.enter_context(self.default_device)
            yield


def capture() -> ThreadState:
    """Return the present thread's settings.

    No accelerator is initialised, and no context is made: neither here nor where they are applied, which
    enters only the streams that were set and a current device other than the first.
    """
    streams = devices.own_streams()
    kinds = dict.fromkeys(device.type for device in devices.in_use())
    now = [torch.device(kind, devices.current_index(kind)) for kind in kinds]
    entered = {device.type for device, _ in streams}
    return ThreadState(
        grad_enabled=torch.is_grad_enabled(),
        inference_mode=torch.is_inference_mode_enabled(),
        default_device=_default_device(),
        autocast=_autocast(),
        autocast_cache=torch.is_autocast_cache_enabled(),
        streams=tuple(streams),
        current=tuple(device for device in now if device.index or device.type in entered),
    )


def _default_device() -> torch.device | None:
    if not hasattr(torch, "get_default_device"):  # before PyTorch 2.3 it cannot be asked for
        return None
    device = torch.get_default_device()
    return None if device.type == "cpu" else device


def _autocast() -> tuple[tuple[str, bool, torch.dtype], ...]:
    if not hasattr(torch, "get_autocast_dtype"):  # before PyTorch 2.4: one function per device
        states = [("cuda", torch.is_autocast_enabled(), torch.get_autocast_gpu_dtype())]
        states.append(("cpu", torch.is_autocast_cpu_enabled(), torch.get_autocast_cpu_dtype()))
    else:
        states = [
            (kind, torch.is_autocast_enabled(kind), torch.get_autocast_dtype(kind))
            for kind in AUTOCAST_DEVICES
        ]
    # Only what differs from a new thread's: entering autocast for a device that is not there warns.
    return tuple(state for state in states if state[1])
