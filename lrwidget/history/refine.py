"""Which rates to run next: closely where it matters, further where the range ended too soon.

Each is a plan for one whole sweep over all rates, those of before included, from the restored start: just
what a sweep over that list would have been at once. Rates that were run by themselves and joined afterwards
would not be that: a sweep comes to each rate with the weights that all lower rates have made.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from lrwidget._text import format_rate
from lrwidget._validate import MOST, positive, whole
from lrwidget.errors import SettingsError
from lrwidget.history.settings import Settings, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrwidget.curves.axis import FloatArray
    from lrwidget.history.record import History

__all__ = ["coarse", "decades_that_matter", "extended", "zoomed"]

#: Rates in a part that is looked at closely, at least.
ZOOMED = 50

_EXAMPLE = "Give for example 1e-4 and 1e-2."
# Rates nearer to an end of the range than this, relative to themselves, are that end.
_SAME = 1e-9
# So many gaps at an end tell how closely the rates lie there.
_GAPS = 5

#: Share of an automatic sweep's steps for its coarse pass, and the fewest that show a valley.
COARSE_SHARE, FEWEST = 0.3, 16
#: How many times as many steps to a decade the dense pass takes as one pass over the whole range would.
CLOSER = 1.5
#: How far below the start of the descent the dense pass begins at most, and above its edge ends, in decades.
BELOW, ABOVE = 1.0, 1.0
#: Of a coarse curve the start is told less surely than the middle of the descent. It is taken to be at most
#: so many decades below that.
LONGEST = 1.5


def zoomed(settings: Settings, low: float, high: float, num_iter: int | None = None) -> Settings:
    """Return the settings of the same sweep with a part of its range run densely.

    Parameters
    ----------
    settings : Settings
        Of the sweep to refine.
    low, high : float
        Ends of the part, both run. What lies outside the sweep's range is cut off.
    num_iter : int, optional
        How many rates to run there, both ends counted: more than there were. By default twice as many, at
        least 50. Equal steps in log-rate; on a linear sweep in rate.

    Returns
    -------
    Settings
        A list of rates: those of before, and between ``low`` and ``high`` the dense ones in their place.

    Raises
    ------
    SettingsError
        When the range is none, or outside of the sweep's, or would be run no more densely than before.

    Notes
    -----
    More steps at some rates train the model more on the way: the descent then begins at a lower rate, as with
    a larger ``num_iter``.
    """
    low, high = positive("low", low, _EXAMPLE), positive("high", high, _EXAMPLE)
    if not low < high:
        raise SettingsError(f"low must be smaller than high; got low={low!r}, high={high!r}. {_EXAMPLE}")
    start, end = settings.start_lr, settings.end_lr
    if high <= start or low >= end:
        raise SettingsError(
            f"low={low!r} to high={high!r} lies outside of the sweep's range, {format_rate(start)} to "
            f"{format_rate(end)}. Give a part of it, or extend it first."
        )
    low, high = max(low, start), min(high, end)
    inside = sum(low * (1 - _SAME) <= rate <= high * (1 + _SAME) for rate in settings.rates)
    num_iter = max(2 * inside, ZOOMED) if num_iter is None else whole("num_iter", num_iter, 2)
    if num_iter <= inside:
        raise SettingsError(
            f"num_iter must be more than the {inside} rates that the sweep ran there; got {num_iter}. Give "
            f"for example {max(2 * inside, 10)}."
        )
    dense = _evenly(low, high, num_iter, settings)
    return _with_rates(
        settings,
        [
            *(rate for rate in settings.rates if rate < low * (1 - _SAME)),
            *dense,
            *(rate for rate in settings.rates if rate > high * (1 + _SAME)),
        ],
    )


def extended(settings: Settings, start_lr: float | None = None, end_lr: float | None = None) -> Settings:
    """Return the settings of the same sweep over a longer range, as closely as at the end it is extended at.

    Parameters
    ----------
    settings : Settings
        Of the sweep to extend.
    start_lr, end_lr : float, optional
        New ends, both run: a first rate below the present one, a last rate above it, or both.

    Returns
    -------
    Settings
        Of all rates of before and those that are new. Steps stay equal where the new end is a whole number of
        them away; else the new ones are a little longer or shorter, and the sweep is one of a list of rates.

    Raises
    ------
    SettingsError
        When neither is given, or one is no rate beyond the present end.
    """
    if start_lr is None and end_lr is None:
        raise SettingsError("start_lr or end_lr must be given: where the sweep is to begin or to end.")
    rates = list(settings.rates)
    linear = settings.step_mode == "linear"
    if start_lr is not None:
        first = positive("start_lr", start_lr, _EXAMPLE)
        if not first < rates[0]:
            raise SettingsError(f"start_lr must be below the present {rates[0]!r}; got {first!r}.")
        count = _steps(first, rates[0], rates[: _GAPS + 1], linear=linear)
        rates = [*_evenly(first, rates[0], count + 1, settings)[:-1], *rates]
    if end_lr is not None:
        last = positive("end_lr", end_lr, _EXAMPLE)
        if not last > settings.end_lr:
            raise SettingsError(f"end_lr must be above the present {settings.end_lr!r}; got {last!r}.")
        count = _steps(settings.end_lr, last, rates[-_GAPS - 1 :], linear=linear)
        rates += _evenly(settings.end_lr, last, count + 1, settings)[1:]
    return _with_rates(settings, rates)


def coarse(settings: Settings) -> Settings:
    """Return the settings of the coarse pass of an automatic sweep.

    It goes over the whole range in three tenths of the steps, and ends once the loss has clearly left its
    valley.

    Raises
    ------
    SettingsError
        When the sweep has no equal steps in log-rate, or too few for two passes.
    """
    if settings.step_mode != "exp":
        raise SettingsError(
            f'an automatic sweep finds its rates itself, in step_mode="exp"; got {settings.step_mode!r}. '
            "Give start_lr, end_lr and num_iter alone."
        )
    if settings.num_iter < 3 * FEWEST:
        raise SettingsError(
            f"num_iter must be at least {3 * FEWEST} for a coarse and a dense pass; got {settings.num_iter}."
        )
    count = max(FEWEST, round(COARSE_SHARE * settings.num_iter))
    return replace(settings, num_iter=count, early_stop=True)


def decades_that_matter(history: History, settings: Settings) -> Settings:
    """Return the settings of the dense pass, from what a coarse one has recorded.

    Parameters
    ----------
    history : History
        Of the coarse pass.
    settings : Settings
        Of the whole: its range, and ``num_iter`` steps for both passes.

    Returns
    -------
    Settings
        With the steps that are left, half as many again to a decade as in one pass over the whole range, up
        to a decade beyond where the loss blows up; more widely where the descent begins too low for that.
        Over the whole range where the coarse pass shows no descent.
    """
    left = settings.num_iter - len(history)
    pick = history.suggest()
    if pick.start is None or pick.halfway is None:
        return replace(settings, num_iter=left)
    high = settings.end_lr if pick.edge is None else min(settings.end_lr, pick.edge * 10**ABOVE)
    plan, top = history.settings, math.log10(high)
    whole = math.log10(settings.end_lr / settings.start_lr)
    closer = CLOSER * settings.num_iter / whole
    # As closely for every seed: of more steps to a decade the descent begins lower, and the pick with it.
    low = top - left / closer
    moved = max(0.0, math.log10(closer * math.log10(plan.end_lr / plan.start_lr) / plan.num_iter))
    start = max(math.log10(pick.start), math.log10(pick.halfway) - LONGEST)
    low = min(low, start - BELOW - moved)
    return replace(settings, start_lr=max(settings.start_lr, 10**low), end_lr=high, num_iter=left)


def _evenly(low: float, high: float, count: int, settings: Settings) -> list[float]:
    """Return rates from ``low`` to ``high``, both included exactly, in the equal steps of a sweep."""
    even = np.linspace if settings.step_mode == "linear" else np.geomspace
    inner: FloatArray = even(low, high, count)
    return [low, *inner[1:-1].tolist(), high]


def _steps(low: float, high: float, beside: Sequence[float], *, linear: bool) -> int:
    """Return in how many steps to go from one rate to another, as long as those between the rates beside."""
    # The quotient of two rates can be more than a number holds.
    gaps = [b - a if linear else math.log(b) - math.log(a) for a, b in pairwise(beside)]
    distance = high - low if linear else math.log(high) - math.log(low)
    count = round(distance / float(np.median(gaps)))
    if count > MOST:
        raise SettingsError(
            f"{format_rate(low)} to {format_rate(high)} would take {count} steps as long as those before. "
            "Give a nearer end."
        )
    return max(count, 1)


def _with_rates(settings: Settings, rates: Sequence[float]) -> Settings:
    """Return the settings with other rates, all else as it is."""
    try:
        made = settings_of(np.array(rates))
    except SettingsError as error:
        raise SettingsError(
            f"start_lr={rates[0]!r} to end_lr={rates[-1]!r} cannot be swept: {error}"
        ) from error
    names = ("start_lr", "end_lr", "num_iter", "step_mode", "lr_schedule")
    return replace(settings, **{name: getattr(made, name) for name in names})
