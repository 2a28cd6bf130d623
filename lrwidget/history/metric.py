"""A metric beside the loss: its curve, and the curve that rules judge when they are to judge the metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrwidget._validate import one_of
from lrwidget.curves.smoothing import local_linear, spans
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    import numpy.typing as npt

    from lrwidget.curves.axis import FloatArray

__all__ = ["JUDGED", "checked_judged", "judged", "smoothed_metric"]

#: What rules can judge.
JUDGED = ("loss", "metric")


def checked_judged(on: object) -> str:
    """Return what rules are to judge, or raise :class:`SettingsError`."""
    return one_of("on", on, JUDGED)


def judged(loss: FloatArray, metric: FloatArray | None, on: str) -> FloatArray:
    """Return what a rule looks at, lower is better: the raw loss, or the raw metric turned upside down.

    Raises
    ------
    SettingsError
        When ``on`` is neither "loss" nor "metric", or there is no metric.
    """
    if checked_judged(on) == "loss":
        return loss
    if metric is None:
        raise SettingsError('on="metric" needs a metric, and this history holds none: sweep with metric=...')
    return -metric


def smoothed_metric(
    x: FloatArray, metric: FloatArray, bandwidth: float, at: npt.ArrayLike | None = None
) -> FloatArray:
    """Return a metric smoothed by local-linear regression.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Places of the metric, strictly increasing; see :func:`lrwidget.curves.axis.axis`.
    metric : ndarray, shape (n,)
        Raw; what is not finite carries no weight.
    bandwidth : float
        Standard deviation of the smoothing, in units of ``x``; 0 = straight lines between the points.
    at : array_like, shape (m,), optional
        Where to evaluate; by default at ``x``.

    Returns
    -------
    ndarray, shape (m,)
        NaN where the metric is nowhere finite.
    """
    finite = np.isfinite(metric)
    places = x if at is None else np.asarray(at)
    with np.errstate(all="ignore"):
        share = spans(x, bandwidth)
        share = None if share is None else share[finite]
        value, _ = local_linear(x[finite], metric[finite], places, bandwidth, share)
    return value
