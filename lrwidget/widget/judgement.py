"""Which rates are chosen: the rule's suggestion and the bounds read off, until a person says otherwise."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from lrwidget._validate import one_of, pair, positive
from lrwidget.errors import SettingsError
from lrwidget.history.metric import checked_judged
from lrwidget.picks import RULES
from lrwidget.picks.pick import checked_bandwidth

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.history.record import History
    from lrwidget.picks.bounds import Bounds
    from lrwidget.picks.pick import Pick

__all__ = ["Choice", "checked_bandwidth", "checked_bounds", "checked_on", "checked_rate", "checked_rule"]


class Choice:
    """A rule with its smoothing, its pick, and a person's overrides. Knows no widget and no thread.

    Parameters
    ----------
    rule : str
        A name out of :data:`lrwidget.picks.RULES`.
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
        self._read_off: Callable[[], Bounds] | None = None
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
    def read_off(self) -> Bounds | None:
        """The bounds that the curve shows; looked for when first asked for, because few sweeps are asked."""
        return self._read_off() if self._read_off is not None else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """``(base_lr, max_lr)``: the override if there is one, else what the curve shows."""
        if self.bounds_override is not None or (found := self.read_off) is None:
            return self.bounds_override
        return None if found.base_lr is None or found.max_lr is None else (found.base_lr, found.max_lr)

    def look_at(self, history: History | None) -> None:
        """Pick anew from a history; without points there is no pick."""
        self.pick = self._read_off = None
        if history is None or len(history) == 0:
            return
        on = self.on if history.metric is not None else "loss"
        self.pick = history.suggest(self.rule, self.bandwidth, on)
        self._read_off = cache(partial(history.bounds, self.bandwidth, on))

    def forget(self) -> None:
        """Drop the pick and the overrides: a new sweep begins."""
        self.pick = self.override = self._read_off = self.bounds_override = None


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
