"""Sweeps that other engines recorded, as histories: the rates as run, the raw losses behind their means.

The other engines keep only a running mean of the loss. It can be undone exactly, up to rounding: see
:func:`lrwidget.curves.smoothing.undo_ema` and :func:`lrwidget.curves.smoothing.undo_debiased_ema`. Nothing of
theirs is imported here: what has the right names on it will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._validate import floats, shown, whole
from lrwidget.curves.smoothing import undo_debiased_ema, undo_ema
from lrwidget.errors import SettingsError
from lrwidget.history.settings import Settings, make_settings

if TYPE_CHECKING:
    from typing_extensions import Self

    from lrwidget.curves.axis import FloatArray

__all__ = ["FromOthers"]


@dataclass(frozen=True)
class _Engine:
    """What to call an engine and its record, and how many times its best mean stops it by default."""

    name: str
    record: str
    threshold: float


_TORCH = _Engine("pytorch-lr-finder", "pytorch-lr-finder's history", 5.0)
_LIGHTNING = _Engine("lightning", "Lightning's results", 4.0)
_FASTAI = _Engine("fastai", "fastai's recorder", 4.0)


class FromOthers:
    """How a :class:`lrwidget.History` is made from what another engine recorded.

    Its ``stop_reason`` is "diverged" where the last mean is above the engine's own default threshold, and
    "completed" otherwise; the record does not tell. A sweep of equal steps in the rate is taken for a linear
    one, any other for a list of rates.
    """

    @classmethod
    def from_torch_lr_finder(cls, history: Any, smooth_f: float = 0.05) -> Self:
        """Return the history of a pytorch-lr-finder sweep, its smoothing undone.

        Parameters
        ----------
        history : mapping or LRFinder
            ``lr_finder.history``, with "lr" and "loss", or the finder. Athena's, and ignite's
            ``get_results()`` for one parameter group, are the same.
        smooth_f : float
            As it was given to ``range_test``: the weight of the new loss, in [0, 1]; 0 = the losses are raw.

        Raises
        ------
        SettingsError
            When it holds no sweep, or ``smooth_f`` cannot be.
        """
        lr, mean = _record(getattr(history, "history", history), _TORCH.record)
        settings = _settings(lr, (), smooth_f=smooth_f)
        return cls(**_fields(_TORCH, lr, mean, undo_ema(mean, settings.smooth_f), settings))

    @classmethod
    def from_lightning(cls, finder: Any) -> Self:
        """Return the history of a Lightning sweep, its smoothing undone.

        Parameters
        ----------
        finder : _LRFinder or mapping
            What ``Tuner(trainer).lr_find(model)`` returned, or its ``results``, with "lr" and "loss"; from a
            trainer that had not trained before. The finder also knows the planned range.

        Raises
        ------
        SettingsError
            When it holds no sweep.
        """
        lr, mean = _record(getattr(finder, "results", finder), _LIGHTNING.record)
        settings = _settings(lr, _lightnings_plan(finder)[lr.size :])
        return cls(**_fields(_LIGHTNING, lr, mean, undo_debiased_ema(mean, ahead=1), settings))

    @classmethod
    def from_fastai(cls, recorder: Any, num_it: int | None = None) -> Self:
        """Return the history of a fastai sweep, its smoothing undone.

        fastai records in single precision, so the losses come back to about 5 digits of the mean.

        Parameters
        ----------
        recorder : Learner, Recorder or pair
            ``learn`` or ``learn.recorder`` after ``learn.lr_find()`` and before anything else is trained, or
            its ``lrs`` and ``losses``.
        num_it : int, optional
            As it was given to ``lr_find``, whose default is 100. Give it for a sweep that stopped early:
            fastai's rules leave out the first tenth of the planned steps, not of those that ran.

        Raises
        ------
        SettingsError
            When it holds no sweep, or one longer than ``num_it``.
        """
        if not hasattr(recorder, "lrs"):
            recorder = getattr(recorder, "recorder", recorder)
        if hasattr(recorder, "lrs") and hasattr(recorder, "losses"):
            recorder = (recorder.lrs, recorder.losses)
        if not (isinstance(recorder, (tuple, list)) and len(recorder) == 2):
            raise SettingsError(
                f"{_FASTAI.record} must be a Learner, its recorder, or a pair of lrs and losses; "
                f"got {type(recorder).__name__}. Run learn.lr_find() and give learn.recorder."
            )
        lr, mean = _record({"lr": recorder[0], "loss": recorder[1]}, _FASTAI.record)
        settings = _settings(lr, _fastais_rest(lr, num_it))
        return cls(**_fields(_FASTAI, lr, mean, undo_debiased_ema(mean), settings))


def _record(record: Any, whose: str) -> tuple[FloatArray, FloatArray]:
    """Return the rates and the running mean of a record, checked."""
    if not isinstance(record, Mapping) or not {"lr", "loss"} <= record.keys():
        got = f"one with {shown([*record])}" if isinstance(record, Mapping) else type(record).__name__
        raise SettingsError(f'{whose} must be a mapping with "lr" and "loss"; got {got}. Has its sweep run?')
    # One by one: a list of tensors on a GPU is no array yet.
    lr, mean = (
        np.array(floats(whose, record[name], f"must hold one number a step as {name!r}"))
        for name in ("lr", "loss")
    )
    if lr.size != mean.size:
        raise SettingsError(f"{whose} must hold a loss for every rate; got {lr.size} and {mean.size}.")
    if lr.size < 2:
        raise SettingsError(f"{whose} must hold at least 2 points; got {lr.size}. Has its sweep run?")
    if not (np.isfinite(lr).all() and (lr > 0).all() and (np.diff(lr) > 0).all()):
        raise SettingsError(
            f"{whose} holds no sweep: its rates must be finite and positive and rise from step to step; "
            f"got {lr[0]:g} to {lr[-1]:g}. Give it as it was right after the sweep."
        )
    return lr, mean


def _settings(lr: FloatArray, rest: tuple[float, ...], **settings: Any) -> Settings:
    """Return the settings of a sweep that ran ``lr``, and would have gone on with ``rest``."""
    rates = (*lr.tolist(), *rest)
    with np.errstate(all="ignore"):  # the settings refuse what no float can hold
        steps = np.diff(rates)[1:]  # Lightning's first step is twice as long as the others
        even = steps.size >= 3 and np.ptp(steps) <= 1e-6 * steps.max()
    if even:
        return Settings(
            start_lr=rates[0], end_lr=rates[-1], num_iter=len(rates), step_mode="linear", **settings
        )
    return make_settings(lr_schedule=rates, **settings)


def _lightnings_plan(finder: Any) -> tuple[float, ...]:
    """Return all rates that a finder plans: ``s``, then ``s * (e/s)**((i+1)/N)``, or in equal steps."""
    if not hasattr(finder, "num_training"):  # only its results were given
        return ()
    whole("num_training", finder.num_training, 1)
    planned = Settings(start_lr=finder.lr_min, end_lr=finder.lr_max)
    start, end, count = planned.start_lr, planned.end_lr, int(finder.num_training)
    linear = isinstance(finder.mode, str) and finder.mode == "linear"
    parts = [0.0, *((i + 1) / count for i in range(1, count))]
    return tuple(start + (end - start) * t if linear else start * (end / start) ** t for t in parts)


def _fastais_rest(lr: FloatArray, num_it: int | None) -> tuple[float, ...]:
    """Return the rates fastai would have gone on with: ``s * (e/s)**(i/N)``, each the same multiple."""
    if num_it is None:
        return ()
    planned = max(whole("num_it", num_it, 1), 6)  # fastai runs at least 6
    if planned < lr.size:
        raise SettingsError(f"num_it must be the planned number of steps; got {num_it}, and {lr.size} ran.")
    with np.errstate(over="ignore"):  # the settings refuse what no float can hold
        log_ratio = np.log(lr[-1] / lr[0]) / (lr.size - 1)
        return tuple(float(lr[0] * np.exp(log_ratio * i)) for i in range(lr.size, planned))


def _fields(
    engine: _Engine, lr: FloatArray, mean: FloatArray, loss: FloatArray, settings: Settings
) -> dict[str, Any]:
    diverged = mean[-1] > engine.threshold * np.fmin.reduce(mean)
    return {
        "lr": lr,
        "loss": loss,
        "settings": settings,
        "stop_reason": "diverged" if diverged else "completed",
        "receipt": {"imported_from": engine.name},
    }
