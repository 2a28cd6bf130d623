"""A metric beside the loss: its curve, and the curve that rules judge when they are to judge the metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget._validate import one_of
from lrwidget.curves.smoothing import local_linear
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    import numpy.typing as npt

    from lrwidget.curves.axis import FloatArray
    from lrwidget.history.record import History

__all__ = ["JUDGED", "checked_judged", "judged", "smoothed_metric"]

#: What rules can judge.
JUDGED = ("loss", "metric")


def checked_judged(on: object) -> str:
    """Return what rules are to judge, or raise :class:`SettingsError`."""
    return one_of("on", on, JUDGED)


def judged(history: History, on: str) -> FloatArray:
    """Return what a rule looks at, lower is better: the raw loss, or the raw metric turned upside down.

    Raises
    ------
    SettingsError
        When ``on`` is neither "loss" nor "metric", or the history holds no metric.
    """
    if checked_judged(on) == "loss":
        return history.loss
    if history.metric is None:
        raise SettingsError('on="metric" needs a metric, and this history holds none: sweep with metric=...')
    return -history.metric


def smoothed_metric(history: History, bandwidth: float, at: npt.ArrayLike) -> FloatArray:
    """Return the metric smoothed by local-linear regression, at places on the history's axis.

    Parameters
    ----------
    history : History
    bandwidth : float
        Standard deviation of the smoothing, in units of ``history.x``; 0 = straight lines between the points.
    at : array_like, shape (m,)

    Returns
    -------
    ndarray, shape (m,)
        Empty where there is no metric; NaN where it is nowhere finite.
    """
    if history.metric is None:
        return np.empty(0)
    finite = np.isfinite(history.metric)
    with np.errstate(all="ignore"):
        value, _ = local_linear(history.x[finite], history.metric[finite], np.asarray(at), bandwidth)
    return value
