"""The axis that curves are drawn, smoothed and judged on."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["DECADES_OF_A_LINEAR_SWEEP", "FloatArray", "StepMode", "axis", "decade"]

FloatArray = npt.NDArray[np.float64]
StepMode = Literal["exp", "linear", "list"]

# A linear sweep has no decades of its own; its whole range counts as the default sweep's 1e-7 to 10, so that
# one number for the smoothing serves both.
DECADES_OF_A_LINEAR_SWEEP = 8.0


def axis(lr: npt.ArrayLike, step_mode: str) -> FloatArray:
    """Return the axis that curves are smoothed and judged on.

    Parameters
    ----------
    lr : array_like, shape (n,)
        Rates, positive.
    step_mode : {"exp", "linear", "list"}
        Of the sweep.

    Returns
    -------
    ndarray, shape (n,)
        ``log10(lr)``, in decades, for ``"exp"`` and ``"list"``; ``lr`` itself for ``"linear"``.
    """
    values = np.array(lr, dtype=np.float64)
    return values if step_mode == "linear" else np.log10(values)


def decade(start_lr: float, end_lr: float, step_mode: str) -> float:
    """Return how long one decade is on :func:`axis`.

    It is 1 on a logarithmic axis. On a linear sweep, where rates have no decades, the whole range from
    ``start_lr`` to ``end_lr`` counts as 8 of them, the span of the default sweep.
    """
    return (end_lr - start_lr) / DECADES_OF_A_LINEAR_SWEEP if step_mode == "linear" else 1.0
