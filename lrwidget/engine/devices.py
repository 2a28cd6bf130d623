"""Accelerators: their queues, their memory and their random numbers, asked for in one way.

CUDA, XPU and MPS each have a module in PyTorch (``torch.cuda``, ...), and so has every device type that a
package adds. Most of what the engine needs is called alike in these; what one of them lacks is done here in
the way that is slower and safe:

================  ====================================  ==================================================
needed            where the module has it               else
================  ====================================  ==================================================
queues            ``Stream``, ``current_stream``        one queue: copies are waited for as they are made
events            ``Event``                             the whole device is waited for
free memory       ``mem_get_info``, or MPS's counters   unknown, told as infinite
random numbers    ``get_rng_state``                     there are none to keep
================  ====================================  ==================================================

The device's module is asked rather than ``torch.accelerator``, which came with PyTorch 2.6, knows no side
streams by name, and answers for a single device type.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

__all__ = [
    "Generator",
    "Mark",
    "current_index",
    "device_context",
    "float_dtype",
    "free_on",
    "generators",
    "give_up_cache",
    "has_queues",
    "in_use",
    "is_accelerator",
    "lend_to",
    "named",
    "on",
    "own_streams",
    "pinned_memory",
    "side_stream",
    "synchronize",
]

#: Reads the state of a generator, and sets it.
Generator = tuple[Callable[[], torch.Tensor], Callable[[torch.Tensor], object]]

# Without a module of their own, or with nothing that runs late.
_NO_ACCELERATORS = frozenset({"cpu", "meta"})
#: Device types of PyTorch itself; those of packages are found by their tensors.
_KNOWN = ("cuda", "xpu", "mps")


def is_accelerator(device: torch.device) -> bool:
    """Return whether a device has memory of its own that its own queue of work fills."""
    return device.type not in _NO_ACCELERATORS


def module_of(device: torch.device) -> Any:
    """Return ``torch.cuda`` for a CUDA device, and so on; None where there is none."""
    return getattr(torch, device.type, None) if is_accelerator(device) else None


def has_queues(device: torch.device) -> bool:
    """Return whether a device has several queues that can be asked: copies there may run late."""
    module = module_of(device)
    return all(hasattr(module, name) for name in ("Stream", "Event", "current_stream", "stream"))


def in_use() -> list[torch.device]:
    """Return the accelerators that this process can see and has begun to use; none is initialised by asking.

    Of a type that was begun all devices are returned: which of them hold a context cannot be asked for
    everywhere, and a model may reach others in its next step (``DataParallel``).
    """
    found: list[torch.device] = []
    for kind in (*_KNOWN, *_types_of_packages()):
        module: Any = getattr(torch, kind, None)
        if module is None or not _has_begun(kind, module):
            continue
        count = module.device_count() if hasattr(module, "device_count") else 1
        found += [torch.device(kind, index) for index in range(count)]
    return found


def current_index(kind: str) -> int:
    """Return the number of the current device of a type that is in use; 0 where there is but one."""
    module: Any = getattr(torch, kind, None)
    return int(module.current_device()) if hasattr(module, "current_device") else 0


def named(device: torch.device) -> torch.device:
    """Return a device with its number, as tensors name theirs: ``"cuda"`` alone is the current one."""
    if device.index is not None or not is_accelerator(device):
        return device
    module = module_of(device)
    if hasattr(module, "is_available") and not module.is_available():
        return device
    return torch.device(device.type, current_index(device.type))


class Mark:
    """A point in what is queued on a device. Used again, it stands for the later point.

    Parameters
    ----------
    device : torch.device
        It need not be the current one.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        module = module_of(device)
        self._event = module.Event() if hasattr(module, "Event") else None

    def record(self) -> None:
        """Stand for all that is queued in the current stream of the device until now."""
        if self._event is None:
            return
        if has_queues(self._device):
            self._event.record(module_of(self._device).current_stream(self._device))
        else:
            self._event.record()

    def hold_back(self) -> None:
        """Have what is queued from now on, in the current stream of the device, come after this point."""
        if has_queues(self._device) and self._event is not None:
            self._event.wait(module_of(self._device).current_stream(self._device))

    def query(self) -> bool:
        """Return whether the device has come to this point; does not wait."""
        return self._event is not None and bool(self._event.query())

    def synchronize(self) -> None:
        """Wait until it has."""
        if self._event is None:
            synchronize(self._device)
        else:
            self._event.synchronize()


def synchronize(device: torch.device) -> None:
    """Wait until all is done that is queued on a device, in whichever stream."""
    wait = getattr(module_of(device), "synchronize", None)
    if wait is None:
        return
    if _takes_no_device(device):
        wait()
    else:
        wait(device)


