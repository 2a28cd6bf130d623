"""What the page must be told about a growing curve, as small numbered frames.

A frame holds the points from ``first`` on, and the smoothed curve from ``curve_first`` on: the page
cuts its own arrays there and appends. A page that has all points before ``first`` is complete after
it; one that has fewer (it just opened, or missed a frame) asks for a snapshot, which is the frame
that starts at zero. Frames are numbered: one that comes late or twice, or behind a gap, is seen to be so.
So every view, however late, ends with the same numbers as the kernel.

Raw losses are final and are sent once. The smoothed curve is centred, so its newest part still
changes; only what really changed is sent. It is drawn at a limited number of rates, see :mod:`drawn`, which
keeps the cost of a frame constant however long the sweep is.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget.curves.axis import axis, decade
from lrwidget.plot.calm import calm_panels, calm_range
from lrwidget.plot.drawn import drawn_curve, stride
from lrwidget.plot.growing import GrowingCurve
from lrwidget.plot.metric import drawn_metric, metric_range
from lrwidget.plot.panels import Panels, curve_count, panels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrwidget.history.record import History

__all__ = ["Frame", "Frames", "as_bytes"]

#: So many points are smoothed exactly at every frame, which is quick enough.
_EXACT = 256
#: The curve is sent anew where it moved by more than this share of its panel's height: a tenth of a pixel.
_VISIBLE = 4e-4

_EMPTY: NDArray[np.float64] = np.empty(0)
_NO_CURVE = (_EMPTY, _EMPTY, _EMPTY, _EMPTY)


@dataclass(frozen=True)
class Frame:
    """One message to the page.

    Attributes
    ----------
    head : dict
        JSON-able: ``sweep`` (number of the sweep), ``revision`` (how often the numbers have changed, those
        of earlier sweeps too), ``first``, ``count`` (points known after this
        frame), ``curve_first``, ``axes`` (ranges, threshold and ticks of both panels).
    buffers : list of bytes
        float64, little-endian: rates, losses, then the curve's rates, values and slopes; with a metric
        (``head["metric"]``) also its raw values, and its curve's.
    """

    head: dict[str, Any]
    buffers: list[bytes]

    @property
    def size(self) -> int:
        """Bytes of the numbers carried."""
        return sum(len(part) for part in self.buffers)

    def as_state(self) -> dict[str, Any]:
        """Return the frame as one dictionary, the form in which it can be a widget's state."""
        return {**self.head, "buffers": self.buffers}


