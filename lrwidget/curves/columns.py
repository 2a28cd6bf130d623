"""The two columns of a sweep, checked and made read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._validate import floats, said, shown
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from lrwidget.curves.axis import FloatArray

__all__ = ["column", "columns"]


def columns(lr: Any, loss: Any) -> tuple[FloatArray, FloatArray]:
    """Return read-only float64 copies of a sweep's rates and raw losses.

    Parameters
    ----------
    lr : array_like, shape (n,)
        Finite, positive, strictly increasing.
    loss : array_like, shape (n,)
        Any floats, infinite and NaN too.

    Raises
    ------
    SettingsError
        When they are not that, or not equally long.
    """
    lr, loss = column("lr", lr), column("loss", loss)
    if lr.size != loss.size:
        raise SettingsError(f"lr and loss must be equally long; got {lr.size} rates and {loss.size} losses.")
    if not (np.isfinite(lr).all() and (lr > 0).all() and (lr[1:] > lr[:-1]).all()):
        raise SettingsError(
            "lr must hold finite, positive, strictly increasing rates, in the order they ran."
        )
    return lr, loss


def column(name: str, values: Any, like: FloatArray | None = None) -> FloatArray:
    """Return a read-only float64 copy of one column, as long as another one if that is given.

    Raises
    ------
    SettingsError
        When it is no list of numbers, or not as long.
    """
    made = _array(name, values)
    if made.ndim != 1:
        raise SettingsError(f"{name} must be one-dimensional; got shape {made.shape}.")
    made.flags.writeable = False
    if like is not None and made.size != like.size:
        raise SettingsError(f"{name} must hold {like.size} numbers, one for each loss; got {made.size}.")
    return made


def _array(name: str, values: Any) -> FloatArray:
    """Return a float64 copy; what numpy would read into texts, truth values and None is no number here."""
    kinds = set(map(type, values)) if isinstance(values, (list, tuple)) else set()
    if not kinds <= {float, int} and not any(issubclass(kind, (list, tuple, np.ndarray)) for kind in kinds):
        return np.array(floats(name, values, "must hold numbers"))
    try:
        given = np.asarray(values)
        kind = given.dtype.kind
        if kind in "iuf":
            with np.errstate(over="ignore"):  # a number that only a longer float can hold is infinite here
                made = np.array(given, dtype=np.float64)
            if isinstance(values, np.ma.MaskedArray):
                made[np.ma.getmaskarray(values)] = np.nan
            return made
    except Exception as error:
        raise SettingsError(f"{name} must hold numbers; {said(error)}.") from error
    if kind == "O" and given.ndim == 1:
        return np.array(floats(name, given.tolist(), "must hold numbers"))
    what = shown(values) if kind == "O" else f"{given.dtype}"
    raise SettingsError(f"{name} must hold numbers, in a list or an array; got {what}.")
