"""The tasks' optimizers, and those that people use to avoid the question of the rate."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

Optimizers = list[torch.optim.Optimizer]
# Other people's optimizers, as .ci/venv installs them; behind the environment's own packages.
PACKAGES = Path(__file__).resolve().parents[2] / ".venv" / "packages"


@dataclass(frozen=True)
class Kind:
    """An optimizer: how it is made, PyTorch's default rate, the one people write, where a grid begins."""

    make: Callable[[nn.Module], Optimizers]
    default: float
    customary: float
    lowest: float


def _one(cls: Any, **options: Any) -> Callable[[nn.Module], Optimizers]:
    return lambda model: [cls(trained(model), **options)]


def trained(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that learn."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def _muon(model: nn.Module) -> Optimizers:
    """Muon for the matrices within, AdamW at a tenth of its rate for the rest, as its author advises."""
    outer = {id(model.head.weight)} if isinstance(getattr(model, "head", None), nn.Linear) else set()
    outer |= {id(part.weight) for part in model.modules() if isinstance(part, nn.Embedding)}
    within = [each for each in trained(model) if each.ndim == 2 and id(each) not in outer]
    rest = [each for each in trained(model) if each.ndim != 2 or id(each) in outer]
    return [torch.optim.Muon(within, lr=0.02, weight_decay=0.0), torch.optim.AdamW(rest, lr=0.002)]


OPTIMIZERS = {
    "SGD, momentum": Kind(_one(torch.optim.SGD, lr=1e-2, momentum=0.9), 1e-3, 1e-1, 1e-3),
    "AdamW": Kind(_one(torch.optim.AdamW, lr=1e-3), 1e-3, 3e-4, 1e-4),
    "RMSprop": Kind(_one(torch.optim.RMSprop, lr=1e-2), 1e-2, 1e-3, 1e-5),
    "Adafactor": Kind(_one(torch.optim.Adafactor, lr=1e-2), 1e-2, 1e-3, 1e-4),
    "Muon": Kind(_muon, 1e-3, 2e-2, 1e-3),
}


def set_rate(optimizers: Optimizers, lr: float) -> None:
    """Give the first group this rate, and the others theirs in the same ratio."""
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    first = groups[0]["lr"]
    for group in groups:
        group["lr"] *= lr / first


# -- optimizers that need no rate --------------------------------------------------------------------------


def adamw(lr: float) -> Callable[[nn.Module], Optimizers]:
    """Return AdamW at one rate, whatever the task's optimizer is."""
    return _one(torch.optim.AdamW, lr=lr)


def prodigy(model: nn.Module) -> Optimizers:
    """Prodigy, arXiv 2306.06101."""
    return [_package("prodigyopt").Prodigy(trained(model))]


def d_adaptation(model: nn.Module) -> Optimizers:
    """D-Adaptation for Adam, arXiv 2301.07733."""
    return [_package("dadaptation").DAdaptAdam(trained(model))]


def d_adaptation_sgd(model: nn.Module) -> Optimizers:
    """D-Adaptation for SGD with momentum."""
    return [_package("dadaptation").DAdaptSGD(trained(model), momentum=0.9)]


def schedule_free(model: nn.Module) -> Optimizers:
    """Schedule-free AdamW at its own default rate, arXiv 2405.15682."""
    return [_package("schedulefree").AdamWScheduleFree(trained(model))]


def dog(model: nn.Module) -> Optimizers:
    """DoG, arXiv 2302.12022; its average of the weights is added in training."""
    return [_package("dog").DoG(trained(model))]


def _package(name: str) -> Any:
    if str(PACKAGES) not in sys.path:
        sys.path.append(str(PACKAGES))
    return __import__(name)


RIVALS: dict[str, Callable[[nn.Module], Optimizers]] = {
    "AdamW at 1e-3": adamw(1e-3),
    "AdamW at 3e-4": adamw(3e-4),
    "Prodigy": prodigy,
    "D-Adaptation, Adam": d_adaptation,
    "D-Adaptation, SGD": d_adaptation_sgd,
    "schedule-free AdamW": schedule_free,
    "DoG, averaged": dog,
}
