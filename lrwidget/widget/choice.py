"""Which rate is chosen: the rule's suggestion, until a person says otherwise."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING

from lrwidget.core import RULES
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from lrwidget.core.history import History
    from lrwidget.core.picks import Pick

__all__ = ["Choice"]


class Choice:
    """A rule with its smoothing, its pick, and a person's override. Knows no widget and no thread.

    Parameters
    ----------
    rule : str
        A name out of :data:`lrwidget.core.RULES`.
    bandwidth : float
        Smoothing in decades, at least 0.
    """

    def __init__(self, rule: str, bandwidth: float) -> None:
        self.rule = checked_rule(rule)
        self.bandwidth = checked_bandwidth(bandwidth)
        self.pick: Pick | None = None
        self.override: float | None = None
        self.accepted: float | None = None

    @property
    def suggested(self) -> float | None:
        """The rule's rate."""
        return self.pick.lr if self.pick is not None else None

    @property
    def lr(self) -> float | None:
        """Where the marker stands: the override if there is one, else the suggestion."""
        return self.suggested if self.override is None else self.override

    def look_at(self, history: History | None) -> None:
        """Pick anew from a history; without points there is no pick."""
        there_is_one = history is not None and len(history) > 0
        self.pick = history.suggest(self.rule, self.bandwidth) if history and there_is_one else None

    def forget(self) -> None:
        """Drop the pick and the override: a new sweep begins."""
        self.pick = self.override = None


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


def checked_rate(lr: float) -> float:
    """Return ``lr`` as a float when an optimizer could use it."""
    if isinstance(lr, bool) or not isinstance(lr, Real) or not 0 < lr < math.inf:
        raise SettingsError(f"lr must be a finite number greater than 0; got {lr!r}. Give for example 0.01.")
    return float(lr)
