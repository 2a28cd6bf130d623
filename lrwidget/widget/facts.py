"""What can be asked of a widget, and what can be set on it: its documented properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrwidget.history.record import History, StopReason
    from lrwidget.picks.pick import Pick
    from lrwidget.widget.controller import Controller
    from lrwidget.widget.wording import State

__all__ = ["Facts"]


class Facts:
    """The properties of a :class:`~lrwidget.LRWidget`, each a window on its controller."""

    _control: Controller

    @property
    def state(self) -> State:
        """One of "idle", "running", "paused", "finished", "failed", "accepted"."""
        return self._control.session.state

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the last sweep ended; None before the first and while one is on."""
        return self._control.session.stop_reason

    @property
    def error(self) -> BaseException | None:
        """What a failed sweep raised."""
        return self._control.session.error

    @property
    def history(self) -> History | None:
        """What the running or last sweep recorded; None before the first."""
        return self._control.session.history

    @property
    def pick(self) -> Pick | None:
        """The rule's answer: its rate, why, and what speaks against it; None before there is a point."""
        return self._control.choice.pick

    @property
    def suggested_lr(self) -> float | None:
        """The rule's pick; None when there is none."""
        return self._control.choice.suggested

    @property
    def accepted_lr(self) -> float | None:
        """The rate pushed to the optimizer; None until then."""
        return self._control.choice.accepted

    @property
    def lr(self) -> float | None:
        """Where the marker stands: the override if there is one, else the suggestion.

        Set it to override the suggestion; None takes the override back.
        """
        return self._control.choice.lr

    @lr.setter
    def lr(self, value: float | None) -> None:
        self._control.set_lr(value)

    @property
    def bounds(self) -> tuple[float, float] | None:
        """``(base_lr, max_lr)`` for a cyclical schedule: where the loss starts to fall, and where it stops.

        Set it to move both edges of the band, and to show it; None moves them back to what the curve shows.
        """
        return self._control.choice.bounds

    @bounds.setter
    def bounds(self, value: tuple[float, float] | None) -> None:
        self._control.set_bounds(value)

    @property
    def rule(self) -> str:
        """How the rate is picked; setting it picks anew at once."""
        return self._control.choice.rule

    @rule.setter
    def rule(self, value: str) -> None:
        self._control.set_rule(value)

    @property
    def bandwidth(self) -> float:
        """Smoothing in decades of the rate; setting it draws and picks anew at once."""
        return self._control.choice.bandwidth

    @bandwidth.setter
    def bandwidth(self, value: float) -> None:
        self._control.set_bandwidth(value)

    @property
    def on(self) -> str:
        """What the rule judges, "loss" or "metric"; setting it picks anew at once."""
        return self._control.choice.on

    @on.setter
    def on(self, value: str) -> None:
        self._control.set_on(value)
