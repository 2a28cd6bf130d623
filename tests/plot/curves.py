"""Made-up histories with a known shape."""

from __future__ import annotations

import numpy as np

from lrwidget.history.record import History
from lrwidget.history.schedule import rates
from lrwidget.history.settings import Settings


def descent(num_iter: int = 100, *, blow_up: bool = True, noise: float = 0.03, seed: int = 0) -> History:
    """A loss that falls from 2.3 to 0.3 around lr 0.01, and blows up above 1 if asked to."""
    lr = np.array(rates(1e-7, 10.0, num_iter))
    x = np.log10(lr)
    loss = 2.3 - 2.0 / (1 + np.exp(-3 * (x + 2))) + noise * np.random.default_rng(seed).normal(size=num_iter)
    if blow_up:
        loss += np.where(x > 0, np.expm1(12 * np.maximum(x, 0)), 0)
    return History(lr, loss, Settings(num_iter=num_iter), "completed", seconds=1.0)


def first(history: History, count: int) -> History:
    """The same sweep when only ``count`` points were known."""
    return History(history.lr[:count], history.loss[:count], history.settings)
