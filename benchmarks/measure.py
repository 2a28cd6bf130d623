"""Timing on a machine that is never quiet: interleave, repeat, compare within each round.

Absolute times of one run differ by tens of percent from those of the next; what is run right after another
can be compared with it. So every round runs every contender once, in rotating order, and what is reported
is the median of the rounds' ratios.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Sample:
    """One timed call, in seconds: wall clock, the whole process's CPU, the calling thread's CPU."""

    wall: float
    cpu: float
    thread: float


def mean(one: Sample, other: Sample) -> Sample:
    return Sample((one.wall + other.wall) / 2, (one.cpu + other.cpu) / 2, (one.thread + other.thread) / 2)


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of some numbers."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(low, median(values), high)


def timed(call: Callable[[], object]) -> Sample:
    """Call once, with the garbage of others collected before."""
    gc.collect()
    wall, cpu, thread = time.perf_counter(), time.process_time(), time.thread_time()
    call()
    return Sample(time.perf_counter() - wall, time.process_time() - cpu, time.thread_time() - thread)


def interleaved(
    contenders: Mapping[str, Callable[[], object]], repeats: int, prepare: Callable[[], object]
) -> dict[str, list[Sample]]:
    """Time every contender ``repeats`` times; ``prepare`` goes before each call."""
    names = list(contenders)
    samples: dict[str, list[Sample]] = {name: [] for name in names}
    for turn in range(repeats):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            prepare()
            samples[name].append(timed(contenders[name]))
    return samples


def seconds(sample: Sample, device: str) -> float:
    """What work on a device took: on the CPU its CPU time, which a busy machine disturbs less."""
    return sample.cpu if device == "cpu" else sample.wall


def ratios(samples: Sequence[Sample], base: Sequence[Sample], what: str = "wall") -> Spread:
    """Ratio to the baseline, round by round."""
    return Spread.of([getattr(s, what) / getattr(b, what) for s, b in zip(samples, base, strict=True)])


def added(samples: Sequence[Sample], base: Sequence[Sample], steps: int, device: str) -> float:
    """Microseconds more than the baseline, a step; median."""
    pairs = zip(samples, base, strict=True)
    return Spread.of([(seconds(s, device) - seconds(b, device)) / steps * 1e6 for s, b in pairs]).middle
