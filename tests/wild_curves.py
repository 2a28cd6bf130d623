"""Curves of every kind that a sweep can record, well-behaved or not: the same ones each time."""

from __future__ import annotations

import numpy as np


def curves(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rates and raw losses: descents, noise, steps, straight lines, NaN, infinities, short, huge."""
    return [_curve(np.random.default_rng(seed)) for seed in range(count)]


def _curve(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    size = int(rng.integers(0, 40) if rng.random() < 0.2 else rng.integers(40, 160))
    lr = np.logspace(rng.uniform(-8, -4), rng.uniform(-1, 2), size)
    x = np.linspace(0, 1, size)
    descent = (
        2.3 - 1.5 / (1 + np.exp(-20 * (x - rng.uniform(0.3, 0.9)))) + np.exp(40 * (x - rng.uniform(0.8, 1.1)))
    )
    shape = rng.choice(["descent", "noise", "up", "down", "constant", "steps", "negative"])
    loss = {
        "descent": descent,
        "noise": np.full(size, 2.3),
        "up": 1 + 3 * x,
        "down": 4 - 3 * x,
        "constant": np.full(size, 0.7),
        "steps": np.round(descent, 1),
        "negative": -descent,
    }[shape]
    if shape not in {"up", "down", "constant", "steps"}:
        loss = loss + rng.choice([0, 0.01, 0.3]) * rng.standard_normal(size)
    loss = loss * rng.choice([1, 1, 1, 1e-6, 1e6, 1e300])
    with np.errstate(over="ignore"):
        if size and rng.random() < 0.3:
            loss[int(rng.integers(0, size)) :] = rng.choice([np.nan, np.inf, -np.inf, 1e39])
        if size and rng.random() < 0.1:
            loss[rng.integers(0, size, 3)] = rng.choice([np.nan, np.inf])
    return lr, loss
