"""What a sweep recorded: one frozen record, and everything that can be asked of it."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from lrwidget._validate import one_of, real, shown
from lrwidget.curves.axis import FloatArray, axis, decade
from lrwidget.curves.columns import column, columns
from lrwidget.curves.smooth_curve import Curve, curve
from lrwidget.errors import HistoryFileError, SettingsError
from lrwidget.history.files import fields_in, named, payload_of, read, text_of, write_text
from lrwidget.history.importers import FromOthers
from lrwidget.history.json_values import plain, same
from lrwidget.history.metric import judged
from lrwidget.history.settings import Settings, settings_of
from lrwidget.history.table import data_frame
from lrwidget.picks.bounds import Bounds, find_bounds
from lrwidget.picks.pick import checked_bandwidth, compare, suggest, sweep_of

if TYPE_CHECKING:
    import os

    from lrwidget.picks.pick import Pick

__all__ = ["History", "StopReason"]

StopReason = Literal["completed", "diverged", "non-finite", "stopped", "interrupted", "exhausted", "error"]


@dataclass(frozen=True, eq=False, repr=False)
class History(FromOthers):
    """The rates a sweep ran, the losses it saw, and how it ended. Nothing in it can be changed.

    Parameters
    ----------
    lr : array_like, shape (n,)
        Rates as run (of the first parameter group), positive, strictly increasing. Copied.
    loss : array_like, shape (n,)
        Raw losses, in units of the criterion; may be infinite or NaN. Copied.
    settings : Settings, optional
        What the sweep was asked to do. When left out, a sweep of just these rates is meant, in equal steps of
        log-rate or of rate where they are that and a list where not; it is then taken for completed. Fewer
        than two rates tell nothing, and have the default settings.
    stop_reason : str or None
        "completed", "diverged", "non-finite", "stopped", "interrupted", "exhausted" or "error"; None while
        running.
    started_at : str or None
        When the sweep began, ISO 8601, UTC.
    seconds : float or None
        Wall time of the sweep.
    receipt : mapping
        Anything else worth knowing (device, versions, ...), as JSON could hold it.
    metric : array_like, shape (n,), optional
        What was measured beside the loss, higher is better; may be infinite or NaN. Copied.
    metric_name : str, optional
        What the metric is called; given when there is one.

    Raises
    ------
    SettingsError
        When the arrays do not fit together, or a field is not what it should be.
    """

    lr: FloatArray
    loss: FloatArray
    settings: Settings = field(default=cast("Settings", None))  # one is made of the rates
    stop_reason: StopReason | None = None
    started_at: str | None = None
    seconds: float | None = None
    receipt: Mapping[str, Any] = field(default_factory=dict)
    metric: FloatArray | None = None
    metric_name: str | None = None

    def __post_init__(self) -> None:
        lr, loss = columns(self.lr, self.loss)
        metric = None if self.metric is None else column("metric", self.metric, like=loss)
        if (metric is None) != (self.metric_name is None) or not isinstance(self.metric_name, str | None):
            raise SettingsError(
                "metric and metric_name, a string, belong together; got "
                f"metric_name={shown(self.metric_name)}."
            )
        self._complete_settings(lr)
        if self.stop_reason is not None:
            one_of("stop_reason", self.stop_reason, get_args(StopReason), or_none=True)
        if not (self.started_at is None or isinstance(self.started_at, str)):
            text = shown(self.started_at)
            raise SettingsError(f"started_at must be None or an ISO 8601 string; got {text}.")
        if not isinstance(self.receipt, Mapping):
            raise SettingsError(f"receipt must be a mapping; got {type(self.receipt).__name__}.")
        receipt = MappingProxyType(plain(self.receipt, "receipt"))
        for name, value in (
            ("lr", lr),
            ("loss", loss),
            ("seconds", _seconds(self.seconds)),
            ("receipt", receipt),
            ("metric", metric),
        ):
            object.__setattr__(self, name, value)

    def _complete_settings(self, lr: FloatArray) -> None:
        """Make settings of the rates, where none were given; a sweep of these rates has run them all."""
        made: Settings | None = self.settings
        if made is None:
            made = settings_of(lr) if lr.size > 1 else Settings()
            if self.stop_reason is None and lr.size > 1:
                object.__setattr__(self, "stop_reason", "completed")
        if not isinstance(made, Settings):
            raise SettingsError(f"settings must be a Settings; got {type(made).__name__}.")
        object.__setattr__(self, "settings", made)

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
            and same(self.receipt, other.receipt)
            and self.metric_name == other.metric_name
            and (
                self.metric is other.metric is None
                or np.array_equal(np.asarray(self.metric), np.asarray(other.metric), equal_nan=True)
            )
        )

    def __hash__(self) -> int:
        return hash((len(self), self.settings, self.stop_reason, self.started_at, self.seconds))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled, and unpickled arrays would be writeable: build it anew.
        fields = (self.lr, self.loss, self.settings, self.stop_reason, self.started_at, self.seconds)
        return History, (*fields, dict(self.receipt), self.metric, self.metric_name)

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
        at : array_like, shape (m,), optional
            Rates to evaluate at, finite and positive, in any order; by default those of the sweep.

        Returns
        -------
        Curve
            ``value``, the smoothed loss, and ``slope``, the change in loss per decade of the rate; on a
            linear sweep per unit of the rate.

        Raises
        ------
        SettingsError
            When ``bandwidth`` or ``at`` is not that.
        """
        settings = self.settings
        unit = decade(settings.start_lr, settings.end_lr, settings.step_mode)
        places = None if at is None else axis(_rates("at", at), settings.step_mode)
        return curve(self.x, self.loss, checked_bandwidth(bandwidth) * unit, places)

    def smoothed(self, bandwidth: float = 0.3) -> FloatArray:
        """Return the smoothed loss at the sweep's rates, shape (n,): ``curve(bandwidth).value``."""
        return self.curve(bandwidth).value

    @property
    def change(self) -> FloatArray:
        """The change in loss at the sweep's rates, shape (n,), as it is drawn by default: ``curve().slope``.

        With another smoothing, or elsewhere: ``curve(bandwidth, at).slope``.
        """
        return self.curve().slope

    def suggest(self, rule: str = "steepest", bandwidth: float = 0.3, on: str = "loss") -> Pick:
        """Return what a rule picks from this history.

        Parameters
        ----------
        rule : str
            "steepest", "knee", "floor", "edge", "valley", "minimum" or "seed", or another engine's rule;
            see :func:`lrwidget.picks.suggest`.
        bandwidth : float
            Smoothing in decades, at least 0; 0 = none.
        on : {"loss", "metric"}
            What the rule judges. The metric, of which more is better, is judged upside down.
        """
        pick = suggest(self.lr, judged(self.loss, self.metric, on), rule, bandwidth=bandwidth, **self._plan)
        return pick if on == "loss" else pick.on_metric(str(self.metric_name))

    def bounds(self, bandwidth: float = 0.3, on: str = "loss") -> Bounds:
        """Return ``base_lr`` and ``max_lr`` for a cyclical schedule; see :mod:`lrwidget.picks.bounds`.

        Parameters
        ----------
        bandwidth, on
            As for :meth:`suggest`.
        """
        return find_bounds(sweep_of(self.lr, judged(self.loss, self.metric, on), bandwidth, **self._plan))

    def compare(self, bandwidth: float = 0.3, on: str = "loss") -> tuple[Pick, ...]:
        """Return what every rule picks from this history, ours first, then those of other engines.

        Parameters
        ----------
        bandwidth, on
            As for :meth:`suggest`.
        """
        curve_judged = judged(self.loss, self.metric, on)
        picks = compare(self.lr, curve_judged, bandwidth=bandwidth, **self._plan)
        return picks if on == "loss" else tuple(pick.on_metric(str(self.metric_name)) for pick in picks)

    @property
    def _plan(self) -> dict[str, Any]:
        settings = self.settings
        return {"step_mode": settings.step_mode, "end_lr": settings.end_lr, "num_iter": settings.num_iter}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write this history to a JSON file, whole or not at all; an existing file is replaced.

        Losses keep every bit, NaN and the infinities included. What is no regular file, such as a pipe or a
        device, is written to.
        """
        write_text(path, self.to_json())

    def to_json(self) -> str:
        """Return the text of the file that :meth:`save` writes."""
        return text_of(self._fields)

    @property
    def _fields(self) -> dict[str, Any]:
        return {
            "lr": self.lr.tolist(),
            "loss": self.loss.tolist(),
            "settings": self.settings,
            "stop_reason": self.stop_reason,
            "started_at": self.started_at,
            "seconds": self.seconds,
            "receipt": dict(self.receipt),
            "metric": None if self.metric is None else self.metric.tolist(),
            "metric_name": self.metric_name,
        }

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> History:
        """Read a history that :meth:`save` wrote. Nothing in the file is executed.

        Raises
        ------
        HistoryFileError
            When the file is cut off, foreign, of a newer version, too large, or holds what no
            sweep can record.
        OSError
            When there is no such file, or it cannot be opened.
        """
        return cls._of_fields(read(path), named(path))

    def to_payload(self) -> dict[str, Any]:
        """Return what stands for this history in a file, as plain data; see :meth:`from_payload`."""
        return payload_of(self._fields)

    @classmethod
    def from_payload(cls, payload: Any, where: str = "it") -> History:
        """Return the history that plain data from a file stand for; ``where`` is how errors call them.

        Raises
        ------
        HistoryFileError
            When they stand for none.
        """
        return cls._of_fields(fields_in(payload, where), where)

    @classmethod
    def _of_fields(cls, fields: dict[str, Any], where: str) -> History:
        try:
            return cls(**fields)
        except SettingsError as error:
            raise HistoryFileError(f"{where} holds what no sweep can record: {error}") from error

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame: ``lr``, ``loss``, ``smoothed``, ``change``; ``metric`` if there is one.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        drawn = self.curve()
        named = {"lr": self.lr, "loss": self.loss, "smoothed": drawn.value, "change": drawn.slope}
        return data_frame(named if self.metric is None else named | {"metric": self.metric})

    def figure(self, **options: Any) -> Any:
        """Return the sweep as a static ``plotly.graph_objects.Figure``.

        Parameters
        ----------
        **options
            As for :func:`lrwidget.plot.static_figure.figure`.
        """
        # The one call that goes up, from core to plot: loaded here, when asked for, and never before.
        return importlib.import_module("lrwidget.plot.static_figure").figure(self, **options)


def _rates(name: str, values: Any) -> FloatArray:
    """Return rates as an array, or raise SettingsError unless all are finite and positive."""
    rates = column(name, values)
    wrong = np.flatnonzero(~(np.isfinite(rates) & (rates > 0)))
    if wrong.size:
        raise SettingsError(
            f"{name} must hold finite, positive learning rates, not their logarithms; "
            f"got {rates[wrong[0]]:g} at index {wrong[0]}. Give for example [1e-3, 1e-2]."
        )
    return rates


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    seconds = real("seconds", value)
    if not 0 <= seconds < math.inf:
        raise SettingsError(f"seconds must be None or a finite time, 0 or more; got {seconds!r}.")
    return seconds
