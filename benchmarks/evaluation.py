"""On which loss to judge: picks from training losses and from kept batches, beside the best constant rates.

Three models with batch normalisation (a ResNet, a UNet, a graph isomorphism network), fresh and after 10 and
100 steps of training. Each is swept at 100 rates and judged on its training losses, on 4 fixed batches and on
a validation set; the rates are compared with the best of 9 constant rates, trained 150 steps from the same
state. Run ``python -m benchmarks.evaluation``: about 15 minutes on one core. ``--docs`` writes the table into
``docs/evaluation.md``.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from lrwidget import RangeTest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "evaluation.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

TRAINED = (0, 10, 100)
RULES = ("steepest", "knee")
STEPS = 150
NEAR = 1.05  # a constant rate whose loss is at most so many times that of the best is nearly as good
LAST = 30  # steps whose mean training loss judges a constant rate
WAYS: dict[str, dict[str, Any]] = {
    "training": {},
    "fixed": {"fixed_batches": 4},
    "validation": {"val": True},
    "running statistics": {"fixed_batches": 4, "eval_mode": "eval"},
}


# -- models ------------------------------------------------------------------------------------------------


class Block(nn.Module):
    """Two convolutions and a way around them, as in ResNet18 (arXiv 1512.03385)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outside)
        self.second = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outside)
        self.around: nn.Module = nn.Identity()
        if stride != 1 or inside != outside:
            self.around = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output."""
        y = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(y)) + self.around(x))


def resnet18(width: int = 8, classes: int = 10) -> nn.Module:
    """Return ResNet18 with fewer channels and the stem for small images."""
    layers: list[nn.Module] = [
        nn.Conv2d(1, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
    ]  # fmt: skip
    inside = width
    for number in range(4):
        outside = width * 2**number
        layers += [Block(inside, outside, 1 if number == 0 else 2), Block(outside, outside, 1)]
        inside = outside
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inside, classes))


def _twice(inside: int, outside: int) -> nn.Module:
    layers: list[nn.Module] = []
    for channels in (inside, outside):
        layers += [nn.Conv2d(channels, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """A UNet (arXiv 1505.04597) of three levels, with batch normalisation."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.down = nn.ModuleList([_twice(1, width), _twice(width, 2 * width)])
        self.bottom = _twice(2 * width, 4 * width)
        self.up = nn.ModuleList([_twice(6 * width, 2 * width), _twice(3 * width, width)])
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a logit for each pixel."""
        kept = []
        for level in self.down:
            x = level(x)
            kept.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for level in self.up:
            x = functional.interpolate(x, scale_factor=2)
            x = level(torch.cat([x, kept.pop()], 1))
        return self.head(x)


class GIN(nn.Module):
    """A graph isomorphism network (arXiv 1810.00826) on dense adjacency matrices."""

    def __init__(self, inside: int = 4, width: int = 32, layers: int = 4, classes: int = 3) -> None:
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(layers))
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Linear(inside if number == 0 else width, width), nn.BatchNorm1d(width), nn.ReLU(),
                nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU(),
            )
            for number in range(layers)
        )  # fmt: skip
        self.head = nn.Linear(width, classes)

    def forward(self, graph: torch.Tensor) -> torch.Tensor:
        """Return logits; a graph is (nodes, features + nodes): features, then its adjacency matrix."""
        x, adjacent = graph[..., :4], graph[..., 4:]
        for eps, layer in zip(self.eps, self.layers, strict=True):
            x = (1 + eps) * x + adjacent @ x
            x = layer(x.flatten(0, 1)).unflatten(0, adjacent.shape[:2])
        return self.head(x.mean(1))


# -- data --------------------------------------------------------------------------------------------------


def digits() -> TensorDataset:
    """Return scikit-learn's digits, enlarged to 16 x 16 and made harder by noise."""
    from sklearn.datasets import load_digits  # only this benchmark wants it

    data = load_digits()
    x = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    x = functional.interpolate(x, size=(16, 16), mode="bilinear")
    return TensorDataset((x - x.mean()) / x.std() + 0.5 * torch.randn(x.shape), torch.tensor(data.target))


