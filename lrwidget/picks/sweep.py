"""What a rule looks at, a sweep as run and as planned, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lrwidget.curves.axis import DECADES_OF_A_LINEAR_SWEEP, axis, decade
from lrwidget.curves.valley import NoDescent, Valley, find_valley

if TYPE_CHECKING:
    from lrwidget.curves.axis import FloatArray

__all__ = ["Choice", "Rule", "Sweep"]


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a rule looks at: the sweep as run, and as it was planned.

    Attributes
    ----------
    lr, loss : ndarray, shape (n,)
        Rates as run, strictly increasing, and raw losses.
    step_mode : {"exp", "linear", "list"}
        Tells the axis.
    bandwidth : float
        Smoothing in decades.
    end_lr : float
        Last planned rate.
    num_iter : int
        Planned number of rates.
    """

    lr: FloatArray
    loss: FloatArray
    step_mode: str
    bandwidth: float
    end_lr: float
    num_iter: int

    @cached_property
    def decade(self) -> float:
        """Length of one decade on the axis."""
        return decade(float(self.lr[0]), self.end_lr, self.step_mode) if self.lr.size else 1.0

    @cached_property
    def valley(self) -> Valley | NoDescent:
        """The first valley; its landmarks are places on the axis."""
        x = axis(self.lr, self.step_mode)
        return _first_valley(x.tobytes(), np.asarray(self.loss).tobytes(), self.bandwidth, self.decade)

    @property
    def advice_above(self) -> str:
        """What to do to see more of the rates above the last."""
        return "end at a higher rate" if self.step_mode == "list" else "raise end_lr"

    def advice_below(self, lr: float) -> str:
        """Return what to do to see more of the rates below one that lies near the start."""
        if self.step_mode == "list":
            return "begin at a lower rate"
        # Steps that are equal in the rate hardly see what lies below the first eighth of the last rate, from
        # however low a rate they begin.
        if self.step_mode == "linear" and lr < self.end_lr / DECADES_OF_A_LINEAR_SWEEP:
            return 'lower end_lr, or sweep with step_mode="exp"'
        return "lower start_lr"

    def rate(self, place: float) -> float:
        """Return the rate at a place on the axis."""
        return place if self.step_mode == "linear" else float(10.0**place)

    def place(self, rate: float) -> float:
        """Return the place of a rate on the axis."""
        return float(axis([rate], self.step_mode)[0])


@lru_cache(maxsize=4)
def _first_valley(x: bytes, loss: bytes, bandwidth: float, decade: float) -> Valley | NoDescent:
    # Remembered: a sweep's pick and its bounds are asked for one after the other, and look at one valley.
    return find_valley(np.frombuffer(x), np.frombuffer(loss), bandwidth, decade)


@dataclass(frozen=True)
class Choice:
    """A rule's own answer: a rate or None, why, and what is wrong with it that only the rule can see."""

    lr: float | None
    reason: str
    warnings: tuple[str, ...] = ()


Rule = Callable[[Sweep], Choice]
