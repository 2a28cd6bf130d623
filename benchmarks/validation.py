"""A validation loss after every step: batches drawn once, against drawing them anew each time.

The validation set is 397 handwritten digits as PNG files in memory: each sample is decoded by Pillow, made a
float tensor and normalised whenever it is drawn, which is about the least that a set of pictures costs. The
training batches are tensors, so that what is compared is the validation.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks import tasks
from benchmarks.apart import quiet
from benchmarks.engines import NEVER
from benchmarks.measure import Spread, interleaved, ratios
from benchmarks.sweeps import AGAIN, BARE, Call, Comparison, check_same_work, headless, sweep_rates
from benchmarks.tasks import END_LR, START_LR, Task, endless
from benchmarks.text import Table, spread, verdict

HOW = """\
397 pictures (PNG in memory, decoded one by one) after every step, batches of 64. The bare loop draws them
once, as RangeTest does. Losses are checked to be the same."""
ONCE, MERGED, PEER = "RangeTest(val_loader=...)", "the same, eval_batch_size=512", "pytorch-lr-finder"
#: How many times as fast as pytorch-lr-finder we want to be, by the number of workers.
AIMS = {0: 5, 2: 30}
TRAINING = 1400
BATCH = 64


class Pictures(Dataset[Any]):
    """Encoded pictures, decoded one by one."""

    def __init__(self, pictures: Sequence[np.ndarray[Any, Any]], labels: Sequence[int]) -> None:
        self.files = [_encoded(picture) for picture in pictures]
        self.labels = labels

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Any:
        pixels = np.asarray(Image.open(io.BytesIO(self.files[index])), dtype=np.float32)
        return (torch.from_numpy(pixels) / 255 - 0.3).div_(0.38).unsqueeze(0), self.labels[index]


def _encoded(picture: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    Image.fromarray((picture * (255 / 16)).astype(np.uint8)).save(file, "png")
    return file.getvalue()


def loader(workers: int, most: int | None = None) -> DataLoader[Any]:
    """The validation set, or its first ``most`` samples."""
    from sklearn.datasets import load_digits

    data = load_digits()
    pictures = Pictures(data.images[TRAINING:][:most], data.target[TRAINING:][:most].tolist())
    return DataLoader(pictures, BATCH, num_workers=workers, generator=torch.Generator())


def make(name: str, device: str) -> Task:
    """The digits' network, or one so small that drawing the batches is most of the work.

    The loader has random numbers of its own, and so has the one for validation: neither the batches nor the
    dropout depend on how often the other is begun.
    """
    task = tasks.make("digits", device)
    task = replace(
        task, loader=DataLoader(task.loader.dataset, BATCH, shuffle=True, generator=torch.Generator())
    )
    if name == "small MLP":
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(device)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        task = replace(task, name=name, model=model, optimizer=optimizer)
    task.remember()
    return task


MODELS = ("digits CNN", "small MLP")


def compare(
    model: str, workers: int, device: str, steps: int, rounds: int, *, most: int | None = None
) -> Comparison:
    """Time all ways to sweep with a validation loss, after checking that they see the same losses."""
    val_loader = loader(workers, most)
    task = make(model, device)

    def prepare() -> None:
        task.reset()
        task.loader.generator.manual_seed(2)

    named = {name: _prepared(call, prepare) for name, call in _calls(task, val_loader, steps).items()}
    with quiet():
        check_same_work(task, named)
        samples = interleaved(named, rounds, prepare)
    return Comparison(f"{model}, {workers} workers", device, steps, samples)


def _prepared(call: Call, prepare: Callable[[], object]) -> Call:
    """The check only resets the task; the loader has to begin anew too."""

    def both() -> list[float] | None:
        prepare()
        return call()

    return both


def _calls(task: Task, val_loader: DataLoader[Any], steps: int) -> dict[str, Call]:
    return {
        BARE: lambda: bare(task, val_loader, steps),
        ONCE: lambda: headless(task, steps, val_loader=val_loader),
        PEER: lambda: peer(task, val_loader, steps),
        AGAIN: lambda: bare(task, val_loader, steps),
        MERGED: lambda: headless(task, steps, val_loader=val_loader, eval_batch_size=512),
    }


def bare(task: Task, val_loader: DataLoader[Any], steps: int) -> list[float]:
    """Train by hand, and evaluate after each step on batches that are drawn once."""
    kept = [[part.to(task.device) for part in batch] for batch in val_loader]
    model, criterion, batches, losses = task.model, task.criterion, endless(task.loader), []
    samples = sum(len(y) for _, y in kept)
    for lr in sweep_rates(steps):
        for group in task.optimizer.param_groups:
            group["lr"] = lr
        x, y = next(batches)
        model.train()
        task.step(x.to(task.device), y.to(task.device))
        model.eval()
        with torch.no_grad():
            losses.append(sum(criterion(model(x), y) * len(y) for x, y in kept) / samples)
    return torch.stack(losses).tolist()


def peer(task: Task, val_loader: DataLoader[Any], steps: int) -> list[float]:
    from torch_lr_finder import LRFinder

    finder = LRFinder(task.model, task.optimizer, task.criterion, device=task.device)
    rates = {"start_lr": START_LR, "end_lr": END_LR, "num_iter": steps}
    finder.range_test(task.loader, val_loader, smooth_f=0, diverge_th=NEVER, **rates)
    finder.reset()
    return list(finder.history["loss"])


def shown(found: Comparison) -> Table:
    """Every way against the bare loop and against pytorch-lr-finder."""
    rows = []
    workers = int(found.task.split(", ")[1].split()[0])
    for name, samples in found.samples.items():
        times = ratios(found.samples[PEER], samples)
        faster = spread(times, 1) if name != PEER else "1"
        against = spread(found.ratio(name)) if name != BARE else "1"
        wall = Spread.of([sample.wall for sample in samples]).middle
        wanted = name == ONCE and workers in AIMS
        aim = verdict(str(AIMS[workers]), times.middle >= AIMS[workers]) if wanted else ""
        rows.append([name, f"{wall:.2f}", f"{wall / found.steps * 1e3:.1f}", against, faster, aim])
    rounds = len(found.samples[BARE])
    head = ["", "s", "ms a step", "time ratio", "times as fast as pytorch-lr-finder", "aim"]
    return Table(f"{found.task}, {found.device}, {found.steps} steps, {rounds} rounds", head, rows)
