"""All that the pages of one widget are sent: state, empty figure, points, runs, trials, plotly's script.

Pages come and go, and what is sent while none listens is lost; a page that opens says hello and gets all of
it. A kernel that sweeps in a blocking cell may not hear it. So all points also go out unasked whenever their
number has doubled, and at the end: each is then sent at most three times, however long the sweep. And as long
as no page was ever heard, a blocking sweep sends plotly's script unasked, three times at most.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from lrwidget.plot.blank import HEIGHT, page_figure
from lrwidget.plot.bundle import plotly_js, plotly_version
from lrwidget.plot.drawn import drawn_curve
from lrwidget.plot.frames import Frame, Frames, as_bytes
from lrwidget.plot.trial_curves import trial_curve
from lrwidget.widget.record import in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.history.settings import Settings
    from lrwidget.widget.state import WidgetState
    from lrwidget.widget.sweeps import Progress

__all__ = ["Link", "Page"]

_FIRST_SNAPSHOT_AT: Final = 4
#: The state is sent so often while points come: its numbers are read, not watched.
_STATE_EVERY: Final = 0.25
#: When, in seconds after its begin, a sweep that hears no page sends plotly's script.
_SCRIPT_AT: Final = (0.0, 1.0, 4.0)


class Link(Protocol):
    """What leads to the pages: the widget."""

    def send(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Send a message to all pages."""

    def send_state(self, key: Any = None) -> None:
        """Send parts of the widget's state, as they are now, to all pages."""


class Page:
    """Sends. Safe to use from several threads.

    Parameters
    ----------
    link : Link
        The widget.
    progress : callable
        Gives what is recorded so far.
    state : callable
        Gives the newest state.
    metric_name : str, optional
        What the metric's curve is called; None = there is none.
    height : int
        Of the figure, in pixels.
    """

    def __init__(
        self,
        link: Link,
        progress: Callable[[], Progress],
        state: Callable[[], WidgetState],
        *,
        metric_name: str | None = None,
        height: int = HEIGHT,
    ) -> None:
        self._link = link
        self._progress = progress
        self._state = state
        self._metric_name = metric_name
        self._height = height
        self._frames = Frames()
        self._next_snapshot = _FIRST_SNAPSHOT_AT
        self._next_state = 0.0
        self._scripts_due: tuple[float, ...] = ()
        self._runs_sent = 0
        self._shows_runs = False
        plan = state().plan
        self.figure = self._empty(plan.start_lr, plan.end_lr, linear=plan.step_mode == "linear")

    # -- a sweep's life ----------------------------------------------------------------------------

    def begin(self, settings: Settings, epoch: int, *, unheard: bool) -> None:
        """Empty the figure for a new sweep; ``unheard``: nobody can be heard until it has ended."""
        self._show(settings, epoch)
        now = time.monotonic()
        self._scripts_due = tuple(now + after for after in _SCRIPT_AT) if unheard else ()
        self._send_due_script()
        self.snapshot()

    def publish(self) -> None:
        """Send what is new while a sweep is on, or trials are."""
        if self._state().doing == "sweep":
            self.draw()
        else:
            self.trials()
        if time.monotonic() >= self._next_state:
            self.state()
        self._send_due_script()

    def clear(self) -> None:
        """Empty the figure; its axis stays."""
        if self._frames.begin(self._progress().epoch):  # else a sweep has begun since
            self.snapshot()

    def draw(self, *, final: bool = False) -> None:
        """Send what is new of the sweep that is shown; ``final``: nothing will be added, all of it."""
        frame = self._new()
        if frame is None:
            return
        self._send(frame)
        if final or frame.head["count"] >= self._next_snapshot:
            self._next_snapshot = max(2 * frame.head["count"], _FIRST_SNAPSHOT_AT)
            self.snapshot()

    def snapshot(self) -> None:
        """Send everything known so far, to whichever pages listen."""
        self._send(self._frames.snapshot())

    def runs(self) -> None:
        """Send the curves of all runs that are not judged, whole."""
        state = self._state()
        others = [(number, run) for number, run in state.kept if number != state.active]
        if not (others or self._shows_runs):
            return
        curves = [drawn_curve(run.history, state.choice.bandwidth)[:3] for _, run in others]
        self._runs_sent += 1
        self._shows_runs = bool(others)
        head = {"kind": "runs", "version": self._runs_sent, "runs": [number for number, _ in others]}
        self._link.send(head, [as_bytes(part) for curve in curves for part in curve])

    def trials(self) -> None:
        """Send all points of the trials that are on, or of the last ones."""
        state = self._state()
        trials = self._progress().trials or state.trials
        if trials is None:
            return
        on = state.busy and state.doing == "trials"
        head = {
            "kind": "trials",
            "number": state.sweep if on else state.trials_number,
            "count": sum(map(len, trials)),
        }
        curves = [trial_curve(trial, trials.settings.steps) for trial in in_order(trials)]
        self._link.send(head, [as_bytes(part) for curve in curves for part in curve])

    def state(self) -> None:
        """Send the state as it is now."""
        self._next_state = time.monotonic() + _STATE_EVERY
        self._link.send_state("_state")

    def greet(self, plotly: bool) -> None:
        """Send all that a page needs that has just opened, or has missed something."""
        self._scripts_due = ()
        if plotly:
            self._send_script()
        self.state()
        now = self._progress()
        if now.history is not None and self._show(now.history.settings, now.epoch):
            self._new()  # nobody has been sent anything of this sweep yet
        self.snapshot()
        self.runs()
        self.trials()

    # -- details -----------------------------------------------------------------------------------

    def _show(self, settings: Settings, epoch: int) -> bool:
        """Show the empty figure of a sweep, unless that is done."""
        if not self._frames.begin(epoch):
            return False
        linear = settings.step_mode == "linear"
        self.figure = self._empty(settings.start_lr, settings.end_lr, linear=linear)
        self._next_snapshot = _FIRST_SNAPSHOT_AT
        self._link.send_state("_figure")
        return True

    def _empty(self, start_lr: float, end_lr: float, *, linear: bool) -> dict[str, Any]:
        figure = page_figure(
            start_lr, end_lr, linear=linear, metric_name=self._metric_name, height=self._height
        )
        return figure | {"plotly_version": plotly_version()}

    def _new(self) -> Frame | None:
        now = self._progress()
        if now.history is None or len(now.history) == 0:
            return None
        return self._frames.update(now.history, self._state().choice.bandwidth, now.epoch)

    def _send(self, frame: Frame) -> None:
        self._link.send({"kind": "frame", **frame.head}, frame.buffers)

    def _send_due_script(self) -> None:
        if self._scripts_due and time.monotonic() >= self._scripts_due[0]:
            self._scripts_due = self._scripts_due[1:]
            self._send_script()

    def _send_script(self) -> None:
        self._link.send({"kind": "plotly", "version": plotly_version()}, [plotly_js()])
