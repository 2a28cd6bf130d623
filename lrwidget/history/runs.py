"""Sweeps that are kept: each with a name, by what it differs in from the others, one of them active."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

import numpy as np

from lrwidget._validate import MOST, shown, whole
from lrwidget.errors import HistoryFileError, SettingsError
from lrwidget.history.files import as_text, named, write_text
from lrwidget.history.json_values import plain, same
from lrwidget.history.record import History
from lrwidget.history.repeats import Band, Spread, band_of, median_history, spread_of
from lrwidget.history.run_files import entries_in, payload_of, read
from lrwidget.history.run_names import checked_name, differences, named_by, unique
from lrwidget.history.table import data_frame

if TYPE_CHECKING:
    import os

    from lrwidget.history.trials import Trials
    from lrwidget.picks.pick import Pick

__all__ = ["Run", "Runs"]

Kept = TypeVar("Kept")


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """One sweep that is kept, or several of the same. Nothing in it can be changed.

    Parameters
    ----------
    name : str
        What it is called: one line of at most 80 characters.
    history : History
        What the sweep recorded. Left out where there are ``repeats``: it is then their median, see
        :func:`lrwidget.history.repeats.median_history`.
    changes : mapping
        What it differs in from the others, such as ``{"weight_decay": 0.1}``, as JSON could hold it.
    trials : Trials, optional
        Short real trainings at some rates, that were made after the sweep.
    repeats : sequence of History, optional
        At least two sweeps of the same settings on other batches.

    Raises
    ------
    SettingsError
        When a field is not what it should be.
    """

    name: str
    history: History = field(default=cast("History", None))  # the median of the repeats
    changes: Mapping[str, Any] = field(default_factory=dict)
    trials: Trials | None = None
    repeats: Sequence[History] = ()

    def __post_init__(self) -> None:
        repeats = _all("repeats", self.repeats, History)
        history: object = median_history(repeats) if repeats else self.history
        if not isinstance(history, History):
            raise SettingsError(
                f"history must be a History; got {type(history).__name__}. (Or give at least two repeats.)"
            )
        if not isinstance(self.changes, Mapping):
            raise SettingsError(f"changes must be a mapping; got {type(self.changes).__name__}.")
        for name, value in (
            ("name", checked_name(self.name)),
            ("history", history),
            ("changes", MappingProxyType(plain(self.changes, "changes"))),
            ("repeats", repeats),
        ):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        often = f", {len(self.repeats)} repeats" if self.repeats else ""
        return f"Run({self.name!r}, {self.history!r}{often})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        return (
            (self.name, self.history, self.repeats) == (other.name, other.history, other.repeats)
            and same(self.changes, other.changes)
            and self.trials == other.trials
        )

    def __hash__(self) -> int:
        return hash((self.name, self.history))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled.
        return Run, (self.name, self.history, dict(self.changes), self.trials, self.repeats)

    @property
    def sweeps(self) -> tuple[History, ...]:
        """Every sweep in it: the repeats, or the one there is."""
        return tuple(self.repeats) or (self.history,)

    def spread(self, rule: str = "steepest", bandwidth: float = 0.3, on: str = "loss") -> Spread:
        """Return where a rule's picks lie, made on each sweep by itself.

        Parameters
        ----------
        rule, bandwidth, on
            As for :meth:`lrwidget.History.suggest`.
        """
        return spread_of(self.sweeps, rule, bandwidth, on)

    def band(self, bandwidth: float = 0.3, share: float = 0.8) -> Band | None:
        """Return between which losses a share of the repeats' smoothed curves lie; None without repeats.

        Parameters
        ----------
        bandwidth, share
            As for :func:`lrwidget.history.repeats.band_of`.
        """
        return band_of(self.sweeps, bandwidth, share) if self.repeats else None


@dataclass(frozen=True, eq=False, repr=False)
class Runs(Sequence[Run]):
    """The sweeps that are kept, in the order they were made. Frozen: its methods return others.

    ``runs[0]``, ``runs["wd 0.1"]``, ``len(runs)`` and loops work as with a tuple.

    Parameters
    ----------
    runs : iterable of Run
        Of different names.
    active : int, optional
        Which of them is judged: its pick is the suggestion. By default the last.

    Raises
    ------
    SettingsError
        When two have one name, or there is no such run.
    """

    runs: Sequence[Run] = ()
    active: int | None = None

    def __post_init__(self) -> None:
        runs = _all("runs", self.runs, Run)
        seen: set[str] = set()
        for one in runs:
            if one.name in seen:
                raise SettingsError(f"two runs are named {one.name!r}. Give each a name of its own.")
            seen.add(one.name)
        object.__setattr__(self, "runs", runs)
        active = self.active
        if active is None:
            active = len(runs) - 1 if runs else None
        elif not runs:
            raise SettingsError(f"active must be None where there are no runs; got {shown(active)}.")
        else:
            active = whole("active", active, 0, len(runs) - 1)
        object.__setattr__(self, "active", active)

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    @overload
    def __getitem__(self, which: int | str) -> Run: ...
    @overload
    def __getitem__(self, which: slice) -> tuple[Run, ...]: ...
    def __getitem__(self, which: int | str | slice) -> Run | tuple[Run, ...]:
        if isinstance(which, slice):
            return tuple(self.runs)[which]
        return self.runs[self.place(which) if isinstance(which, str) else which]

    def __contains__(self, which: object) -> bool:
        return which in self.names if isinstance(which, str) else which in self.runs

    def __repr__(self) -> str:
        names = [f"{name!r}{' (active)' if i == self.active else ''}" for i, name in enumerate(self.names)]
        return f"Runs({', '.join(names)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Runs):
            return NotImplemented
        return (self.runs, self.active) == (other.runs, other.active)

    def __hash__(self) -> int:
        return hash((self.runs, self.active))

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(run.name for run in self.runs)

    @property
    def active_run(self) -> Run | None:
        """The run that is judged; None where there are none."""
        return None if self.active is None else self.runs[self.active]

    def place(self, which: int | str) -> int:
        """Return the index of a run, from its name or its index, which may count from the end.

        Raises
        ------
        SettingsError
            When there is no such run.
        """
        if isinstance(which, str):
            if which in self.names:
                return self.names.index(which)
            near = get_close_matches(which, self.names, 1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            there = ", ".join(map(repr, self.names)) or "none"
            raise SettingsError(f"there is no run named {shown(which)}.{meant} There are: {there}.")
        if not self.runs:
            raise SettingsError("there are no runs yet.")
        return whole("run", which, -len(self.runs), len(self.runs) - 1) % len(self.runs)

    def with_run(
        self,
        what: Run | History,
        name: str | None = None,
        changes: Mapping[str, Any] | None = None,
        *,
        activate: bool = True,
    ) -> Runs:
        """Return these and one more, at the end.

        Parameters
        ----------
        what : Run or History
            A sweep, or a run that was made already.
        name : str, optional
            What it is to be called; where that is taken, a number is put behind it. Left out, it is called by
            its ``changes``, or else by what it was made with otherwise than the first run: "AdamW, wd 0.1",
            "batch 256", "1e-5 to 1, 200 steps".
        changes : mapping, optional
            See :class:`Run`. Left out, they are found in the same way.
        activate : bool
            Whether it becomes the active one.

        Raises
        ------
        SettingsError
            When it is neither, or the name is none.
        """
        if not isinstance(what, (Run, History)):
            raise SettingsError(f"a run is made of a History or a Run; got {shown(what)}.")
        run = what if isinstance(what, Run) else Run("run", what)
        if changes is None:
            changes = run.changes or (
                differences(run.history, self.runs[0].history) if self.runs else run.changes
            )
        if name is not None:
            name = unique(checked_name(name), self.names)
        elif isinstance(what, Run):
            name = unique(run.name, self.names)
        else:
            name = self._own_name(run.history, changes)
        runs = (*self.runs, replace(run, name=name, changes=changes))
        return Runs(runs, None if activate or self.active is None else self.active)

    def _own_name(self, history: History, changes: Mapping[str, Any]) -> str:
        """Return a name by the changes; where a run has it, with what this one and that differ in besides."""
        name = named_by(history, changes)
        if name in self.names:
            name = named_by(history, {**changes, **differences(history, self[name].history)})
        return unique(name, self.names)

    def without(self, *which: int | str) -> Runs:
        """Return these without some, named or counted. Without the active one, the last becomes active."""
        gone = {self.place(one) for one in which}
        kept = [place for place in range(len(self.runs)) if place not in gone]
        active = kept.index(self.active) if self.active in kept else None
        return Runs([self.runs[place] for place in kept], active)

    def renamed(self, which: int | str, name: str) -> Runs:
        """Return these, with another name for one.

        Raises
        ------
        SettingsError
            When there is no such run, the name is none, or another has it.
        """
        place, line = self.place(which), checked_name(name)
        if line in (run.name for index, run in enumerate(self.runs) if index != place):
            raise SettingsError(f"a run is named {line!r} already. Give each a name of its own.")
        return self._replaced(place, replace(self.runs[place], name=line))

    def activated(self, which: int | str) -> Runs:
        """Return these, with another one active."""
        return Runs(self.runs, self.place(which))

    def with_trials(self, which: int | str, trials: Trials | None) -> Runs:
        """Return these, with trials put to one; None takes them away."""
        place = self.place(which)
        return self._replaced(place, replace(self.runs[place], trials=trials))

    def _replaced(self, place: int, run: Run) -> Runs:
        return Runs([run if index == place else one for index, one in enumerate(self.runs)], self.active)

    def picks(self, rule: str = "steepest", bandwidth: float = 0.3, on: str = "loss") -> dict[str, Pick]:
        """Return what a rule picks from each run, by name.

        Parameters
        ----------
        rule, bandwidth, on
            As for :meth:`lrwidget.History.suggest`.
        """
        return {run.name: run.history.suggest(rule, bandwidth, on) for run in self.runs}

    # -- files and tables ------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all runs to one JSON file, whole or not at all; an existing file is replaced.

        Losses keep every bit, as with :meth:`lrwidget.History.save`.

        Raises
        ------
        HistoryFileError
            When the path is none, or the file would be too large to be read again.
        OSError
            When it cannot be written; a file that was there is as it was.
        """
        write_text(path, self.to_json())

    def to_json(self) -> str:
        """Return the text of the file that :meth:`save` writes."""
        return as_text(payload_of(self.active, [_entry(run) for run in self.runs]))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Runs:
        """Read runs that :meth:`save` wrote; of a file with one history, that as one run.

        Nothing in the file is executed.

        Raises
        ------
        HistoryFileError
            When the file is cut off, foreign, of a newer version, too large, or holds what no sweep can
            record.
        OSError
            When there is no such file, or it cannot be opened.
        """
        payload, where = read(path), named(path)
        if isinstance(payload, History):
            return cls().with_run(payload)
        active, entries = entries_in(payload, where)
        try:
            return cls([_run_of(entry, where, number) for number, entry in enumerate(entries, 1)], active)
        except HistoryFileError:
            raise
        except SettingsError as error:
            raise HistoryFileError(f"{where} holds what cannot be runs: {error}") from error

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with a row for each point of each sweep.

        Columns: ``run``, its name; ``repeat``, which sweep of it, from 0; ``step``, from 0; ``lr``; ``loss``,
        raw; ``smoothed`` and ``change``, by a smoothing of 0.3 decades; ``metric``, NaN where there is none.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        columns: dict[str, list[Any]] = {
            name: [] for name in ("run", "repeat", "step", "lr", "loss", "smoothed", "change", "metric")
        }
        for run in self.runs:
            for repeat, history in enumerate(run.sweeps):
                drawn, count = history.curve(), len(history)
                metric = np.full(count, np.nan) if history.metric is None else history.metric
                for name, values in (
                    ("run", [run.name] * count),
                    ("repeat", [repeat] * count),
                    ("step", range(count)),
                    ("lr", history.lr.tolist()),
                    ("loss", history.loss.tolist()),
                    ("smoothed", drawn.value.tolist()),
                    ("change", drawn.slope.tolist()),
                    ("metric", metric.tolist()),
                ):
                    columns[name].extend(values)
        return data_frame(columns)

    def figure(self, **options: Any) -> Any:
        """Return all runs in one static ``plotly.graph_objects.Figure``, the active one in front.

        Parameters
        ----------
        **options
            As for :func:`lrwidget.plot.runs_figure.runs_figure`.
        """
        # Up, from core to plot, as ``History.figure``: loaded here, when asked for, and never before.
        return importlib.import_module("lrwidget.plot.runs_figure").runs_figure(self, **options)


