"""What a sweep is let loose on, and the kinds of state that are looked at before and after it.

Two worlds, because some kinds exclude each other. *Warm*: three steps of training behind it, gradients
there, the model in training mode but for one frozen part. *Fresh*: no step taken, no gradient, no optimizer
state, the model in evaluation mode.
"""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.engines import Request
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import images, seed_all

State = dict[str, Any]

FINISH, ERROR, INTERRUPT, SECOND = EXITS = ("finish", "error", "Ctrl-C", "second sweep")
STEPS = 12
REQUEST = Request(start_lr=1e-4, end_lr=0.1, steps=STEPS)


class MishapError(RuntimeError):
    """What the model raises in the middle of a sweep."""


@dataclass
class Trip:
    """Sees every forward pass, and lets the one in the middle of a sweep go wrong if told to."""

    how: str = FINISH
    biases: list[torch.Tensor] = field(default_factory=list)

    def set(self, how: str) -> None:
        self.how, self.biases = how, []

    def see(self, bias: torch.Tensor) -> None:
        self.biases.append(bias.detach().clone())
        if len(self.biases) == STEPS // 2:
            if self.how == INTERRUPT:
                signal.raise_signal(signal.SIGINT)
            if self.how == ERROR:
                raise MishapError("the middle of the sweep")

    @property
    def trained(self) -> bool:
        """Whether there were as many passes as a sweep has, and each changed what the next one saw."""
        enough = STEPS // 2 if self.how in {ERROR, INTERRUPT} else STEPS
        changed = [not torch.equal(one, other) for one, other in pairwise(self.biases)]
        return len(self.biases) >= enough and all(changed)


class Net(nn.Module):
    """Convolutions, batch norm, dropout, a part meant to stay frozen, both kinds of buffers, a counter."""

    def __init__(self, trip: Trip) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2))
        self.frozen = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)).requires_grad_(False)
        self.head = nn.Linear(4 * 2 * 2, 3)
        self.register_buffer("seen", torch.zeros(()), persistent=False)
        self.calls = 0
        # Through a proxy, which no snapshot enters: what was seen is not to be given back.
        self.aside = MappingProxyType({"trip": trip})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.aside["trip"].see(self.head.bias)
        self.calls += 1
        self.seen += x.shape[0]
        return self.head(self.frozen(self.features(x)).flatten(1))


class Augmented(Dataset[Any]):
    """Images that Python's and NumPy's generators disturb, as augmentations do."""

    def __init__(self) -> None:
        self.images = images()

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        x, y = self.images[index]
        return x * random.uniform(0.9, 1.1) + 0.1 * np.random.standard_normal(), y  # noqa: NPY002


