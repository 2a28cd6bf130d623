"""pytorch-lr-finder's picture, on matplotlib, which is loaded when a figure is to be made and not before."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._validate import whole
from lrwidget.errors import SettingsError, StateError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["draw"]


def draw(
    history: Mapping[str, Sequence[float]],
    skip_start: int = 10,
    skip_end: int = 5,
    log_lr: bool = True,
    show_lr: float | None = None,
    ax: Any = None,
    suggest_lr: bool = True,
) -> Any:
    """Draw loss against rate; the parameters, result and errors are those of :meth:`LRFinder.plot`."""
    skip_start, skip_end = _skipped("skip_start", skip_start), _skipped("skip_end", skip_end)
    if show_lr is not None and not isinstance(show_lr, float):
        raise SettingsError("show_lr must be float")
    needed = skip_start + skip_end + 2
    lrs, losses = history["lr"], history["loss"]
    if suggest_lr and len(lrs) < needed:
        raise StateError(
            f"Need at least {needed} iterations to suggest a learning rate. Got {len(history['lr'])}"
        )
    shown = slice(skip_start, -skip_end if skip_end else None)
    lrs, losses = lrs[shown], losses[shown]
    steepest = _steepest(losses) if suggest_lr else None

    pyplot = _pyplot() if ax is None else None
    if pyplot is not None:
        _, ax = pyplot.subplots()
    ax.plot(lrs, losses)
    if steepest is not None:
        _mark(ax, lrs[steepest], losses[steepest])
    if log_lr:
        ax.set_xscale("log")
    ax.set_xlabel("Learning rate")
    ax.set_ylabel("Loss")
    if show_lr is not None:
        ax.axvline(x=show_lr, color="red")
    if pyplot is not None:
        pyplot.show()
    return ax if steepest is None else (ax, lrs[steepest])


def _skipped(name: str, value: object) -> int:
    points = whole(name, value, -sys.maxsize)
    if points < 0:
        raise SettingsError(f"{name} cannot be negative")
    return points


def _steepest(losses: Sequence[float]) -> int:
    """Return where the loss falls most from point to point; points that are no numbers are passed over."""
    values = np.asarray(losses, dtype=np.float64)
    finite = np.flatnonzero(np.isfinite(values))
    if finite.size < 2:
        raise StateError(
            f"Need at least 2 finite losses to suggest a learning rate. Got {finite.size}. "
            "Skip fewer points, or pass suggest_lr=False."
        )
    return int(finite[np.gradient(values[finite]).argmin()])


def _mark(ax: Any, lr: float, loss: float) -> None:
    print("LR suggestion: steepest gradient")
    print(f"Suggested LR: {lr:.2E}")
    ax.scatter(lr, loss, s=75, marker="o", color="red", zorder=3, label="steepest gradient")
    ax.legend()


def _pyplot() -> Any:
    try:
        return importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise ImportError(
            "plot() needs matplotlib, which is not installed: pip install matplotlib"
        ) from error
