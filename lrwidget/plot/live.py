"""The live plot: one anywidget that draws a sweep while it runs, and carries the marker.

Why not plotly's ``FigureWidget``: it resends whole arrays at every update, loses updates when a
thread and the page write at the same time, is stale after a page reload, and has no draggable,
keyboard-driven marker. This widget draws with the same plotly.js, told by :mod:`frames`.

The wire, in both directions:

=================  =======================================================================
kernel to page     ``_layout`` (the empty figure), ``_plotly_js`` (once, after all else of
                   the widget), frames as custom messages, ``_overlay`` (pick and band),
                   ``lr`` (the marker), ``bounds``, ``_snapshot`` (everything, served
                   whenever a page asks for the widget's state), a call to say something
page to kernel     custom messages only, see :mod:`wire`: "lr" and "bounds" when they are let go,
                   "press" for a button beside the plot, "hello" as soon as a page has rendered or
                   has missed something; and the picture for the static fallback
=================  =======================================================================

Custom messages sent before a page has rendered are lost, and a kernel that is busy may not answer
a page's question. So a snapshot also goes out unasked whenever the number of points has doubled,
and at the end: each loss is then sent at most three times in all, however long the sweep.
"""

from __future__ import annotations

import base64
import time
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import anywidget
import traitlets

from lrwidget.plot.blank import blank
from lrwidget.plot.bundle import page_scripts, plotly_js, plotly_version, stylesheet
from lrwidget.plot.frames import Frame, Frames
from lrwidget.plot.overlay import Overlay
from lrwidget.plot.style import THEMES, band_style, bounds_style, theme_patch
from lrwidget.plot.wire import Pages, Said

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.history.record import History

__all__ = ["LivePlot"]

_NOTHING: Final = Overlay(None, 0.0, 0.0, None)
_PICTURE_PREFIX: Final = "data:image/png;base64,"
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_LARGEST_PICTURE: Final = 16 * 1024 * 1024
_FIRST_SNAPSHOT_AT: Final = 4


def _themes() -> dict[str, Any]:
    """Return all that differs between the themes, for the page to choose from."""
    return {
        name: {
            "layout": theme_patch(name),
            "loss": colours["loss"],
            "change": colours["change"],
            "metric": colours["metric"],
            "bounds": bounds_style(name),
            "band": band_style(name),
        }
        for name, colours in THEMES.items()
    }


