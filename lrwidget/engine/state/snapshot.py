"""Everything a sweep may change, remembered before it, and given back after it, in place.

A part of the state is given back to the very object it was taken from: parameters and optimizer state keep
their identity and their memory, so references and captured graphs of the user's stay good.
"""

from __future__ import annotations

import copy
import random
from collections import deque
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from lrwidget.engine.footprint import still_to_come
from lrwidget.engine.rates.optimizers import AnyOptimizer, JoinedOptimizers
from lrwidget.engine.state.failures import told
from lrwidget.engine.state.keeper import Keeper, attempt
from lrwidget.engine.state.loaders import keep_loader
from lrwidget.engine.state.rng import generator_states
from lrwidget.errors import RestoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrwidget.engine.state.places import Place

__all__ = ["Snapshot", "can_be_kept"]

# What nn.Module itself keeps its state in, and wrappers that mirror state outside of Python in their other
# attributes: those cannot be turned back.
STRUCTURE = ("_parameters", "_buffers", "_non_persistent_buffers_set", "_modules")
MIRRORS = ("torch.nn.parallel", "torch.distributed")
CONTAINERS = (dict, list, tuple, set, deque)
VALUES = (
    torch.Tensor,
    np.ndarray,
    torch.Generator,
    random.Random,
    np.random.Generator,
    np.random.RandomState,
)
# What is called rather than changed.
CODE = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, partial, type)


