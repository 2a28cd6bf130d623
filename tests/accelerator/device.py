"""A device that is not there: two of them, in Python, slow to copy and short of memory.

PyTorch keeps one device type free for packages ("privateuse1"). Here it is given the name "sim". Its tensors
are real ones, of type ``torch.Tensor``, with addresses, strides, views and version counters, and autograd,
modules and optimizers work on them: each operation is computed by the CPU's kernel on the same memory. What a
GPU does and the CPU does not is played:

- A copy that is not waited for comes late. To the host: the values are those of the moment it was queued, and
  lie there only once an event, the stream or the device was waited for, or an event was asked often enough.
  To the device: until something in the same stream runs, or is waited for, the target is rubbish, and only
  then is the host's side read, as it is then.
- Each device has its own generator.
- Tensors of two devices, or of device and host, do not mix.
- Memory is counted, and what does not fit raises ``torch.OutOfMemoryError``.
- Waits fail when told to.
- It is noted on which devices a context would have been made, and how often the host waited.

Not played: kernels that run late (an operation is done when it returns, so that a missing wait between two
streams is seen only where a copy is concerned), memory that is reused too early (``record_stream`` does
nothing), pinned memory (all of the host's is treated as if it were), autocast, gradient scalers, graphs,
convolutions. Backward runs on the first device only: PyTorch lets a device written in Python have one queue.

The name is given once for a process, and stays: import this only in one of its own.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch.utils import _pytree as pytree
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

COUNT = 2
#: Times an event is asked before it is done.
ASKED = 3
#: What lies where a copy has not arrived yet.
RUBBISH = 0x7F
#: What the tensors of a device may take, in bytes.
ROOM = 10**9


# Tensors of a foreign device over memory of the host, by way of DLPack's structures


class _Device(ctypes.Structure):
    _fields_: ClassVar = [("type", ctypes.c_int), ("index", ctypes.c_int)]


class _DataType(ctypes.Structure):
    _fields_: ClassVar = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class _Tensor(ctypes.Structure):
    _fields_: ClassVar = [
        ("data", ctypes.c_void_p),
        ("device", _Device),
        ("dims", ctypes.c_int),
        ("dtype", _DataType),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("offset", ctypes.c_uint64),
    ]


class _Managed(ctypes.Structure):
    pass


_Managed._fields_ = [("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p)]
# PyTorch calls this with the structure once the tensor is gone, also while an exception is on its way, when
# nothing written in Python may run. It adds 1 to the first number there, which is looked at later.
_add_one = ctypes.cast(ctypes.pythonapi.Py_IncRef, ctypes.c_void_p)
_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.restype, _capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_EXTENSION = 12  # kDLExtDev, which PyTorch takes for its free device type
_CODES = {
    torch.float16: (2, 16),
    torch.float32: (2, 32),
    torch.float64: (2, 64),
    torch.bfloat16: (4, 16),
    torch.uint8: (1, 8),
    torch.int8: (0, 8),
    torch.int16: (0, 16),
    torch.int32: (0, 32),
    torch.int64: (0, 64),
    torch.bool: (6, 8),
    torch.complex64: (5, 64),
    torch.complex128: (5, 128),
}


class _Memory:
    """Which memory of the host each tensor of a device lies in."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.held: dict[int, tuple[Any, ...]] = {}  # by the address of the structure that PyTorch holds
        self.by_address: dict[int, list[Any]] = {}  # [storage, users]
        self.storages: dict[int, list[int]] = {}  # [users, bytes, device]
        self.imported: list[int] = []
        self.used = [0] * COUNT
        self.room = [ROOM] * COUNT

    def take(self, storage: torch.UntypedStorage, device: int) -> None:
        with self.lock:
            self.collect()
            entry = self.storages.setdefault(storage.data_ptr(), [0, storage.nbytes(), device])
            if entry[0] == 0:
                if self.used[device] + entry[1] > self.room[device]:
                    del self.storages[storage.data_ptr()]
                    raise torch.OutOfMemoryError(f"sim:{device} is out of memory: tried {entry[1]} bytes")
                self.used[device] += entry[1]
            entry[0] += 1

    def collect(self) -> None:
        """Let go of the memory of tensors that are gone."""
        with self.lock:
            gone = [address for address in self.imported if self.held[address][0].tensor.data]
            if gone:
                self.imported = [address for address in self.imported if address not in gone]
            for address in gone:
                self._release(address)

    def _release(self, address: int) -> None:
        with self.lock:
            *_, key, storage = self.held.pop(address)
            users = self.by_address[key]
            users[1] -= 1
            if users[1] == 0:
                del self.by_address[key]
            entry = self.storages[storage.data_ptr()]
            entry[0] -= 1
            if entry[0] == 0:
                self.used[entry[2]] -= entry[1]
                del self.storages[storage.data_ptr()]


