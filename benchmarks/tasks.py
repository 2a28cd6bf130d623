"""What is trained: models whose steps take a fraction of a millisecond to tens of milliseconds."""

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


@dataclass
class Task:
    """Model, optimizer, data; :meth:`reset` puts everything back to where :meth:`remember` was called."""

    name: str
    model: nn.Module
    optimizer: torch.optim.Optimizer
    loader: DataLoader[Any]
    device: torch.device
    criterion: Callable[..., torch.Tensor] = field(default_factory=nn.CrossEntropyLoss)
    scaler: None = None

    def remember(self) -> None:
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

    def step(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Train on one batch; return its loss, without waiting for the device."""
        self.optimizer.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    @property
    def lrs(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.model.parameters())


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


def small(device: torch.device) -> Task:
    """A step of about a millisecond."""
    model = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, 10))
    return Task("small MLP", model.to(device), _adamw(model), _random_data(64, 32), device)


class Characters(nn.Module):
    """A causal transformer that guesses the next character; gives (batch, characters, places)."""

    def __init__(self, vocabulary: int, width: int, heads: int, layers: int, length: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.places = nn.Parameter(0.02 * torch.randn(length, width))
        layer = nn.TransformerEncoderLayer(width, heads, 2 * width, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, vocabulary)
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = self.layers(self.embedding(x) + self.places, mask=self.mask, is_causal=True)
        return self.head(seen).transpose(1, 2)


def transformer(device: torch.device) -> Task:
    """A character model on made-up text: each character's successor is mostly the same one."""
    vocabulary, length = 64, 32
    width, layers, batch = (384, 6, 64) if device.type == "cuda" else (64, 2, 16)
    model = Characters(vocabulary, width, 4, layers, length).to(device)
    successor = torch.randperm(vocabulary)
    text = torch.randint(vocabulary, (20 * batch, length + 1))
    for place in range(length):
        follows = torch.rand(len(text)) < 0.8
        text[follows, place + 1] = successor[text[follows, place]]
    data = TensorDataset(text[:, :-1].contiguous(), text[:, 1:].contiguous())
    loader = DataLoader(data, batch_size=batch, shuffle=True)
    return Task("transformer", model, _adamw(model), loader, device)


MAKERS: dict[str, Callable[[torch.device], Task]] = {
    "tiny": tiny,
    "small": small,
    "digits": digits,
    "transformer": transformer,
}


def make(name: str, device: str = "cpu") -> Task:
    """The task of this name, always with the same weights and data."""
    torch.manual_seed(0)
    task = MAKERS[name](torch.device(device))
    task.remember()
    return task


def endless(loader: DataLoader[Any]) -> Iterator[Any]:
    while True:
        yield from loader


def _adamw(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), lr=0.01)


def _random_data(features: int, batch: int) -> DataLoader[Any]:
    data = TensorDataset(torch.randn(20 * batch, features), torch.randint(10, (20 * batch,)))
    return DataLoader(data, batch_size=batch, shuffle=True)
