"""How far picks scatter from seed to seed: of one pass, and of a coarse and a dense one of as many steps.

python -m benchmarks.passes
"""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget import AutoRangeTest, History, RangeTest

SEEDS = 8
OPTIMIZERS = {
    "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "AdamW": torch.optim.AdamW,
    "RMSprop": torch.optim.RMSprop,
}


def world(seed: int, optimizer: str) -> tuple[object, ...]:
    torch.manual_seed(seed)
    digits = load_digits()
    data = TensorDataset(torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target))
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    loader = DataLoader(data, batch_size=32, shuffle=True)
    return model, OPTIMIZERS[optimizer](model.parameters()), nn.CrossEntropyLoss(), loader


def scatter(histories: list[History], rule: str) -> float:
    """Return the standard deviation of a rule's picks, in decades; those that there are."""
    rates = [pick.lr for one in histories if (pick := one.suggest(rule)).lr is not None]
    return float(np.std(np.log10(rates)))


def main() -> None:
    print("standard deviation of the pick, in decades: steepest, knee")
    for optimizer in OPTIMIZERS:
        for options in ({}, {"fixed_batches": 4}):
            found: dict[str, list[History]] = {"one pass": [], "two passes": []}
            for seed in range(SEEDS):
                objects = world(seed, optimizer)
                found["one pass"].append(RangeTest(*objects, **options).run())
                found["two passes"].append(AutoRangeTest(*objects, **options).run())
            what = "4 fixed batches" if options else "training losses"
            for name, histories in found.items():
                told = ", ".join(f"{scatter(histories, rule):.2f}" for rule in ("steepest", "knee"))
                print(f"{optimizer:8} {what:16} {name:11} {told}")


if __name__ == "__main__":
    main()
