"""All that a person sees, painted from the situation: panel, plot, fallback output, text progress.

Painting happens in the sweep's thread, in the main one and in the one that handles widget messages.
One lock puts these in order, and what is painted is read inside it, so the last painting is the newest.
A widget that is painted tells its observers, as if a person had changed it; such echoes come in the
painting thread and are recognised by that.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from lrwidget.plot.live import LivePlot
from lrwidget.plot.overlay import overlay
from lrwidget.widget.holding import family, hold_weakly
from lrwidget.widget.panel import Panel
from lrwidget.widget.publisher import Publisher
from lrwidget.widget.surroundings import Fallback, TextProgress, hear_while_cells_run, in_kernel
from lrwidget.widget.wording import show, summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipywidgets import Widget

    from lrwidget.history.record import History
    from lrwidget.history.settings import Settings
    from lrwidget.widget.choice import Choice
    from lrwidget.widget.wording import Situation

__all__ = ["Screen"]

#: The status line changes less often than the plot: a screen reader speaks it.
_STATUS_EVERY = 0.25


class Screen:
    """Panel and plot of one widget.

    Parameters
    ----------
    settings : Settings
        What the fields show at first.
    choice : Choice
        The rate's state.
    situation, history : callable
        Give the present situation, and what is recorded so far.
    metric_name : str, optional
        What the metric's curve is called; None = there is none.
    """

    def __init__(
        self,
        settings: Settings,
        choice: Choice,
        situation: Callable[[], Situation],
        history: Callable[[], History | None],
        metric_name: str | None = None,
    ) -> None:
        self._choice = choice
        self._situation = situation
        self._history = history
        self._lock = threading.RLock()
        self._painter: int | None = None
        self._next_status = 0.0
        self.plot = LivePlot(
            settings.start_lr,
            settings.end_lr,
            linear=settings.step_mode == "linear",
            metric_name=metric_name,
        )
        self.panel = Panel(self.plot, settings, choice, metric_name)
        hear_while_cells_run(self.panel.parts)
        self._family: tuple[Widget, ...] = ()
        self.fallback = Fallback()
        self._publisher = Publisher(self._publish)
        self._progress: TextProgress | None = None
        self.plot.observe(self._on_picture, "picture")

    def belong_to(self, root: Widget) -> None:
        """Be kept by ``root``, the widget that contains the panel, and keep it while a sweep is on."""
        self._family = tuple(dict.fromkeys(family(root)))  # several share a look
        hold_weakly(self._family, self._lock)

    # -- a sweep's life ----------------------------------------------------------------------------

    def begin(self, settings: Settings, *, blocking: bool) -> None:
        """Clear the figure for a new sweep."""
        self._progress = TextProgress() if blocking and not in_kernel() else None
        if in_kernel():
            self.plot.send_plotly()
        with self._lock:
            self.plot.begin(settings.start_lr, settings.end_lr, linear=settings.step_mode == "linear")
        self._publisher.begin()
        if blocking and in_kernel():
            self.plot.call()
        self.paint()

    def tick(self) -> None:
        """Show what is new, if it is time to."""
        self._publisher.tick()

    def finish(self) -> None:
        """Show the whole sweep, its pick, and ask the page for a picture of it."""
        self.redraw(final=True)
        if self._progress is not None:
            self._progress.finish(summary(self._situation()))
        self.keep()

    def keep(self) -> None:
        """Put the present result into the saved notebook: words now, a picture once the page has made it."""
        with self._lock:
            self.plot.picture = None
            self.fallback.update(None, summary(self._situation()))
            if self.fallback.displayed:
                self.plot.request_picture()

    def clear(self) -> None:
        """Empty the figure, unless a new sweep has begun to fill it; its axis stays."""
        with self._lock:
            if self._history() is None:
                low, high = self.plot.limits
                self.plot.begin(low, high, linear=self.plot.linear)
            self.fallback.update(None, summary(self._situation()))
        self.paint()

    def redraw(self, *, final: bool) -> None:
        """Draw curve and pick anew, after a change of rule or smoothing."""
        with self._lock:
            history = self._history()
            if history is not None and len(history) > 0:
                self.plot.show(history, self._choice.bandwidth, final=final)
                pick = self._choice.pick
                self.plot.show_overlay(
                    overlay(history, pick, bandwidth=self._choice.bandwidth) if pick is not None else None
                )
        self.paint()

    def paint(self) -> None:
        """Bring buttons, fields, marker and status line up to date."""
        with self._lock:
            outer, self._painter = self._painter, threading.get_ident()
            try:
                now = self._situation()
                self.panel.apply(show(now), self._choice)
                self.plot.lr = now.lr
                self.plot.bounds = list(now.bounds) if now.bounds else []
            finally:
                self._painter = outer
            self._next_status = time.monotonic() + _STATUS_EVERY

    @property
    def is_echo(self) -> bool:
        """Whether an observer is being called because this very thread is painting."""
        return self._painter == threading.get_ident()

    def close(self) -> None:
        """Close every widget."""
        with self._lock:
            self.plot.unobserve_all()
            self.plot.on_press(lambda _: None)
            for widget in self._family[1:]:  # the first is the root, which closes itself
                widget.close()
            self._family = ()

    # -- details -----------------------------------------------------------------------------------

    def _publish(self) -> None:
        with self._lock:
            history = self._history()
            if history is None:
                return
            if self._progress is not None:  # no page is there to see a plot
                now = self._situation()
                self._progress.update(now.step, history.settings.num_iter, now.seconds_left)
                return
            self.plot.show(history, self._choice.bandwidth)
        if time.monotonic() >= self._next_status:
            self.paint()

    def _on_picture(self, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            self.fallback.update(change["new"], summary(self._situation()))
