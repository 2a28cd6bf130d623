"""Real handwritten digits, and small models that read them."""

from functools import cache

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@cache
def digits(n: int = 40) -> TensorDataset:
    """The first scans of 8 by 8 pixels, between 0 and 1, with their digits."""
    found = load_digits()
    return TensorDataset(
        torch.tensor(found.images[:n] / 16, dtype=torch.float32).unsqueeze(1), torch.tensor(found.target[:n])
    )


def loader(**options) -> DataLoader:
    """Five shuffled batches of eight."""
    return DataLoader(digits(), batch_size=8, shuffle=True, **options)


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 10))


def cnn() -> nn.Sequential:
    return nn.Sequential(
        *(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Dropout(0.2), nn.Linear(36, 10)),
    )
