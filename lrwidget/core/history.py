"""What a sweep recorded: one frozen record, and everything that can be asked of it."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from lrwidget.core.curve import Curve, curve
from lrwidget.core.schedule import FloatArray, axis, decade
from lrwidget.core.settings import Settings
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from lrwidget.core.picks import Pick

__all__ = ["History", "StopReason"]

StopReason = Literal["completed", "diverged", "non-finite", "stopped", "interrupted", "exhausted", "error"]


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """The rates a sweep ran, the losses it saw, and how it ended. Nothing in it can be changed.

    Parameters
    ----------
    lr : array_like, shape (n,)
        Rates as run (of the first parameter group), positive, strictly increasing. Copied.
    loss : array_like, shape (n,)
        Raw losses, in units of the criterion; may be infinite or NaN. Copied.
    settings : Settings
        What the sweep was asked to do.
    stop_reason : str or None
        "completed", "diverged", "non-finite", "stopped", "interrupted", "exhausted" or "error"; None while
        running.
    started_at : str or None
        When the sweep began, ISO 8601, UTC.
    seconds : float or None
        Wall time of the sweep.
    receipt : mapping
        Anything else worth knowing (device, versions, ...), as JSON could hold it.

    Raises
    ------
    SettingsError
        When the arrays do not fit together, or a field is not what it should be.
    """

    lr: FloatArray
    loss: FloatArray
    settings: Settings = field(default_factory=Settings)
    stop_reason: StopReason | None = None
    started_at: str | None = None
    seconds: float | None = None
    receipt: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lr, loss = _column("lr", self.lr), _column("loss", self.loss)
        if lr.shape != loss.shape:
            raise SettingsError(
                f"lr and loss must be equally long; got {lr.size} rates and {loss.size} losses."
            )
        if not (np.isfinite(lr).all() and (lr > 0).all() and (np.diff(lr) > 0).all()):
            raise SettingsError(
                "lr must hold finite, positive, strictly increasing rates, in the order they were run."
            )
        if not isinstance(self.settings, Settings):
            raise SettingsError(f"settings must be a Settings; got {type(self.settings).__name__}.")
        if self.stop_reason is not None and self.stop_reason not in get_args(StopReason):
            allowed = ", ".join(map(repr, get_args(StopReason)))
            raise SettingsError(f"stop_reason must be None or one of {allowed}; got {self.stop_reason!r}.")
        if not (self.started_at is None or isinstance(self.started_at, str)):
            raise SettingsError(f"started_at must be None or an ISO 8601 string; got {self.started_at!r}.")
        if not isinstance(self.receipt, Mapping):
            raise SettingsError(f"receipt must be a mapping; got {type(self.receipt).__name__}.")
        receipt = MappingProxyType(_plain(self.receipt, "receipt"))
        for name, value in (
            ("lr", lr),
            ("loss", loss),
            ("seconds", _seconds(self.seconds)),
            ("receipt", receipt),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return int(self.lr.size)

    def __repr__(self) -> str:
        how = f"stop_reason={self.stop_reason!r}" if self.stop_reason else "running"
        if not len(self):
            return f"History(no points of {self.settings.num_iter}, {how})"
        text = f"History({len(self)} of {self.settings.num_iter} points"
        text += f", lr {self.lr[0]:.3g} to {self.lr[-1]:.3g}"
        finite = self.loss[np.isfinite(self.loss)]
        if finite.size:
            text += f", loss {self.loss[0]:.4g} to {self.loss[-1]:.4g}, lowest {finite.min():.4g}"
        return f"{text}, {how})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        return (
            np.array_equal(self.lr, other.lr)
            and np.array_equal(self.loss, other.loss, equal_nan=True)
            and (self.settings, self.stop_reason, self.started_at, self.seconds)
            == (other.settings, other.stop_reason, other.started_at, other.seconds)
            and repr(_sorted(self.receipt)) == repr(_sorted(other.receipt))
        )

    def __hash__(self) -> int:
        return hash((len(self), self.settings, self.stop_reason, self.started_at, self.seconds))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled, and unpickled arrays would be writeable: build it anew.
        fields = (self.lr, self.loss, self.settings, self.stop_reason, self.started_at, self.seconds)
        return History, (*fields, dict(self.receipt))

    @property
    def x(self) -> FloatArray:
        """The axis of the curves, shape (n,): ``log10(lr)``; on a linear sweep ``lr``."""
        return axis(self.lr, self.settings.step_mode)

    def curve(self, bandwidth: float = 0.3, at: npt.ArrayLike | None = None) -> Curve:
        """Return the smoothed loss and its slope.

        Parameters
        ----------
        bandwidth : float
            Standard deviation of the smoothing in decades, at least 0; 0 = none. On a linear sweep the
            whole range counts as 8 decades.
        at : array_like, optional
            Where to evaluate, in units of :attr:`x`; by default at the sweep's own points.
        """
        if isinstance(bandwidth, bool) or not isinstance(bandwidth, Real) or not 0 <= bandwidth < math.inf:
            raise SettingsError(
                f"bandwidth must be a number of decades, 0 or more; got {bandwidth!r}. Give e.g. 0.3."
            )
        settings = self.settings
        unit = decade(settings.start_lr, settings.end_lr, settings.step_mode)
        return curve(self.x, self.loss, float(bandwidth) * unit, at)

    def smoothed(self, bandwidth: float = 0.3) -> FloatArray:
        """Return the smoothed loss at the sweep's points, shape (n,); see :meth:`curve`."""
        return self.curve(bandwidth).value

    def change_at(self, bandwidth: float = 0.3) -> FloatArray:
        """Return the change in loss at the sweep's points, shape (n,).

        Per decade of the rate; on a linear sweep per unit of the rate. See :meth:`curve`.
        """
        return self.curve(bandwidth).slope

    @property
    def change(self) -> FloatArray:
        """The change in loss at the default smoothing of .3 decade, shape (n,)."""
        return self.change_at()

    def suggest(self, rule: str = "steepest", bandwidth: float = 0.3) -> Pick:
        """Return what a rule picks from this history; see :func:`lrwidget.core.suggest`."""
        raise NotImplementedError

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with columns ``lr``, ``loss``, ``smoothed`` and ``change``.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError as error:
            raise ImportError(
                "to_dataframe() needs pandas, which is not installed: pip install pandas"
            ) from error
        drawn = self.curve()
        return pandas.DataFrame(
            {"lr": self.lr, "loss": self.loss, "smoothed": drawn.value, "change": drawn.slope}
        )

    def figure(self, **options: Any) -> Any:
        """Return the sweep as a static ``plotly.graph_objects.Figure``.

        Parameters
        ----------
        **options
            As for :func:`lrwidget.plot.figure.figure`.
        """
        # The one call that goes up, from core to plot: loaded here, when asked for, and never before.
        return importlib.import_module("lrwidget.plot.figure").figure(self, **options)


def _column(name: str, values: npt.ArrayLike) -> FloatArray:
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsError(f"{name} must hold numbers; {error}.") from error
    if column.ndim != 1:
        raise SettingsError(f"{name} must be one-dimensional; got shape {column.shape}.")
    column.flags.writeable = False
    return column


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise SettingsError(f"seconds must be None or a finite time, 0 or more; got {value!r}.")
    return float(value)


def _plain(value: Any, where: str) -> Any:
    """Return a copy as JSON would hold it: dicts with text keys, lists, text, numbers, True, False, None."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(item, f"{where}[{key!r}]") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(value)]
    raise SettingsError(
        f"{where} must be something JSON can hold: text, numbers, True, False, None, lists, "
        f"dicts with text keys; got {type(value).__name__}."
    )


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return sorted((key, _sorted(item)) for key, item in value.items())
    return [_sorted(item) for item in value] if isinstance(value, list) else value