class Frames:
    """Turns the histories of a running sweep into frames. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sweep = self._revision = self._epoch = 0
        self._sent = 0
        self._history: History | None = None
        self._curve: tuple[NDArray[np.float64], ...] = _NO_CURVE
        self._axes_shown: Panels | None = None
        self._metric_range: tuple[float, float] | None = None
        self._growing: tuple[float, GrowingCurve] | None = None

    def begin(self, epoch: int) -> bool:
        """Start a new, empty sweep: the page drops what it shows at the next frame.

        ``epoch`` grows with each; False is returned, and nothing is done, when this or a later one has begun.
        """
        with self._lock:
            if epoch <= self._epoch:
                return False
            self._sweep += 1
            self._epoch = epoch
            self._revision += 1
            self._sent = 0
            self._history = None
            self._curve = _NO_CURVE
            self._axes_shown = self._metric_range = None
            self._growing = None
            return True

    def update(self, history: History, bandwidth: float, epoch: int) -> Frame | None:
        """Take the history as it is now, and return what is new since the last call.

        ``epoch`` is that of its sweep; None is returned when another one has begun since.
        """
        with self._lock:
            if epoch != self._epoch:
                return None
            growing = self._growing_curve(history, bandwidth)
            if growing is None:
                drawn = drawn_curve(history, bandwidth)
            else:
                drawn = _grown(history, bandwidth, growing)
            shown = self._axes(history, drawn[2])
            keep = _common_prefix(self._curve, drawn, None if growing is None else shown)
            # Of what has not visibly moved, the page's own numbers stay the ones that later frames go by.
            self._curve = tuple(
                np.concatenate([old[:keep], new[keep:]]) for old, new in zip(self._curve, drawn, strict=True)
            )
            first = min(self._sent, len(history))
            self._revision += 1
            self._history, self._sent = history, len(history)
            return self._frame(first, keep)

    def snapshot(self) -> Frame:
        """Return everything known so far: the frame that starts at zero."""
        with self._lock:
            return self._frame(0, 0)

    def _axes(self, history: History, changes: NDArray[np.float64]) -> Panels:
        """Choose the axes for a history: those that are shown, while it grows and they serve."""
        shown = panels(history.loss, changes, history.settings.num_iter, history.settings.flat_start)
        metric = None if history.metric is None else metric_range(history.metric)
        if history.stop_reason is None:
            shown = calm_panels(self._axes_shown, shown)
            metric = None if metric is None else calm_range(self._metric_range, metric)
        self._axes_shown, self._metric_range = shown, metric
        return shown

    def _growing_curve(self, history: History, bandwidth: float) -> GrowingCurve | None:
        """Return what computes the curve of a long sweep that is on; None = the exact one is to be drawn."""
        settings = history.settings
        if history.stop_reason is not None or len(history) <= _EXACT:
            return None
        if self._growing is None or self._growing[0] != bandwidth:
            x = axis(settings.rates, settings.step_mode)
            width = bandwidth * decade(settings.start_lr, settings.end_lr, settings.step_mode)
            self._growing = bandwidth, GrowingCurve(x, x[:: stride(history)], width)
        growing = self._growing[1]
        return growing if growing.fits else None

    def _frame(self, first: int, curve_first: int) -> Frame:
        history, shown = self._history, self._axes_shown
        head: dict[str, Any] = {
            "sweep": self._sweep,
            "revision": self._revision,
            "first": first,
            "count": 0,
            "curve_first": curve_first,
            "metric": history is not None and history.metric is not None,
        }
        if history is None or shown is None:
            return Frame({**head, "axes": None}, [b""] * 5)
        head["count"] = len(history)
        head["axes"] = {
            "loss": list(shown.loss_range),
            "change": list(shown.change_range),
            "threshold": shown.threshold,
            "tickvals": list(shown.ticks.positions),
            "ticktext": list(shown.ticks.labels),
        }
        lr, value, slope, metric_value = (part[curve_first:] for part in self._curve)
        sent = [history.lr[first:], history.loss[first:], lr, value, slope]
        if history.metric is not None and self._metric_range is not None:
            head["axes"]["metric"] = list(self._metric_range)
            sent += [history.metric[first:], metric_value]
        return Frame(head, [as_bytes(part) for part in sent])


def _grown(history: History, bandwidth: float, growing: GrowingCurve) -> tuple[NDArray[np.float64], ...]:
    """Return the same of a sweep that is on, at the places that are known well enough."""
    readable = curve_count(history.loss, history.settings.num_iter, history.settings.flat_start)
    drawn = growing.through(history.loss)
    chosen = np.arange(0, readable, stride(history))[: drawn.value.size]
    metric = np.zeros(chosen.size)
    if history.metric is not None:
        metric = drawn_metric(history, bandwidth, history.x[chosen])
    return history.lr[chosen], drawn.value[: chosen.size], drawn.slope[: chosen.size], metric


def _common_prefix(
    old: tuple[NDArray[np.float64], ...], new: tuple[NDArray[np.float64], ...], shown: Panels | None
) -> int:
    """Return how many leading points of two curves are the same: bit for bit, or as ``shown`` to the eye."""
    count = min(len(old[0]), len(new[0]))
    moved = np.zeros(count, dtype=bool)
    least = [0.0] * len(old)
    if shown is not None:
        least[1] = _VISIBLE * (shown.loss_range[1] - shown.loss_range[0])
        # The change's axis is linear within its threshold, and finest there.
        least[2] = _VISIBLE * (shown.change_range[1] - shown.change_range[0]) * shown.threshold
    for a, b, by in zip(old, new, least, strict=True):
        moved |= ~((a[:count] == b[:count]) | (np.abs(a[:count] - b[:count]) <= by))
    return int(moved.argmax()) if moved.any() else count


def as_bytes(values: NDArray[np.float64]) -> bytes:
    """Return numbers as pages read them: float64, little-endian."""
    return np.ascontiguousarray(values, dtype="<f8").tobytes()
