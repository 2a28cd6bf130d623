"""A sweep's step through ``torch.compile``: compiled in the first steps, then run for every rate.

Meant for models whose step is over sooner than Python has launched its kernels. The loss always is compiled,
the optimizer's step where PyTorch can: for its own optimizers, whose rates then become tensors, since a
number would be compiled in, and compiled anew when it changes. An optimizer that has not stepped yet has no
state, and has none again after the sweep: its step is compiled anew in the next one. PyTorch does that eight
times, then runs it as it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


__all__ = [
    "MODES",
    "Compiled",
    "can_be_compiled",
    "compile_",
    "compiling",
    "is_compiling",
    "with_tensor_rates",
]

#: Whether PyTorch is just following a function to compile it; before 2.3 it cannot be asked.
is_compiling: Callable[[], bool] = getattr(torch.compiler, "is_compiling", lambda: False)
#: Those that ``torch.compile`` documents.
MODES = ("default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")
#: Whether to compile, or in which of these.
Compiled = bool | str


def compile_(function: Callable[..., Any], how: Compiled) -> Callable[..., Any]:
    """Return a function that is compiled when it is first called."""
    result: Callable[..., Any] = torch.compile(function, mode=how if isinstance(how, str) else None)
    return result


def can_be_compiled(optimizer: Any, grad_scaler: object = None) -> bool:
    """Return whether an optimizer's step is compiled; else it is taken as it is, at rates that are numbers.

    Under a gradient scaler it is the scaler that steps. Several tensors at once (``foreach=True``) PyTorch
    steps at a rate that is a tensor only where that may lie on the device (``capturable=True``). What is not
    PyTorch's own may do anything with its rate.
    """
    return (
        grad_scaler is None
        and type(optimizer).__module__.startswith("torch.optim.")
        and all(not group.get("foreach") or group.get("capturable") for group in optimizer.param_groups)
    )


def with_tensor_rates(optimizer: Any) -> None:
    """Make a tensor of each group's rate, in double precision as the number was."""
    for group in optimizer.param_groups:
        if not isinstance(group["lr"], torch.Tensor):
            group["lr"] = torch.tensor(float(group["lr"]), dtype=torch.float64, device="cpu")


@contextmanager
def compiling(how: Compiled) -> Iterator[None]:
    """Tell of a step that could not be compiled, and what to do; of one that is not to be, nothing.

    Raises
    ------
    SetupError
        When ``torch.compile`` itself fails inside the block; errors of the user's code are let through.
    """
    try:
        yield
    except Exception as error:
        if not how or not type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise
        first = str(error).strip().partition("\n")[0]
        raise SetupError(
            f"compiled={how!r}: torch.compile could not compile the step ({type(error).__name__}: {first}). "
            "It needs a C++ compiler, on a GPU Triton, and a model and an optimizer that it can follow. "
            "Leave compiled out to sweep without it."
        ) from error
