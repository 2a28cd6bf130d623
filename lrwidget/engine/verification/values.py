"""What is compared by value: plain values, the bits of tensors and arrays, random states.

None of it is drawn from or moved by being read, and no ``__repr__`` of a user's is called.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import hashlib
import pathlib
import random
import re
import uuid
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lrwidget.engine.state.fingerprints import fingerprints
from lrwidget.engine.verification.authors import is_library_class

__all__ = [
    "BY_THEIR_REPR",
    "PLAIN",
    "bits",
    "bits_of_bytes",
    "digest",
    "frozen",
    "is_plain",
    "plain_repr",
    "random_state",
]

PLAIN = (type(None), bool, int, str, bytes, type(Ellipsis), type(NotImplemented), range, slice)
BY_THEIR_REPR = (
    *(float, complex, decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, re.Pattern),
    *(dt.date, dt.time, dt.timedelta, dt.tzinfo),
    *(torch.dtype, torch.device, torch.layout, torch.memory_format, np.dtype),
)
#: Bytes from which on a fingerprint is taken of values, a few passes over them without a copy.
_LARGE = 2**19


def is_plain(part: Any) -> bool:
    """Return whether a value is compared as such: what would change it makes another one."""
    return type(part) in PLAIN or issubclass(type(part), (*BY_THEIR_REPR, enum.Enum))


def plain_repr(part: Any) -> str:
    """Return the ``repr`` that Python and PyTorch have for a plain value: a user's class may have another."""
    kind = type(part)
    if issubclass(kind, enum.Enum):
        return f"{kind.__name__}.{part._name_}"
    if kind in PLAIN or is_library_class(kind):
        return repr(part)
    base: Any = next(one for one in kind.__mro__ if one in BY_THEIR_REPR or is_library_class(one))
    return str(base.__repr__(part))


def bits(tensor: torch.Tensor) -> Any:
    """Return a tensor's value to the bit, whatever the layout; of a large one a number for it."""
    with torch.no_grad():
        if tensor.device.type == "meta":
            return "none"
        if tensor.is_nested:
            return tuple(bits(part) for part in tensor.unbind())
        if tensor.layout == torch.sparse_coo:
            parts = (tensor._indices(), tensor._values())  # noqa: SLF001
            return ("sparse", tensor.is_coalesced(), *(bits(part) for part in parts))
        if tensor.layout in {torch.sparse_csr, torch.sparse_bsr}:
            rows = (tensor.crow_indices(), tensor.col_indices(), tensor.values())
            return ("rows", *(bits(part) for part in rows))
        if tensor.layout in {torch.sparse_csc, torch.sparse_bsc}:
            columns = (tensor.ccol_indices(), tensor.row_indices(), tensor.values())
            return ("columns", *(bits(part) for part in columns))
        if tensor.is_quantized:
            return ("quantized", str(tensor.qscheme()), _scales(tensor), bits(tensor.int_repr()))
        if tensor.is_mkldnn:
            tensor = tensor.to_dense()
        plain = tensor.detach().as_subclass(torch.Tensor)
        size = plain.numel() * plain.element_size()
        if size >= _LARGE and plain.device.type in {"cpu", "cuda"}:
            return f"{size} bytes, fingerprint {fingerprints([plain])[0] % 2**64:016x}"
        flat = plain.cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
        if flat.is_complex():
            flat = torch.view_as_real(flat).reshape(-1)
        return digest(flat.view(torch.uint8).clone().numpy().tobytes())  # shared, it could no longer grow


def _scales(tensor: torch.Tensor) -> Any:
    if tensor.qscheme() in {torch.per_tensor_affine, torch.per_tensor_symmetric}:
        return tensor.q_scale(), tensor.q_zero_point()
    return tuple(tensor.q_per_channel_scales().tolist()), tuple(tensor.q_per_channel_zero_points().tolist())


def bits_of_bytes(data: np.ndarray[Any, Any]) -> str:
    """Return the same of an array of bytes."""
    if data.nbytes < _LARGE:
        return digest(data.tobytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of arrays that cannot be written to; nobody does
        return str(bits(torch.from_numpy(data)))


def frozen(value: Any) -> Any:
    """Return a state as tuples, numbers and texts."""
    if isinstance(value, Mapping):
        return tuple((key, frozen(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(frozen(one) for one in value)
    if isinstance(value, np.ndarray):
        return digest(value.tobytes())
    if isinstance(value, torch.Tensor):
        return bits(value)
    return repr(value)


def digest(data: bytes) -> str:
    """Return a short text for bytes, with the first of them."""
    start = data[:16].hex() if len(data) <= 16 else data[:8].hex() + ".."
    return f"{len(data)} bytes {start} {hashlib.blake2b(data, digest_size=12).hexdigest()}"


def random_state() -> dict[str, Any]:
    """Return where the random numbers of the whole process stand, and settings of PyTorch, by name."""
    state = {
        "torch": bits(torch.get_rng_state()),
        "random": frozen(random.getstate()),
        "numpy": frozen(np.random.get_state(legacy=False)),  # noqa: NPY002 - the one of all
        "settings of torch": repr(
            (torch.is_grad_enabled(), torch.get_default_dtype(), torch.are_deterministic_algorithms_enabled())
        ),
    }
    in_use = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    for number in range(torch.cuda.device_count() if in_use else 0):
        state[f"cuda:{number}"] = bits(torch.cuda.get_rng_state(number))
    return state
