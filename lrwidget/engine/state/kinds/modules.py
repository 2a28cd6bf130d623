"""Modules: parameters, buffers, flags, further state, attributes, and what hooks and forwards refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from lrwidget.engine.state.kinds.objects import Attributes, is_hooks, keep_hooks
from lrwidget.engine.state.kinds.tensors import keep_attached, keep_parameter
from lrwidget.engine.state.memory import nbytes
from lrwidget.engine.state.parts import ATOMS, Part, ProtocolState
from lrwidget.engine.state.walk import Kind, Way

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["MODULES"]

#: Bytes. Smaller buffers of whole numbers are counters and tables.
_LARGEST_UNPACKED = 2**20

#: What nn.Module itself keeps its state in.
_STRUCTURE = frozenset({"_parameters", "_buffers", "_non_persistent_buffers_set", "_modules"})
#: Wrappers that mirror state outside of Python in their other attributes: those cannot be turned back.
_MIRRORS = ("torch.nn.parallel", "torch.distributed", "torch._dynamo")


class _Flags(Part):
    """The training flags of modules."""

    __slots__ = ("kept", "modules")

    def __init__(self, label: str, modules: Iterable[nn.Module]) -> None:
        self.modules = tuple(modules)
        super().__init__(label)

    def take(self) -> None:
        self.kept = [module.training for module in self.modules]

    def differs(self) -> bool:
        return [module.training for module in self.modules] != self.kept

    def give_back(self) -> None:
        for module, training in zip(self.modules, self.kept, strict=True):
            if module.training != training:
                module.training = training


class _ExtraState(ProtocolState):
    """The state that a module tells of beside parameters and buffers."""

    __slots__ = ()

    def __init__(self, label: str, module: nn.Module) -> None:
        super().__init__(label, module.get_extra_state, module.set_extra_state)


def _keep(walk: Walk, met: Met) -> None:
    root: nn.Module = met.value
    named = [(name, module) for name, module in root.named_modules() if module is root or walk.enter(module)]
    walk.part(_Flags(f"training flags of {met.label}", [module for _, module in named]))
    for name, module in named:
        _keep_one(walk, module, f"{met.label}.{name}" if name else met.label, Way(named=met.way.named))


def _keep_one(walk: Walk, module: nn.Module, label: str, way: Way) -> None:
    # The public walks over one module's own parameters and buffers cost more than the rest together.
    for key, parameter in module._parameters.items():  # noqa: SLF001
        if parameter is not None and walk.enter(parameter):
            keep_parameter(walk, parameter, f"{label}.{key}", way)
    for key, buffer in module._buffers.items():  # noqa: SLF001
        if buffer is not None and walk.enter(buffer):
            walk.tensor(buffer, f"{label}.{key}", frozen=not way.named and _is_packed(buffer))
            keep_attached(walk, buffer, f"{label}.{key}", way)
    kind, attributes = type(module), vars(module)
    part = Attributes(label, attributes, _leaves_all_but_structure if _mirrors(kind) else is_hooks)
    walk.part(part)
    for name, item in part.kept.items():
        if type(item) not in ATOMS:
            walk.keep(item, f"{label}.{name}", way, attributes, name)
    keep_hooks(walk, part)
    if kind.get_extra_state is not nn.Module.get_extra_state:
        walk.part(_ExtraState(f"extra state of {label}", module))
    walk.keep(kind, kind.__name__, Way(by_function=True))


def _mirrors(kind: type) -> bool:
    """Return whether a class is a wrapper of PyTorch's; one that it made of a user's class is the user's."""
    first = next(base for base in kind.__mro__ if not base.__module__.startswith(_MIRRORS))
    return first in {nn.Module, object} and kind is not nn.Module


def _leaves_all_but_structure(name: str) -> bool:
    return name not in _STRUCTURE


def _is_packed(buffer: torch.Tensor) -> bool:
    """Return whether a buffer is weights in whole numbers, as quantized layers hold them."""
    floating = buffer.is_floating_point() or buffer.is_complex()
    return not floating and nbytes((buffer,)) > _LARGEST_UNPACKED


MODULES = Kind("modules", lambda kind: issubclass(kind, nn.Module), _keep)
