"""The tasks, half of them held out: rules, warnings and defaults are tuned on the others only."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import nn

from benchmarks.evaluation_tasks import GIN, LSTM, UNet, perceptron, resnet18
from benchmarks.picks import data
from benchmarks.picks.data import Data
from benchmarks.picks.models import (
    GCN,
    CharacterLSTM,
    Contrastive,
    ConvolutionalAutoencoder,
    InfoNCE,
    LoRA,
    Mixer,
    TabularResNet,
    ViT,
    character_gpt,
)
from benchmarks.picks.optimizers import OPTIMIZERS, Kind, Optimizers

TUNING, HELD_OUT = "tuning", "held-out"
HELD_OUT_SAMPLES = 256
AGAIN = "begun again"  # how the names of tasks end whose model has been trained on the same data


@dataclass(frozen=True)
class Before:
    """Training that came before: AdamW at 1e-3 on other data; then the model may be changed."""

    data: Callable[[], Data]
    steps: int
    then: Callable[[nn.Module], None] = lambda _: None


@dataclass(frozen=True)
class Task:
    """What is trained, how, for how many steps."""

    name: str
    half: str
    model: Callable[[], nn.Module]
    data: Callable[[], Data]
    optimizer: str
    criterion: nn.Module = field(default_factory=nn.CrossEntropyLoss)
    batch_size: int = 32
    steps: int = 250
    before: Before | None = None

    @property
    def kind(self) -> Kind:
        """The optimizer, and the rates that it is known by."""
        return OPTIMIZERS[self.optimizer]


@dataclass
class State:
    """A task where its training begins."""

    task: Task
    seed: int
    model: nn.Module
    train: Data
    held_out: Data

    def begun(self) -> tuple[nn.Module, Optimizers]:
        """Return a copy of the model, and its optimizers."""
        model = copy.deepcopy(self.model)
        return model, self.task.kind.make(model)

    def batches(self, order: int) -> Batches:
        """Return batches in an order of its own; one order is never that of another number."""
        return Batches(self.train, self.task.batch_size, 1000 * (self.seed + 1) + order)


class Batches:
    """Shuffled batches without end; begun anew, they come in the same order again."""

    def __init__(self, samples: Data, size: int, seed: int) -> None:
        self._samples, self._size, self._seed = samples, size, seed

    def __iter__(self) -> Iterator[Data]:
        draws = torch.Generator().manual_seed(self._seed)
        count = len(self._samples[0])
        while True:
            order = torch.randperm(count, generator=draws)
            for chosen in order[: count - count % self._size].split(self._size):
                yield self._samples[0][chosen], self._samples[1][chosen]


@lru_cache(maxsize=64)
def start(task: Task, seed: int) -> State:
    """Return where a task's training begins; the held-out samples are the same for every seed."""
    x, y = task.data()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(7))
    apart = min(HELD_OUT_SAMPLES, len(x) // 4)
    torch.manual_seed(seed)
    model = task.model()
    if task.before is not None:
        _train_before(task, task.before, model, seed)
        task.before.then(model)
    held_out, train = order[:apart], order[apart:]
    return State(task, seed, model, (x[train], y[train]), (x[held_out], y[held_out]))


def _train_before(task: Task, before: Before, model: nn.Module, seed: int) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    batches = iter(Batches(before.data(), task.batch_size, seed))
    for _ in range(before.steps):
        x, y = next(batches)
        optimizer.zero_grad()
        task.criterion(model(x), y).backward()
        optimizer.step()


def _new_head(model: nn.Module) -> None:
    """Draw the last layer anew, for other classes."""
    *_, head = (module for module in model.modules() if isinstance(module, nn.Linear))
    head.reset_parameters()


def _adapt(model: nn.Module) -> None:
    model.adapt()  # type: ignore[operator]


_PIXELS = nn.BCEWithLogitsLoss()
_SQUARES = nn.MSELoss()

TASKS = (
    Task("ResNet18", TUNING, resnet18, data.digits, "SGD, momentum", batch_size=16),
    Task("GPT, Muon", HELD_OUT, character_gpt, data.library, "Muon", batch_size=16),
    Task("GPT", TUNING, character_gpt, data.library, "AdamW", batch_size=16),
    Task("UNet, denoising", HELD_OUT, UNet, data.noisy_patches, "RMSprop", _SQUARES, 16),
    Task("UNet", TUNING, UNet, data.discs, "AdamW", _PIXELS, 16),
    Task(
        "ResNet18, warm", HELD_OUT, resnet18, data.high_digits, "SGD, momentum", batch_size=16,
        before=Before(data.low_digits, 150, _new_head),
    ),
    Task("LSTM", TUNING, lambda: LSTM(16), data.rows, "RMSprop"),
    Task("GCN", HELD_OUT, GCN, data.graphs, "Adafactor"),
    Task("ViT", TUNING, ViT, data.digits, "AdamW"),
    Task("LSTM, text", HELD_OUT, CharacterLSTM, data.library, "SGD, momentum", batch_size=16),
    Task(
        "LoRA", TUNING, LoRA, data.prose, "AdamW", batch_size=16,
        before=Before(data.library, 300, _adapt),
    ),
    Task("autoencoder", HELD_OUT, ConvolutionalAutoencoder, data.patches, "AdamW", _SQUARES),
    Task("MLP, regression", TUNING, perceptron, data.friedman, "SGD, momentum", _SQUARES),
    Task("contrastive", HELD_OUT, Contrastive, data.digits, "AdamW", InfoNCE()),
    Task("GIN", TUNING, GIN, data.graphs, "Muon"),
    Task(
        "ViT, warm", HELD_OUT, ViT, data.high_digits, "AdamW",
        before=Before(data.low_digits, 150, _new_head),
    ),
    Task("Mixer", TUNING, Mixer, data.digits, "Adafactor"),
    Task("tabular ResNet", HELD_OUT, lambda: TabularResNet(20, 5), data.kinds, "SGD, momentum"),
    # Begun again with a new optimizer on the same data: there sweeps see a rise where training would pay off.
    Task("LSTM, begun again", TUNING, lambda: LSTM(16), data.rows, "RMSprop", before=Before(data.rows, 150)),
    Task(
        "autoencoder, begun again", HELD_OUT, ConvolutionalAutoencoder, data.patches, "AdamW", _SQUARES,
        before=Before(data.patches, 150),
    ),
    Task("ViT, begun again", TUNING, ViT, data.digits, "AdamW", before=Before(data.digits, 100)),
    Task(
        "tabular ResNet, begun again", HELD_OUT, lambda: TabularResNet(20, 5), data.kinds, "SGD, momentum",
        before=Before(data.kinds, 150),
    ),
)  # fmt: skip