def discs(count: int = 800, size: int = 16) -> TensorDataset:
    """Return noisy images of a bright disc among bright squares, and where the disc is."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    images, masks = torch.zeros(count, 1, size, size), torch.zeros(count, 1, size, size)
    for number in range(count):
        (a, b), radius = torch.randint(3, size - 3, (2,)), 2 + 3 * torch.rand(())
        c, d = torch.randint(0, size - 5, (2,)).tolist()
        images[number, 0, c : c + 5, d : d + 5] += 1
        masks[number, 0] = ((rows - a) ** 2 + (columns - b) ** 2 < radius**2).float()
    return TensorDataset(images + masks + 0.7 * torch.randn(images.shape), masks)


def graphs(count: int = 1000, nodes: int = 16) -> TensorDataset:
    """Return random graphs of three kinds: of equal chances, of two communities, around a few hubs."""
    kinds = torch.randint(0, 3, (count,))
    chances = torch.full((count, nodes, nodes), 0.25)
    side = torch.arange(nodes) < nodes // 2
    chances[kinds == 1] = torch.where(side[:, None] == side, 0.42, 0.08)
    hub = torch.arange(nodes) < 3
    chances[kinds == 2] = torch.where(hub[:, None] | hub, 0.55, 0.12)
    upper = torch.triu(torch.rand(count, nodes, nodes) < chances, 1).float()
    adjacent = upper + upper.transpose(1, 2)
    degrees = adjacent.sum(2, keepdim=True) / 4
    features = torch.cat([torch.ones(count, nodes, 1), degrees, torch.randn(count, nodes, 2)], 2)
    return TensorDataset(torch.cat([features, adjacent], 2), kinds)


# -- tasks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """What is trained, and at which 9 rates and which default."""

    name: str
    model: Callable[[], nn.Module]
    data: Callable[[], TensorDataset]
    criterion: nn.Module
    optimizer: Callable[[Any], torch.optim.Optimizer]
    lowest: float
    batch_size: int = 32

    @property
    def rates(self) -> list[float]:
        """Half decades from the lowest."""
        return [self.lowest * 10 ** (number / 2) for number in range(9)]


def _sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=1e-2, momentum=0.9)


def _adam(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=1e-3)


TASKS = (
    Task("ResNet18, SGD", resnet18, digits, nn.CrossEntropyLoss(), _sgd, 1e-4),
    Task("UNet, Adam", UNet, discs, nn.BCEWithLogitsLoss(), _adam, 1e-5),
    Task("GIN, Adam", GIN, graphs, nn.CrossEntropyLoss(), _adam, 1e-5),
)


@dataclass
class State:
    """A model that was trained some steps, and what it trains on."""

    task: Task
    model: nn.Module
    optimizer: torch.optim.Optimizer
    train: DataLoader[Any]
    val: DataLoader[Any]

    def at(self, lr: float, steps: int) -> float:
        """Train a copy at a constant rate; return the mean loss of the last steps (inf if it blew up)."""
        model = copy.deepcopy(self.model)
        optimizer = self.task.optimizer(model.parameters())
        optimizer.load_state_dict(copy.deepcopy(self.optimizer.state_dict()))
        for group in optimizer.param_groups:
            group["lr"] = lr
        torch.manual_seed(1)
        losses = []
        for batch, _ in zip(_endless(self.train), range(steps), strict=False):
            losses.append(train_on(batch, model, optimizer, self.task.criterion))
            if not math.isfinite(losses[-1]):
                return math.inf
        return float(np.mean(losses[-LAST:]))


def prepared(task: Task, steps: int, seed: int) -> State:
    """Return a task after so many steps at its optimizer's own rate."""
    torch.manual_seed(seed)
    data = task.data()
    held_out = len(data) // 5
    parts = torch.utils.data.random_split(data, [len(data) - held_out, held_out])
    model = task.model()
    state = State(
        task,
        model,
        task.optimizer(model.parameters()),
        DataLoader(parts[0], task.batch_size, shuffle=True, drop_last=True),
        DataLoader(parts[1], task.batch_size),
    )
    for batch, _ in zip(_endless(state.train), range(steps), strict=False):
        train_on(batch, state.model, state.optimizer, task.criterion)
    return state


def train_on(batch: Any, model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module) -> float:
    """Take one step; return the loss."""
    optimizer.zero_grad()
    loss = criterion(model(batch[0]), batch[1])
    loss.backward()
    optimizer.step()
    return loss.item()


def _endless(loader: DataLoader[Any]) -> Iterator[Any]:
    while True:
        yield from loader


