"""The plain settings of one sweep, checked once, and carried by every history."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from lrwidget._validate import one_of, real, shown, whole
from lrwidget.curves.axis import StepMode, axis
from lrwidget.curves.smooth_curve import flat_start, head_size
from lrwidget.curves.stop import Robust, StopRule
from lrwidget.errors import SettingsError
from lrwidget.history.schedule import explicit, rates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrwidget.curves.axis import FloatArray

__all__ = ["LossSource", "Settings", "make_settings", "settings_of"]

LossSource = Literal["train", "val", "fixed"]

# Rates that differ by less than this, relative to themselves, differ by how they were computed.
_SAME_RATE = 1e-9


@dataclass(frozen=True)
class Settings:
    """What a sweep was asked to do. Every number is checked, and kept as a plain Python number.

    Parameters
    ----------
    start_lr, end_lr : float
        First and last rate; both are run. ``0 < start_lr < end_lr``. (Others say ``min_lr``, ``max_lr``.)
    num_iter : int
        Number of rates, from 2 to a million. (Others say ``num_training``, ``num_it``.)
    step_mode : {"exp", "linear", "list"}
        Equal steps in log-rate, in rate, or the user's own ``lr_schedule``.
    smooth_f : float
        Weight of the NEW loss in the running mean that the divergence rule watches, in [0, 1]; 0 = no
        smoothing. The drawn curve and the picks do not use it.
    diverge_th : float or None
        Stop once the running mean exceeds this multiple of its best; greater than 1. ``inf`` or None switch
        the rule off (kept as ``inf``).
    accumulation_steps : int
        Batches per optimizer step, at least 1.
    loss_source : {"train", "val", "fixed"}
        Recorded loss: the training batch's, the validation loader's, or that of fixed training batches.
    early_stop : bool
        Also stop when the loss has clearly left its first valley.
    lr_schedule : tuple of float or None
        The user's own rates, with ``step_mode="list"``; see :func:`lrwidget.history.settings.make_settings`.

    Raises
    ------
    SettingsError
        When a setting cannot work.
    """

    start_lr: float = 1e-7
    end_lr: float = 10.0
    num_iter: int = 100
    step_mode: StepMode = "exp"
    smooth_f: float = 0.05
    diverge_th: float = 5.0
    accumulation_steps: int = 1
    loss_source: LossSource = "train"
    early_stop: bool = False
    lr_schedule: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        one_of("step_mode", self.step_mode, get_args(StepMode))
        one_of("loss_source", self.loss_source, get_args(LossSource))
        if not isinstance(self.early_stop, bool):
            raise SettingsError(f"early_stop must be True or False; got {shown(self.early_stop)}.")
        threshold = math.inf if self.diverge_th is None else real("diverge_th", self.diverge_th)
        checked: dict[str, Any] = {
            "start_lr": real("start_lr", self.start_lr),
            "end_lr": real("end_lr", self.end_lr),
            "num_iter": whole("num_iter", self.num_iter, 2),
            "smooth_f": real("smooth_f", self.smooth_f),
            "diverge_th": threshold,
            "accumulation_steps": whole("accumulation_steps", self.accumulation_steps, 1),
        }
        if self.lr_schedule is not None:
            checked["lr_schedule"] = explicit(self.lr_schedule)
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        self._check_ranges()
        self._check_schedule()

    def _check_ranges(self) -> None:
        start, end = self.start_lr, self.end_lr
        example = "for example start_lr=1e-7, end_lr=10."
        for name, value in (("start_lr", start), ("end_lr", end)):
            if not (math.isfinite(value) and value > 0):
                raise SettingsError(
                    f"{name} must be finite and greater than 0; got {name}={value!r}. Give {example}"
                )
        if not start < end:
            raise SettingsError(
                f"start_lr must be smaller than end_lr; got start_lr={start!r}, end_lr={end!r}. "
                f"Give start_lr < end_lr, {example}"
            )
        if not 0 <= self.smooth_f <= 1:
            raise SettingsError(
                f"smooth_f is the weight of the new loss and must lie in [0, 1]; got {self.smooth_f!r}. "
                "Give 0 for no smoothing, or for example 0.05."
            )
        if not self.diverge_th > 1:
            raise SettingsError(
                f"diverge_th must be greater than 1; got {self.diverge_th!r}. "
                "Give for example 5.0, or None to never stop for divergence."
            )

    def _check_schedule(self) -> None:
        schedule = self.lr_schedule
        if (schedule is not None) != (self.step_mode == "list"):
            raise SettingsError(
                'step_mode="list" and lr_schedule belong together; '
                f"got step_mode={self.step_mode!r}, lr_schedule={'None' if schedule is None else 'a list'}. "
                "Give lr_schedule=[...] alone: LRWidget, RangeTest and make_settings set step_mode by it."
            )
        if schedule is not None and (self.start_lr, self.end_lr, self.num_iter) != (
            schedule[0],
            schedule[-1],
            len(schedule),
        ):
            raise SettingsError(
                f"start_lr, end_lr and num_iter must be those of lr_schedule: {schedule[0]!r}, "
                f"{schedule[-1]!r}, {len(schedule)}; "
                f"got {self.start_lr!r}, {self.end_lr!r}, {self.num_iter!r}. "
                "Give lr_schedule=[...] alone: LRWidget, RangeTest and make_settings set the others by it."
            )

    @cached_property
    def rates(self) -> tuple[float, ...]:
        """The rates of the sweep, ``num_iter`` of them, strictly increasing, both ends included."""
        if self.lr_schedule is not None:
            return self.lr_schedule
        return rates(self.start_lr, self.end_lr, self.num_iter, self.step_mode)

    @cached_property
    def flat_start(self) -> int:
        """How many of the first rates, as planned, lie in the flat start: 15 %, at least 5."""
        if self.lr_schedule is None:
            return head_size(self.num_iter)
        return flat_start(axis(self.lr_schedule, self.step_mode))

    def stop_rule(self, *, robust: Robust = True) -> StopRule:
        """Return the rule that a sweep with these settings follows, with no loss seen yet."""
        return StopRule(
            self.diverge_th,
            self.smooth_f,
            self.early_stop,
            num_iter=self.num_iter,
            head=self.flat_start if self.early_stop else None,
            robust=robust,
        )


def make_settings(*, lr_schedule: Iterable[float] | None = None, **settings: Any) -> Settings:
    """Return :class:`Settings`; a given ``lr_schedule`` decides start_lr, end_lr, num_iter and step_mode.

    Parameters
    ----------
    lr_schedule : iterable of float or None
        The user's own rates: at least two, finite, positive, strictly increasing.
    **settings
        Fields of :class:`Settings`. The four above are ignored when ``lr_schedule`` is given.
    """
    if lr_schedule is None:
        return Settings(**settings)
    schedule = explicit(lr_schedule)
    settings.update(
        start_lr=schedule[0],
        end_lr=schedule[-1],
        num_iter=len(schedule),
        step_mode="list",
        lr_schedule=schedule,
    )
    return Settings(**settings)


def settings_of(lr: FloatArray) -> Settings:
    """Return the settings of a sweep of just these rates, all else being the defaults.

    Parameters
    ----------
    lr : ndarray, shape (n,)
        At least two finite, positive, strictly increasing rates.

    Returns
    -------
    Settings
        With ``step_mode`` "exp" or "linear" where the rates are those of such a sweep to a billionth of
        themselves, and "list" where they are not.
    """
    ends: dict[str, Any] = {"start_lr": float(lr[0]), "end_lr": float(lr[-1]), "num_iter": int(lr.size)}
    modes: tuple[StepMode, ...] = ("exp", "linear")
    for mode in modes:
        settings = Settings(**ends, step_mode=mode)
        try:
            even = settings.rates
        except SettingsError:  # no float can hold such steps, so these are none
            continue
        if np.allclose(lr, even, rtol=_SAME_RATE, atol=0.0):
            return settings
    return make_settings(lr_schedule=lr.tolist())
