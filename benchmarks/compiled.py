"""A small model's step, plain and through ``torch.compile``, against the bare loop.

Times are of one step, its compilation left out: that is told beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from torch import nn

from benchmarks.sweeps import sweep_rates
from benchmarks.tasks import START_LR
from benchmarks.text import Table
from lrwidget import RangeTest

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "SGD, momentum": lambda parameters: torch.optim.SGD(parameters, lr=1e-3, momentum=0.9),
    "AdamW": lambda parameters: torch.optim.AdamW(parameters, lr=1e-3),
}


@dataclass(frozen=True)
class CompiledStep:
    """One optimizer's steps. Times in microseconds: medians of a sweep's steps, the best of the rounds.

    Attributes
    ----------
    what, device : str
    how : str
        ``compiled`` as given.
    bare, plain, compiled : float
    first : float
        Seconds of the first compiled sweep, in which all is compiled.
    differs : float
        Largest relative difference of its losses from the plain sweep's.
    """

    what: str
    device: str
    how: str
    bare: float
    plain: float
    compiled: float
    first: float
    differs: float


def measure(name: str, device: str, how: bool | str, steps: int = 200, rounds: int = 5) -> CompiledStep:
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Linear(16, 32), nn.ReLU()]
    for _ in range(4):
        layers += [nn.Linear(32, 32), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(32, 10)).to(device)
    optimizer, criterion = OPTIMIZERS[name](model.parameters()), nn.CrossEntropyLoss()
    batches = [
        (torch.randn(16, 16, device=device), torch.randint(10, (16,), device=device)) for _ in range(20)
    ]
    # An optimizer without state is compiled anew in every sweep.
    criterion(model(batches[0][0]), batches[0][1]).backward()
    optimizer.step()
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def sweep(compiled: bool | str) -> tuple[float, list[float]]:
        test = RangeTest(
            model,
            optimizer,
            criterion,
            batches,
            start_lr=START_LR,
            end_lr=1e-3,  # higher, rounding grows from step to step
            num_iter=steps,
            diverge_th=None,
            compiled=compiled,
        )
        with test:
            times = _times(lambda: next(test), steps, wait)
        return times, test.history.loss.tolist()

    def bare() -> float:
        rates, drawn = iter(sweep_rates(steps)), iter(batches * steps)

        def step() -> None:
            for group in optimizer.param_groups:
                group["lr"] = next(rates)
            x, y = next(drawn)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            if device == "cpu":
                loss.item()

        return _times(step, steps, wait)

    began = time.perf_counter()
    _, losses = sweep(how)
    first = time.perf_counter() - began
    _, expected = sweep(False)
    differs = max(abs(a - b) / abs(b) for a, b in zip(losses, expected, strict=True))
    found = [(bare(), sweep(False)[0], sweep(how)[0]) for _ in range(rounds)]
    best = [min(each) * 1e6 for each in zip(*found, strict=True)]
    return CompiledStep(name, device, str(how), *best, first, differs)


def _times(step: Callable[[], object], steps: int, wait: Callable[[], object]) -> float:
    """Seconds of a step: the median on the host; on a device, whose steps run behind, the mean."""
    times = []
    wait()
    began = last = time.perf_counter()
    for _ in range(steps):
        step()
        now = time.perf_counter()
        times.append(now - last)
        last = now
    wait()
    return (time.perf_counter() - began) / steps if wait is torch.cuda.synchronize else median(times)


def shown(found: Sequence[CompiledStep]) -> Table:
    rows = [
        [
            f"{each.what}, {each.device}, compiled={each.how}",
            f"{each.bare:.0f}",
            f"{each.plain:.0f} ({each.plain / each.bare:.2f})",
            f"{each.compiled:.0f} ({each.compiled / each.bare:.2f})",
            f"{each.first:.0f}",
            f"{each.differs:.0e}",
        ]
        for each in found
    ]
    head = [
        "",
        "bare loop µs",
        "RangeTest (ratio)",
        "compiled (ratio)",
        "first compiled sweep s",
        "losses differ by",
    ]
    return Table("A step of six small linear layers", head, rows)
