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
    streams: tuple[Any, ...]
    cuda_device: int | None

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
            for stream in self.streams:
                stack.enter_context(torch.cuda.stream(stream))
            if self.cuda_device is not None:
                stack.enter_context(torch.cuda.device(self.cuda_device))
            if self.default_device is not None:
                stack.enter_context(self.default_device)
            yield


def capture() -> ThreadState:
    """Return the present thread's settings. No CUDA context is created."""
    devices: range = range(0)
    current: int | None = None
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        devices, current = range(torch.cuda.device_count()), torch.cuda.current_device()
    return ThreadState(
        grad_enabled=torch.is_grad_enabled(),
        inference_mode=torch.is_inference_mode_enabled(),
        default_device=_default_device(),
        autocast=_autocast(),
        autocast_cache=torch.is_autocast_cache_enabled(),
        streams=tuple(torch.cuda.current_stream(device) for device in devices),
        cuda_device=current,
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
