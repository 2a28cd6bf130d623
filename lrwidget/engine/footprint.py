"""How much memory a sweep is going to hold, estimated from the model and the optimizer as they are."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.rates.optimizers import AnyOptimizer, parts_of
from lrwidget.engine.state.frozen import only_looked_at
from lrwidget.engine.state.memory import nbytes, readable
from lrwidget.engine.state.places import Place, choose_place
from lrwidget.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from torch import nn

__all__ = ["Coming", "Footprint", "estimate", "still_to_come"]

_WHERE = {"device": "on the device", "host": "in the host's memory", "disk": "on disk"}
# State that an optimizer makes in its first step, as multiples of the parameters it steps, by the name of its
# class; of the settings of a group. Others: twice, as Adam has it.
_STATE: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "SGD": lambda group: 1 if group.get("momentum") else 0,
    "Adafactor": lambda _: 0.01,  # a row and a column for each matrix
    "ASGD": lambda _: 1,
    "LBFGS": lambda group: 2 * group.get("history_size", 100) + 3,
    "Lion": lambda _: 1,
    "Muon": lambda _: 1,
    "RMSprop": lambda group: 1 + bool(group.get("momentum")) + bool(group.get("centered")),
}
_OTHER_STATE = 2.0


@dataclass(frozen=True)
class Footprint:
    """Memory that a sweep holds; ``str()`` tells it in words.

    Attributes
    ----------
    copies : dict of str to int
        Bytes of the copies of what is given back, by place: "device", "host", "disk".
    looked_at : int
        Bytes of frozen tensors that are not copied: a fingerprint tells whether they changed.
    batches : int or None
        Bytes of the batches that serve every evaluation; None = not known before they are drawn.
    gradients, optimizer_state : int
        Bytes of gradients and of optimizer state that are not there yet and come with the first step, as they
        do in training. They are gone after the sweep. The state is an estimate.
    """

    copies: dict[str, int] = field(default_factory=dict)
    looked_at: int = 0
    batches: int | None = 0
    gradients: int = 0
    optimizer_state: int = 0

    @property
    def own(self) -> int:
        """Bytes that training would not hold."""
        return sum(self.copies.values()) + (self.batches or 0)

    def __str__(self) -> str:
        copies = [
            f"{readable(size)} {_WHERE.get(place, place)}" for place, size in self.copies.items() if size
        ]
        own = [f"copies: {' and '.join(copies)}"] if copies else []
        if self.batches is None:
            own.append("batches to evaluate on: not drawn yet")
        elif self.batches:
            own.append(f"batches to evaluate on: {readable(self.batches)}")
        text = f"{readable(self.own)} for the sweep ({'; '.join(own) or 'nothing to copy'})"
        if self.gradients or self.optimizer_state:
            text += (
                f", and as training does {readable(self.gradients)} for gradients and about "
                f"{readable(self.optimizer_state)} for the optimizer's state"
            )
        if self.looked_at:
            text += f". Frozen, and not copied: {readable(self.looked_at)}"
        return f"{text}."

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, for a receipt."""
        return {**vars(self), "copies": dict(self.copies)}


@dataclass(frozen=True)
class Coming:
    """Bytes of gradients and of optimizer state that the first step is going to make, by device."""

    gradients: Mapping[torch.device, int]
    optimizer_state: Mapping[torch.device, int]

    def by_device(self) -> dict[torch.device, int]:
        """Return the bytes of both."""
        total = dict(self.gradients)
        for device, size in self.optimizer_state.items():
            total[device] = total.get(device, 0) + size
        return total

    def with_copies(self, copies: Mapping[str, int], looked_at: int, batches: int | None) -> Footprint:
        """Return the footprint of a sweep with these to come, and so much else."""
        return Footprint(
            copies=dict(copies),
            looked_at=looked_at,
            batches=batches,
            gradients=sum(self.gradients.values()),
            optimizer_state=sum(self.optimizer_state.values()),
        )


