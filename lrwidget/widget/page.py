"""All that the pages of one widget are sent: the state, the empty figure, points, plotly's script.

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
from lrwidget.plot.frames import Frame, Frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.history.settings import Settings
    from lrwidget.widget.state import Plan
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
    bandwidth : callable
        Gives the smoothing of the drawn curve, in decades.
    plan : Plan
        The first sweep's, whose axis is shown before it.
    metric_name : str, optional
        What the metric's curve is called; None = there is none.
    height : int
        Of the figure, in pixels.
    """

    def __init__(
        self,
        link: Link,
        progress: Callable[[], Progress],
        bandwidth: Callable[[], float],
        plan: Plan,
        *,
        metric_name: str | None = None,
        height: int = HEIGHT,
    ) -> None:
        self._link = link
        self._progress = progress
        self._bandwidth = bandwidth
        self._metric_name = metric_name
        self._height = height
        self._frames = Frames()
        self._next_snapshot = _FIRST_SNAPSHOT_AT
        self._next_state = 0.0
        self._scripts_due: tuple[float, ...] = ()
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
        """Send what is new while a sweep is on."""
        self.draw()
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
        return self._frames.update(now.history, self._bandwidth(), now.epoch)

    def _send(self, frame: Frame) -> None:
        self._link.send({"kind": "frame", **frame.head}, frame.buffers)

    def _send_due_script(self) -> None:
        if self._scripts_due and time.monotonic() >= self._scripts_due[0]:
            self._scripts_due = self._scripts_due[1:]
            self._send_script()

    def _send_script(self) -> None:
        self._link.send({"kind": "plotly", "version": plotly_version()}, [plotly_js()])
