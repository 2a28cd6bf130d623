"""What short trainings at a few rates recorded, and which rate came out best."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

import numpy as np

from lrwidget._text import format_rate
from lrwidget._validate import floats, one_of, positive, real, shown, whole
from lrwidget.curves.columns import column
from lrwidget.errors import HistoryFileError, SettingsError
from lrwidget.history.files import as_text, check_version, named, read_json, write_text
from lrwidget.history.json_values import plain, same
from lrwidget.history.record import StopReason
from lrwidget.history.settings import LossSource
from lrwidget.history.table import data_frame
from lrwidget.picks.trials import Decision, decide

if TYPE_CHECKING:
    import os

    from lrwidget.curves.axis import FloatArray

__all__ = ["Ended", "Trial", "TrialSettings", "Trials", "checked_rates"]

FORMAT = "lrwidget-trials"
VERSION = 1
#: Each is a training: more would be a sweep.
MOST_RATES = 100

Ended = Literal[
    "completed",
    "behind",
    "diverged",
    "non-finite",
    "exhausted",
    "stopped",
    "interrupted",
    "error",
    "untried",
]


def checked_rates(rates: Any) -> tuple[float, ...]:
    """Return the rates to try, increasing, each a finite number greater than 0.

    Raises
    ------
    SettingsError
        When there are not 2 to 100 different ones, or one cannot be a rate.
    """
    found = floats("rates", rates, "must be a list of rates")
    for index, rate in enumerate(found):
        if not 0 < rate < math.inf:
            raise SettingsError(
                f"rates[{index}] must be a finite number greater than 0; got {rate!r}. Give for example "
                "[1e-3, 3e-3, 1e-2]."
            )
    if len(set(found)) < len(found):
        twice = next(rate for rate in found if found.count(rate) > 1)
        raise SettingsError(f"rates must differ; {format_rate(twice)} is there twice.")
    if not 2 <= len(found) <= MOST_RATES:
        raise SettingsError(
            f"rates must hold 2 to {MOST_RATES} rates, to be compared; got {len(found)}. Give for example "
            "[1e-3, 3e-3, 1e-2]."
        )
    return tuple(sorted(found))


@dataclass(frozen=True)
class TrialSettings:
    """What trials were asked to do. Every number is checked, and kept as a plain Python number.

    Parameters
    ----------
    rates : sequence of float
        2 to 100 different rates of the first param group, finite, greater than 0; kept increasing. With a
        scheduler the base rates that its shape is multiplied with.
    steps : int
        Optimizer steps of each trial, at least 2.
    extend : int
        So many further rates may be tried, 0 to 9: while the best is at an end of those that were, the next
        one beyond that end.
    early_stop : bool
        Whether a trial ends that is certain to end above the best.
    accumulation_steps : int
        Batches per step, at least 1.
    smooth_f, diverge_th : float
        When a trial has diverged: see :class:`lrwidget.history.settings.Settings`.
    loss_source : {"train", "val", "fixed"}
        What trials are judged by: their last training losses, or at their end the loss on the validation
        loader's batches, or on fixed training batches.
    """

    rates: tuple[float, ...]
    steps: int = 100
    accumulation_steps: int = 1
    smooth_f: float = 0.05
    diverge_th: float = 5.0
    loss_source: LossSource = "train"
    extend: int = 0
    early_stop: bool = True

    def __post_init__(self) -> None:
        one_of("loss_source", self.loss_source, get_args(LossSource))
        if not isinstance(self.early_stop, bool):
            raise SettingsError(f"early_stop must be True or False; got {shown(self.early_stop)}.")
        checked: dict[str, Any] = {
            "rates": checked_rates(self.rates),
            "steps": whole("steps", self.steps, 2),
            "accumulation_steps": whole("accumulation_steps", self.accumulation_steps, 1),
            "extend": whole("extend", self.extend, 0, 9),
            "smooth_f": real("smooth_f", self.smooth_f),
            "diverge_th": math.inf if self.diverge_th is None else real("diverge_th", self.diverge_th),
        }
        if not 0 <= checked["smooth_f"] <= 1:
            raise SettingsError(
                "smooth_f is the weight of the new loss and must lie in [0, 1]; got "
                f"{checked['smooth_f']!r}. Give 0 for no smoothing, or for example 0.05."
            )
        if not checked["diverge_th"] > 1:
            raise SettingsError(
                f"diverge_th must be greater than 1; got {checked['diverge_th']!r}. Give for example 5.0, or "
                "None to never stop for divergence."
            )
        for name, value in checked.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False, repr=False)
class Trial:
    """One short training at one rate. Nothing in it can be changed.

    Attributes
    ----------
    lr : float
        The rate tried; with a scheduler the base rate.
    loss : ndarray, shape (n,)
        Training losses, each before its step; the last may be infinite or NaN.
    rates : ndarray, shape (n,)
        The rate that the first param group held at each step.
    ended : str or None
        "completed"; "behind": ended early, being certain to end above the best; "diverged", "non-finite";
        "exhausted": the loader had no more batches; "stopped", "interrupted", "error": all was ended there;
        "untried": all was ended before its turn came. None = it is on, or its turn will come.
    held_out : float or None
        Loss on kept batches after the last step; None where there were none, or it did not come that far.
    """

    lr: float
    loss: FloatArray
    rates: FloatArray
    ended: Ended | None = None
    held_out: float | None = None

    def __post_init__(self) -> None:
        loss = column("loss", self.loss)
        rates = column("rates", self.rates, like=loss)
        if not (np.isfinite(rates).all() and (rates >= 0).all()):
            raise SettingsError("rates must hold the rates as run, finite and 0 or more.")
        if self.ended is not None:
            one_of("ended", self.ended, get_args(Ended), or_none=True)
        checked = {
            "lr": positive("lr", self.lr, "Give for example 0.01."),
            "loss": loss,
            "rates": rates,
            "held_out": None if self.held_out is None else real("held_out", self.held_out),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return int(self.loss.size)

    def __repr__(self) -> str:
        last = f", loss {self.loss[0]:.4g} to {self.loss[-1]:.4g}" if len(self) else ""
        return f"Trial(lr {format_rate(self.lr)}, {len(self)} steps{last}, {self.ended or 'under way'})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trial):
            return NotImplemented
        return (
            (self.lr, self.ended) == (other.lr, other.ended)
            and same(self.held_out, other.held_out)
            and np.array_equal(self.loss, other.loss, equal_nan=True)
            and np.array_equal(self.rates, other.rates)
        )

    def __hash__(self) -> int:
        return hash((self.lr, len(self), self.ended))

    def __reduce__(self) -> tuple[Any, ...]:
        return Trial, (self.lr, self.loss, self.rates, self.ended, self.held_out)


@dataclass(frozen=True, eq=False, repr=False)
class Trials(Sequence[Trial]):
    """Short trainings at a few rates, from the same start and on the same batches, and what they say.

    A sequence of :class:`Trial`, in the order in which they were begun, from the middle rate outwards; those
    whose turn has not come stand last.

    Parameters
    ----------
    trials : sequence of Trial
    settings : TrialSettings
    stop_reason : str or None
        "completed" once every rate has been tried; "stopped", "interrupted", "error"; None while running.
    started_at : str or None
        When the first trial began, ISO 8601, UTC.
    seconds : float or None
        Wall time of all.
    receipt : mapping
        Anything else worth knowing (device, versions, ...), as JSON could hold it.

    Raises
    ------
    SettingsError
        When they do not fit together.
    """

    trials: tuple[Trial, ...]
    settings: TrialSettings
    stop_reason: StopReason | None = None
    started_at: str | None = None
    seconds: float | None = None
    receipt: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.settings, TrialSettings):
            raise SettingsError(f"settings must be a TrialSettings; got {type(self.settings).__name__}.")
        given: Any = self.trials
        trials = tuple(given) if isinstance(given, (list, tuple)) else ()
        if not isinstance(given, (list, tuple)) or not all(isinstance(one, Trial) for one in trials):
            raise SettingsError(f"trials must be a list of nothing but Trial; got {shown(given)}.")
        _check_rates([one.lr for one in trials], self.settings)
        if self.stop_reason is not None:
            one_of("stop_reason", self.stop_reason, get_args(StopReason), or_none=True)
        if not (self.started_at is None or isinstance(self.started_at, str)):
            raise SettingsError(
                f"started_at must be None or an ISO 8601 string; got {shown(self.started_at)}."
            )
        if not isinstance(self.receipt, Mapping):
            raise SettingsError(f"receipt must be a mapping; got {type(self.receipt).__name__}.")
        seconds = None if self.seconds is None else real("seconds", self.seconds)
        if seconds is not None and not 0 <= seconds < math.inf:
            raise SettingsError(f"seconds must be None or a finite time, 0 or more; got {seconds!r}.")
        receipt = MappingProxyType(plain(self.receipt, "receipt"))
        for name, value in (("trials", trials), ("seconds", seconds), ("receipt", receipt)):
            object.__setattr__(self, name, value)

    @cached_property
    def _decision(self) -> Decision:
        trials = self.trials
        return decide(
            [one.lr for one in trials],
            [one.loss for one in trials],
            [one.ended for one in trials],
            [one.held_out for one in trials],
            self.settings.steps,
            by_kept=self.settings.loss_source != "train",
        )

    @property
    def winner(self) -> int | None:
        """Index of the trial that ended lowest; None = too few have ended to tell, or none did well."""
        return self._decision.winner

    @property
    def suggested_lr(self) -> float | None:
        """The rate to take, the winner's; None = there is none."""
        return self._decision.lr

    @property
    def reason(self) -> str:
        """One plain sentence: why this rate, or why there is none."""
        return self._decision.reason

    @property
    def warnings(self) -> tuple[str, ...]:
        """What speaks against trusting it; empty when nothing does."""
        return self._decision.warnings

    @property
    def scores(self) -> tuple[float | None, ...]:
        """What each was judged by, lower is better; None = it did not come to its end.

        ``held_out`` where kept batches judge, else the mean training loss of the last fifth of the steps.
        """
        return self._decision.scores

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Trial, ...]: ...
    def __getitem__(self, index: int | slice) -> Trial | tuple[Trial, ...]:
        return self.trials[index]

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)

    def __repr__(self) -> str:
        rates = ", ".join(map(format_rate, sorted(one.lr for one in self.trials)))
        return f"Trials({rates}; {self.settings.steps} steps each; {self.reason})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trials):
            return NotImplemented
        return (self.trials, self.settings, self.stop_reason, self.started_at, self.seconds) == (
            other.trials,
            other.settings,
            other.stop_reason,
            other.started_at,
            other.seconds,
        ) and same(self.receipt, other.receipt)

    def __hash__(self) -> int:
        return hash((self.trials, self.settings, self.stop_reason))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (self.trials, self.settings, self.stop_reason, self.started_at, self.seconds)
        return Trials, (*fields, dict(self.receipt))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write these trials to a JSON file, whole or not at all; an existing file is replaced.

        Losses keep every bit, NaN and the infinities included.
        """
        write_text(path, self.to_json())

    def to_json(self) -> str:
        """Return the text of the file that :meth:`save` writes."""
        return as_text(self.to_payload())

    def to_payload(self) -> dict[str, Any]:
        """Return what stands for these trials in a file, as plain data; see :meth:`from_payload`."""
        settings = dataclasses.asdict(self.settings)
        return {
            "format": FORMAT,
            "version": VERSION,
            "settings": settings | {"rates": list(self.settings.rates)},
            "trials": [
                {
                    "lr": one.lr,
                    "loss": one.loss.tolist(),
                    "rates": one.rates.tolist(),
                    "ended": one.ended,
                    "held_out": one.held_out,
                }
                for one in self.trials
            ],
            "stop_reason": self.stop_reason,
            "started_at": self.started_at,
            "seconds": self.seconds,
            "receipt": dict(self.receipt),
        }

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trials:
        """Read trials that :meth:`save` wrote. Nothing in the file is executed.

        Raises
        ------
        HistoryFileError
            When the file is cut off, foreign, of a newer version, too large, or holds what no trials can
            record.
        OSError
            When there is no such file, or it cannot be opened.
        """
        return cls.from_payload(read_json(path, "file of trials"), named(path))

    @classmethod
    def from_payload(cls, payload: Any, where: str = "it") -> Trials:
        """Return the trials that plain data from a file stand for; ``where`` is how errors call them.

        Raises
        ------
        HistoryFileError
            When they stand for none.
        """
        if not isinstance(payload, dict) or payload.get("format") != FORMAT:
            raise HistoryFileError(
                f'{where} holds no trials: it has no "format": "{FORMAT}". Save some with trials.save.'
            )
        check_version(payload, VERSION, where, "file of trials")
        rest = ("stop_reason", "started_at", "seconds", "receipt")
        fields = _exactly(payload, ("settings", "trials", *rest), where, ("format", "version"))
        names = tuple(one.name for one in dataclasses.fields(TrialSettings))
        settings = _exactly(fields["settings"], names, f"the settings of {where}")
        given = fields["trials"]
        if not isinstance(given, list):
            raise HistoryFileError(f"{where} holds no trials: trials must be a list; got {shown(given)}.")
        trials = [
            _exactly(one, ("lr", "loss", "rates", "ended", "held_out"), f"trial {number} of {where}")
            for number, one in enumerate(given, 1)
        ]
        for number, one in enumerate(trials, 1):
            for name in ("loss", "rates"):
                if not isinstance(one[name], list) or not set(map(type, one[name])) <= {int, float}:
                    raise HistoryFileError(f"trial {number} of {where}: {name} must be a list of numbers.")
        try:
            made = tuple(Trial(**one) for one in trials)
            return cls(made, TrialSettings(**settings), **{name: fields[name] for name in rest})
        except SettingsError as error:
            raise HistoryFileError(f"{where} holds what no trials can record: {error}") from error

    def to_dataframe(self) -> Any:
        """Return a tidy pandas DataFrame, a row a step: ``trial``, ``step``, ``lr``, ``loss``.

        ``trial`` is the trial's index, in the order in which they were begun; ``lr`` the rate of the step.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        sizes = [len(one) for one in self.trials]
        return data_frame(
            {
                "trial": np.repeat(np.arange(len(sizes)), sizes),
                "step": np.concatenate([np.arange(size) for size in sizes]),
                "lr": np.concatenate([one.rates for one in self.trials]),
                "loss": np.concatenate([one.loss for one in self.trials]),
            }
        )


def _check_rates(rates: Sequence[float], settings: TrialSettings) -> None:
    """Raise SettingsError unless there is a trial for each rate, and no more besides than may be added."""
    asked, found = set(settings.rates), set(rates)
    if len(found) < len(rates) or not asked <= found or len(found) > len(asked) + settings.extend:
        besides = f", and up to {settings.extend} more" if settings.extend else ""
        wanted, got = (", ".join(map(format_rate, some)) or "none" for some in (settings.rates, rates))
        raise SettingsError(f"trials must be one for each of the rates {wanted}{besides}; got {got}.")


def _exactly(value: Any, names: Sequence[str], where: str, besides: Sequence[str] = ()) -> dict[str, Any]:
    """Return the fields of an object in a file, or raise HistoryFileError unless it has just these."""
    if not isinstance(value, dict):
        raise HistoryFileError(f"{where} must be an object; got {shown(value)}.")
    if value.keys() - set(besides) != set(names):
        raise HistoryFileError(f"{where} must hold exactly {', '.join(sorted(names))}.")
    return {name: value[name] for name in names}
