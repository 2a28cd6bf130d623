"""The curves of short trainings: losses, smoothed over the steps, at few enough places to be sent often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrwidget.history.trials import Trial

__all__ = ["trial_curve"]

#: More places cannot be told apart in a panel.
MOST_PLACES = 256
#: Standard deviation of the smoothing, as a share of all steps.
WIDTH = 0.02


def trial_curve(trial: Trial, steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return steps, counted from 1, and the smoothed losses there.

    The smoothing is a weighted mean, Gaussian in the steps, over the finite losses; where none is near, the
    value is NaN.

    Parameters
    ----------
    trial : Trial
    steps : int
        How many it was to take: by these the smoothing is chosen, so that a curve does not move as it grows.

    Returns
    -------
    steps, values : ndarray, shape (m,)
        At most 256, the first and the last step among them.
    """
    count = len(trial)
    if count == 0:
        return np.empty(0), np.empty(0)
    at = np.unique(np.linspace(0, count - 1, min(count, MOST_PLACES)).round().astype(int))
    width = max(WIDTH * steps, 0.5)
    reach = int(np.ceil(4 * width))
    finite = np.isfinite(trial.loss)
    losses = np.where(finite, trial.loss, 0.0)
    around = at[:, None] + np.arange(-reach, reach + 1)
    inside = (around >= 0) & (around < count)
    around = np.clip(around, 0, count - 1)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2) * inside * finite[around]
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(total > 0, (weights * losses[around]).sum(axis=1) / total, np.nan)
    return at + 1.0, values
