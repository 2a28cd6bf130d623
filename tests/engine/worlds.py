"""Small things to train: models, data, loaders, and a plain training loop."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Cnn(nn.Module):
    """A convolutional net with batch norm and dropout, both kinds of buffers, and a counter."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.Linear(4 * 4 * 4, 3)
        self.register_buffer("seen", torch.zeros(()), persistent=False)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        self.seen += x.shape[0]
        return self.head(self.features(x).flatten(1))


class Weight(nn.Module):
    """One parameter w, in float64: with loss w^2 / 2 everything can be computed by hand."""

    def __init__(self, value=1.0):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(value, dtype=torch.float64))

    def forward(self, x):
        return self.w * x


def half_square(output, target):
    return (0.5 * output**2).mean()


ONE = [(torch.ones(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64))]


def weight_and_sgd(lr=0.5, **options):
    model = Weight()
    return model, torch.optim.SGD(model.parameters(), lr=lr, **options)


def images(n=24, seed=7):
    draw = torch.Generator().manual_seed(seed)
    return TensorDataset(torch.randn(n, 1, 6, 6, generator=draw), torch.randint(0, 3, (n,), generator=draw))


@dataclass
class World:
    model: nn.Module
    optimizer: torch.optim.Optimizer
    criterion: Any
    loader: Any

    def __iter__(self):
        return iter((self.model, self.optimizer, self.criterion, self.loader))

    def train(self, steps):
        """Train as anyone would; return the losses."""
        losses = []
        self.model.train()
        while len(losses) < steps:
            for x, y in self.loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
                if len(losses) == steps:
                    break
        return losses


def seed_all(seed=0):
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch.manual_seed(seed)


def cnn_world(seed=0, *, warm=False, own_generator=False, **loading):
    """Return a seeded world, the optimizer fresh or after three steps."""
    seed_all(seed)
    model = Cnn()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(seed) if own_generator else None
    loader = DataLoader(images(), batch_size=5, shuffle=True, generator=generator, **loading)
    world = World(model, optimizer, nn.CrossEntropyLoss(), loader)
    if warm:
        world.train(3)
    return world


def small_world():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def small_step(model, optimizer):
    optimizer.zero_grad()
    model(torch.randn(5, 3)).sum().backward()
    optimizer.step()