# -- measuring ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Rates of one state: the best constant one, the first and last nearly as good, each rule's picks.

    A pick is told for each way to judge; None = there is none.
    """

    task: str
    trained: int
    seed: int
    best: float
    near: tuple[float, float]
    constant: dict[str, float]
    picks: dict[str, dict[str, float | None]]


def measure(task: Task, trained: int, seed: int, num_iter: int) -> Found:
    """Sweep one state in every way, and train it at every constant rate."""
    state = prepared(task, trained, seed)
    picks: dict[str, dict[str, float | None]] = {}
    for way, options in WAYS.items():
        rest = {name: value for name, value in options.items() if name != "val"}
        loader = state.val if "val" in options else None
        torch.manual_seed(2)
        test = RangeTest(
            state.model, state.optimizer, task.criterion, state.train, loader, num_iter=num_iter, **rest
        )
        history = test.run()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picks[way] = {rule: history.suggest(rule).lr for rule in RULES}
    constant = {f"{lr:.3g}": state.at(lr, STEPS) for lr in task.rates}
    best = min(task.rates, key=lambda lr: constant[f"{lr:.3g}"])
    near = [lr for lr in task.rates if constant[f"{lr:.3g}"] <= NEAR * constant[f"{best:.3g}"]]
    return Found(task.name, trained, seed, best, (min(near), max(near)), constant, picks)


def aims(found: Found) -> list[str]:
    """Return the aims that were missed, in words."""
    missed = []
    for way in ("fixed", "validation"):
        for rule, within in (("knee", 3.0), ("steepest", 5.0)):
            pick, training = found.picks[way][rule], found.picks["training"][rule]
            if pick is None:
                if training is not None:
                    missed.append(f"{rule} on {way}: no pick")
                continue
            # Training losses may be too noisy for a pick: then there is nothing to be near to.
            apart = 1.0 if training is None else max(pick / training, training / pick)
            if apart > within:
                missed.append(f"{rule} on {way}: {apart:.2g} times from that on training losses")
            if not 0.1 <= pick / found.best <= 3:
                missed.append(f"{rule} on {way}: {pick / found.best:.2g} of the best constant rate")
    return missed


def table(results: list[Found]) -> str:
    """Return the picks as a Markdown table, those that missed an aim in bold."""
    ways = list(WAYS)
    lines = [
        "| model | steps before | best constant (nearly as good) | rule | " + " | ".join(ways) + " |",
        "|---|---|---|---|" + "---|" * len(ways),
    ]
    for found in results:
        for rule in RULES:
            missed = " ".join(one for one in aims(found) if one.startswith(rule))
            cells = [_cell(found.picks[way][rule], bold=f"on {way}:" in missed) for way in ways]
            near = " to ".join(f"{lr:.0e}" for lr in found.near)
            head = f"| {found.task} | {found.trained} | {found.best:.0e} ({near}) | {rule} | "
            lines.append(head + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(lr: float | None, *, bold: bool) -> str:
    text = "none" if lr is None else f"{lr:.1e}"
    return f"**{text}**" if bold else text


def main() -> None:
    """Measure, save, and show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--num-iter", type=int, default=100, help="rates of a sweep")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "evaluation.json")
    parser.add_argument("--show", type=Path, help="measure nothing: show these results")
    parser.add_argument("--docs", action="store_true", help="write the table into docs/evaluation.md")
    given = parser.parse_args()
    if given.show is not None:
        saved = json.loads(given.show.read_text(encoding="utf-8"))["results"]
        results = [Found(**{**found, "near": tuple(found["near"])}) for found in saved]
    else:
        results = run(given)
    text = table(results)
    print(text)
    for found in results:
        for missed in aims(found):
            print(f"{found.task} after {found.trained}: {missed}", file=sys.stderr)
    if given.docs:
        page = PAGE.read_text(encoding="utf-8")
        head, tail = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


def run(given: argparse.Namespace) -> list[Found]:
    """Measure all that is wanted, and save it as it comes."""
    torch.set_num_threads(1)
    began = time.perf_counter()
    results: list[Found] = []
    wanted = [task for task in TASKS if given.only in task.name]
    for task in wanted:
        for trained in TRAINED:
            results.append(measure(task, trained, given.seed, given.num_iter))
            seconds = time.perf_counter() - began
            done = f"{len(results)} of {len(wanted) * len(TRAINED)}"
            print(f"{seconds:5.0f} s  {done}: {task.name} after {trained}", file=sys.stderr, flush=True)
            given.out.parent.mkdir(parents=True, exist_ok=True)
            saved = {"torch": torch.__version__, "results": [asdict(found) for found in results]}
            given.out.write_text(json.dumps(saved, indent=1) + "\n", encoding="utf-8")
    return results


if __name__ == "__main__":
    main()
