"""How a rate is picked from a sweep: one small pure function per rule.

The first four read the first valley (:mod:`lrwidget.curves.valley`); the last three are other people's
rules, made safe: they pick nothing where nothing falls. As they are, they stand in
:mod:`lrwidget.picks.engines`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from lrwidget._text import format_rate
from lrwidget.curves.axis import axis
from lrwidget.curves.smoothing import debiased_ema
from lrwidget.curves.valley import NoDescent, Valley
from lrwidget.picks.engines.fastai import fastai_part, longest_fall
from lrwidget.picks.sweep import Choice, Rule, Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrwidget.curves.axis import FloatArray

__all__ = ["RULES"]

# Of 2 to 4 the one whose picks lay best, on models with and without batch normalisation.
KNEE_STEPS = 3


def _steepest(sweep: Sweep) -> Choice:
    """Where the smoothed loss falls fastest, inside the first valley."""
    valley = sweep.valley
    if isinstance(valley, NoDescent):
        return Choice(None, valley.reason)
    lr = sweep.rate(valley.steepest)
    return Choice(lr, f"the smoothed loss falls fastest at {format_rate(lr, 2)}")


def _knee(sweep: Sweep) -> Choice:
    """Take the constant rate that goes in 3 steps as far as the sweep until half of its descent was done.

    How far, tells the sum of its rates up to there. So the pick is the same whether a sweep takes many steps
    a decade, and comes down at low rates already, or few. It lies at most where 95 % of the descent is done.
    Half-way the curve is steep and its place is sharp; where it levels off, a little more or less loss moves
    a place far. ``docs/evaluation.md`` has the measurements behind it.
    """
    valley = sweep.valley
    if isinstance(valley, NoDescent):
        return Choice(None, valley.reason)
    half, most = sweep.rate(valley.halfway), sweep.rate(valley.knee)
    with np.errstate(all="ignore"):  # rates that no sum can hold are beyond the knee
        far = np.cumsum(sweep.lr / most)  # in steps at the knee
        steps = float(np.interp(valley.halfway, axis(sweep.lr, sweep.step_mode), far))
    if not steps < KNEE_STEPS:
        return Choice(most, f"95 % of the descent is done at {format_rate(most, 2)}")
    way = f"half of the descent is done at {format_rate(half, 2)}"
    return Choice(most * steps / KNEE_STEPS, f"{way}, and would be in {KNEE_STEPS} steps at this rate")


def _floor(sweep: Sweep) -> Choice:
    """Floor / 2.2."""
    valley = sweep.valley
    if isinstance(valley, NoDescent):
        return Choice(None, valley.reason)
    return _below(sweep, valley.floor, 2.2, "where the smoothed loss is lowest")


def _edge(sweep: Sweep) -> Choice:
    """Edge / 5.6, close to what Smith reads off by eye."""
    valley = sweep.valley
    if isinstance(valley, NoDescent):
        return Choice(None, valley.reason)
    if valley.edge is None:
        return Choice(None, f"no edge found: the loss did not blow up; {sweep.advice_above}")
    return _below(sweep, valley.edge, 5.6, "where a quarter of the descent is lost again")


def _below(sweep: Sweep, place: float, factor: float, what: str) -> Choice:
    mark = sweep.rate(place)
    return Choice(mark / factor, f"{factor:g} times below {format_rate(mark, 2)}, {what}")


def _fastai_mean(sweep: Sweep) -> tuple[FloatArray, FloatArray]:
    with np.errstate(all="ignore"):
        return fastai_part(sweep.lr, debiased_ema(sweep.loss), sweep.num_iter)


def _is_flat(mean: FloatArray) -> bool:
    """Return whether a running mean changes by no more than its own rounding: that of a constant does."""
    with np.errstate(all="ignore"):
        return bool(np.ptp(mean) <= 1e-12 * np.abs(mean).max())


def _valley(sweep: Sweep) -> Choice:
    """``valley`` of fastai: half-way down the longest strictly falling subsequence of the running mean.

    ``k`` long and ending at ``j``, it is taken to start at ``j - k`` (which may be -1, the last point), and
    the pick is ``k // 3 + k // 6`` points on. Where nothing falls, fastai picks a point all the same, and
    this rule none; "fastai-valley" of :data:`lrwidget.picks.engines.table.PEER_RULES` is the original.
    """
    lr, mean = _fastai_mean(sweep)
    if not lr.size:
        return Choice(None, "no descent found: too few losses for fastai's valley rule")
    if _is_flat(mean):
        return Choice(None, "no descent found: the running mean of the loss never falls")
    longest, end = longest_fall(mean)
    if longest == 1:
        return Choice(None, "no descent found: the running mean of the loss never falls")
    index = end - longest + longest // 3 + longest // 6
    return Choice(
        float(lr[index]), "half-way down the longest fall of the running mean, by fastai's valley rule"
    )


def _minimum(sweep: Sweep) -> Choice:
    """``minimum`` of fastai: a tenth of the rate where the running mean is lowest; none if nothing falls."""
    lr, mean = _fastai_mean(sweep)
    if not lr.size:
        return Choice(None, "no descent found: too few losses for fastai's minimum rule")
    if _is_flat(mean) or not mean.min() < mean[0]:
        return Choice(None, "no descent found: the running mean of the loss never falls")
    lowest = float(lr[int(np.argmin(mean))])
    return Choice(
        lowest / 10, f"a tenth of {format_rate(lowest, 2)}, where the running mean of the loss is lowest"
    )


def _seed(sweep: Sweep) -> Choice:
    """``lrs[np.gradient(losses).argmin()]`` on the raw losses, up to the first that is not finite."""
    finite = np.isfinite(sweep.loss)
    count = finite.size if finite.all() else int(np.argmin(finite))
    if count < 2:
        return Choice(None, f"no descent found: {count} finite losses are too few, at least 2 are needed")
    with np.errstate(all="ignore"):
        slope = np.gradient(sweep.loss[:count])
    index = int(np.argmin(slope))
    if not slope[index] < 0:
        return Choice(None, "no descent found: the raw loss never falls")
    lr = float(sweep.lr[index])
    warnings = []
    valley = sweep.valley
    if isinstance(valley, Valley) and lr > sweep.rate(valley.floor):
        warnings.append("lies past the first valley's floor, where the loss already blows up")
    if index in (0, count - 1):
        warnings.append(f"lies at the {'first' if index == 0 else 'last'} point of the curve")
    return Choice(lr, f"the raw loss falls most from point to point at {format_rate(lr, 2)}", tuple(warnings))


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "steepest": _steepest,
        "knee": _knee,
        "floor": _floor,
        "edge": _edge,
        "valley": _valley,
        "minimum": _minimum,
        "seed": _seed,
    }
)
