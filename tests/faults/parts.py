"""What the worlds of the fault matrix are made of: ordinary parts, each with taps where it does its work."""

from __future__ import annotations

import random
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Sampler, default_collate

from tests.faults.taps import tap, tap_where

SAMPLES, BATCH = 24, 4


class OwnKind(torch.Tensor):
    """A tensor of a kind that does all work itself, and so is copied and written back one by one."""

    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function is torch.ops.aten.clone.default:
            tap("snapshot, tensor")
        if function is torch.ops.aten.copy_.default:
            tap("restore, tensor")
        result = super().__torch_dispatch__(function, types, args, kwargs or {})
        if function is torch.ops.aten.detach.default or function is torch.ops.aten.clone.default:
            return result.as_subclass(cls)
        return result


class Stepped(torch.Tensor):
    """A parameter that notices when an optimizer writes it, those before it being written already."""

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function in {torch.Tensor.detach, torch.Tensor.clone, torch.Tensor.requires_grad_}:
            return super().__torch_function__(function, types, args, kwargs or {})
        if function in {torch.Tensor.add_, torch.Tensor.addcdiv_} and isinstance(args[0], nn.Parameter):
            tap("within the step")
        with torch._C.DisableTorchFunctionSubclass():
            return function(*args, **(kwargs or {}))


class _Watched(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        tap("backward")
        return grad


class Hidden:
    """What only an extra state can tell of, and give back."""

    __slots__ = ("passes",)

    def __init__(self) -> None:
        self.passes = 0


class Net(nn.Module):
    """Batch norm, dropout, a frozen layer in evaluation mode, every kind of buffer, an extra state."""

    def __init__(self, inputs: int = 4, outputs: int = 3) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, 6)
        self.norm, self.drop = nn.BatchNorm1d(6), nn.Dropout(0.2)
        self.norm.bias = nn.Parameter(torch.zeros(6).as_subclass(Stepped))
        self.frozen = nn.Linear(6, 6).requires_grad_(False).eval()
        self.last = nn.Linear(6, outputs)
        self.register_buffer("seen", torch.zeros(()), persistent=False)
        self.register_buffer("own", torch.zeros(2).as_subclass(OwnKind))
        self.calls, self.hidden = 0, Hidden()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tap_where("forward")
        self.calls += 1
        self.seen += x.shape[0]
        self.own += 1
        hidden = self.drop(torch.relu(self.norm(self.first(x))))
        self.hidden.passes += 1
        return self.last(_Watched.apply(self.frozen(hidden)))

    def train(self, mode: bool = True) -> Net:
        tap("mode")
        return super().train(mode)

    def get_extra_state(self) -> int:
        return tap("snapshot, extra state", self.hidden.passes)

    def set_extra_state(self, state: int) -> None:
        tap("restore, extra state")
        self.hidden.passes = state


class Pair(NamedTuple):
    """A batch that moves itself."""

    x: torch.Tensor
    y: torch.Tensor

    def to(self, device: torch.device) -> Pair:
        tap("batch moved")
        return Pair(self.x.to(device), self.y.to(device))


class Noisy(Dataset[Any]):
    """Numbers that three random generators disturb, as augmentations do."""

    def __init__(self) -> None:
        draw = torch.Generator().manual_seed(7)
        self.x = torch.randn(SAMPLES, 4, generator=draw)
        self.y = torch.randint(0, 3, (SAMPLES,), generator=draw)

    def __len__(self) -> int:
        return SAMPLES

    def __getitem__(self, index: int) -> Any:
        tap("sample")
        noise = random.uniform(-0.1, 0.1) + 0.1 * np.random.standard_normal()  # noqa: NPY002
        return self.x[index] + noise + 0.1 * torch.randn(4), self.y[index]


def paired(samples: Any) -> Pair:
    tap("collate")
    return Pair(*default_collate(samples))


def as_dict(samples: Any) -> dict[str, Any]:
    pair = paired(samples)
    return {"inputs": {"x": pair.x}, "targets": pair.y}


class Shuffled(Sampler[int]):
    """A sampler with an order shuffled in place, a generator and a counter of its own."""

    def __init__(self) -> None:
        self.order, self.begun = list(range(SAMPLES)), 0
        self.draw = random.Random(3)

    def __iter__(self) -> Iterator[int]:
        self.begun += 1
        self.draw.shuffle(self.order)
        for index in self.order:
            tap("sampler")
            yield index

    def __len__(self) -> int:
        return SAMPLES


class Loader(DataLoader[Any]):
    """A DataLoader whose beginnings and draws pass a tap."""

    def __init__(self, drawn: str = "batch drawn", **options: Any) -> None:
        self.drawn = drawn
        super().__init__(
            Noisy(), batch_size=BATCH, **{"collate_fn": paired, "sampler": Shuffled(), **options}
        )

    def __iter__(self) -> Any:
        if self.drawn == "batch drawn":
            tap("loader begun")
        iterator = super().__iter__()
        draw, itself = type(iterator)._next_data, weakref.proxy(iterator)
        iterator._next_data = lambda: (tap(self.drawn), draw(itself))[1]  # type: ignore[method-assign]
        return iterator


class StatefulLoader:
    """Counts its passes, and speaks by ``state_dict`` for a source that nobody can look into."""

    def __init__(self, **options: Any) -> None:
        self.loader = Loader(**options)
        self.sampler = self.loader.sampler
        self.place = np.zeros(1, dtype=object)
        self.source = (line for line in ())

    def __iter__(self) -> Any:
        self.place[0] += 1
        return iter(self.loader)

    def __len__(self) -> int:
        return len(self.loader)

    def state_dict(self) -> dict[str, Any]:
        return {"place": tap("snapshot, loader", self.place[0])}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        tap("restore, loader")
        self.place[0] = state["place"]


class Scaler(torch.amp.GradScaler):
    """A gradient scaler whose every call passes a tap."""

    def scale(self, outputs: Any) -> Any:
        return super().scale(tap("loss scaled", outputs))

    def unscale_(self, optimizer: torch.optim.Optimizer) -> None:
        tap("gradients unscaled")
        super().unscale_(optimizer)

    def step(self, optimizer: torch.optim.Optimizer, *args: Any, **options: Any) -> Any:
        tap("scaler's step")
        return super().step(optimizer, *args, **options)

    def update(self, new_scale: Any = None) -> None:
        super().update(new_scale)
        tap("scale updated")


def tapped_optimizer(kind: type[torch.optim.Optimizer], groups: list[Any], **options: Any) -> Any:
    """Return an optimizer with taps around its step."""

    class Tapped(kind):  # type: ignore[misc, valid-type]
        def zero_grad(self, set_to_none: bool = True) -> None:
            tap("gradients zeroed")
            super().zero_grad(set_to_none)

    Tapped.__name__ = kind.__name__
    optimizer = Tapped(groups, **options)
    optimizer.register_step_pre_hook(lambda *_: tap("before the step"))
    optimizer.register_step_post_hook(lambda *_: tap("after the step"))
    return optimizer


class Surrounded:
    """What is to hold around a sweep."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model

    def __enter__(self) -> None:
        tap("around, entered")
        self._model.surrounded = True

    def __exit__(self, *_: object) -> None:
        del self._model.surrounded
        tap("around, left")
