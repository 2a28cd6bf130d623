"""What the buttons and the public methods do: state, sweeps, optimizer and pages, put together.

What comes from a page comes through :mod:`lrwidget.widget.commands`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from lrwidget._validate import whole
from lrwidget.engine.rates.accept import accept_rate
from lrwidget.engine.rates.groups import leading_rate
from lrwidget.engine.rates.optimizers import AnyOptimizer, as_one
from lrwidget.engine.rates.undo import KeptRates
from lrwidget.engine.threads.caller import ThreadState, capture
from lrwidget.errors import SettingsError, StateError
from lrwidget.history.runs import Runs
from lrwidget.picks.trials import rates_around
from lrwidget.widget.judgement import (
    checked_bandwidth,
    checked_bounds,
    checked_on,
    checked_rate,
    checked_rule,
)
from lrwidget.widget.kept import Called
from lrwidget.widget.state import OutdatedError, Plan, Store, WidgetState
from lrwidget.widget.sweeps import Sweeps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch
    from torch import nn

    from lrwidget.engine.range_test import RangeTest
    from lrwidget.engine.rates.places import Place
    from lrwidget.engine.trials.rate_trials import RateTrials
    from lrwidget.engine.variants.comparison import Comparison
    from lrwidget.engine.variants.series import Piece
    from lrwidget.history.record import History
    from lrwidget.history.settings import Settings
    from lrwidget.history.trials import Trials
    from lrwidget.widget.judgement import Choice

__all__ = ["FURTHER", "STEPS", "Controller", "Display"]

#: Of each trial.
STEPS: Final = 100
#: So many rates more are tried, one by one, while the best of those around the marker is at their end.
FURTHER: Final = 2


class Display(Protocol):
    """Where everything is shown: what a controller tells, and to whom is not its affair."""

    def began(self, settings: Settings) -> None:
        """Empty the figure: a sweep takes its first step."""

    def progressed(self) -> None:
        """Show the new point, if it is time to. Called after every step: must be quick."""

    def changed(self, *, soon: bool = False) -> None:
        """Show the new state; ``soon``: more such changes are likely to follow at once."""

    def drawn_anew(self) -> None:
        """Draw the curve anew, smoothed otherwise."""

    def cleared(self) -> None:
        """Empty the figure."""

    def trying(self) -> None:
        """Show the points of trials: the first takes its first step."""

    def exchanged(self, settings: Settings) -> None:
        """Show another sweep, of these settings, instead of the one that is shown."""

    def runs_changed(self) -> None:
        """Show other runs beside the one that is judged."""

    def ended(self) -> None:
        """Show the whole sweep."""


class Controller:
    """One widget's behaviour.

    Parameters
    ----------
    model, optimizer, scheduler, write_to
        What is swept, what Accept writes to.
    make_test : callable
        ``make_test(start_lr=..., end_lr=..., num_iter=...)`` returns the next sweep.
    make_comparison : callable
        ``make_comparison(variants, start_lr=..., ...)`` returns a comparison of such sweeps.
    settings : Settings
        The first sweep's.
    choice : Choice
        Rule and smoothing.
    metric_name : str or None
        What the metric's curve is called.
    """

    def __init__(
        self,
        *,
        model: nn.Module,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
        scheduler: Sequence[object],
        write_to: Sequence[Place],
        make_test: Callable[..., RangeTest],
        make_comparison: Callable[..., Comparison],
        settings: Settings,
        choice: Choice,
        metric_name: str | None,
    ) -> None:
        self._optimizer: AnyOptimizer | None = as_one(optimizer)
        self._schedulers = tuple(scheduler)
        self._places = tuple(write_to)
        self.metric_name = metric_name
        self._make_test: Callable[..., RangeTest] | None = make_test
        self._make_comparison: Callable[..., Comparison] | None = make_comparison
        self._rates_before: KeptRates | None = None
        # Buttons are handled on a thread whose torch state is not the user's, so theirs is kept.
        self._users_thread = capture()
        self.screen: Display
        plan = Plan(settings.start_lr, settings.end_lr, settings.num_iter, settings.step_mode)
        self.store = Store(WidgetState(plan, choice, loss_source=settings.loss_source))
        self.sweeps = Sweeps(self.store, model, self._next_test, self)

    @property
    def state(self) -> WidgetState:
        """The newest state."""
        return self.store.state

    # -- sweeps ----------------------------------------------------------------------------------

    def start(self, thread_state: ThreadState | None = None) -> None:
        """Sweep in the background, with the caller's torch state (or the one kept from the beginning)."""
        state = thread_state or self._users_thread
        self.sweeps.start(state.applied())

    def run(self) -> History:
        """Sweep in this thread; return the history."""
        history = self.sweeps.run()
        if history is None:  # interrupted before the first step
            raise KeyboardInterrupt
        return history

    def start_trials(
        self,
        rates: Sequence[float] | None = None,
        steps: int = STEPS,
        lr: float | None = None,
        thread_state: ThreadState | None = None,
    ) -> None:
        """Try rates in the background: these, or some around ``lr``, or around where the marker stands."""
        state = thread_state or self._users_thread
        self.sweeps.start_trials(state.applied(), self._trials(rates, steps, lr))

    def run_trials(
        self, rates: Sequence[float] | None = None, steps: int = STEPS, scheduler: Any = None
    ) -> Trials:
        """Try rates in this thread, following the shape of a scheduler; return what was recorded."""
        trials = self.sweeps.run_trials(self._trials(rates, steps, None, scheduler))
        if trials is None:  # interrupted before the first step
            raise KeyboardInterrupt
        return trials

    def _trials(
        self, rates: Sequence[float] | None, steps: int, lr: float | None, scheduler: Any = None
    ) -> Callable[[], RateTrials]:
        whole("steps", steps, 2)

        def make() -> RateTrials:
            state, chosen = self.state, rates
            if chosen is None:
                middle = state.lr if lr is None else checked_rate(lr)
                if middle is None and state.history is not None:
                    # A sweep that shows no descent says little of the optimizer's own rate.
                    middle = leading_rate(self._open_optimizer())
                if middle is None:
                    raise StateError(
                        "There is no rate to try others around: run a sweep first, or give them, as in "
                        "try_rates([1e-3, 3e-3, 1e-2])."
                    )
                pick = state.judgement.pick
                chosen = rates_around(middle, None if pick is None else pick.edge)
            test, further = self._next_test(state.plan), FURTHER if rates is None else 0
            return test.rate_trials(chosen, steps, scheduler=scheduler, extend=further)

        return make

    # -- runs ------------------------------------------------------------------------------------

    def compare(self, variants: Any) -> Runs:
        """Sweep all variants in this thread, one after another; return their runs."""
        self.state.check_rest("compare()")
        if self._make_comparison is None:
            raise StateError("This widget is being closed.")
        numbers: list[int] = []
        for piece in self._make_comparison(variants, **_fields(self.state.plan)).pieces():
            history = self.sweeps.run(partial(_given, piece))
            number = self.state.kept.number_of(history)
            numbers += [] if number is None else [number]
            if history is None or history.stop_reason in {"stopped", "interrupted"}:
                break
        return Runs([run for number, run in self.state.kept if number in numbers])

    def refine(self, to: Callable[[Settings], Settings], thread_state: ThreadState | None = None) -> None:
        """Sweep the run that is shown again, in the background, with what ``to`` makes of its settings.

        It is one whole sweep, those rates included that were run before, and takes the place of that run.
        """
        state = thread_state or self._users_thread
        self.sweeps.start(state.applied(), partial(self._refined, to))

    def run_refined(self, to: Callable[[Settings], Settings]) -> History:
        """Do so in this thread; return the history."""
        history = self.sweeps.run(partial(self._refined, to))
        if history is None:  # interrupted before the first step
            raise KeyboardInterrupt
        return history

    def _refined(self, to: Callable[[Settings], Settings]) -> tuple[RangeTest, Called]:
        state = self.state
        if not state.refinable or state.history is None or state.active is None:
            raise StateError("There is no sweep of this widget's own objects to refine: run one first.")
        run = state.kept[state.active]
        test = self._next_test(state.plan).with_settings(to(state.history.settings))
        return test, Called(run.name, run.changes, instead_of=state.active)

    def show_run(self, number: int) -> None:
        """Judge another run: its curve is shown, its pick is the suggestion."""
        if self.state.active == number:
            return
        while True:
            state = self.state
            judgement = state.choice.judged(state.kept[number].history)
            try:
                state = self.store.change(
                    lambda state, known=judgement: state.run_shown_again(number, known)  # type: ignore[misc]
                )
            except OutdatedError:  # something else was chosen meanwhile
                continue
            break
        assert state.settings is not None
        self.screen.exchanged(state.settings)

    def remove_run(self, number: int) -> None:
        """Forget a run; of the one that is judged, the last of the others is judged instead."""
        kept = self.state.kept
        kept[number]
        if self.state.active == number:
            others = [other for other in kept.numbers if other != number]
            if not others:
                raise StateError("It is the only run: reset() forgets it, and empties the figure.")
            self.show_run(others[-1])
        self.store.change(lambda state: state.run_removed(number))
        self.screen.runs_changed()

    def rename_run(self, number: int, name: str) -> None:
        """Give a run another name."""
        self.store.change(lambda state: state.run_renamed(number, name))
        self.screen.changed()

    def draw_run(self, number: int, *, shown: bool) -> None:
        """Draw a run's curve beside the judged one's, or do not."""
        self.store.change(lambda state: state.run_drawn(number, shown=shown))
        self.screen.changed()

    # -- rates -----------------------------------------------------------------------------------

    def accept(self, lr: float | None = None) -> float:
        """Write a rate into the optimizer; return it."""
        rate = None if lr is None else checked_rate(lr)
        state = self.store.change(lambda state: state.writes("accept()"))
        try:
            rate = state.lr if rate is None else rate
            if rate is None:
                raise StateError(
                    "There is no rate to accept: run a sweep first, or give one, as in accept(0.01)."
                )
            optimizer = self._open_optimizer()
            before = self._rates_before or KeptRates(optimizer, self._schedulers, self._places)
            receipt = accept_rate(optimizer, rate, self._schedulers, self._places)  # everywhere or nowhere
        except BaseException:
            self.store.change(lambda state: state.not_written())
            raise
        self._rates_before = before
        self.store.change(lambda state: state.accepted_at(rate, receipt))
        self.screen.changed()
        return rate

    def undo(self) -> None:
        """Give back the rates from before Accept; curve and marker stay."""
        self._give_back("undo()", lambda state: state.undone())
        self.screen.changed()

    def reset(self) -> None:
        """Give back the rates from before Accept; forget the sweep; empty the figure."""
        self._give_back("reset()", lambda state: state.emptied())
        self.screen.cleared()

    def _give_back(self, what: str, then: Callable[[WidgetState], WidgetState]) -> None:
        self.store.change(lambda state: state.writes(what))
        try:
            if self._rates_before is not None:
                self._rates_before.give_back()
        except BaseException:
            self.store.change(lambda state: state.not_written())
            raise
        self._rates_before = None
        self.store.change(then)

    def _open_optimizer(self) -> AnyOptimizer:
        self.state.check_open()
        if self._optimizer is None:
            raise StateError("This widget is being closed.")
        return self._optimizer

    # -- choices ---------------------------------------------------------------------------------

    def set_lr(self, lr: float | None, *, soon: bool = False) -> None:
        """Move the marker; None moves it back to the suggestion. ``soon``: a hand is at it."""
        rate = None if lr is None else checked_rate(lr)
        self.store.change(lambda state: state.moved(rate))
        self.screen.changed(soon=soon)

    def choose(self, **how: Any) -> None:
        """Pick by another ``rule``, with another ``bandwidth`` (decades), or ``on`` something else, at once.

        While a sweep is on it is picked when it ends.
        """
        for name, value in how.items():
            how[name] = self._checked(name, value)
        while True:
            state = self.state
            judgement = replace(state.choice, **how).judged(state.history)
            try:
                self.store.change(lambda state, known=judgement: state.chosen(known, **how))  # type: ignore[misc]
            except OutdatedError:  # something else was chosen, or a sweep ended, meanwhile
                continue
            break
        self.screen.drawn_anew()

    def _checked(self, name: str, value: object) -> object:
        if name == "rule":
            return checked_rule(value)
        return checked_bandwidth(value) if name == "bandwidth" else checked_on(value, self.metric_name)

    def set_plan(self, fields: Mapping[str, Any]) -> None:
        """Fill in ``start_lr``, ``end_lr``, ``num_iter`` of the next sweep; Run checks them together."""
        known: dict[str, Any] = {
            name: checked_rate(fields[name], name) for name in ("start_lr", "end_lr") if name in fields
        }
        if "num_iter" in fields:
            known["num_iter"] = whole("num_iter", fields["num_iter"], 2)
        if unknown := set(fields) - set(known):
            raise SettingsError(f"There is no field {sorted(unknown)[0]!r}: start_lr, end_lr and num_iter.")
        if all(getattr(self.state.plan, name) == value for name, value in known.items()):
            return
        self.store.change(lambda state: state.planned(**known))
        self.screen.changed()

    def show_bounds(self, *, shown: bool) -> None:
        """Show or hide the range of a cyclical schedule."""
        self.store.change(lambda state: state.showing_bounds(shown=shown))
        self.screen.changed()

    def set_bounds(self, bounds: tuple[float, float] | None, *, soon: bool = False) -> None:
        """Move both edges, and show them; None moves them back to what the curve shows."""
        checked = None if bounds is None else checked_bounds(bounds)
        self.store.change(lambda state: state.bounded(checked))
        self.screen.changed(soon=soon)

    def make_schedule(self, make: Callable[..., Any], steps: int, options: dict[str, Any]) -> Any:
        """Make a scheduler with the bounds, for the optimizer as it is now."""
        state = self.store.change(lambda state: state.writes(f"{make.__name__}()"))
        try:
            optimizer = self._open_optimizer()
            if state.bounds is None:
                found = state.judgement.read_off
                why = f" ({found.reason})" if found is not None else ""
                raise StateError(
                    f"There are no bounds for {make.__name__}(){why}: run a sweep first, or set them, as in "
                    "w.bounds = 1e-4, 1e-2."
                )
            return make(optimizer, *state.bounds, steps, **options)
        finally:
            self.store.change(lambda state: state.not_written())

    def complain(self, text: str) -> None:
        """Say that something was refused; nothing has changed."""
        self.store.change(lambda state: state.complained(text))
        self.screen.changed()

    def hearing(self, *, deaf: bool) -> None:
        """Say whether pages are heard while the present cell runs or waits."""
        if self.state.deaf != deaf:
            self.store.change(lambda state: state.heard(deaf=deaf))
            self.screen.changed()

    def close(self) -> None:
        """End a running sweep; let go of the model and all that belongs to it."""
        self.sweeps.close()
        self._make_test = self._make_comparison = self._optimizer = self._rates_before = None
        self._schedulers = self._places = ()

    # -- what the sweeps tell --------------------------------------------------------------------

    def began(self, settings: Settings) -> None:
        """Clear the figure: all checks passed."""
        # The rates from before the last Accept are no longer the ones to go back to.
        self._rates_before = None
        self.screen.began(settings)

    def trying(self) -> None:
        """Show the points of trials as they come."""
        self.screen.trying()

    def progressed(self) -> None:
        """Show the new point, if it is time to."""
        self.screen.progressed()

    def changed(self) -> None:
        """Show the new state."""
        self.screen.changed()

    def ended(self) -> None:
        """Show the result."""
        self.screen.ended()

    def _next_test(self, plan: Plan) -> RangeTest:
        if self._make_test is None:
            raise StateError("This widget is being closed.")
        return self._make_test(**_fields(plan))


def _given(piece: Piece) -> tuple[RangeTest, Called]:
    return piece.test, Called(piece.name, piece.changes)


def _fields(plan: Plan) -> dict[str, Any]:
    """Return what a plan says of a sweep; of a list of rates, nothing."""
    if plan.step_mode == "list":
        return {}
    return {"start_lr": plan.start_lr, "end_lr": plan.end_lr, "num_iter": plan.num_iter}
