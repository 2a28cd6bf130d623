"""What the buttons and the public methods do: session, choice and screen, put together.

What comes from the page comes through :mod:`lrwidget.widget.events`, which listens for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget.engine.rates.accept import accept_rate
from lrwidget.engine.rates.optimizers import AnyOptimizer, as_one
from lrwidget.engine.rates.undo import KeptRates
from lrwidget.engine.threads.caller import ThreadState, capture
from lrwidget.errors import RestoreError, StateError
from lrwidget.widget.choice import checked_bandwidth, checked_bounds, checked_on, checked_rate, checked_rule
from lrwidget.widget.screen import Screen
from lrwidget.widget.session import Session
from lrwidget.widget.wording import Situation, told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from torch import nn

    from lrwidget.engine.range_test import RangeTest
    from lrwidget.engine.rates.places import Place
    from lrwidget.history.record import History
    from lrwidget.history.settings import Settings
    from lrwidget.widget.choice import Choice

__all__ = ["Controller"]

#: Seconds in which a page that was called while a cell blocks has answered, or its buttons do nothing now.
_ANSWER_WITHIN = 2.0
_CLOSED = "This widget is closed. Make a new LRWidget."


class Controller:
    """One widget's behaviour.

    Parameters
    ----------
    model, optimizer, scheduler, write_to
        What is swept, what Accept writes to.
    make_test : callable
        ``make_test(start_lr=..., end_lr=..., num_iter=...)`` returns the next sweep.
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
        settings: Settings,
        choice: Choice,
        metric_name: str | None,
    ) -> None:
        self._optimizer: AnyOptimizer | None = as_one(optimizer)
        self._schedulers = tuple(scheduler)
        self._places = tuple(write_to)
        self._metric_name = metric_name
        self._make_test: Callable[..., RangeTest] | None = make_test
        self._settings = settings
        self._rates_before: KeptRates | None = None
        self._receipt = self._complaint = ""
        # Buttons are handled on a thread whose torch state is not the user's, so theirs is kept.
        self._users_thread = capture()
        self.choice = choice
        self.session = Session(model, self._next_test, self)
        self.screen = Screen(settings, choice, self._situation, lambda: self.session.history, metric_name)
        self.screen.paint()

    # -- commands --------------------------------------------------------------------------------

    def start(self, thread_state: ThreadState | None = None) -> None:
        """Sweep in the background, with the caller's torch state (or the one kept from the beginning)."""
        state = thread_state or self._users_thread
        self._complaint = ""
        self.session.start(state.applied())

    def run(self) -> History:
        """Sweep in this thread; return the history."""
        self._complaint = ""
        history = self.session.run()
        if history is None:  # interrupted before the first step
            raise KeyboardInterrupt
        return history

    def accept(self, lr: float | None = None) -> float:
        """Write a rate into the optimizer; return it."""
        with self.session.at_rest("accept()"):
            rate = self.choice.lr if lr is None else checked_rate(lr)
            if rate is None:
                raise StateError(
                    "There is no rate to accept: run a sweep first, or give one, as in accept(0.01)."
                )
            if self._optimizer is None:
                raise StateError(_CLOSED)
            if self._rates_before is None:
                self._rates_before = KeptRates(self._optimizer, self._schedulers, self._places)
            try:
                self._receipt = accept_rate(self._optimizer, rate, self._schedulers, self._places)
            except BaseException:  # a place of the user's that cannot be written to: all or nothing
                self._rates_before.give_back()
                raise
            self._complaint = ""
            self.choice.accepted = rate
            self.choice.override = None if rate == self.choice.suggested else rate
            self.session.accepted()
        self.screen.paint()
        self.screen.keep()
        return rate

    def reset(self) -> None:
        """Give back the rates from before Accept; forget the sweep; empty the figure."""
        with self.session.at_rest("reset()"):
            if self._rates_before is not None:
                self._rates_before.give_back()
                self._rates_before = None
            self.choice.forget()
            self.choice.accepted = None
            self._receipt = self._complaint = ""
            self.session.forget()
        self.screen.clear()

    def set_lr(self, lr: float | None) -> None:
        """Move the marker; None moves it back to the suggestion."""
        self.choice.override = None if lr is None else checked_rate(lr)
        self._complaint = ""
        self.screen.paint()

    def set_rule(self, rule: str) -> None:
        """Pick by another rule, at once."""
        self._choose("rule", checked_rule(rule))

    def set_bandwidth(self, bandwidth: float) -> None:
        """Smooth and pick with another bandwidth (decades), at once."""
        self._choose("bandwidth", checked_bandwidth(bandwidth))

    def set_on(self, on: str) -> None:
        """Pick on the loss or on the metric, at once."""
        self._choose("on", checked_on(on, self._metric_name))

    def show_bounds(self, shown: bool) -> None:
        """Show or hide the range of a cyclical schedule."""
        self.choice.shows_bounds = shown
        self.screen.paint()

    def set_bounds(self, bounds: tuple[float, float] | None) -> None:
        """Move both edges, and show them; None moves them back to what the curve shows."""
        self.choice.bounds_override = None if bounds is None else checked_bounds(bounds)
        self.choice.shows_bounds = True
        self._complaint = ""
        self.screen.paint()

    def make_schedule(self, make: Callable[..., Any], steps: int, options: dict[str, Any]) -> Any:
        """Make a scheduler with the bounds, for the optimizer as it is now."""
        with self.session.at_rest(f"{make.__name__}()"):
            if self._optimizer is None:
                raise StateError(_CLOSED)
            if self.choice.bounds is None:
                found = self.choice.read_off
                why = f" ({found.reason})" if found is not None else ""
                raise StateError(
                    f"There are no bounds for {make.__name__}(){why}: run a sweep first, or set them, as in "
                    "w.bounds = 1e-4, 1e-2."
                )
            return make(self._optimizer, *self.choice.bounds, steps, **options)

    def complain(self, text: str) -> None:
        """Say in the status line that something was refused; nothing has changed."""
        self._complaint = text
        self.screen.paint()

    def close(self) -> None:
        """End a running sweep, close the view, let go of the model and all that belongs to it."""
        self.session.close()
        self._make_test = self._optimizer = self._rates_before = None
        self._schedulers = self._places = ()
        self.screen.close()

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._make_test is None

    # -- what the session tells ------------------------------------------------------------------

    def began(self, settings: Settings) -> None:
        """Clear the figure: all checks passed."""
        self._settings = settings
        self.choice.forget()
        self.choice.accepted = None
        # The rates from before the last Accept are no longer the ones to go back to.
        self._rates_before = None
        self.screen.begin(settings, blocking=self.session.blocking)

    def progressed(self) -> None:
        """Show the new point, if it is time to."""
        self.screen.tick()

    def changed(self) -> None:
        """Show the new state."""
        self.screen.paint()

    def recorded(self, history: History | None) -> None:
        """Pick."""
        if history is not None:
            self.choice.look_at(history)

    def ended(self) -> None:
        """Show the result."""
        self.screen.finish()

    # -- details ---------------------------------------------------------------------------------

    def _next_test(self) -> RangeTest:
        if self._make_test is None:
            raise StateError(_CLOSED)
        panel = self.screen.panel
        if self._settings.step_mode == "list":
            return self._make_test()
        return self._make_test(
            start_lr=panel.start_lr.value, end_lr=panel.end_lr.value, num_iter=panel.num_iter.value
        )

    def _situation(self) -> Situation:
        session, choice = self.session, self.choice
        history = session.history
        return Situation(
            state=session.state,
            settings=self._settings if history is not None else None,
            stop_reason=session.stop_reason,
            step=len(history) if history is not None else 0,
            seconds=history.seconds if history is not None else None,
            seconds_left=session.seconds_left(),
            last_lr=float(history.lr[-1]) if history is not None and len(history) else None,
            pick=choice.pick,
            lr=choice.lr,
            accepted_lr=choice.accepted,
            bounds=choice.bounds if choice.shows_bounds else None,
            no_bounds=choice.read_off.reason if choice.shows_bounds and choice.read_off else "",
            receipt=self._receipt,
            skipped=history.receipt.get("skipped_steps", 0) if history is not None else 0,
            warnings=tuple(history.receipt.get("warnings", ())) if history is not None else (),
            error=told(session.error),
            restored=not isinstance(session.error, RestoreError),
            complaint=self._complaint,
            deaf=session.blocking and self.screen.plot.unanswered > _ANSWER_WITHIN,
        )

    def _choose(self, what: str, value: Any) -> None:
        """Set how to pick, and pick anew unless a sweep is on: it does so when it ends."""
        with self.session.settled() as at_rest:
            setattr(self.choice, what, value)
            if at_rest:
                self.choice.look_at(self.session.history)
        self.screen.redraw(final=at_rest)