_memory = _Memory()


def on_device(host: torch.Tensor, index: int) -> torch.Tensor:
    """Return a tensor of a device over the memory of one on the host."""
    if host.numel() == 0:  # something to have an address
        host = torch.empty(1, dtype=host.dtype).as_strided(host.shape, host.stride())
    storage = host.untyped_storage()
    _memory.take(storage, index)
    dims = max(host.dim(), 1)
    shape, strides = (ctypes.c_int64 * dims)(*host.shape), (ctypes.c_int64 * dims)(*host.stride())
    made = _Managed()
    kind = _DataType(*_CODES[host.dtype], 1)
    made.tensor = _Tensor(host.data_ptr(), _Device(_EXTENSION, index), host.dim(), kind, shape, strides, 0)
    made.deleter = _add_one
    with _memory.lock:
        _memory.held[ctypes.addressof(made)] = (made, shape, strides, host.data_ptr(), storage)
        _memory.by_address.setdefault(host.data_ptr(), [storage, 0])[1] += 1
    tensor: torch.Tensor = torch._C._from_dlpack(_capsule(ctypes.addressof(made), b"dltensor", None))
    made.tensor.data = None
    with _memory.lock:
        _memory.imported.append(ctypes.addressof(made))
    return tensor


def on_host(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor of the host over the memory of one on a device."""
    if tensor.numel() == 0:
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype)
    address = tensor.untyped_storage().data_ptr()
    storage = _memory.by_address[address][0]
    at = (address - storage.data_ptr()) // tensor.element_size() + tensor.storage_offset()
    return torch.empty(0, dtype=tensor.dtype).set_(storage, at, tensor.shape, tensor.stride())


# Streams, and copies that come late


class Stream:
    """A queue of copies. ``stream_id`` 0 is the default one."""

    def __init__(self, device: Any = None, stream_id: int | None = None) -> None:
        self.device = torch.device("sim", sim.index_of(device))
        self.stream_id = id(self) if stream_id is None else stream_id
        self.pending: list[_Copy] = []
        self.after: list[_Copy] = []

    def synchronize(self) -> None:
        sim.wait()
        self.arrive()

    def wait_stream(self, other: Stream) -> None:
        self.after += other.pending

    def wait_event(self, event: Event) -> None:
        self.after += event.copies

    def arrive(self, to_host: bool = True) -> None:
        """Have the copies arrive that are queued; ``to_host`` = also those whose target is on the host."""
        for copy in [*self.after, *self.pending]:
            if to_host or not copy.to_host:
                copy.arrive()
        self.after = [copy for copy in self.after if not copy.done]
        self.pending = [copy for copy in self.pending if not copy.done]


class Event:
    """A point in a stream."""

    def __init__(self, **_: Any) -> None:
        self.copies: list[_Copy] = []
        self.asked = 0

    def record(self, stream: Stream | None = None) -> None:
        stream = stream or sim.current_stream()
        self.copies, self.asked = [*stream.after, *stream.pending], 0

    def query(self) -> bool:
        self.asked += 1
        if self.asked < ASKED and any(not copy.done for copy in self.copies):
            return False
        for copy in self.copies:
            copy.arrive()
        return True

    def synchronize(self) -> None:
        sim.wait()
        for copy in self.copies:
            copy.arrive()

    def wait(self, stream: Stream | None = None) -> None:
        (stream or sim.current_stream()).wait_event(self)


class _Copy:
    def __init__(self, target: torch.Tensor, source: torch.Tensor, to_host: bool) -> None:
        self.to_host, self.done = to_host, False
        self._target = target
        if to_host:
            self._source = source.clone()  # the device is past this point
        else:
            self._source = source  # read when the copy is made, whatever lies there then
            target.untyped_storage()  # its memory stays
            rubbish = torch.full((target.numel() * target.element_size(),), RUBBISH, dtype=torch.uint8)
            if target.dtype == torch.bool:
                rubbish.fill_(1)
            target.copy_(rubbish.view(target.dtype).reshape(target.shape))

    def arrive(self) -> None:
        if not self.done:
            self.done = True
            self._target.copy_(self._source)


# The device's module, as torch.cuda is CUDA's


class _Sim:
    Stream, Event = Stream, Event

    def __init__(self) -> None:
        self._local = threading.local()
        self._defaults: dict[int, Stream] = {}
        self._states: list[torch.Tensor] = []
        self.streams: list[Stream] = []
        self.contexts: set[int] = set()
        self.waits = 0
        self.failing = False
        self.begun = True

    def index_of(self, device: Any) -> int:
        if device is None:
            return self.current_device()
        if isinstance(device, int):
            return device
        index = torch.device(device).index
        return self.current_device() if index is None else index

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return self.begun

    def device_count(self) -> int:
        return COUNT

    def current_device(self) -> int:
        return getattr(self._local, "device", 0)

    @contextmanager
    def device(self, index: int) -> Any:
        before = self.current_device()
        self.contexts.add(index)
        self._local.device = index
        try:
            yield
        finally:
            self._local.device = before

    def default_stream(self, device: Any = None) -> Stream:
        index = self.index_of(device)
        if index not in self._defaults:
            self._defaults[index] = Stream(index, 0)
        return self._defaults[index]

    def current_stream(self, device: Any = None) -> Stream:
        index = self.index_of(device)
        set_here: dict[int, Stream] = getattr(self._local, "streams", {})
        return set_here.get(index) or self.default_stream(index)

    @contextmanager
    def stream(self, stream: Stream) -> Any:
        index = stream.device.index
        before = dict(getattr(self._local, "streams", {}))
        self._local.streams = {**before, index: stream}
        try:
            with self.device(index):
                yield
        finally:
            self._local.streams = before

    def synchronize(self, device: Any = None) -> None:
        index = self.index_of(device)
        self.contexts.add(index)
        self.wait()
        for stream in list(self.streams):
            if stream.device.index == index:
                stream.arrive()

    def wait(self) -> None:
        self.waits += 1
        if self.failing:
            raise RuntimeError("sim error: device-side assert triggered\nand a page\nof advice")

    def get_rng_state(self, device: Any = "sim") -> torch.Tensor:
        while len(self._states) < COUNT:
            generator = torch.Generator().manual_seed(1000 + len(self._states))
            self._states.append(generator.get_state())
        return self._states[self.index_of(device)].clone()

    def set_rng_state(self, new_state: torch.Tensor, device: Any = "sim") -> None:
        self.get_rng_state(device)
        self._states[self.index_of(device)] = new_state.clone()

    def manual_seed_all(self, seed: int) -> None:
        self._states = [torch.Generator().manual_seed(seed + index).get_state() for index in range(COUNT)]

    def mem_get_info(self, device: Any = None) -> tuple[int, int]:
        index = self.index_of(device)
        _memory.collect()
        return _memory.room[index] - _memory.used[index], _memory.room[index]

    def memory_reserved(self, device: Any = None) -> int:
        return 0

    def memory_allocated(self, device: Any = None) -> int:
        return 0

    def empty_cache(self) -> None:
        """Nothing is kept for later."""

    def _is_in_bad_fork(self) -> bool:
        return False

    # What a test asks and sets

    @contextmanager
    def only(self, room: int, index: int = 0) -> Any:
        """Have a device hold no more than so many bytes beside what it holds now."""
        _memory.collect()
        before = _memory.room[index]
        _memory.room[index] = _memory.used[index] + room
        try:
            yield
        finally:
            _memory.room[index] = before

    def used(self, index: int = 0) -> int:
        _memory.collect()
        return _memory.used[index]


# The device is no part of a model: what it holds is not to be given back after a sweep.
for _kind in (_Memory, Stream, Event, _Copy, _Sim):
    _kind.__module__ = "torch._C"  # as streams and allocators of real devices are

sim: Any = _Sim()
_setup_privateuseone_for_python_backend("sim", backend_module=sim)
_own_init = Stream.__init__


def _known_init(self: Stream, *arguments: Any, **options: Any) -> None:
    _own_init(self, *arguments, **options)
    sim.streams.append(self)


Stream.__init__ = _known_init  # type: ignore[method-assign]

# Operations

_MIXING = ("index", "_index_put_impl_", "index_put", "_copy_from", "_copy_from_and_resize")


def _computed(operation: Any, *arguments: Any, **options: Any) -> Any:
    """Compute any operation by the CPU's kernel, on the memory of the device's tensors."""
    givers: dict[int, torch.Tensor] = {}
    homes: list[torch.Tensor] = []
    found: set[int] = set()
    strangers: list[torch.Tensor] = []

    def down(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            if value.device.type != "sim":
                strangers.extend([value] if value.dim() else [])
                return value
            found.add(value.device.index)
            home = on_host(value)
            givers[id(home)] = value
            homes.append(home)
            return home
        if isinstance(value, torch.device) and value.type == "sim":
            found.add(sim.index_of(value))
            return torch.device("cpu")
        return value

    def up(value: Any) -> Any:
        if isinstance(value, torch.Tensor) and id(value) in givers:
            giver = givers[id(value)]
            if giver.shape != value.shape:  # an output that was made larger
                giver.data = on_device(value, index)
            return giver
        if not isinstance(value, torch.Tensor):
            return value
        return on_device(value, index)

    name = operation._schema.name.partition("::")[2]
    arguments, options = pytree.tree_map(down, (arguments, options))
    if name.startswith("as_strided") and len(arguments) > 3 and arguments[3] is not None:
        # The place in the device's storage, which may begin in the middle of the host's.
        giver = givers[id(arguments[0])]
        shift = arguments[0].storage_offset() - giver.storage_offset()
        arguments = (*arguments[:3], arguments[3] + shift, *arguments[4:])
    if len(found) > 1 or (strangers and name not in _MIXING):
        kinds = {str(giver.device) for giver in givers.values()} | {str(one.device) for one in strangers}
        raise RuntimeError(f"{name}: expected all tensors on one device, found {sorted(kinds)}")
    index = min(found, default=0)
    sim.contexts.add(index)
    number = name in ("_local_scalar_dense", "equal", "nonzero", "is_nonzero")
    if number:
        sim.wait()
    sim.current_stream(index).arrive(to_host=number)
    if torch.Tag.nondeterministic_seeded not in operation.tags:
        return pytree.tree_map(up, operation(*arguments, **options))
    hosts = torch.get_rng_state()
    torch.set_rng_state(sim.get_rng_state(index))
    try:
        made = operation(*arguments, **options)
        sim.set_rng_state(torch.get_rng_state(), index)
    finally:
        torch.set_rng_state(hosts)
    return pytree.tree_map(up, made)


def _copied(source: torch.Tensor, target: torch.Tensor, non_blocking: bool = False) -> torch.Tensor:
    from_device, to_device = source.device.type == "sim", target.device.type == "sim"
    index = (source if from_device else target).device.index
    sim.contexts.add(index)
    stream = sim.current_stream(index)
    values = on_host(source) if from_device else source
    place = on_host(target) if to_device else target
    if from_device and to_device:
        stream.arrive(to_host=False)
        if source.device != target.device:
            sim.current_stream(target.device).arrive(to_host=False)
        place.copy_(values)
    elif not non_blocking:
        sim.wait()
        stream.arrive()
        place.copy_(values)
    else:
        stream.arrive(to_host=False)
        stream.pending.append(_Copy(place, values, to_host=from_device))
    return target


def _empty(size: Any, *, dtype: Any = None, device: Any = None, memory_format: Any = None, **_: Any) -> Any:
    made = torch.empty(size, dtype=dtype, memory_format=memory_format or torch.contiguous_format)
    return on_device(made, sim.index_of(device))


def _empty_strided(size: Any, stride: Any, *, dtype: Any = None, device: Any = None, **_: Any) -> Any:
    return on_device(torch.empty_strided(size, stride, dtype=dtype), sim.index_of(device))


_fallback = torch.library.Library("_", "IMPL")
_fallback.fallback(_computed, "PrivateUse1")
_operations = torch.library.Library("aten", "IMPL")
_operations.impl("empty.memory_format", _empty, "PrivateUse1")
_operations.impl("empty_strided", _empty_strided, "PrivateUse1")
_operations.impl("_copy_from", _copied, "PrivateUse1")
torch.Tensor.record_stream = lambda tensor, stream: None  # type: ignore[method-assign] # PyTorch knows no such streams
