"""How the cost of a sweep grows with its steps, and with the parameters of the model.

The cost is ours minus the bare loop's of the same round. An exponent is the slope of a straight line through
the logarithms: 1 = in proportion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, isqrt

import numpy as np
import torch
from torch import nn

from benchmarks import memory, tasks
from benchmarks.measure import Sample, Spread, interleaved, seconds, timed
from benchmarks.sweeps import AGAIN, BARE, HEADLESS, bare, check_same_work, headless, sweep_rates
from benchmarks.tasks import Task
from benchmarks.text import Table, of_size, short
from lrwidget.engine.state.memory import free_bytes
from lrwidget.engine.state.snapshot import Snapshot

HOW = "more: RangeTest minus the bare loops of the same round, median [quartiles]; CPU time on the CPU."
STEPS = (100, 1000, 10_000)
PARAMETERS = (1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
#: Parameters, gradients and snapshot, and what the system needs: of the free memory at most this share.
SHARE = 0.7
#: Steps of each sweep when the parameters grow.
FEW = 2
#: From so many parameters on, memory is what takes the time: the exponent is fitted to these.
LARGE = 1e7


@dataclass(frozen=True)
class Grown:
    """Seconds of a sweep at one size: the bare loop's, ours, and what ours took more in the same round.

    CPU seconds where the device is the CPU.

    ``copies`` is snapshot and restore alone, at the state before a first step; None where it is not asked.
    """

    size: int
    steps: int
    device: str
    rounds: int
    bare: Spread
    ours: Spread
    more: Spread
    copies: Spread | None = None

    @property
    def more_a_step(self) -> float:
        """Microseconds."""
        return self.more.middle / self.steps * 1e6


@dataclass(frozen=True)
class Growth:
    """All sizes, smallest first."""

    steps: list[Grown]
    parameters: list[Grown]


def by_steps(steps: int, device: str, rounds: int) -> Grown:
    """The tiny model, with so many steps."""
    task = tasks.make("tiny", device)
    lrs = sweep_rates(steps)
    item = device == "cpu"
    named = {
        BARE: lambda: bare(task, lrs, item=item),
        HEADLESS: lambda: headless(task, steps),
        AGAIN: lambda: bare(task, lrs, item=item),
    }
    check_same_work(task, named)
    return _grown(steps, steps, device, interleaved(named, rounds, task.reset))


def by_parameters(count: float, device: str, rounds: int) -> Grown:
    """One linear layer of about so many parameters, plain SGD, few steps."""
    task = layer(isqrt(int(count)), torch.device(device))
    lrs = sweep_rates(FEW)

    def prepare() -> None:
        task.optimizer.zero_grad(set_to_none=True)
        memory.release()
        task.wait()

    def copies() -> None:
        snapshot = Snapshot(task.model, task.optimizer)
        snapshot.restore()
        task.wait()

    named: dict[str, Callable[[], object]] = {
        BARE: lambda: bare(task, lrs, item=device == "cpu"),
        HEADLESS: lambda: headless(task, FEW),
        AGAIN: lambda: bare(task, lrs, item=device == "cpu"),
    }
    for call in named.values():
        prepare()
        call()
    samples = interleaved(named, rounds, prepare)
    copied = []
    for _ in range(rounds):
        prepare()
        copied.append(seconds(timed(copies), device))
    return _grown(task.parameters, FEW, device, samples, Spread.of(copied))


def _grown(
    size: int, steps: int, device: str, samples: dict[str, list[Sample]], copies: Spread | None = None
) -> Grown:
    first, ours, again = (
        [seconds(sample, device) for sample in samples[name]] for name in (BARE, HEADLESS, AGAIN)
    )
    base = [(one + other) / 2 for one, other in zip(first, again, strict=True)]
    more = [one - other for one, other in zip(ours, base, strict=True)]
    return Grown(size, steps, device, len(base), Spread.of(base), Spread.of(ours), Spread.of(more), copies)


def layer(width: int, device: torch.device) -> Task:
    """A square linear layer. Its memory is filled, not drawn at random, which would take longest of all."""
    model = nn.Linear(width, width, bias=False, device="meta").to_empty(device=device)
    with torch.no_grad():
        model.weight.fill_(1 / width)
    batch = (torch.ones(4, width), torch.zeros(4, width))
    return Task(
        "linear layer",
        model,
        torch.optim.SGD(model.parameters(), lr=0.01),
        [batch] * 4,  # type: ignore[arg-type]
        device,
        nn.MSELoss(),
    )


def fitting(counts: Sequence[float], device: str) -> list[float]:
    """The counts of parameters that memory has room for."""
    most = SHARE * free_bytes(torch.device(device)) / 4 / 3
    return [count for count in counts if count <= most]


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Slope in the logarithms; NaN where fewer than two costs are above 0, as the noise may have it."""
    known = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost > 0]
    if len(known) < 2:
        return float("nan")
    slope, _ = np.polyfit(*np.log(np.array(known).T), 1)
    return float(slope)


# -- text ------------------------------------------------------------------------------------------------


def shown(found: Growth) -> list[Table]:
    return [
        *(
            _steps([each for each in found.steps if each.device == device])
            for device in _devices(found.steps)
        ),
        *(
            _parameters([each for each in found.parameters if each.device == device])
            for device in _devices(found.parameters)
        ),
    ]


def _devices(found: Sequence[Grown]) -> list[str]:
    return list(dict.fromkeys(each.device for each in found))


def _steps(found: Sequence[Grown]) -> Table:
    sizes = [each.size for each in found]
    rows = [
        [
            f"{each.size:,}",
            short(each.bare.middle * 1e3),
            short(each.ours.middle * 1e3),
            _ms(each.more),
            f"{each.more_a_step:.1f}",
        ]
        for each in found
    ]
    whole, more = (
        exponent(sizes, [getattr(each, what).middle for each in found]) for what in ("ours", "more")
    )
    rows.append(["exponent", "", _power(whole), _power(more), ""])
    head = ["steps", "bare loop, ms", "RangeTest, ms", "more, ms", "more a step, µs"]
    return Table(f"Steps: tiny MLP, {found[0].device}", head, rows)


def _parameters(found: Sequence[Grown]) -> Table:
    large = [each for each in found if each.size >= 0.9 * LARGE]
    rows = [
        [
            of_size(each.size),
            short(each.bare.middle * 1e3),
            short(each.ours.middle * 1e3),
            _ms(each.more),
            _ms(each.copies) if each.copies else "",
        ]
        for each in found
    ]
    sizes = [each.size for each in large]
    more = exponent(sizes, [each.more.middle for each in large])
    copies = exponent(sizes, [each.copies.middle for each in large if each.copies])
    rows.append([f"exponent from {of_size(LARGE)} on", "", "", _power(more), _power(copies)])
    head = ["parameters", "bare loop, ms", "RangeTest, ms", "more, ms", "of it snapshot and restore, ms"]
    return Table(f"Parameters: one linear layer, SGD, {found[0].steps} steps, {found[0].device}", head, rows)


def _power(exponent: float) -> str:
    return "in the noise" if isnan(exponent) else f"{exponent:.2f}"


def _ms(seconds: Spread) -> str:
    low, middle, high = (short(1e3 * value) for value in (seconds.low, seconds.middle, seconds.high))
    return f"{middle} [{low}, {high}]"
