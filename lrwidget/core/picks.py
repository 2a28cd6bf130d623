"""What a rule answers: a rate and why, or none and why."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Pick"]


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
        Maximum for a 1cycle schedule (the knee itself).
    band : tuple of float or None
        Both ends of the range to shade, ``knee / 10`` and ``2 knee``: measured to hold 69 % of the
        best constant rates.
    start, steepest, knee, floor, edge : float or None
        Landmarks of the first valley: where the descent starts, is steepest, is all but over, ends, and
        where the loss has climbed a quarter of the way back. None when absent.
    """

    rule: str
    lr: float | None
    reason: str
    warnings: tuple[str, ...] = ()
    one_cycle_max: float | None = None
    band: tuple[float, float] | None = None
    start: float | None = None
    steepest: float | None = None
    knee: float | None = None
    floor: float | None = None
    edge: float | None = None
