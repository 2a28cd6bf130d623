"""The same sweep several times, on other batches: the median of the curves, the band, the picks' spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._validate import real
from lrwidget.errors import SettingsError
from lrwidget.history.record import History

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from lrwidget.curves.axis import FloatArray
    from lrwidget.history.record import StopReason
    from lrwidget.picks.pick import Pick

__all__ = ["Band", "Spread", "band_of", "median_history", "spread_of"]

#: The share of the curves that a band holds, by default.
SHARE = 0.8
_BLOWN_UP = ("diverged", "non-finite")


@dataclass(frozen=True, eq=False)
class Band:
    """Between which losses most of the smoothed curves lie.

    Attributes
    ----------
    lr : ndarray, shape (n,)
        Rates.
    low, high : ndarray, shape (n,)
        Smoothed losses, both ends included; ``inf`` where the curves have blown up.
    """

    lr: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Spread:
    """Where a rule's picks lie that were made on each of several sweeps.

    Attributes
    ----------
    picks : tuple of Pick
        One a sweep, in their order.
    median, low, high : float or None
        The middle one of the picked rates (of two the geometric mean), the lowest and the highest; None when
        the rule picked none.
    decades : float or None
        ``log10(high / low)``.
    """

    picks: tuple[Pick, ...]
    median: float | None
    low: float | None
    high: float | None
    decades: float | None


def median_history(histories: Sequence[History]) -> History:
    """Return the median of several sweeps of the same rates, as one history.

    Parameters
    ----------
    histories : sequence of History
        At least two, of which each ran the same rates, as far as it came.

    Returns
    -------
    History
        Its loss at a rate is the median of theirs; a sweep that has blown up counts as infinitely high from
        there on, one that was stopped is left out. It ends with the rate at which half of them had blown up,
        there "diverged" with an infinite loss, or where half of them ended. ``receipt["median_of"]`` is how
        many they are.

    Raises
    ------
    SettingsError
        When they are fewer than two, or ran other rates, or measured another metric.
    """
    _check(histories)
    longest = max(histories, key=len)
    losses = _table(histories, [history.loss for history in histories])
    with np.errstate(all="ignore"):
        kept = _ran_by_half(losses)
        median = np.nanmedian(losses[:, :kept], axis=0) if kept else np.empty(0)
    reason = _reason(histories)
    blown_up = np.flatnonzero(np.isinf(median))
    if blown_up.size:
        kept, reason = int(blown_up[0]) + 1, "diverged"
    metric = None
    if longest.metric is not None:
        values = np.full(losses.shape, np.nan)
        for row, history in zip(values, histories, strict=True):
            row[: len(history)] = history.metric
        with np.errstate(all="ignore"):
            metric = _nanmedian(values[:, :kept])
    first = histories[0]
    times = [history.seconds for history in histories]
    receipt: dict[str, Any] = {key: value for key, value in first.receipt.items() if key != "seed"}
    return History(
        longest.lr[:kept],
        median[:kept],
        first.settings,
        reason,
        first.started_at,
        None if None in times else math.fsum(time for time in times if time is not None),
        receipt | {"median_of": len(histories)},
        metric,
        longest.metric_name,
    )


def band_of(histories: Sequence[History], bandwidth: float = 0.3, share: float = SHARE) -> Band:
    """Return between which losses a share of the smoothed curves lie, at each rate.

    Parameters
    ----------
    histories : sequence of History
        As for :func:`median_history`.
    bandwidth : float
        Smoothing in decades, at least 0; 0 = none.
    share : float
        In [0, 1]. The band's ends are the curves nearest to the quantiles ``(1 - share) / 2`` and
        ``(1 + share) / 2``: for up to six sweeps these are the lowest and the highest curve.

    Raises
    ------
    SettingsError
        When the sweeps do not go together, or the share is none.
    """
    part = real("share", share)
    if not 0 <= part <= 1:
        raise SettingsError(f"share must lie in [0, 1]; got {part!r}. Give for example 0.8.")
    _check(histories)
    table = _table(histories, [history.smoothed(bandwidth) for history in histories])
    kept = _ran_by_half(table)
    # NaN = not run there: sorted last, and not counted. Half the way to an infinity is none: the nearest.
    ordered = np.sort(table[:, :kept], axis=0)
    last = np.sum(~np.isnan(ordered), axis=0) - 1
    columns = np.arange(kept)
    low, high = (
        ordered[np.floor(0.5 + last * quantile - tilt).astype(int), columns]
        for quantile, tilt in (((1 - part) / 2, 1e-9), ((1 + part) / 2, -1e-9))
    )
    return Band(max(histories, key=len).lr[:kept], low, high)


def spread_of(
    histories: Sequence[History], rule: str = "steepest", bandwidth: float = 0.3, on: str = "loss"
) -> Spread:
    """Return where the picks of a rule lie, made on each sweep by itself.

    Parameters
    ----------
    histories : sequence of History
        Any.
    rule, bandwidth, on
        As for :meth:`lrwidget.History.suggest`.
    """
    picks = tuple(history.suggest(rule, bandwidth, on) for history in histories)
    rates = [pick.lr for pick in picks if pick.lr is not None]
    if not rates:
        return Spread(picks, None, None, None, None)
    places = np.log10(rates)
    return Spread(
        picks,
        float(10 ** np.median(places)),
        min(rates),
        max(rates),
        float(np.ptp(places)),
    )


def _check(histories: Sequence[History]) -> None:
    if len(histories) < 2:
        raise SettingsError(f"repeats must be at least 2 sweeps; got {len(histories)}.")
    first, *others = histories
    for number, other in enumerate(others, 2):
        if other.settings != first.settings:
            raise SettingsError(
                f"repeats must have the same settings; sweep {number} has others than sweep 1."
            )
        both = min(len(first), len(other))
        if not np.array_equal(first.lr[:both], other.lr[:both]):
            raise SettingsError(f"repeats must run the same rates; sweep {number} ran others than sweep 1.")
        if first.metric_name != other.metric_name:
            raise SettingsError(
                f"repeats must have the same metric; sweep {number} has another than sweep 1."
            )


def _table(histories: Sequence[History], values: Sequence[npt.NDArray[np.float64]]) -> FloatArray:
    """Return a row for each sweep: infinite from where it has blown up, NaN where it did not run."""
    table = np.full((len(histories), max(map(len, histories))), np.nan)
    for row, history, one in zip(table, histories, values, strict=True):
        row[: len(history)] = np.where(np.isfinite(history.loss), one, np.inf)
        if history.stop_reason in _BLOWN_UP:
            row[len(history) :] = np.inf
    return table


def _ran_by_half(table: FloatArray) -> int:
    """Return for how many of the first rates at least half of the sweeps tell something."""
    enough = 2 * np.sum(~np.isnan(table), axis=0) >= table.shape[0]
    return int(enough.size if enough.all() else np.argmin(enough))


def _nanmedian(values: FloatArray) -> FloatArray:
    """Return the median of what is known in each column; NaN where nothing is."""
    made = np.full(values.shape[1], np.nan)
    known = ~np.isnan(values).all(axis=0)
    made[known] = np.nanmedian(values[:, known], axis=0)
    return made


def _reason(histories: Sequence[History]) -> StopReason | None:
    """Return why the median ends: as all sweeps did, or as the first did that did not complete."""
    unlike: list[StopReason | None] = [
        history.stop_reason for history in histories if history.stop_reason != "completed"
    ]
    told = [reason for reason in unlike if reason not in _BLOWN_UP]
    return told[0] if told else "completed" if len(unlike) < len(histories) else unlike[0]
