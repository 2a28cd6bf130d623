"""Everything a sweep may change, remembered before it, and given back after it, in place.

A part of the state is given back to the very object it was taken from: parameters and optimizer state keep
their identity and their memory, so references and captured graphs of the user's stay good.
"""

from __future__ import annotations

import copy
from itertools import chain
from typing import TYPE_CHECKING

import torch
from torch import nn

from lrwidget.engine.keeper import Keeper, attempt
from lrwidget.engine.loader_state import keep_loader
from lrwidget.engine.rng import generator_states
from lrwidget.errors import RestoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Snapshot"]

# What nn.Module itself keeps its state in, and wrappers that mirror state outside of Python in their other
# attributes: those cannot be turned back.
STRUCTURE = ("_parameters", "_buffers", "_non_persistent_buffers_set", "_modules")
MIRRORS = ("torch.nn.parallel", "torch.distributed")


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
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        criterion: object = None,
        *,
        grad_scaler: object = None,
        loaders: Iterable[object] = (),
        devices: Iterable[torch.device] = (),
    ) -> None:
        # State that training changes by value, and state of loaders, whose tensors are data, only read.
        self._training = Keeper()
        self._loading = Keeper(by_value=False, depth=1)
        modules = {"model": model}
        if isinstance(criterion, nn.Module):
            modules["criterion"] = criterion
        # Asking a stateful loader or a user's module for its state may draw random numbers, so the
        # generators are read first, and given back last.
        self._random = generator_states({*_devices_of(modules.values(), optimizer), *devices})
        try:
            for label, module in modules.items():
                _keep_module(self._training, module, label)
            _keep_optimizer(self._training, optimizer)
            if grad_scaler is not None:
                self._training.keep_attributes(grad_scaler, "grad_scaler")
            for loader in loaders:
                keep_loader(self._loading, loader)
            self._training.tensors.save()
        except BaseException:
            attempt(self._random)
            raise

    def restore(self) -> None:
        """Give everything back and let go of it; called again, it does nothing.

        Raises
        ------
        RestoreError
            When something could not be given back. Everything else was.
        """
        failed = self._training.give_back() + self._loading.give_back() + attempt(self._random)
        self.free()
        if failed:
            raise RestoreError(
                f"could not give back: {'; '.join(failed)}. Everything else was given back. "
                "Make the model and the optimizer anew, or load your last checkpoint."
            )

    def free(self) -> None:
        """Let go of everything without giving it back."""
        self._training.free()
        self._loading.free()
        self._random = []


def _devices_of(modules: Iterable[nn.Module], optimizer: torch.optim.Optimizer) -> set[torch.device]:
    tensors = chain.from_iterable(chain(m.parameters(), m.buffers()) for m in modules)
    groups = chain.from_iterable(group["params"] for group in optimizer.param_groups)
    return {tensor.device for tensor in chain(tensors, groups)}


def _keep_module(keeper: Keeper, root: nn.Module, label: str) -> None:
    named = list(root.named_modules())
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


def _keep_optimizer(keeper: Keeper, optimizer: torch.optim.Optimizer) -> None:
    for number, group in enumerate(optimizer.param_groups):
        for index, parameter in enumerate(group["params"]):
            if parameter not in keeper:
                _keep_parameter(keeper, parameter, f"optimizer.param_groups[{number}]['params'][{index}]")
    keeper.keep_attributes(optimizer, "optimizer")
    # Wrappers (Accelerate's, Lookahead's) hold the optimizer that does the work.
    for name, inner in vars(optimizer).items():
        if isinstance(inner, torch.optim.Optimizer):
            keeper.keep_attributes(inner, f"optimizer.{name}")


def _give_back_flags(flags: list[tuple[nn.Module, bool]]) -> None:
    for module, training in flags:
        if module.training != training:
            module.training = training


def _give_back_gradient(parameter: torch.Tensor, grad: torch.Tensor | None, requires_grad: bool) -> None:
    if parameter.requires_grad != requires_grad:
        parameter.requires_grad_(requires_grad)
    if parameter.grad is not grad:
        parameter.grad = grad
