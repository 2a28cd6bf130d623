"""What is trained: three models whose steps take tens of microseconds to tens of milliseconds."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

#: The sweep's ends: high enough to be a sweep, low enough that no loss overflows, so all run all steps.
START_LR, END_LR = 1e-7, 0.1
#: Divergence rule off: every contender does the same number of steps.
NEVER = 1e30


@dataclass
class Task:
    """Model, optimizer, data; :meth:`reset` puts everything back to the very beginning."""

    name: str
    model: nn.Module
    optimizer: torch.optim.Optimizer
    loader: DataLoader[Any]
    device: torch.device
    criterion: Callable[..., torch.Tensor] = field(default_factory=nn.CrossEntropyLoss)

    def __post_init__(self) -> None:
        self._model_state = copy.deepcopy(self.model.state_dict())
        self._optimizer_state = copy.deepcopy(self.optimizer.state_dict())

    def reset(self) -> None:
        self.model.load_state_dict(self._model_state)
        self.model.train()
        self.optimizer.load_state_dict(self._optimizer_state)
        self.optimizer.zero_grad(set_to_none=True)
        torch.manual_seed(1)
        self.wait()

    def wait(self) -> None:
        """Let the device finish."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.model.parameters())


def wide(device: torch.device) -> Task:
    """Linear layers wide enough for a step of 5 ms or more."""
    width, batch = (4096, 1024) if device.type == "cuda" else (512, 48)
    layers: list[nn.Module] = [nn.Linear(128, width), nn.ReLU()]
    for _ in range(3):
        layers += [nn.Linear(width, width), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(width, 10)).to(device)
    return Task("wide MLP", model, _adamw(model), _random_data(128, batch), device)


def digits(device: torch.device) -> Task:
    """The quickstart's network, data, and batches."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = torch.tensor(data.images[:1400] / 16, dtype=torch.float32).unsqueeze(1)
    model = nn.Sequential(
        *(nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(64 * 4 * 4, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)),
    ).to(device)
    data_set = TensorDataset(images, torch.tensor(data.target[:1400]))
    return Task("digits CNN", model, _adamw(model), DataLoader(data_set, batch_size=64, shuffle=True), device)


def tiny(device: torch.device) -> Task:
    """So small that what is measured is everything but the model."""
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 10)).to(device)
    return Task("tiny MLP", model, torch.optim.SGD(model.parameters(), lr=0.01), _random_data(16, 16), device)


MAKERS: dict[str, Callable[[torch.device], Task]] = {"wide": wide, "digits": digits, "tiny": tiny}


def make(name: str, device: str = "cpu") -> Task:
    """The task of this name, always with the same weights and data."""
    torch.manual_seed(0)
    return MAKERS[name](torch.device(device))


def endless(loader: DataLoader[Any]) -> Iterator[Any]:
    while True:
        yield from loader


def _adamw(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=0.01)


def _random_data(features: int, batch: int) -> DataLoader[Any]:
    data = TensorDataset(torch.randn(20 * batch, features), torch.randint(10, (20 * batch,)))
    return DataLoader(data, batch_size=batch, shuffle=True)