def estimate(
    model: nn.Module,
    optimizer: AnyOptimizer,
    place: Place = "auto",
    batches: int | None = 0,
) -> Footprint:
    """Return what a sweep is going to hold. Nothing is touched, and nobody waits for a device.

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer, or several as one
    place : {"auto", "device", "host", "disk"}
        See :class:`~lrwidget.engine.options.Options`.
    batches : int or None
        Bytes of the batches to evaluate on; None = not known.

    Returns
    -------
    Footprint
        Of model and optimizer alone: what a step refers to beside them is found when the sweep begins.
    """
    tensors, frozen = _kept_of(model, optimizer)
    looked_at = only_looked_at(tensors, frozen)
    copied = [tensor for index, tensor in enumerate(tensors) if index not in looked_at]
    coming = still_to_come(model, optimizer)
    copies = _copies_of(copied, place, coming.by_device())
    return coming.with_copies(copies, nbytes(tensors[index] for index in looked_at), batches)


def _copies_of(
    tensors: Iterable[torch.Tensor], place: Place, coming: Mapping[torch.device, int]
) -> dict[str, int]:
    """Return the bytes that copies of these are going to take, by place."""
    by_device: dict[torch.device, int] = defaultdict(int)
    for tensor in tensors:
        by_device[tensor.device] += nbytes([tensor])
    copies: dict[str, int] = defaultdict(int)
    for device, size in by_device.items():
        where: Place = place
        with suppress(SetupError):  # no room: told when it is asked for
            where = choose_place(place, device, size, coming.get(device, 0))
        copies["host" if where == "auto" else where] += size
    return dict(copies)


def still_to_come(model: nn.Module, optimizer: AnyOptimizer) -> Coming:
    """Return what the first step is going to make."""
    return Coming(_gradients(model, optimizer), _state(optimizer))


def _gradients(model: nn.Module, optimizer: AnyOptimizer) -> dict[torch.device, int]:
    sizes: dict[torch.device, int] = defaultdict(int)
    for parameter in _once((*model.parameters(), *_trained_by(optimizer))):
        if parameter.requires_grad and parameter.grad is None:
            sizes[parameter.device] += nbytes([parameter])
    return sizes


def _state(optimizer: AnyOptimizer) -> dict[torch.device, int]:
    sizes: dict[torch.device, int] = defaultdict(int)
    for part in parts_of(optimizer):
        state = getattr(part, "state", {})
        there = [parameter for parameter in _trained_by(part) if state.get(parameter)] if state else []
        # What it has made for some, it will make for the others.
        known = nbytes(there) and sum(nbytes(_tensors(state[p])) for p in there) / nbytes(there)
        for group in part.param_groups:
            share = known if there else _state_share(part, group)
            for parameter in group["params"] if share else ():
                if parameter.requires_grad and not (state and state.get(parameter)):
                    sizes[parameter.device] += round(share * nbytes([parameter]))
    return sizes


def _state_share(optimizer: Any, group: Mapping[str, Any]) -> float:
    """Return how large the state will be against the parameters."""
    for kind in type(optimizer).__mro__:
        name = kind.__name__
        if name in _STATE:
            return _STATE[name](group)
        if "8bit" in name.lower():
            return _OTHER_STATE / 4
    return _OTHER_STATE + bool(group.get("amsgrad"))


def _kept_of(model: nn.Module, optimizer: AnyOptimizer) -> tuple[list[torch.Tensor], list[bool]]:
    parameters = _once((*model.parameters(), *_trained_by(optimizer)))
    there = [parameter.grad for parameter in parameters if parameter.grad is not None]
    states = [
        _tensors(entry) for part in parts_of(optimizer) for entry in getattr(part, "state", {}).values()
    ]
    others = [*model.buffers(), *there, *(tensor for state in states for tensor in state)]
    tensors = _once((*parameters, *others))
    trained = {id(parameter) for parameter in parameters if not parameter.requires_grad}
    return tensors, [id(tensor) in trained for tensor in tensors]


def _trained_by(optimizer: AnyOptimizer) -> Iterator[torch.Tensor]:
    for part in parts_of(optimizer):
        for group in part.param_groups:
            yield from group["params"]


def _tensors(entry: Any) -> list[torch.Tensor]:
    values = entry.values() if isinstance(entry, dict) else ()
    return [value for value in values if isinstance(value, torch.Tensor)]


def _once(tensors: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    return [
        tensor
        for tensor in {id(tensor): tensor for tensor in tensors}.values()
        if tensor.device.type != "meta"
    ]
