"""What a widget knows, as one frozen record, and how each thing that happens changes it: pure functions.

Everything that a person sees is a function of this record, and of how far the sweep that is on has come. A
method of :class:`WidgetState` returns the record after something has happened, or raises :class:`StateError`
where that cannot happen now; nothing else changes. :class:`Store` keeps the newest record.

::

    idle ──run──> running ──pause──> paused          finished, failed, accepted ──run, try──> running
                  running <─resume── paused          any but these two ──accept──> accepted
                  running, paused ──ends──> finished or failed      accepted ──undo──> what it was
                                                     any but these two ──reset──> idle
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from lrwidget._text import rounded
from lrwidget.errors import StateError
from lrwidget.widget.judgement import DIGITS, Choice, Judgement
from lrwidget.widget.kept import Called, KeptRuns

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.curves.axis import StepMode
    from lrwidget.history.record import History, StopReason
    from lrwidget.history.settings import LossSource, Settings
    from lrwidget.history.trials import Trials

__all__ = ["BUSY", "Doing", "OutdatedError", "Phase", "Plan", "Store", "WidgetState"]

Doing = Literal["sweep", "trials"]
Phase = Literal["idle", "running", "paused", "finished", "failed", "accepted"]

BUSY: Final = ("running", "paused")
_CLOSED: Final = "This widget is closed. Make a new LRWidget."
_NO_TRIALS: Final[dict[str, Any]] = {"trials": None, "trials_number": 0, "by_trials": False}


class OutdatedError(Exception):
    """What was computed for an event no longer fits the state: compute it anew."""


@dataclass(frozen=True)
class Plan:
    """What Run will sweep. The fields may hold what cannot work; Run says so.

    Attributes
    ----------
    start_lr, end_lr : float
        First and last rate, both run.
    num_iter : int
        Number of rates.
    step_mode : {"exp", "linear", "list"}
        With "list" the rates are the user's own, and nothing here can be changed.
    """

    start_lr: float
    end_lr: float
    num_iter: int
    step_mode: StepMode


@dataclass(frozen=True)
class WidgetState:
    """Everything a widget knows, but for the points of the sweep that is on.

    Attributes
    ----------
    plan : Plan
        The next sweep's.
    choice : Choice
        Rule and smoothing, and what a person chose instead.
    judgement : Judgement
        What the rule says of the last sweep; empty before it, and while one is on.
    loss_source : {"train", "val", "fixed"}
        Whose loss is recorded.
    phase : Phase
        See the table of states in the README.
    doing : {"sweep", "trials"}
        What is on, or was last.
    sweep : int
        Counts what was begun: sweeps, trials, and runs shown again; 0 before the first. What was refused by a
        check counts too.
    shown : int
        At which count the points that are shown came; 0: none are.
    kept : KeptRuns
        Every sweep that took a step.
    trials : Trials or None
        The last ones from the start of the run that is shown.
    trials_number : int
        At which count they came; 0: there are none.
    by_trials : bool
        Whether the suggestion is theirs; else it is the rule's.
    settings : Settings or None
        Of that sweep.
    stop_reason : StopReason or None
        Why the last sweep ended.
    error : BaseException or None
        What the last sweep raised.
    restored : bool
        Whether the last sweep gave everything back.
    blocking : bool
        Whether a cell waits for the sweep that is on.
    deaf : bool
        Whether pages cannot be heard as long as the present cell runs or waits.
    accepted : float or None
        The rate that was written into the optimizer.
    receipt : str
        What each param group holds since then.
    accepted_from : Phase
        The phase that Undo goes back to.
    writing : bool
        Whether rates are being written just now: no sweep may begin.
    complaint : str
        What was refused last; nothing was changed by it.
    closed : bool
        Whether the widget has let go of its model.
    version : int
        Counts the changes.
    """

    plan: Plan
    choice: Choice
    judgement: Judgement = field(default_factory=Judgement)
    loss_source: LossSource = "train"
    phase: Phase = "idle"
    doing: Doing = "sweep"
    sweep: int = 0
    shown: int = 0
    kept: KeptRuns = field(default_factory=KeptRuns)
    trials: Trials | None = None
    trials_number: int = 0
    by_trials: bool = False
    settings: Settings | None = None
    stop_reason: StopReason | None = None
    error: BaseException | None = None
    restored: bool = True
    blocking: bool = False
    deaf: bool = False
    accepted: float | None = None
    receipt: str = ""
    accepted_from: Phase = "idle"
    writing: bool = False
    complaint: str = ""
    closed: bool = False
    version: int = 0

    # -- what follows from it --------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a sweep is on, running or paused."""
        return self.phase in BUSY

    @property
    def history(self) -> History | None:
        """What the last sweep recorded; None before it, and while one is on."""
        return self.judgement.history

    @property
    def suggested(self) -> float | None:
        """The rule's rate, or that of trials, as it is shown and accepted."""
        if self.by_trials and self.trials is not None and self.trials.suggested_lr is not None:
            return rounded(self.trials.suggested_lr, DIGITS)
        return self.judgement.lr

    @property
    def active(self) -> int | None:
        """Number of the run that is judged; None while a sweep is on, and before the first."""
        return None if self.history is None else self.kept.number_of(self.history)

    @property
    def refinable(self) -> bool:
        """Whether the sweep that is shown can be run again with other rates, by the widget's own objects."""
        rest = not (self.busy or self.closed)
        return rest and self.active is not None and self.active not in self.kept.variants

    @property
    def extendable(self) -> bool:
        """Whether it can, and ended before the loss blew up."""
        history, pick = self.history, self.judgement.pick
        whole = history is not None and history.stop_reason == "completed"
        return self.refinable and whole and (pick is None or pick.edge is None)

    @property
    def beginning(self) -> bool:
        """Whether a sweep has been taken up that has not taken its first step: its checks come first."""
        return self.busy and self.doing == "sweep" and self.shown != self.sweep

    @property
    def lr(self) -> float | None:
        """Where the marker stands: the override if there is one, else the suggestion."""
        return self.suggested if self.choice.override is None else self.choice.override

    @property
    def bounds(self) -> tuple[float, float] | None:
        """``(base_lr, max_lr)``: the override if there is one, else what the curve shows."""
        return self.choice.bounds_override or self.judgement.bounds

    @property
    def epoch(self) -> int:
        """A number that grows whenever other points are shown, or none any more."""
        return 2 * self.shown if self.shown else 2 * self.sweep + 1

    def check_rest(self, what: str) -> None:
        """Raise StateError, naming ``what`` was asked for, while a sweep is on or a rate is being written."""
        if self.busy:
            on = "a sweep is" if self.doing == "sweep" else "trials are"
            raise StateError(f"{what} is not possible while {on} {self.phase}: stop it first, or wait.")
        if self.writing:
            raise StateError(f"{what} is not possible while rates are being written: try again.")

    def check_open(self) -> None:
        """Raise StateError when the widget is closed."""
        if self.closed:
            raise StateError(_CLOSED)

    # -- a sweep's life --------------------------------------------------------------------------

    def claimed(self, *, blocking: bool, doing: Doing = "sweep") -> WidgetState:
        """Take up a sweep or trials: checks come first, and the last curve stays until they have passed."""
        self.check_rest("Starting another sweep" if doing == "sweep" else "Trying rates")
        self.check_open()
        return replace(
            self,
            phase="running",
            doing=doing,
            sweep=self.sweep + 1,
            blocking=blocking,
            deaf=False,
            stop_reason=None,
            error=None,
            restored=True,
            complaint="",
        )

    def began(self, settings: Settings) -> WidgetState:
        """Take the first step, all checks passed: the last curve goes, with what was chosen on it."""
        return replace(
            self,
            shown=self.sweep,
            settings=settings,
            choice=self.choice.forgotten(),
            judgement=self.judgement.emptied(),
            accepted=None,
            receipt="",
            **_NO_TRIALS,
        )

    def paused(self) -> WidgetState:
        """Hold the sweep before its next step."""
        return replace(self, phase="paused") if self.phase == "running" else self

    def resumed(self) -> WidgetState:
        """Let the sweep go on."""
        return replace(self, phase="running") if self.phase == "paused" else self

    def ended(
        self,
        judgement: Judgement | None,
        stop_reason: StopReason,
        error: BaseException | None,
        *,
        restored: bool = True,
        called: Called | None = None,
    ) -> WidgetState:
        """End the sweep, judged, and keep it; None: it took no step, and the last curve is still there.

        Raises :class:`OutdatedError` when the rule has changed since it was judged.
        """
        if judgement is not None and not judgement.fits(self.choice):
            raise OutdatedError
        kept, history = self.kept, None if judgement is None else judgement.history
        if history is not None and len(history) > 0:
            kept = kept.with_history(self.sweep, history, called)
        over = self._over(stop_reason, error, restored=restored)
        return replace(over, judgement=self.judgement if judgement is None else judgement, kept=kept)

    def tried(
        self,
        trials: Trials | None,
        stop_reason: StopReason,
        error: BaseException | None,
        *,
        restored: bool = True,
    ) -> WidgetState:
        """End trials; None: they took no step, and the last ones are still there.

        If they found a rate, it is the suggestion, and the marker goes there.
        """
        over = self._over(stop_reason, error, restored=restored)
        if trials is None:
            return over
        found = trials.suggested_lr is not None and error is None
        return replace(
            over,
            trials=trials,
            trials_number=self.sweep,
            by_trials=found or self.by_trials,
            choice=replace(self.choice, override=None) if found else self.choice,
            kept=self.kept if self.active is None else self.kept.with_trials(self.active, trials),
        )

    def _over(self, stop_reason: StopReason, error: BaseException | None, *, restored: bool) -> WidgetState:
        return replace(
            self,
            phase="failed" if error is not None else "finished",
            stop_reason=stop_reason,
            error=error,
            restored=restored,
            blocking=False,
            deaf=False,
        )

    # -- runs ------------------------------------------------------------------------------------

    def run_shown_again(self, number: int, judgement: Judgement) -> WidgetState:
        """Judge another run: its curve is shown, its pick is the suggestion.

        Raises :class:`OutdatedError` when the rule has changed since it was judged.
        """
        self.check_rest("Showing another run")
        run = self.kept[number]
        if judgement.history is not run.history or not judgement.fits(self.choice):
            raise OutdatedError
        trials = run.trials
        return replace(
            self,
            kept=self.kept.activated(number),
            judgement=judgement,
            choice=self.choice.forgotten(),
            sweep=self.sweep + 1,
            shown=self.sweep + 1,
            settings=run.history.settings,
            phase="accepted" if self.phase == "accepted" else "finished",
            accepted_from="finished",
            doing="sweep",
            stop_reason=run.history.stop_reason,
            error=None,
            restored=True,
            trials=trials,
            trials_number=0 if trials is None else self.sweep + 1,
            by_trials=trials is not None and trials.suggested_lr is not None,
            complaint="",
        )

    def run_removed(self, number: int) -> WidgetState:
        """Forget a run that is not judged."""
        if number == self.active:
            raise StateError("The run that is judged cannot be removed: show another one first.")
        return replace(self, kept=self.kept.without(number), complaint="")

    def run_renamed(self, number: int, name: str) -> WidgetState:
        """Give a run another name."""
        return replace(self, kept=self.kept.renamed(number, name), complaint="")

    def run_drawn(self, number: int, *, shown: bool) -> WidgetState:
        """Draw a run's curve beside the judged one's, or do not."""
        return replace(self, kept=self.kept.showing(number, shown=shown), complaint="")

    # -- choices ---------------------------------------------------------------------------------

    def moved(self, lr: float | None) -> WidgetState:
        """Put the marker somewhere; None: back to the suggestion."""
        override = None if lr == self.suggested else lr
        return replace(self, choice=replace(self.choice, override=override), complaint="")

    def chosen(self, judgement: Judgement, **how: Any) -> WidgetState:
        """Choose rule, smoothing or what is judged, the last sweep judged by it.

        Raises :class:`OutdatedError` when that sweep, or another of these choices, has changed since.
        """
        choice = replace(self.choice, **how)
        if judgement.history is not self.history or not judgement.fits(choice):
            raise OutdatedError
        by_trials = self.by_trials and not {"rule", "on"} & how.keys()
        return replace(self, choice=choice, judgement=judgement, by_trials=by_trials, complaint="")

    def bounded(self, bounds: tuple[float, float] | None) -> WidgetState:
        """Put both edges of the bounds somewhere, and show them; None: back to what the curve shows."""
        choice = replace(self.choice, bounds_override=bounds, shows_bounds=True)
        return replace(self, choice=choice, complaint="")

    def showing_bounds(self, *, shown: bool) -> WidgetState:
        """Show the bounds, or hide them."""
        return replace(self, choice=replace(self.choice, shows_bounds=shown))

    def planned(self, **fields: Any) -> WidgetState:
        """Fill in fields of the next sweep."""
        self.check_rest("Changing the range")
        if self.plan.step_mode == "list":
            raise StateError(
                "The rates of this widget are a list of your own: make another widget for others."
            )
        return replace(self, plan=replace(self.plan, **fields), complaint="")

    # -- the optimizer ---------------------------------------------------------------------------

    def writes(self, what: str) -> WidgetState:
        """Begin to write rates, for ``what`` asks for it; one of the next four ends it."""
        self.check_rest(what)
        self.check_open()
        return replace(self, writing=True)

    def not_written(self) -> WidgetState:
        """End it with nothing written."""
        return replace(self, writing=False)

    def accepted_at(self, lr: float, receipt: str) -> WidgetState:
        """End it with a rate in the optimizer, where the marker then stands."""
        before = self.accepted_from if self.phase == "accepted" else self.phase
        return replace(
            self.moved(lr),
            writing=False,
            phase="accepted",
            accepted=lr,
            receipt=receipt,
            accepted_from=before,
        )

    def undone(self) -> WidgetState:
        """End it with the rates from before Accept back; curve and marker stay."""
        phase = self.accepted_from if self.phase == "accepted" else self.phase
        return replace(self, writing=False, phase=phase, accepted=None, receipt="", complaint="")

    def emptied(self) -> WidgetState:
        """End it with the rates from before Accept back, and forget every sweep."""
        return replace(
            self.undone(),
            phase="idle",
            shown=0,
            kept=KeptRuns(),
            settings=None,
            choice=self.choice.forgotten(),
            judgement=self.judgement.emptied(),
            stop_reason=None,
            error=None,
            restored=True,
            **_NO_TRIALS,
        )

    # -- the rest --------------------------------------------------------------------------------

    def complained(self, text: str) -> WidgetState:
        """Tell of something that was refused; nothing has changed."""
        return replace(self, complaint=text)

    def heard(self, *, deaf: bool) -> WidgetState:
        """Say whether pages cannot be heard while the present cell runs or waits."""
        return self if deaf == self.deaf else replace(self, deaf=deaf)

    def erring(self, error: BaseException | None) -> WidgetState:
        """Keep the error of the last sweep in this form."""
        return replace(self, error=error)

    def shut(self) -> WidgetState:
        """Let no further sweep begin, and nothing be accepted."""
        return replace(self, closed=True)


class Store:
    """Keeps the newest state. Every thread changes it here, one after the other.

    Nothing but a pure function runs under the lock: no user's code, no message, no waiting.
    """

    def __init__(self, state: WidgetState) -> None:
        self._lock = threading.Lock()
        self._state = state

    @property
    def state(self) -> WidgetState:
        """The newest state."""
        return self._state

    def change(self, transition: Callable[[WidgetState], WidgetState]) -> WidgetState:
        """Replace the state by what ``transition`` makes of it; return the new one.

        What it raises is raised, and the state stays.
        """
        with self._lock:
            after = transition(self._state)
            if after is not self._state:
                self._state = replace(after, version=self._state.version + 1)
            return self._state
