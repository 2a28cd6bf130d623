"""The sweeps that a widget keeps: runs with names, each known to pages by a number that stays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from lrwidget.errors import StateError
from lrwidget.history.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lrwidget.history.record import History
    from lrwidget.history.runs import Run
    from lrwidget.history.trials import Trials

__all__ = ["Called", "KeptRuns"]


#: How sweeps end that have shown all that they could.
_WHOLE: Final = frozenset({"completed", "diverged", "non-finite"})


@dataclass(frozen=True)
class Called:
    """What a run is called.

    Attributes
    ----------
    name : str
    changes : mapping
        What it differs in from the others, as JSON could hold it.
    instead_of : int or None
        Number of the run whose place it takes, if it comes to its end.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    instead_of: int | None = None


@dataclass(frozen=True)
class KeptRuns:
    """Runs in the order in which they were made. Frozen: its methods return others.

    Attributes
    ----------
    runs : Runs
        The last that was made or judged is active.
    numbers : tuple of int
        One for each run: it stays when others are removed, and is not given again.
    hidden : frozenset of int
        Numbers of the runs whose curves are not drawn beside the judged one's.
    variants : frozenset of int
        Numbers of the runs that were made with something else than the widget's own objects.
    """

    runs: Runs = field(default_factory=Runs)
    numbers: tuple[int, ...] = ()
    hidden: frozenset[int] = frozenset()
    variants: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[tuple[int, Run]]:
        return iter(zip(self.numbers, self.runs, strict=True))

    def __getitem__(self, number: int) -> Run:
        """Return the run of a number, or raise StateError."""
        return self.runs[self._place(number)]

    def number_of(self, history: History | None) -> int | None:
        """Return the number of the run that is this very history; None when none is."""
        return next((number for number, run in self if run.history is history), None)

    def named(self, which: int | str) -> int:
        """Return the number of a run, from its name or its place, which may count from the end.

        Raises SettingsError when there is no such run.
        """
        return self.numbers[self.runs.place(which)]

    def with_history(self, number: int, history: History, called: Called | None = None) -> KeptRuns:
        """Add a sweep under a number that no run has; without a name it is called by what it differs in."""
        name, changes = (None, None) if called is None else (called.name, called.changes)
        kept, varied = self, bool(changes) and called is not None and called.instead_of is None
        if called is not None and called.instead_of in self.numbers and history.stop_reason in _WHOLE:
            kept = self.without(called.instead_of)
        return replace(
            kept,
            runs=kept.runs.with_run(history, name, changes),
            numbers=(*kept.numbers, number),
            variants=kept.variants | {number} if varied else kept.variants,
        )

    def without(self, number: int) -> KeptRuns:
        """Remove a run."""
        place = self._place(number)
        return KeptRuns(
            self.runs.without(place),
            self.numbers[:place] + self.numbers[place + 1 :],
            self.hidden - {number},
            self.variants - {number},
        )

    def renamed(self, number: int, name: str) -> KeptRuns:
        """Give a run another name; SettingsError when it is none, or another run has it."""
        return replace(self, runs=self.runs.renamed(self._place(number), name))

    def activated(self, number: int) -> KeptRuns:
        """Make a run the active one."""
        return replace(self, runs=self.runs.activated(self._place(number)))

    def showing(self, number: int, *, shown: bool) -> KeptRuns:
        """Draw a run's curve beside the judged one's, or do not."""
        self._place(number)
        return replace(self, hidden=self.hidden - {number} if shown else self.hidden | {number})

    def with_trials(self, number: int, trials: Trials) -> KeptRuns:
        """Put trials to a run."""
        return replace(self, runs=self.runs.with_trials(self._place(number), trials))

    def _place(self, number: int) -> int:
        if number not in self.numbers:
            raise StateError("There is no such run any more.")
        return self.numbers.index(number)
