"""Which rates are chosen: what the rule reads off the last sweep, and what a person says instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from lrwidget._text import rounded
from lrwidget._validate import one_of, pair, positive
from lrwidget.errors import SettingsError
from lrwidget.history.metric import checked_judged
from lrwidget.picks import RULES
from lrwidget.picks.pick import checked_bandwidth
from lrwidget.plot.overlay import overlay

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.picks.bounds import Bounds
    from lrwidget.picks.pick import Pick
    from lrwidget.plot.overlay import Overlay

__all__ = [
    "DIGITS",
    "Choice",
    "Judgement",
    "checked_bandwidth",
    "checked_bounds",
    "checked_on",
    "checked_rate",
    "checked_rule",
]

#: Significant digits of a suggested rate: more would promise what no range test can tell, and what is
#: written into the optimizer shall be what is read on the page.
DIGITS = 3


@dataclass(frozen=True)
class Choice:
    """How to pick, and what a person chose instead of the pick.

    Attributes
    ----------
    rule : str
        A name out of :data:`lrwidget.picks.RULES`.
    bandwidth : float
        Smoothing in decades, at least 0.
    on : {"loss", "metric"}
        What the rule judges.
    override : float or None
        The rate that a person chose.
    bounds_override : tuple of float or None
        ``(base_lr, max_lr)`` that a person chose.
    shows_bounds : bool
        Whether bounds are shown.
    """

    rule: str
    bandwidth: float
    on: str = "loss"
    override: float | None = None
    bounds_override: tuple[float, float] | None = None
    shows_bounds: bool = False

    def forgotten(self) -> Choice:
        """Return the same way to pick, without what was chosen on the last curve."""
        return replace(self, override=None, bounds_override=None)

    def judged(self, history: History | None) -> Judgement:
        """Look at a sweep in this way."""
        judgement = Judgement(history, self.rule, self.bandwidth, self.on)
        judgement.pick  # noqa: B018 - computed here, not where the state is asked
        return judgement


@dataclass(frozen=True, eq=False)
class Judgement:
    """What one rule, with its smoothing, says of one sweep; what few ask for is computed when it is asked.

    Attributes
    ----------
    history : History or None
        The sweep; None: there is none, and nothing is said.
    rule, bandwidth, on
        As for :class:`Choice`.
    """

    history: History | None = None
    rule: str = ""
    bandwidth: float = 0.0
    on: str = "loss"

    def emptied(self) -> Judgement:
        """Return a judgement of nothing."""
        return replace(self, history=None)

    def fits(self, choice: Choice) -> bool:
        """Whether this is what ``choice`` would say of the same sweep."""
        how = (choice.rule, choice.bandwidth, choice.on)
        return self.history is None or (self.rule, self.bandwidth, self.on) == how

    @cached_property
    def pick(self) -> Pick | None:
        """The rule's answer; None without a point."""
        if self.history is None or len(self.history) == 0:
            return None
        return self.history.suggest(self.rule, self.bandwidth, self._judged)

    @property
    def lr(self) -> float | None:
        """The rule's rate, to three significant digits, so that what is shown is what is meant."""
        pick = self.pick
        return None if pick is None or pick.lr is None else rounded(pick.lr, DIGITS)

    @cached_property
    def read_off(self) -> Bounds | None:
        """The bounds that the curve shows, or why there are none; None without a point."""
        if self.history is None or len(self.history) == 0:
            return None
        return self.history.bounds(self.bandwidth, self._judged)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """``(base_lr, max_lr)`` that the curve shows, to three significant digits."""
        found = self.read_off
        if found is None or found.base_lr is None or found.max_lr is None:
            return None
        return rounded(found.base_lr, DIGITS), rounded(found.max_lr, DIGITS)

    @cached_property
    def overlay(self) -> Overlay | None:
        """What is drawn over the curve for the pick; None without one."""
        if self.history is None or self.pick is None or self.pick.lr is None:
            return None
        return overlay(self.history, self.pick, bandwidth=self.bandwidth)

    @property
    def _judged(self) -> str:
        return self.on if self.history is not None and self.history.metric is not None else "loss"


def checked_rule(rule: object) -> str:
    """Return ``rule`` when there is one of that name."""
    return one_of("rule", rule, RULES)


def checked_on(on: object, metric_name: str | None) -> str:
    """Return what rules are to judge, when there is such a thing."""
    judged = checked_judged(on)
    if judged == "metric" and metric_name is None:
        raise SettingsError('on="metric" needs a metric, and there is none: pass metric=...')
    return judged


def checked_rate(lr: object, name: str = "lr") -> float:
    """Return ``lr`` as a float when an optimizer could use it."""
    return positive(name, lr, "Give for example 0.01.")


def checked_bounds(bounds: object) -> tuple[float, float]:
    """Return both as floats when a schedule could run between them."""
    low, high = pair("bounds", bounds)
    base, most = checked_rate(low, "base_lr"), checked_rate(high, "max_lr")
    if not base < most:
        raise SettingsError(f"base_lr must be smaller than max_lr; got base_lr={base!r}, max_lr={most!r}.")
    return base, most
