"""The two columns of a sweep, checked and made read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from lrwidget.core.schedule import FloatArray

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
    try:
        made = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsError(f"{name} must hold numbers; {error}.") from error
    if made.ndim != 1:
        raise SettingsError(f"{name} must be one-dimensional; got shape {made.shape}.")
    made.flags.writeable = False
    if like is not None and made.size != like.size:
        raise SettingsError(f"{name} must hold {like.size} numbers, one for each loss; got {made.size}.")
    return made