class Snapshot:
    """The state of everything that a sweep touches.

    Kept: parameters (value, identity, place, ``requires_grad``, ``.grad`` or its absence), buffers
    (non-persistent, replaced, registered and removed ones too), ``extra_state``, the training flag of each
    module, plain attributes of modules; the optimizer's state, groups and attributes; the
    gradient scaler; the criterion, when it is a module; generators, counters and state of the loaders and
    their samplers; and the random state of Python, NumPy, the CPU and each accelerator in use.

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer
    criterion : callable or None
        Kept too if it is a module.
    grad_scaler : torch.amp.GradScaler or None
    loaders : iterable
        The loaders the sweep will draw from.
    devices : iterable of torch.device
        Devices in use beyond those of the tensors.
    others : iterable of (str, object)
        What else is to be kept, each with the name an error would call it by: modules, optimizers, tensors,
        generators, containers of these, or anything whose attributes are its state.
    place : {"auto", "device", "host", "disk"}
        Where the copies are held; see :class:`~lrwidget.engine.options.Options`.

    Raises
    ------
    SetupError
        When there is no room for the copies; nothing was touched.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: AnyOptimizer,
        criterion: object = None,
        *,
        grad_scaler: object = None,
        loaders: Iterable[object] = (),
        devices: Iterable[torch.device] = (),
        others: Iterable[tuple[str, object]] = (),
        place: Place = "auto",
    ) -> None:
        # State that training changes by value, and state of loaders, whose tensors are data, only read.
        self._training = Keeper(place=place)
        self._loading = Keeper(by_value=False, depth=1)
        things: list[tuple[str, object]] = [
            ("model", model),
            ("criterion", criterion),
            ("optimizer", optimizer),
        ]
        things += [("grad_scaler", grad_scaler), *others]
        # Asking a stateful loader or a user's module for its state may draw random numbers, so the
        # generators are read first, and given back last.
        self._random = generator_states({*_devices_of(thing for _, thing in things), *devices})
        try:
            for label, thing in things:
                _keep_thing(self._training, thing, label)
            for loader in loaders:
                keep_loader(self._loading, loader)
            self._training.tensors.coming = still_to_come(model, optimizer)
            self._training.tensors.save()
        except BaseException:
            self._loading.give_back()
            attempt(self._random)
            raise

    @property
    def held(self) -> dict[str, int]:
        """Bytes of tensors held, by place: "device", "host", "disk"."""
        return dict(self._training.tensors.held)

    @property
    def written(self) -> int:
        """Bytes of tensors that :meth:`restore` had to write: what was not touched is only looked at."""
        return self._training.tensors.written

    def restore(self) -> None:
        """Give everything back and let go of it; called again, it does nothing.

        Raises
        ------
        RestoreError
            When something could not be given back. Everything else was. What ends the program (a
            KeyboardInterrupt, a SystemExit) is raised itself, with this error as its cause.
        """
        failed = self._training.give_back() + self._loading.give_back() + attempt(self._random)
        self.free()
        if not failed:
            return
        lost = RestoreError(
            f"could not give back: {told(failed)}. Everything else was given back. "
            "Make the model and the optimizer anew, or load your last checkpoint."
        )
        for _, error in failed:
            if not isinstance(error, Exception):  # it had to wait for the rest, and still ends the program
                raise error from lost
        raise lost from failed[0].error

    def free(self) -> None:
        """Let go of everything without giving it back."""
        self._training.free()
        self._loading.free()
        self._random = []


def can_be_kept(thing: object) -> bool:
    """Return whether there is anything in a thing that :class:`Snapshot` could give back."""
    return isinstance(thing, (*CONTAINERS, *VALUES)) or (
        hasattr(thing, "__dict__") and not isinstance(thing, CODE)
    )


def _keep_thing(keeper: Keeper, thing: Any, label: str) -> None:
    """Remember whatever :func:`can_be_kept`, in the way that suits its kind."""
    if isinstance(thing, JoinedOptimizers):
        for number, part in enumerate(thing.parts):
            _keep_thing(keeper, part, f"{label}[{number}]")
    elif isinstance(thing, nn.Module):
        _keep_module(keeper, thing, label)
    elif isinstance(getattr(thing, "param_groups", None), list):
        _keep_optimizer(keeper, thing, label)
    elif isinstance(thing, nn.Parameter):
        _keep_parameter(keeper, thing, label)
    elif isinstance(thing, CONTAINERS):
        keeper.keep(thing, label)
        items = thing.items() if isinstance(thing, dict) else enumerate(thing)
        for key, item in items if keeper.enter(thing) else ():
            _keep_thing(keeper, item, f"{label}[{key!r}]")
    elif isinstance(thing, VALUES):
        keeper.keep(thing, label)
    elif can_be_kept(thing) and keeper.enter(thing):
        keeper.keep_attributes(thing, label)
    while keeper.found:  # hidden in containers, or held by a wrapper
        name, inner = keeper.found.pop()
        _keep_thing(keeper, inner, name)


def _devices_of(things: Iterable[Any]) -> set[torch.device]:
    tensors: list[torch.Tensor] = []
    for thing in things:
        if isinstance(thing, nn.Module):
            tensors += [*thing.parameters(), *thing.buffers()]
        for group in getattr(thing, "param_groups", ()):
            tensors += group["params"]
    return {tensor.device for tensor in tensors}


def _keep_module(keeper: Keeper, root: nn.Module, label: str) -> None:
    # One that is part of another is kept once, under the first name.
    named = [(name, module) for name, module in root.named_modules() if keeper.enter(module)]
    flags = [(module, module.training) for _, module in named]
    keeper.part(f"training flags of the {label}", _give_back_flags, flags)
    for name, module in named:
        where = f"{label}.{name}" if name else label
        # The public walks over one module's own parameters and buffers cost more than the rest together.
        for key, parameter in module._parameters.items():  # noqa: SLF001
            if parameter is not None:
                _keep_parameter(keeper, parameter, f"{where}.{key}")
        for key, buffer in module._buffers.items():  # noqa: SLF001
            keeper.keep(buffer, f"{where}.{key}")
        mirrors = type(module).__module__.startswith(MIRRORS)
        keeper.keep_attributes(module, where, STRUCTURE if mirrors else None)
        if type(module).get_extra_state is not nn.Module.get_extra_state:
            state = copy.deepcopy(module.get_extra_state())
            keeper.part(f"extra state of {where}", module.set_extra_state, state)


def _keep_parameter(keeper: Keeper, parameter: torch.Tensor, label: str) -> None:
    keeper.keep(parameter, label)
    label, grad = f"gradient of {label}", parameter.grad
    keeper.part(label, _give_back_gradient, parameter, grad, parameter.requires_grad)
    keeper.keep(grad, label)


def _keep_optimizer(keeper: Keeper, optimizer: Any, label: str) -> None:
    if not keeper.enter(optimizer):
        return
    for number, group in enumerate(optimizer.param_groups):
        for index, parameter in enumerate(group["params"]):
            if parameter not in keeper:
                _keep_parameter(keeper, parameter, f"{label}.param_groups[{number}]['params'][{index}]")
    keeper.keep_attributes(optimizer, label)


def _give_back_flags(flags: list[tuple[nn.Module, bool]]) -> None:
    for module, training in flags:
        if module.training != training:
            module.training = training


def _give_back_gradient(parameter: torch.Tensor, grad: torch.Tensor | None, requires_grad: bool) -> None:
    if parameter.requires_grad != requires_grad:
        parameter.requires_grad_(requires_grad)
    if parameter.grad is not grad:
        parameter.grad = grad
