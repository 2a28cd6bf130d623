"""How much of everything ``make bench`` does, at length and with ``--quick``."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import scaling, snapshots, validation


@dataclass(frozen=True)
class Effort:
    """What is measured, and how often everything is repeated."""

    rounds: int
    validation_rounds: int
    copy_rounds: int
    live_rounds: int
    pages: int
    paints: int
    imports: int
    ticks: int
    thinned: int
    soaked: int
    replaced: int
    churned: int
    steps: int
    tasks: tuple[str, ...]
    validated: tuple[str, ...]
    validated_steps: int
    sizes: tuple[float, ...]
    largest: bool
    grown_steps: tuple[int, ...]
    parameters: tuple[float, ...]
    live: tuple[tuple[tuple[str, ...], int], ...]
    streams: tuple[tuple[int, float], ...]  # steps, and milliseconds a step
    streamed: int
    compiled_steps: int
    tried_steps: int  # of each of three trials


DEFAULT = Effort(
    rounds=7,
    validation_rounds=3,
    copy_rounds=7,
    live_rounds=7,
    pages=2,
    paints=3,
    imports=5,
    ticks=15,
    thinned=1,
    soaked=200,
    replaced=50,
    churned=100,
    steps=100,
    tasks=("tiny", "digits", "transformer"),
    validated=validation.MODELS,
    validated_steps=50,
    sizes=snapshots.SIZES,
    largest=True,
    grown_steps=scaling.STEPS,
    parameters=scaling.PARAMETERS,
    live=((("tiny", "digits", "transformer"), 100), (("small",), 1000)),
    streams=((100, 20.0), (10_000, 1.0)),
    streamed=3,
    compiled_steps=300,
    tried_steps=100,
)
QUICK = Effort(
    rounds=2,
    validation_rounds=1,
    copy_rounds=3,
    live_rounds=2,
    pages=1,
    paints=2,
    imports=2,
    ticks=5,
    thinned=5,
    soaked=12,
    replaced=4,
    churned=4,
    steps=40,
    tasks=("tiny", "transformer"),
    validated=("small MLP",),
    validated_steps=8,
    sizes=snapshots.SIZES[:3],
    largest=False,
    grown_steps=scaling.STEPS[:2],
    parameters=scaling.PARAMETERS[:4],
    live=((("tiny",), 100),),
    streams=((100, 20.0), (2000, 1.0)),
    streamed=1,
    compiled_steps=60,
    tried_steps=20,
)
#: Steps, milliseconds a step, and how many ticks one counted tick stands for.
SWEEPS = (
    (100, 20.0, 1),
    (100, 1.0, 1),
    (1000, 20.0, 4),
    (1000, 1.0, 1),
    (10_000, 20.0, 50),
    (10_000, 1.0, 2),
)
POINTS = (100, 1000, 10_000)
