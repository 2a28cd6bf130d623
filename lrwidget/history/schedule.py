"""Which rates a sweep runs: a short list of plain floats."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lrwidget._validate import floats
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["explicit", "rates"]


def rates(start_lr: float, end_lr: float, num_iter: int, step_mode: str = "exp") -> tuple[float, ...]:
    """Return the rates of a sweep; both ends are run, exactly.

    Parameters
    ----------
    start_lr, end_lr : float
        First and last rate, ``0 < start_lr < end_lr``.
    num_iter : int
        Number of rates, at least 2.
    step_mode : {"exp", "linear"}
        ``"exp"``: ``start_lr * (end_lr / start_lr) ** (i / (num_iter - 1))``, equal steps in log-rate;
        ``"linear"``: ``start_lr + (end_lr - start_lr) * i / (num_iter - 1)``. ``i`` runs from 0 to
        ``num_iter - 1``. Both are pytorch-lr-finder's formulas.

    Returns
    -------
    tuple of float
        ``num_iter`` strictly increasing rates.

    Raises
    ------
    SettingsError
        When ``step_mode`` is neither, or floats cannot hold that many different rates in the range.
    """
    fractions = [i / (num_iter - 1) for i in range(num_iter)]
    if step_mode == "exp":
        ratio = end_lr / start_lr
        if not math.isfinite(ratio):
            raise SettingsError(
                f"end_lr / start_lr is too large to compute; got start_lr={start_lr!r}, end_lr={end_lr!r}. "
                "Give a narrower range, for example start_lr=1e-7, end_lr=10."
            )
        inner = [start_lr * ratio**fraction for fraction in fractions]
    elif step_mode == "linear":
        inner = [start_lr + (end_lr - start_lr) * fraction for fraction in fractions]
    else:
        raise SettingsError(f'step_mode must be "exp" or "linear"; got {step_mode!r}.')
    # Rounding may leave the last product one unit off the rate that was asked for.
    result = (float(start_lr), *inner[1:-1], float(end_lr))
    if any(b <= a for a, b in pairwise(result)):
        raise SettingsError(
            f"start_lr={start_lr!r} and end_lr={end_lr!r} are too close for {num_iter} different rates. "
            "Widen the range or lower num_iter."
        )
    return result


def explicit(lr_schedule: Iterable[Any]) -> tuple[float, ...]:
    """Return a user's own list of rates as plain floats.

    Parameters
    ----------
    lr_schedule : iterable of float
        At least two finite, positive, strictly increasing rates; a list, a tuple or an array.

    Raises
    ------
    SettingsError
        Naming the first entry that cannot work.
    """
    result = tuple(floats("lr_schedule", lr_schedule, "must be a list of rates"))
    advice = "Give at least two finite, positive rates in increasing order, for example [1e-4, 1e-3, 1e-2]."
    if len(result) < 2:
        raise SettingsError(f"lr_schedule must hold at least 2 rates; got {len(result)}. {advice}")
    for i, rate in enumerate(result):
        if not (math.isfinite(rate) and rate > 0):
            raise SettingsError(f"lr_schedule[{i}] must be finite and positive; got {rate!r}. {advice}")
        if i and rate <= result[i - 1]:
            raise SettingsError(
                f"lr_schedule must increase; got lr_schedule[{i - 1}]={result[i - 1]!r}, "
                f"lr_schedule[{i}]={rate!r}. {advice}"
            )
    return result
