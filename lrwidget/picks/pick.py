"""What a rule answers: a rate and why, or none and why; and what speaks against trusting it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from lrwidget._text import format_rate
from lrwidget._validate import one_of, positive, real, whole
from lrwidget.curves.axis import StepMode
from lrwidget.curves.columns import columns
from lrwidget.curves.valley import NoDescent, Valley
from lrwidget.errors import SettingsError
from lrwidget.picks.engines.table import PEER_RULES
from lrwidget.picks.rules import RULES
from lrwidget.picks.sweep import Choice, Sweep

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["PEER_RULES", "RULES", "Pick", "compare", "suggest", "sweep_of"]

# What goes with bad picks, as measured (docs/picks.md). How wide the descent is does not, nor whether the
# loss blows up after it: nearly all that is bad for want of higher rates lies near the range's end anyway.
SMALL_SHARE = 0.05


@dataclass(frozen=True)
class Pick:
    """A rule's answer. All rates are in the units of the optimizer's ``lr``.

    Attributes
    ----------
    rule : str
        Name of the rule.
    lr : float or None
        The suggested rate; None when the rule found none.
    reason : str
        One plain sentence: why this rate, or why there is none.
    warnings : tuple of str
        What speaks against trusting the rate, most serious first; empty when nothing does.
    one_cycle_max : float or None
        Maximum for a 1cycle schedule: ``knee``, where the descent is all but over.
    band : tuple of float or None
        Both ends of the range to shade, ``knee / 10`` and ``2 knee``: measured to hold 69 % of the
        best constant rates.
    start, steepest, halfway, knee, floor, edge : float or None
        Landmarks of the first valley: where the descent starts, is steepest, half done, all but over (95 %
        done), ends, and where the loss has climbed a quarter of the way back. None when absent.
    on : str
        What was judged: "loss", or the name of a metric.
    """

    rule: str
    lr: float | None
    reason: str
    warnings: tuple[str, ...] = ()
    one_cycle_max: float | None = None
    band: tuple[float, float] | None = None
    start: float | None = None
    steepest: float | None = None
    halfway: float | None = None
    knee: float | None = None
    floor: float | None = None
    edge: float | None = None
    on: str = "loss"

    def on_metric(self, name: str) -> Pick:
        """Return the same pick, saying that it was made on a metric turned upside down."""
        return replace(self, on=name, reason=f"on {name}, turned upside down: {self.reason}")


def suggest(
    lr: npt.ArrayLike,
    loss: npt.ArrayLike,
    rule: str = "steepest",
    *,
    step_mode: str = "exp",
    bandwidth: float = 0.3,
    end_lr: float | None = None,
    num_iter: int | None = None,
) -> Pick:
    """Pick a rate from a sweep.

    Parameters
    ----------
    lr, loss : array_like, shape (n,)
        Rates as run, positive, strictly increasing, and raw losses, which may be infinite or NaN.
    rule : str
        One of :data:`lrwidget.picks.RULES`. "steepest", "knee", "floor" and "edge" read the first valley of
        the smoothed loss; "valley" and "minimum" are fastai's, "seed" is
        ``lrs[np.gradient(losses).argmin()]``. Or one of :data:`PEER_RULES`, which pick exactly as other
        engines do: "fastai-slide", "lightning", "ignite", ...
    step_mode : {"exp", "linear", "list"}
        Of the sweep. On a linear sweep the whole range counts as 8 decades.
    bandwidth : float
        Smoothing in decades, at least 0; 0 = none. For the first four rules.
    end_lr, num_iter : float and int, optional
        As planned, where the sweep stopped early; by default as run.

    Raises
    ------
    SettingsError
        For an unknown rule, a bandwidth or arrays that cannot work.
    """
    one_of("rule", rule, (*RULES, *PEER_RULES))
    return _pick(sweep_of(lr, loss, bandwidth, step_mode=step_mode, end_lr=end_lr, num_iter=num_iter), rule)


def compare(
    lr: npt.ArrayLike,
    loss: npt.ArrayLike,
    *,
    step_mode: str = "exp",
    bandwidth: float = 0.3,
    end_lr: float | None = None,
    num_iter: int | None = None,
) -> tuple[Pick, ...]:
    """Return what every rule picks from a sweep: those of :data:`RULES`, then those of :data:`PEER_RULES`.

    Parameters
    ----------
    lr, loss, step_mode, bandwidth, end_lr, num_iter
        As for :func:`suggest`.

    Raises
    ------
    SettingsError
        For a bandwidth or arrays that cannot work.
    """
    sweep = sweep_of(lr, loss, bandwidth, step_mode=step_mode, end_lr=end_lr, num_iter=num_iter)
    return tuple(_pick(sweep, rule) for rule in (*RULES, *PEER_RULES))


def sweep_of(
    lr: npt.ArrayLike,
    loss: npt.ArrayLike,
    bandwidth: float,
    *,
    step_mode: str,
    end_lr: float | None,
    num_iter: int | None,
) -> Sweep:
    """Return what a rule looks at, checked; see :func:`suggest` for the parameters."""
    one_of("step_mode", step_mode, get_args(StepMode))
    rates, losses = columns(lr, loss)
    last = float(rates[-1]) if rates.size else 1.0
    return Sweep(
        rates,
        losses,
        step_mode,
        checked_bandwidth(bandwidth),
        last if end_lr is None else max(last, positive("end_lr", end_lr, "Give the last planned rate.")),
        len(rates) if num_iter is None else whole("num_iter", num_iter, 0),
    )


def _pick(sweep: Sweep, rule: str) -> Pick:
    choice = (RULES[rule] if rule in RULES else PEER_RULES[rule])(sweep)
    if choice.lr is not None and not 0 < choice.lr < math.inf:
        choice = Choice(None, "the pick lies beyond the rates that a number can hold")
    valley = sweep.valley
    warnings = choice.warnings + _doubts(sweep, choice.lr, valley) if choice.lr is not None else ()
    if isinstance(valley, NoDescent):
        return Pick(rule, choice.lr, choice.reason, warnings)
    knee = sweep.rate(valley.knee)
    return Pick(
        rule,
        choice.lr,
        choice.reason,
        warnings,
        one_cycle_max=knee,
        band=(knee / 10, 2 * knee),
        start=sweep.rate(valley.start),
        steepest=sweep.rate(valley.steepest),
        halfway=sweep.rate(valley.halfway),
        knee=knee,
        floor=sweep.rate(valley.floor),
        edge=None if valley.edge is None else sweep.rate(valley.edge),
    )


def checked_bandwidth(bandwidth: object) -> float:
    """Return a bandwidth in decades as a float, or raise :class:`SettingsError`."""
    width = real("bandwidth", bandwidth)
    if not 0 <= width < math.inf:
        raise SettingsError(
            f"bandwidth must be a number of decades, 0 (no smoothing) or more; got {width!r}. "
            "Give for example 0.3."
        )
    return width


def _doubts(sweep: Sweep, lr: float, valley: Valley | NoDescent) -> tuple[str, ...]:
    """Return what, in a curve or in a rate's place on it, goes with bad picks."""
    doubts = []
    if isinstance(valley, NoDescent):
        doubts.append(valley.reason)
    elif valley.removed < SMALL_SHARE:
        doubts.append(f"low contrast: only {100 * valley.removed:.2g} % of the loss is removed")
    first, last = float(sweep.lr[0]), float(sweep.lr[-1])
    size = "an eighth of the range" if sweep.step_mode == "linear" else "a decade"
    blown_up = isinstance(valley, Valley) and valley.edge is not None
    if sweep.place(lr) < sweep.place(first) + sweep.decade:
        doubts.append(f"within {size} of the range's start, {format_rate(first)}: {sweep.advice_below(lr)}")
    elif sweep.place(lr) > sweep.place(sweep.end_lr) - sweep.decade:
        doubts.append(f"within {size} of the range's end, {format_rate(sweep.end_lr)}: {sweep.advice_above}")
    elif not blown_up and sweep.place(lr) > sweep.place(last) - sweep.decade:
        doubts.append(f"within {size} of the last rate run, {format_rate(last)}: let the sweep run on")
    return tuple(doubts)