class World:
    """Everything a person trains with."""

    def __init__(self, *, warm: bool) -> None:
        seed_all()
        self.trip = Trip()
        self.model = Net(self.trip)
        groups = [
            {"params": list(self.model.features.parameters()), "lr": 1e-3},
            {"params": list(self.model.head.parameters()), "lr": 3e-3, "weight_decay": 0.1},
        ]
        self.optimizer = torch.optim.AdamW(groups)
        self.scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=5)
        self.criterion = nn.CrossEntropyLoss()
        self.device = torch.device("cpu")
        self.generator = torch.Generator().manual_seed(1)
        self.loader = DataLoader(Augmented(), batch_size=6, shuffle=True, generator=self.generator)
        if warm:
            self.model.frozen.eval()
            for _, (x, y) in zip(range(3), self.loader, strict=False):
                self.step(x, y)
        else:
            self.model.eval()

    @property
    def lrs(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Take one step of training."""
        self.optimizer.zero_grad()
        loss: torch.Tensor = self.criterion(self.model(x), y)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.detach()


def observe(world: World, trainer: object, folder: Path) -> State:
    """Return all that is compared; ``trainer`` is what the engine's own trainer is set to, or None."""
    model, optimizer = world.model, world.optimizer
    extra = (world.scaler.state_dict, world.generator.get_state)
    state = full_state(model, optimizer, identity=False, extra=extra)
    return {
        "modules": {key[len("model.") :]: part for key, part in state.items() if key.startswith("model.")},
        "optimizer": state["optimizer"],
        "random": state["random"],
        "scaler": state["extra"][0],
        "generator": state["extra"][1],
        "model's hooks": {name: _hooks(module) for name, module in model.named_modules()},
        "optimizer's hooks": _hooks(optimizer),
        "trainer": trainer,
        "SIGINT": repr(signal.getsignal(signal.SIGINT)),
        "files": sorted(path.name for path in folder.rglob("*") if path.is_file()),
    }


def _hooks(owner: object) -> State:
    """Return the names of an object's own attributes, wrapped methods included, and its numbers of hooks."""
    held = vars(owner)
    return {
        "names": sorted(held),
        "hooks": {name: len(held[name]) for name in held if name.endswith("hooks")},
    }


def _parameters(what: Callable[[State], Any]) -> Callable[[State], Any]:
    return lambda state: [
        [what(held) for held in module["parameters"].values()] for module in state["modules"].values()
    ]


def _buffers(*, persistent: bool) -> Callable[[State], Any]:
    def look(state: State) -> Any:
        return [
            {
                name: held
                for name, held in each["buffers"].items()
                if (name in each["not persistent"]) != persistent
            }
            for each in state["modules"].values()
        ]

    return look


def _flags(frozen: bool) -> Callable[[State], Any]:
    return lambda state: {
        name: module["plain"]["training"]
        for name, module in state["modules"].items()
        if name.startswith("frozen") == frozen
    }


def _plain(state: State) -> Any:
    return [
        {name: value for name, value in module["plain"].items() if name != "training"}
        for module in state["modules"].values()
    ]


def _options(state: State) -> Any:
    groups = state["optimizer"]["groups"]
    return [{key: group[key] for key in sorted(group) if key not in {"params", "lr"}} for group in groups]


def _moments(state: State) -> Any:
    states = state["optimizer"]["state"]
    return [state["optimizer"]["size"], *(held and dict(sorted(held.items())) for held in states)]


#: Kind: whether it is looked at in the warm world, and where it stands in what was observed.
KINDS: dict[str, tuple[bool, Callable[[State], Any]]] = {
    "weights": (True, _parameters(lambda held: held["tensor"])),
    "buffers": (True, _buffers(persistent=True)),
    "non-persistent buffers": (True, _buffers(persistent=False)),
    "plain attributes (a counter)": (True, _plain),
    "training flags": (False, _flags(frozen=False)),
    "training flags of a frozen part": (True, _flags(frozen=True)),
    "`requires_grad`": (True, _parameters(lambda held: held["requires_grad"])),
    "gradients": (True, _parameters(lambda held: held["grad"])),
    "absence of gradients": (False, _parameters(lambda held: held["grad"] is None)),
    "optimizer state": (True, _moments),
    "absence of optimizer state": (False, _moments),
    "rates of all groups": (True, lambda state: [group["lr"] for group in state["optimizer"]["groups"]]),
    "other group options": (True, _options),
    "GradScaler": (True, lambda state: state["scaler"]),
    "Python's generator": (True, lambda state: state["random"]["python"]),
    "NumPy's generator": (True, lambda state: state["random"]["numpy"]),
    "PyTorch's generator": (True, lambda state: state["random"]["torch"]),
    "the loader's generator": (True, lambda state: state["generator"]),
    "hooks on the model": (True, lambda state: state["model's hooks"]),
    "hooks and wrappers on the optimizer": (True, lambda state: state["optimizer's hooks"]),
    "settings and callbacks of the trainer": (True, lambda state: state["trainer"]),
    "what Ctrl-C does": (True, lambda state: state["SIGINT"]),
    "files on disk": (True, lambda state: state["files"]),
}


def same(kind: str, before: State, after: State) -> bool:
    """Whether this kind of state is what it was, to the bit."""
    look = KINDS[kind][1]
    try:
        assert_same_state(look(before), look(after))
    except AssertionError:
        return False
    return True