def side_stream(device: torch.device) -> Any:
    """Return a new stream of a device that :func:`has_queues`."""
    return module_of(device).Stream(device)


def on(device: torch.device, stream: Any) -> AbstractContextManager[object]:
    """Queue what the block does on a device into one of its streams."""
    context: AbstractContextManager[object] = module_of(device).stream(stream)
    return context


def lend_to(tensor: torch.Tensor, device: torch.device) -> None:
    """Keep a tensor's memory until the current stream of the device is past what it does with it."""
    tensor.record_stream(module_of(device).current_stream(device))


def own_streams() -> list[tuple[torch.device, Any]]:
    """Return ``(device, stream)`` where the present thread has set a stream that no new thread would have.

    To enter the default stream of a device makes a context there, of some hundred megabytes, and changes
    nothing.
    """
    found: list[tuple[torch.device, Any]] = []
    for device in in_use():
        if not has_queues(device):
            continue
        module = module_of(device)
        if hasattr(module, "default_stream"):
            stream = module.current_stream(device)
            if stream != module.default_stream(device):
                found.append((device, stream))
        elif device.index == current_index(device.type):
            found.append((device, module.current_stream(device)))
    return found


def free_on(device: torch.device) -> float:
    """Return how many bytes are free on an accelerator, PyTorch's own cache included; inf where unknown."""
    module = module_of(device)
    with suppress(RuntimeError, NotImplementedError):  # some drivers do not tell
        if hasattr(module, "mem_get_info"):
            free, _ = module.mem_get_info(device)
            return float(free + module.memory_reserved(device) - module.memory_allocated(device))
        if hasattr(module, "recommended_max_memory"):  # mps, since PyTorch 2.5
            return float(module.recommended_max_memory() - module.current_allocated_memory())
    return float("inf")


def give_up_cache(device: torch.device) -> None:
    """Give an accelerator the memory back that PyTorch holds there for later."""
    with suppress(Exception):  # it helps, and nothing rests on it
        module_of(device).empty_cache()


def pinned_memory(size: int) -> torch.Tensor:
    """Return so many bytes on the host that an accelerator can copy from and to while it works on.

    Ordinary memory where there is no such memory (left): copies are then slower, not wrong.
    """
    with suppress(RuntimeError, NotImplementedError):
        return torch.empty(size, dtype=torch.uint8, device="cpu", pin_memory=True)
    return torch.empty(size, dtype=torch.uint8, device="cpu")


def _generator_of(device: torch.device) -> Generator | None:
    """Return the functions that read and set the state of a device's generator; None = it has none to ask."""
    module = module_of(device)
    if not (hasattr(module, "get_rng_state") and hasattr(module, "set_rng_state")):
        return None
    where = {} if _takes_no_device(device) else {"device": device}
    return partial(module.get_rng_state, **where), partial(module.set_rng_state, **where)


def generators(
    devices: Iterable[torch.device], *, elsewhere: bool = True
) -> Iterator[tuple[torch.device, Generator]]:
    """Yield each accelerator that has a generator to ask, with the functions that read and set its state.

    Parameters
    ----------
    devices : iterable of torch.device
        Those of the tensors.
    elsewhere : bool
        Whether all that are :func:`in_use` are added: a replica of the model on another device draws from
        that one's. To read a generator makes no context on its device.
    """
    every = {named(device) for device in devices if is_accelerator(device)}
    if elsewhere:
        every |= set(in_use())
    for device in sorted(every, key=str):
        generator = _generator_of(device)
        if generator is not None:
            yield device, generator


def float_dtype(device: torch.device) -> torch.dtype:
    """Return double precision, as Python's own numbers are; single on MPS, which knows no other."""
    return torch.float32 if device.type == "mps" else torch.float64


def device_context(device: torch.device) -> AbstractContextManager[object]:
    """Make a device the current one of its type inside the block."""
    module = module_of(device)
    context: AbstractContextManager[object] = (
        module.device(device.index) if hasattr(module, "device") else nullcontext()
    )
    return context


def _takes_no_device(device: torch.device) -> bool:
    return device.type == "mps"  # there is one, and its functions have no argument for it


def _types_of_packages() -> list[str]:
    """Return the device type that a package has added under a name of its own: there is room for one."""
    name: str = torch._C._get_privateuse1_backend_name()  # noqa: SLF001
    return [name] if name not in _KNOWN and hasattr(torch, name) else []


def _has_begun(kind: str, module: Any) -> bool:
    if hasattr(module, "is_initialized"):
        return bool(module.is_initialized())
    return kind == "mps" and bool(torch.backends.mps.is_available())
