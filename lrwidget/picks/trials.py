"""Which of a few rates, each tried in a short training, is best; and which rates are worth a trial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrwidget._text import format_rate
from lrwidget._validate import positive, whole
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrwidget.curves.axis import FloatArray

__all__ = ["LAST_SHARE", "STEP", "Decision", "decide", "leader", "next_beyond", "rates_around"]

#: Decades between the rates that are tried when none are given.
STEP = 0.5
#: Share of a trial's steps, the last ones, whose mean training loss judges it.
LAST_SHARE = 0.2
#: Standard errors of the paired differences within which two trials are not told apart.
NOISE = 2.0


@dataclass(frozen=True)
class Decision:
    """Which trial is best, and what to make of it.

    Attributes
    ----------
    winner : int or None
        Index of the best trial; None = there is none.
    lr : float or None
        The rate to take: the winner's.
    reason : str
        One plain sentence.
    warnings : tuple of str
        What speaks against trusting it.
    scores : tuple of float or None
        What each trial was judged by, lower is better; None = it is not comparable.
    """

    winner: int | None
    lr: float | None
    reason: str
    warnings: tuple[str, ...] = ()
    scores: tuple[float | None, ...] = ()


def rates_around(lr: float, edge: float | None = None, count: int = 3) -> tuple[float, ...]:
    """Return rates half a decade apart around one, increasing.

    Parameters
    ----------
    lr : float
        The middle one; finite, greater than 0.
    edge : float or None
        Where the loss blows up: all are moved down by half decades until none lies above it.
    count : int
        How many, 2 to 9.

    Raises
    ------
    SettingsError
        When a number is not that.
    """
    lr = positive("lr", lr, "Give for example 0.01.")
    count = whole("count", count, 2, 9)
    highest = count // 2
    if edge is not None:
        edge = positive("edge", edge, "Give None where the loss did not blow up.")
        highest = min(highest, math.floor(math.log10(edge / lr) / STEP + 1e-9))
    found = tuple(lr * 10 ** (STEP * number) for number in range(highest - count + 1, highest + 1))
    if not (found[0] > 0 and math.isfinite(found[-1])):
        raise SettingsError(f"no float can hold {count} rates around {lr!r}. Give the rates themselves.")
    return found


def decide(
    rates: Sequence[float],
    losses: Sequence[FloatArray],
    ended: Sequence[str | None],
    held_out: Sequence[float | None],
    planned: int,
    *,
    by_kept: bool = False,
) -> Decision:
    """Return which of some trials is best.

    Those that ran to the end are compared, by their loss on kept batches or by the mean training loss of the
    last fifth of the steps that all of them have; all saw the same batches. The rate to take is the winner's
    own: the lowest point of a parabola through it and its two neighbours was worse (``docs/evaluation.md``).

    Parameters
    ----------
    rates : sequence of float
        Different ones, in any order.
    losses : sequence of ndarray
        Training losses of each, before each step.
    ended : sequence of str or None
        How each ended; see :class:`lrwidget.history.trials.Trial`.
    held_out : sequence of float or None
        Loss of each on kept batches, at its end.
    planned : int
        Steps in all.
    by_kept : bool
        Whether the kept batches judge; a trial that was not evaluated on them is not compared.
    """
    common, found = _scored(losses, ended, held_out, by_kept=by_kept)
    last = _last(common)
    scores = tuple(found.get(i) for i in range(len(rates)))
    if not found or len(found) + _lost(ended) < 2:
        return Decision(None, None, _why_none(ended, found), scores=scores)
    order = sorted(found, key=lambda i: found[i])
    best = order[0]
    lr, reason = rates[best], f"{format_rate(rates[best])} ended lowest"
    if len(order) > 1:
        reason += f", {_told(found[best], found[order[1]])} at {format_rate(rates[order[1]])}"
    else:
        reason = f"{format_rate(lr)} alone ran to its end, at {found[best]:.3g}; {_fates(ended)}"
    gap = None
    if len(order) > 1 and not by_kept:
        gap = np.subtract(*(losses[i][common - last : common] for i in (order[1], best)))
    doubts = _doubts(rates, ended, gap, order)
    if not _falls(losses[best][:common], last):
        doubts.append("the loss did not fall in the trial that ended lowest")
    if common < planned:
        doubts.append(f"the loader had batches for {common} of {planned} steps")
    return Decision(best, lr, reason, tuple(doubts), scores)


def leader(
    losses: Sequence[FloatArray],
    ended: Sequence[str | None],
    held_out: Sequence[float | None],
    *,
    by_kept: bool = False,
) -> int | None:
    """Return the index of the best of those that ran to their end; None = none has yet."""
    found = _scored(losses, ended, held_out, by_kept=by_kept)[1]
    return min(found, key=lambda i: found[i], default=None)


def next_beyond(rates: Sequence[float], best: int) -> float | None:
    """Return the rate beyond the end of those tried at which the best is; None = it is at no end.

    As far from it as its neighbour is.
    """
    inside = sorted(rates)
    lr = rates[best]
    if lr not in (inside[0], inside[-1]):
        return None
    neighbour = inside[1] if lr == inside[0] else inside[-2]
    beyond = lr * (lr / neighbour)
    return beyond if 0 < beyond < math.inf else None


def _scored(
    losses: Sequence[FloatArray],
    ended: Sequence[str | None],
    held_out: Sequence[float | None],
    *,
    by_kept: bool,
) -> tuple[int, dict[int, float]]:
    """Return how many steps all that ended have, and what each of them is judged by."""
    whole_ones = [i for i, how in enumerate(ended) if how in {"completed", "exhausted"} and len(losses[i])]
    common = min((len(losses[i]) for i in whole_ones), default=0)
    first = common - _last(common)
    if by_kept:
        found = {i: value for i in whole_ones if (value := held_out[i]) is not None}
    else:
        found = {i: float(np.mean(losses[i][first:common])) for i in whole_ones}
    return common, {i: score for i, score in found.items() if math.isfinite(score)}


def _last(count: int) -> int:
    return max(1, math.ceil(LAST_SHARE * count))


def _lost(ended: Sequence[str | None]) -> int:
    """Return how many are known to be worse than one that ran to its end."""
    return sum(how in {"behind", "diverged", "non-finite"} for how in ended)


def _why_none(ended: Sequence[str | None], found: dict[int, float]) -> str:
    if all(how in {"diverged", "non-finite"} for how in ended):
        return "every rate blew up: try lower ones"
    if found:
        return "only one rate was tried to the end, and nothing was compared with it"
    return f"no trial ran to its end: {_fates(ended)}"


def _fates(ended: Sequence[str | None]) -> str:
    counts: dict[str, int] = {}
    for how in ended:
        if how not in {"completed", "exhausted"}:
            counts[how or "under way"] = counts.get(how or "under way", 0) + 1
    return ", ".join(f"{count} {how}" for how, count in counts.items()) or "none had a finite loss"


def _told(one: float, other: float) -> str:
    """Return two numbers with as many digits as it takes to tell them apart, at least 2."""
    for digits in range(2, 7):
        texts = [f"{value:.{digits}g}" for value in (one, other)]
        if texts[0] != texts[1]:
            break
    return " against ".join(texts)


def _doubts(
    rates: Sequence[float], ended: Sequence[str | None], gap: FloatArray | None, order: list[int]
) -> list[str]:
    doubts = []
    best = order[0]
    if rates[best] == max(rates):
        doubts.append("it is the highest rate that was tried: higher ones may do better")
    elif rates[best] == min(rates):
        doubts.append("it is the lowest rate that was tried: lower ones may do better")
    elif any(how in {"untried", None} for how in ended):
        doubts.append("not every rate was tried")
    if gap is not None:
        error = float(gap.std(ddof=1)) / math.sqrt(gap.size) if gap.size > 1 else math.inf
        if not float(gap.mean()) > NOISE * error:
            doubts.append(f"{format_rate(rates[order[1]])} did as well, as far as the noise of batches tells")
    return doubts


def _falls(losses: FloatArray, last: int) -> bool:
    return bool(np.mean(losses[-last:]) < np.mean(losses[:last]))
