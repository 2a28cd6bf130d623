"""Which rates are chosen: the rule's suggestion and the bounds read off, until a person says otherwise."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING

from lrwidget.core import RULES
from lrwidget.core.metric import checked_judged
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from lrwidget.core.bounds import Bounds
    from lrwidget.core.history import History
    from lrwidget.core.picks import Pick

__all__ = ["Choice"]


class Choice:
    """A rule with its smoothing, its pick, and a person's overrides. Knows no widget and no thread.

    Parameters
    ----------
    rule : str
        A name out of :data:`lrwidget.core.RULES`.
    bandwidth : float
        Smoothing in decades, at least 0.
    on : {"loss", "metric"}
        What the rule judges.
    """

    def __init__(self, rule: str, bandwidth: float, on: str = "loss") -> None:
        self.rule = checked_rule(rule)
        self.bandwidth = checked_bandwidth(bandwidth)
        self.on = checked_judged(on)
        self.pick: Pick | None = None
        self.override: float | None = None
        self.accepted: float | None = None
        self.read_off: Bounds | None = None
        self.bounds_override: tuple[float, float] | None = None
        self.shows_bounds = False

    @property
    def suggested(self) -> float | None:
        """The rule's rate."""
        return self.pick.lr if self.pick is not None else None

    @property
    def lr(self) -> float | None:
        """Where the marker stands: the override if there is one, else the suggestion."""
        return self.suggested if self.override is None else self.override

    @property
    def bounds(self) -> tuple[float, float] | None:
        """``(base_lr, max_lr)``: the override if there is one, else what the curve shows."""
        found = self.read_off
        if self.bounds_override is not None or found is None:
            return self.bounds_override
        return None if found.base_lr is None or found.max_lr is None else (found.base_lr, found.max_lr)

    def look_at(self, history: History | None) -> None:
        """Pick anew from a history; without points there is no pick."""
        self.pick = self.read_off = None
        if history is None or len(history) == 0:
            return
        on = self.on if history.metric is not None else "loss"
        self.pick = history.suggest(self.rule, self.bandwidth, on)
        self.read_off = history.bounds(self.bandwidth, on)

    def forget(self) -> None:
        """Drop the pick and the overrides: a new sweep begins."""
        self.pick = self.override = self.read_off = self.bounds_override = None


def checked_rule(rule: str) -> str:
    """Return ``rule`` when there is one of that name."""
    if rule not in RULES:
        raise SettingsError(f"rule must be one of {', '.join(map(repr, RULES))}; got {rule!r}.")
    return rule


def checked_bandwidth(bandwidth: float) -> float:
    """Return ``bandwidth`` as a float when it can be one."""
    if isinstance(bandwidth, bool) or not isinstance(bandwidth, Real) or not 0 <= bandwidth < math.inf:
        raise SettingsError(f"bandwidth must be a number of decades, 0 or more; got {bandwidth!r}.")
    return float(bandwidth)


def checked_rate(lr: float, name: str = "lr") -> float:
    """Return ``lr`` as a float when an optimizer could use it."""
    if isinstance(lr, bool) or not isinstance(lr, Real) or not 0 < lr < math.inf:
        raise SettingsError(
            f"{name} must be a finite number greater than 0; got {lr!r}. Give for example 0.01."
        )
    return float(lr)


def checked_bounds(base_lr: float, max_lr: float) -> tuple[float, float]:
    """Return both as floats when a schedule could run between them."""
    base, most = checked_rate(base_lr, "base_lr"), checked_rate(max_lr, "max_lr")
    if not base < most:
        raise SettingsError(f"base_lr must be smaller than max_lr; got base_lr={base!r}, max_lr={most!r}.")
    return base, most