def _all(name: str, values: Any, kind: type[Kept]) -> tuple[Kept, ...]:
    """Return what can be gone through as a tuple, or raise SettingsError unless all of it is of a kind."""
    form = f"{name} must be a list of {kind.__name__}"
    try:
        taken = tuple(islice(iter(values), MOST + 1))
    except Exception as error:
        raise SettingsError(f"{form}; got {shown(values)}.") from error
    for one in taken:
        if not isinstance(one, kind):
            raise SettingsError(f"{form}; got {shown(one)} in it.")
    return taken


def _entry(run: Run) -> dict[str, Any]:
    """Return what stands in a file for a run. The median of repeats is told by them."""
    return {
        "name": run.name,
        "changes": dict(run.changes),
        "history": None if run.repeats else run.history.to_payload(),
        "repeats": [one.to_payload() for one in run.repeats],
        "trials": None if run.trials is None else run.trials.to_payload(),
    }


def _run_of(entry: dict[str, Any], where: str, number: int) -> Run:
    """Return the run that stands in a file."""
    at = f"run {number} of {where}"
    repeats = [History.from_payload(one, f"a repeat of {at}") for one in entry["repeats"]]
    if bool(repeats) == (entry["history"] is not None):
        raise HistoryFileError(f"{at} must hold a history, or repeats of one; it holds both or neither.")
    history = None if repeats else History.from_payload(entry["history"], at)
    trials = None
    if entry["trials"] is not None:
        # Loaded when there are some: a history is read without them.
        kind = importlib.import_module("lrwidget.history.trials").Trials
        trials = kind.from_payload(entry["trials"], f"the trials of {at}")
    return Run(entry["name"], cast("History", history), entry["changes"], trials, repeats)