class LivePlot(anywidget.AnyWidget):
    """Two live panels and a marker.

    Attributes
    ----------
    lr : float or None
        Where the marker stands; None hides it. Set when a page has let the marker go (never while it is
        being dragged), and by the kernel.
    bounds : list of float
        ``[base_lr, max_lr]`` of a cyclical schedule, drawn as a band with two edges to drag; empty hides
        it. Set as ``lr`` is.
    connected : bool
        Whether a page has rendered this plot and has been heard.
    picture : bytes or None
        PNG of the figure, made by the page on request, for outputs that show no widgets.
    """

    _esm = page_scripts()
    _css = stylesheet()

    _plotly_js = traitlets.Bytes().tag(sync=True)
    _plotly_version = traitlets.Unicode().tag(sync=True)
    _layout = traitlets.Dict().tag(sync=True)
    _themes = traitlets.Dict().tag(sync=True)
    _limits = traitlets.List(trait=traitlets.Float()).tag(sync=True)
    _snapshot = traitlets.Dict().tag(sync=True)
    _overlay = traitlets.Dict().tag(sync=True)
    _wanted_picture = traitlets.Int(0).tag(sync=True)
    _pictured = traitlets.Int(0).tag(sync=True)
    lr = traitlets.Float(None, allow_none=True).tag(sync=True)
    bounds = traitlets.List(trait=traitlets.Float()).tag(sync=True)

    connected = traitlets.Bool(False)
    picture: bytes | None = traitlets.Bytes(None, allow_none=True)  # type: ignore[assignment]

    def __init__(
        self, start_lr: float, end_lr: float, *, linear: bool = False, metric_name: str | None = None
    ) -> None:
        self._frames = Frames()
        self._pages = Pages()
        self._pressed: Callable[[Said], None] = lambda _: None
        self._called = self._heard = -float("inf")
        self._picture = ""
        self._picture_due = False
        self._next_snapshot = _FIRST_SNAPSHOT_AT
        self.linear = linear
        self._range = (start_lr, end_lr)
        self._metric_name = metric_name
        super().__init__(
            _plotly_version=plotly_version(),
            _themes=_themes(),
            _layout=blank(start_lr, end_lr, linear=linear, metric_name=metric_name),
            _limits=[start_lr, end_lr],
            _overlay=asdict(_NOTHING),
        )
        self.on_msg(self._on_message)

    def send_plotly(self) -> None:
        """Send plotly.js, once: after the controls, which shall not wait for 1.7 MB.

        Whoever displays the plot or begins a sweep in a kernel calls it. Otherwise it follows the first
        page's greeting, which a kernel that sweeps may not hear.
        """
        self._plotly_js = plotly_js()

    def begin(self, start_lr: float, end_lr: float, *, linear: bool = False) -> None:
        """Clear the plot for a new sweep over [``start_lr``, ``end_lr``] (in units of the rate)."""
        self._frames.begin()
        self._next_snapshot = _FIRST_SNAPSHOT_AT
        self.linear = linear
        self._overlay = asdict(_NOTHING)
        self._layout = blank(start_lr, end_lr, linear=linear, metric_name=self._metric_name)
        self._range = (start_lr, end_lr)
        self._limits = [start_lr, end_lr]
        self.picture = None
        self._picture_due = False  # one that is on its way shows the sweep before
        self.send_snapshot()

    def show(self, history: History, bandwidth: float, *, final: bool = False) -> Frame:
        """Send what is new in ``history`` since the last call.

        Parameters
        ----------
        history : History
            The sweep as known now.
        bandwidth : float
            Smoothing of the drawn curve, in decades.
        final : bool
            Whether nothing will be added: a snapshot follows, so that every page is complete.
        """
        frame = self._frames.update(history, bandwidth)
        self.send(frame.head, buffers=frame.buffers)
        if final or len(history) >= self._next_snapshot:
            self._next_snapshot = max(2 * len(history), _FIRST_SNAPSHOT_AT)
            self.send_snapshot()
        return frame

    def show_overlay(self, overlay: Overlay | None) -> None:
        """Mark a suggestion and its band; None removes them."""
        self._overlay = asdict(overlay or _NOTHING)

    def request_picture(self) -> None:
        """Ask the page for a PNG of the figure as it is now; it arrives as :attr:`picture`."""
        self._picture, self._picture_due = "", True
        self._wanted_picture += 1

    def on_press(self, pressed: Callable[[Said], None]) -> None:
        """Have ``pressed`` called for each press of a button beside the plot."""
        self._pressed = pressed

    def call(self) -> None:
        """Ask all pages for a sign; what they have said and this kernel has not heard comes with it."""
        self._called = time.monotonic()
        self.send({"call": True})

    @property
    def unanswered(self) -> float:
        """Seconds since :meth:`call`, in which no page was heard; 0 when one was, or none was called."""
        return 0.0 if self._heard >= self._called else time.monotonic() - self._called

    @property
    def limits(self) -> tuple[float, float]:
        """First and last rate of the axis."""
        return self._range  # not what a page may have made of the trait

    def send_snapshot(self) -> None:
        """Send everything known so far, to whichever pages listen."""
        self.send_state("_snapshot")

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Serve the widget's state, with the points as they are now rather than as last sent."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        if "_snapshot" in state:
            state["_snapshot"] = self._frames.snapshot().as_state()
        return state

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        """Do what a page says, and answer it; what no page of ours would send is nothing."""
        if isinstance(content, dict) and "picture" in content:
            self._take_picture(content["picture"], content.get("of"))
        heard = self._pages.new(content)
        if heard is None:
            return
        answer, new = heard
        self._heard = time.monotonic()
        self.connected = True
        for said in new:
            self._do(said)
        # Behind what came of it: a page that reads the answer has the new state already.
        self.send(answer)

    def _do(self, said: Said) -> None:
        if said.what == "hello":
            self.send_plotly()
            self.send_snapshot()
        elif said.what == "press":
            self._pressed(said)
        elif said.what in {"lr", "bounds"}:
            with suppress(traitlets.TraitError):  # no number, or no list of them
                setattr(self, said.what, said.value)

    def _take_picture(self, value: object, of: object) -> None:
        """Take what the page has drawn; what is no PNG, or too large for a notebook, is none."""
        due = self._picture_due and of == self._wanted_picture
        if not due or not isinstance(value, str) or len(value) > _LARGEST_PICTURE:
            return
        if not value.startswith(_PICTURE_PREFIX):
            return
        with suppress(ValueError):
            picture = base64.b64decode(value[len(_PICTURE_PREFIX) :], validate=True)
            if picture.startswith(_PNG):
                self._picture, self._pictured = value, self._wanted_picture
                self.picture = picture
