"""What is not entered: values without an inside, machinery of the interpreter, displays, readers of data."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import pathlib
import random
import re
import uuid
from collections import namedtuple
from types import (
    ClassMethodDescriptorType,
    CodeType,
    FrameType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    ModuleType,
    TracebackType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING

import numpy as np
import torch

from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["CLOSED", "OPAQUE", "top_package"]

#: Values: what would change them makes other ones.
_VALUES = (
    enum.Enum,
    np.generic,
    np.dtype,
    re.Pattern,
    range,
    slice,
    memoryview,
    dt.date,
    dt.time,
    dt.timedelta,
    dt.tzinfo,
    decimal.Decimal,
    fractions.Fraction,
    pathlib.PurePath,
    uuid.UUID,
    torch.dtype,
    torch.device,
    torch.layout,
    torch.memory_format,
    torch.Size,
    random.SystemRandom,  # draws from the system, and has no state
    property,
)
_MACHINERY = (
    ClassMethodDescriptorType,
    CodeType,
    FrameType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodWrapperType,
    ModuleType,
    TracebackType,
    WrapperDescriptorType,
    BaseException,
    type(vars(namedtuple("Fields", "one"))["one"]),  # how a named tuple's class finds its fields
)
#: Packages whose objects are no state of a training: threads and what they wait for, test doubles, logs,
#: displays and their widgets, readers of data that training only reads. A LightningModule leads to its
#: trainer, which our integration gives back, and which holds a pass over the data while a fit is on.
_PACKAGES = frozenset(
    (
        "_thread",
        "threading",
        "queue",
        "asyncio",
        "concurrent",
        "multiprocessing",
        "selectors",
        "select",
        "signal",
        "subprocess",
        "logging",
        "unittest",
        "warnings",
        "inspect",
        "importlib",
        "ast",
        "dis",
        "tokenize",
        "traceback",
        "pdb",
        "ctypes",
        "mmap",
        "IPython",
        "ipykernel",
        "ipywidgets",
        "traitlets",
        "anywidget",
        "comm",
        "zmq",
        "tornado",
        "jupyter_client",
        "plotly",
        "matplotlib",
        "seaborn",
        "bokeh",
        "altair",
        "tqdm",
        "rich",
        "wandb",
        "mlflow",
        "comet_ml",
        "neptune",
        "aim",
        "tensorboard",
        "tensorboardX",
        "lightning",
        "lightning_fabric",
        "pytorch_lightning",
        "pandas",
        "polars",
        "pyarrow",
        "PIL",
        "cv2",
        "h5py",
        "zarr",
        "lmdb",
        "fsspec",
        "aiohttp",
        "requests",
        "urllib3",
        "boto3",
        "botocore",
        "tokenizers",
        "sentencepiece",
        "tiktoken",
        "regex",
        "spacy",
        "nltk",
        "pytest",
        "_pytest",
        "pluggy",
        "hypothesis",
        "lrwidget",
    )
)
#: Where Python and PyTorch put types written in C that hold no state of a training.
_C_PARTS = frozenset(
    ("torch", "types", "typing", "_abc", "_sre", "_struct", "operator", "_operator", "functools")
)
_TORCHS = (
    "pybind11",
    "torch._C",
    "torch._dynamo",
    "torch._inductor",
    "torch._functorch",
    "torch._ops",
    "torch._subclasses",
    "torch.autograd",
    "torch.cuda.graphs",
    "torch.cuda.streams",
    "torch.distributed",
    "torch.fx",
    "torch.jit",
    "torch.profiler",
    "torch.utils.hooks",
    "torch.utils.tensorboard",
    "torch.utils._python_dispatch",
)


def top_package(kind: type) -> str:
    """Return the package that a type is from."""
    module = kind.__module__
    return module.partition(".")[0] if isinstance(module, str) else ""


def _is_closed(kind: type) -> bool:
    if kind is object or issubclass(kind, (*_VALUES, *_MACHINERY)):  # a plain object() holds nothing
        return True
    if kind.__module__ in _C_PARTS and not kind.__dictoffset__:
        return True
    # By the type's bases too: a thread of the user's own is a thread.
    for base in kind.__mro__:
        module = base.__module__
        if not isinstance(module, str):
            continue
        if module.partition(".")[0] in _PACKAGES or module.startswith(_TORCHS):
            return True
    return False


def _name(walk: Walk, met: Met) -> None:
    if met.way.data:  # a reader of the data, as a rule
        return
    kind = type(met.value)
    walk.cannot(met, f"a {kind.__module__}.{kind.__qualname__}, whose inside cannot be seen")


CLOSED = Kind("closed", _is_closed, None)
#: The last: whatever is none of the others.
OPAQUE = Kind("opaque", lambda _: True, _name)
