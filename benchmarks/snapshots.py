"""Snapshot and restore of all a sweep changes, against a raw copy of the same bytes.

The state is parameters, gradients and Adam's two averages: four times the parameters. The raw copy is
``[t.clone() for t in tensors]``, and back ``t.copy_(copy)`` for each. Both ways begin with memory that is
fresh from the system, as a first sweep does, and free the copies at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from benchmarks import memory
from benchmarks.measure import Spread, seconds, timed
from benchmarks.text import Table, of_size, short, spread
from lrwidget.engine.state.memory import free_bytes
from lrwidget.engine.state.snapshot import Snapshot

HOW = """\
State: parameters, gradients and Adam's averages. Raw copy: clone each tensor, later copy it back into place.
Memory fresh from the system for both; CPU time on the CPU."""
FEW, MANY = "4 large tensors", "161 tensors as in a ResNet-50"
KINDS = (FEW, MANY)
#: Bytes of state.
SIZES = (1e6, 1e7, 1e8, 1e9)
#: The largest state is this share of the free memory: the copy takes as much again.
SHARE = 1 / 3


@dataclass(frozen=True)
class Copied:
    """Seconds (of the CPU, where it is the device) of one state's raw copy and ours; ratios of each round.

    Attributes
    ----------
    held : float
        Bytes that the snapshot says it holds, over the state's.
    peak : float
        The most memory beyond what was there before, at any time until all is given back, over the state's
        bytes; 0 where the system does not tell.
    """

    kind: str
    device: str
    tensors: int
    size: int
    rounds: int
    raw_snapshot: Spread
    snapshot: Spread
    raw_restore: Spread
    restore: Spread
    snapshot_ratio: Spread
    restore_ratio: Spread
    held: float
    peak: float


def measure(kind: str, size: float, device: str, rounds: int) -> Copied:
    """Copy and give back in both ways, ``rounds`` times in turn."""
    model, optimizer = made(kind, size, torch.device(device))
    tensors = state_of(model, optimizer)
    times: dict[str, list[float]] = {name: [] for name in ("raw out", "raw in", "out", "in")}
    held: dict[str, int] = {}
    peaks: list[float] = []

    def raw() -> None:
        copies: list[torch.Tensor] = []
        memory.release()
        out = timed(lambda: _ended(device, copies.extend([tensor.clone() for tensor in tensors])))
        _ended(device, _write_to(tensors))
        back = timed(lambda: _ended(device, _copy_back(tensors, copies)))
        times["raw out"].append(seconds(out, device))
        times["raw in"].append(seconds(back, device))

    def ours() -> None:
        taken: list[Snapshot] = []
        memory.release()
        before = memory.mark(device)
        out = timed(lambda: _ended(device, taken.append(Snapshot(model, optimizer))))
        held.update(taken[0].held)
        _ended(device, _write_to(tensors))
        back = timed(lambda: _ended(device, taken[0].restore()))
        peaks.append(memory.peak(device) - before)
        times["out"].append(seconds(out, device))
        times["in"].append(seconds(back, device))

    for turn in range(-1, rounds):
        for way in (raw, ours) if turn % 2 else (ours, raw):
            way()
    # The first of each warms up; memory that was never touched before is dearer.
    kept = {name: each[1:] for name, each in times.items()}
    whole = sum(tensor.nbytes for tensor in tensors)
    return Copied(
        kind,
        device,
        len(tensors),
        whole,
        rounds,
        *(Spread.of(kept[name]) for name in ("raw out", "out", "raw in", "in")),
        _ratios(kept["out"], kept["raw out"]),
        _ratios(kept["in"], kept["raw in"]),
        sum(held.values()) / whole,
        max(*peaks, 0) / whole,
    )


def _write_to(tensors: Sequence[torch.Tensor]) -> None:
    """As training does: what was not written to need not be given back."""
    for tensor in tensors:
        tensor.mul_(1)


def _copy_back(tensors: Sequence[torch.Tensor], copies: list[torch.Tensor]) -> None:
    with torch.no_grad():
        for tensor, copy in zip(tensors, copies, strict=True):
            tensor.copy_(copy)
    copies.clear()


def _ended(device: str, _: object) -> None:
    """Wait until the device has done what was asked for."""
    if device == "cuda":
        torch.cuda.synchronize()


def _ratios(ours: Sequence[float], raw: Sequence[float]) -> Spread:
    return Spread.of([one / other for one, other in zip(ours, raw, strict=True)])


# -- the state -------------------------------------------------------------------------------------------


def made(kind: str, size: float, device: torch.device) -> tuple[nn.Module, torch.optim.Optimizer]:
    """A model with about ``size / 4`` bytes of parameters, after one step of Adam, its gradients kept."""
    numbers = [1] * 4 if kind == FEW else [prod(shape) for shape in resnet50_shapes()]
    scale = size / 4 / 4 / sum(numbers)
    model = nn.ParameterList(torch.zeros(max(1, round(scale * each)), device=device) for each in numbers)
    for parameter in model:
        parameter.grad = torch.full_like(parameter, 1e-3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    optimizer.step()
    return model, optimizer


def state_of(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    found = [*model.parameters(), *(p.grad for p in model.parameters() if p.grad is not None)]
    found += [value for state in optimizer.state.values() for value in state.values()]
    return [tensor.detach() for tensor in found]


def resnet50_shapes() -> Iterator[tuple[int, ...]]:
    """The 161 parameters of a ResNet-50 (He et al., arXiv 1512.03385): 25.6 million numbers."""
    yield from _convolved(3, 64, 7)
    width = 64
    for inner, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            yield from _convolved(width, inner, 1)
            yield from _convolved(inner, inner, 3)
            yield from _convolved(inner, 4 * inner, 1)
            if block == 0:
                yield from _convolved(width, 4 * inner, 1)
            width = 4 * inner
    yield (1000, width)
    yield (1000,)


def _convolved(given: int, made: int, kernel: int) -> Iterator[tuple[int, ...]]:
    """A convolution without bias, and its batch norm's two."""
    yield (made, given, kernel, kernel)
    yield (made,)
    yield (made,)


def sizes(device: str, wanted: Sequence[float] = SIZES, *, largest: bool = True) -> list[float]:
    """Those that fit, and the largest that does if it is far beyond them."""
    most = SHARE * free_bytes(torch.device(device))
    fitting = [size for size in wanted if size <= most]
    if largest and most < float("inf") and most > 1.5 * max(fitting, default=0):
        fitting.append(most)
    return fitting


# -- text ------------------------------------------------------------------------------------------------


def shown(found: Sequence[Copied]) -> Table:
    rows = [
        [
            f"{each.kind}, {each.device}",
            of_size(each.size, "B"),
            _ms(each.raw_snapshot),
            _ms(each.snapshot),
            spread(each.snapshot_ratio),
            _ms(each.raw_restore),
            _ms(each.restore),
            spread(each.restore_ratio),
            f"{each.held:.2f}",
            f"{each.peak:.2f}" if each.peak else "-",
        ]
        for each in found
    ]
    head = ["parameters", "state", "raw copy ms", "snapshot ms", "ratio", "raw copy back ms", "restore ms"]
    return Table("", [*head, "ratio", "held / state", "peak / state"], rows)


def _ms(seconds: Spread) -> str:
    return short(1e3 * seconds.middle)
