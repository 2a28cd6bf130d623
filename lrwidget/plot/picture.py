"""The figure as a small picture that needs nothing: for saved notebooks, and for sites that run no script.

Drawn here rather than by plotly, which makes pictures in a page only, and there is none where a notebook is
executed by a machine. Everything it shows, it has from where the live figure has it: the blank figure, the
drawn curves, the panels' ranges, the overlay.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lrwidget._text import exact_rate, format_rate, one_line
from lrwidget.plot.blank import HEADING, HEIGHT, MARGIN, blank
from lrwidget.plot.drawn import drawn
from lrwidget.plot.metric import metric_range
from lrwidget.plot.overlay import checked, overlay
from lrwidget.plot.style import FONT, THEMES
from lrwidget.plot.symlog import symlog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lrwidget.history.record import History
    from lrwidget.picks.pick import Pick

__all__ = ["picture"]

_WIDTH: Final = 760  # px
_COLUMNS: Final = 100
_MOST_PLACES: Final = 256
_CHARACTER: Final = 6.2  # px, a digit of the labels
_COLOURS: Final = THEMES["light"]
_DIMMED: Final = f'stroke="{_COLOURS["soft"]}" stroke-width="1.2" stroke-opacity="0.45"'


def picture(
    history: History,
    pick: Pick | None = None,
    lr: float | None = None,
    *,
    bandwidth: float = 0.3,
    bounds: tuple[float, float] | None = None,
    others: Sequence[History] = (),
) -> str:
    """Draw a history as an SVG, on white paper, without scripts or anything from elsewhere.

    It has at most 20 KB, and 6 KB more for each of ``others``.

    Parameters
    ----------
    history, pick, lr, bandwidth, bounds
        As for :func:`lrwidget.plot.static_figure.figure`, which draws the same.
    others : sequence of History
        Whose smoothed curves are drawn behind it, dimmed, as far as its axes reach.

    Returns
    -------
    str
        One ``<svg>`` element, well-formed XML, which can stand in HTML as well as in a file of its own. Of
        very many losses it shows at most 300: each column's lowest, highest and first.

    Raises
    ------
    SettingsError
        When ``pick``, ``lr`` or ``bounds`` is none.
    """
    pick, lr, bounds = checked(pick, lr, bounds)
    if pick is None:
        pick = history.suggest(bandwidth=bandwidth)
    return "".join(_Drawing(history, bandwidth, others).of(pick, lr, bounds))


@dataclass(frozen=True)
class _Panel:
    """A rectangle of the picture, in pixels, and the ranges of its axes."""

    left: float
    top: float
    width: float
    height: float
    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, places: Any) -> Any:
        return (places - self.across[0]) / (self.across[1] - self.across[0]) * self.width

    def y(self, values: Any) -> Any:
        """From the panel's top; what is far outside it is a height away, which is as good."""
        with np.errstate(all="ignore"):
            pixels = (self.up[1] - values) / (self.up[1] - self.up[0]) * self.height
        return np.clip(pixels, -self.height, 2 * self.height)


class _Drawing:
    """The parts of the picture of one history, from the back to the front."""

    def __init__(self, history: History, bandwidth: float, others: Sequence[History]) -> None:
        settings = history.settings
        self.history, self.bandwidth = history, bandwidth
        self.others = [drawn(other, bandwidth) for other in others]
        self.linear = settings.step_mode == "linear"
        self.curves = drawn(history, bandwidth)
        empty = blank(settings.start_lr, settings.end_lr, linear=self.linear, metric_name=history.metric_name)
        self.layout: dict[str, Any] = empty["layout"]
        self.styles = {trace["name"]: trace for trace in empty["data"]}
        shown = self.curves.panels
        self.ticks = _ticks(shown.loss_range)
        ranges = {"yaxis": shown.loss_range, "yaxis2": shown.change_range}
        self.metric_ticks: tuple[list[float], list[str]] = [], []
        right = float(MARGIN["r"])
        if history.metric is not None:
            ranges["yaxis3"] = metric_range(history.metric)
            self.metric_ticks = _ticks(ranges["yaxis3"])
            right = max(MARGIN["l"], _room(self.metric_ticks[1]))
        left = max(MARGIN["l"], _room([*self.ticks[1], *shown.ticks.labels]))
        self.panels = {name: self._panel(name, up, left, right) for name, up in ranges.items()}

    def _panel(self, name: str, up: tuple[float, float], left: float, right: float) -> _Panel:
        bottom, top = self.layout[name]["domain"]
        height = HEIGHT - MARGIN["t"] - MARGIN["b"]
        place = {"left": left, "top": MARGIN["t"] + (1 - top) * height, "width": _WIDTH - left - right}
        return _Panel(
            **place, height=(top - bottom) * height, across=tuple(self.layout["xaxis"]["range"]), up=up
        )

    def _place(self, lr: Any) -> Any:
        return lr if self.linear else np.log10(lr)

    def of(self, pick: Pick, lr: float | None, bounds: tuple[float, float] | None) -> list[str]:
        """Return all parts, in the order in which they are drawn."""
        over = overlay(self.history, pick, bandwidth=self.bandwidth)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {HEIGHT}" width="{_WIDTH}" '
            f'height="{HEIGHT}" role="img" style="max-width:100%;height:auto" '
            f'font-family="{FONT}" font-size="11" fill="{_COLOURS["soft"]}">',
            "<title>Learning-rate range test: loss and change in loss over the learning rate</title>",
            f"<desc>{self._in_words(pick, lr, bounds)}</desc>",
            f'<rect width="{_WIDTH}" height="{HEIGHT}" fill="{_COLOURS["paper"]}"/>',
        ]
        if bounds is not None:
            parts += self._stripe(bounds, edges=True)
        elif over.band is not None:
            parts += self._stripe(over.band, edges=False)
        parts += [*self._axes(), *self._headings(), *self._curves()]
        if over.lr is not None:
            change = math.asinh(over.change / self.curves.panels.threshold)
            parts += self._diamonds(over.lr, over.loss, change)
        if lr is not None:
            parts += self._marker(lr)
        return [*parts, "</svg>"]

    def _in_words(self, pick: Pick, lr: float | None, bounds: tuple[float, float] | None) -> str:
        history, settings = self.history, self.history.settings
        words = [f"{len(history)} of {settings.num_iter} rates"]
        words[0] += f" from {format_rate(settings.start_lr)} to {format_rate(settings.end_lr)}."
        finite = history.loss[np.isfinite(history.loss)]
        if finite.size:
            words.append(f"Lowest loss {float(finite.min()):.4g}.")
        if pick.lr is not None:
            words.append(f"Suggested learning rate {exact_rate(pick.lr)} ({one_line(pick.rule, 40)}).")
        if bounds is not None:
            words.append(f"Bounds {exact_rate(bounds[0])} to {exact_rate(bounds[1])}.")
        if lr is not None:
            words.append(f"Marked learning rate {exact_rate(lr)}.")
        return html.escape(" ".join(words))

    # -- behind the curves --

    def _stripe(self, band: tuple[float, float], *, edges: bool) -> list[str]:
        panel, last = self.panels["yaxis"], self.panels["yaxis2"]
        from_x, to_x = (min(max(float(panel.x(self._place(end))), 0), panel.width) for end in band)
        x, y, height = panel.left + from_x, panel.top, last.top + last.height - panel.top
        fill = f'fill="{_COLOURS["change"]}" fill-opacity="0.1"'
        box = f'x="{x:.1f}" y="{y:.1f}" width="{max(to_x - from_x, 0):.1f}" height="{height:.1f}"'
        stripe = [f"<rect {box} {fill}/>"]
        if edges:
            ends = "".join(f"M{panel.left + end:.1f},{y:.1f}v{height:.1f}" for end in (from_x, to_x))
            look = f'stroke="{_COLOURS["bound"]}" stroke-width="1.5" stroke-dasharray="2,2"'
            stripe.append(f'<path d="{ends}" {look}/>')
        return stripe

    def _axes(self) -> list[str]:
        """Return the grid, and what stands at its lines."""
        loss, change = self.panels["yaxis"], self.panels["yaxis2"]
        grid, labels = [], []
        bottom = change.top + change.height
        for place, text in zip(*self._rate_ticks(loss.width), strict=True):
            x = loss.left + float(loss.x(place))
            grid += [f"M{x:.1f},{panel.top:.1f}v{panel.height:.1f}" for panel in (loss, change)]
            labels.append(_text(x, bottom + 14, text, "middle"))
        ticks = self.curves.panels.ticks
        for panel, (values, texts) in ((loss, self.ticks), (change, (ticks.positions, ticks.labels))):
            for value, text in zip(values, texts, strict=True):
                y = panel.top + float(panel.y(value))
                grid.append(f"M{panel.left:.1f},{y:.1f}h{panel.width:.1f}")
                labels.append(_text(panel.left - 4, y + 4, html.escape(text), "end"))
        for value, text in zip(*self.metric_ticks, strict=True):
            panel = self.panels["yaxis3"]
            y = panel.top + float(panel.y(value))
            labels.append(
                _text(
                    panel.left + panel.width + 4,
                    y + 4,
                    html.escape(text),
                    "start",
                    f'fill="{_COLOURS["metric"]}"',
                )
            )
        lines = [f'<path d="{"".join(grid)}" stroke="{_COLOURS["grid"]}" fill="none"/>']
        zero = float(change.y(0.0))
        if 0 <= zero <= change.height:
            y = change.top + zero
            lines.append(
                f'<path d="M{change.left:.1f},{y:.1f}h{change.width:.1f}" stroke="{_COLOURS["line"]}"/>'
            )
        return lines + labels

    def _rate_ticks(self, width: float) -> tuple[list[float], list[str]]:
        """Return where the rate axis has its ticks, and what they say; a power of ten has markup of SVG."""
        low, high = self.layout["xaxis"]["range"]
        if self.layout["xaxis"].get("dtick") == 1:
            stride = math.ceil(36 * (high - low) / width)
            powers = [k for k in range(math.ceil(low), math.floor(high) + 1) if k % stride == 0]
            return [float(k) for k in powers], [_power(k) for k in powers]
        ends = (low, high) if self.linear else (10.0**low, 10.0**high)
        rates = _round_numbers(*ends, 8)
        step = rates[1] - rates[0] if len(rates) > 1 else rates[0]
        digits = max(math.ceil(math.log10(max(rates) / step)) + 1, 1) if rates else 1
        kept = [lr for lr in rates if lr > 0]
        return [float(self._place(lr)) for lr in kept], [format_rate(lr, min(digits, 12)) for lr in kept]

    def _headings(self) -> list[str]:
        loss, change = self.panels["yaxis"], self.panels["yaxis2"]
        unit = "" if self.linear else " per decade"
        right = loss.left + loss.width
        parts = [
            _text(loss.left, loss.top - 5, "loss", "start", 'font-weight="700"'),
            _text(change.left, change.top - 5, f"change in loss{unit}", "start", 'font-weight="700"'),
            _text(right, change.top + change.height + 33, "learning rate", "end"),
        ]
        if self.history.metric_name is not None:
            name = html.escape(one_line(self.history.metric_name, 30) or "metric")
            look = f'font-weight="700" fill="{_COLOURS["metric"]}"'
            parts.append(_text(right, loss.top - 5, name, "end", look))
        return parts

    # -- the curves --

    def _curves(self) -> list[str]:
        history, curves = self.history, self.curves
        threshold = curves.panels.threshold
        loss = [self._path(other.lr, other.value, "yaxis", _DIMMED) for other in self.others]
        loss.append(self._dots("loss", "yaxis", history.loss))
        loss.append(self._line("smoothed loss", "yaxis", curves.value))
        if history.metric is not None:
            loss.append(self._dots("metric", "yaxis3", history.metric))
            loss.append(self._line("smoothed metric", "yaxis3", curves.metric))
        change = [
            self._path(other.lr, symlog(other.slope, threshold), "yaxis2", _DIMMED) for other in self.others
        ]
        change.append(self._line("change in loss", "yaxis2", symlog(curves.slope, threshold)))
        return [*self._clipped("yaxis", loss), *self._clipped("yaxis2", change)]

    def _clipped(self, name: str, parts: list[str]) -> list[str]:
        panel = self.panels[name]
        box = (
            f'x="{panel.left:.1f}" y="{panel.top:.1f}" width="{panel.width:.1f}" height="{panel.height:.1f}"'
        )
        return [f'<svg {box} overflow="hidden" fill="none">', *parts, "</svg>"]

    def _dots(self, name: str, axis: str, values: NDArray[np.float64]) -> str:
        panel, style = self.panels[axis], self.styles[name]["marker"]
        x, y = panel.x(self._place(self.history.lr)), panel.y(np.asarray(values, dtype=np.float64))
        seen = np.isfinite(values) & (y >= 0) & (y <= panel.height)
        path = "".join(f"M{a:.1f},{b:.1f}h0" for a, b in _thinned(x[seen], y[seen], panel.width))
        look = f'stroke="{style["color"]}" stroke-opacity="{style["opacity"]}" stroke-width="{style["size"]}"'
        return f'<path d="{path}" {look} stroke-linecap="round"/>'

    def _line(self, name: str, axis: str, values: NDArray[np.float64]) -> str:
        style = self.styles[name]["line"]
        dash = ' stroke-dasharray="6,6"' if style.get("dash") else ""
        look = f'stroke="{style["color"]}" stroke-width="{style["width"]}"{dash}'
        return self._path(self.curves.lr, values, axis, look)

    def _path(self, lr: NDArray[np.float64], values: NDArray[np.float64], axis: str, look: str) -> str:
        panel, count = self.panels[axis], values.size
        chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_PLACES)).round().astype(int))
        x, y = panel.x(self._place(lr[chosen])), panel.y(values[chosen])
        path, begun = [], False
        for a, b in zip(x, y, strict=True):
            if math.isfinite(b):
                path.append(f"{'L' if begun else 'M'}{a:.1f},{b:.1f}")
            begun = math.isfinite(b)
        return f'<path d="{"".join(path)}" {look} stroke-linejoin="round"/>'

    # -- over the curves --

    def _diamonds(self, lr: float, loss: float, change: float) -> list[str]:
        look = f'fill="{_COLOURS["suggestion"]}" stroke="{_COLOURS["paper"]}" stroke-width="1.5"'
        return [f'<path d="M{x:.1f},{y:.1f}m0,-5.5l5.5,5.5l-5.5,5.5l-5.5,-5.5z" {look}/>'
                for x, y in self._on_panels(lr, loss, change)]  # fmt: skip

    def _marker(self, lr: float) -> list[str]:
        panel, last = self.panels["yaxis"], self.panels["yaxis2"]
        x = panel.x(self._place(lr))
        if not 0 <= x <= panel.width:
            return []
        x = panel.left + float(x)
        top, bottom = panel.top - HEADING, last.top + last.height
        colour = _COLOURS["marker"]
        parts = [f'<path d="M{x:.1f},{top:.1f}V{bottom:.1f}" stroke="{colour}" stroke-width="2"/>']
        at = self.curves.at(lr)
        if at is not None:
            look = f'r="4.5" fill="{_COLOURS["paper"]}" stroke="{colour}" stroke-width="2.5"'
            change = math.asinh(at[1] / self.curves.panels.threshold)
            places = self._on_panels(lr, at[0], change)
            parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" {look}/>' for a, b in places]
        text = exact_rate(lr)
        half = len(text) * 3.6 + 8
        middle = min(max(x, half), _WIDTH - half)
        box = f'x="{middle - half:.1f}" y="{top - 18:.1f}" width="{2 * half:.1f}" height="18" rx="9"'
        look = f'fill="{_COLOURS["pill"]}" font-size="12" font-weight="600"'
        return [*parts, f'<rect {box} fill="{colour}"/>', _text(middle, top - 5, text, "middle", look)]

    def _on_panels(self, lr: float, loss: float, change: float) -> list[tuple[float, float]]:
        """Return where a point of both curves stands in the picture, on those panels that show it."""
        places = []
        for name, value in (("yaxis", loss), ("yaxis2", change)):
            panel = self.panels[name]
            x, y = float(panel.x(self._place(lr))), float(panel.y(value))
            if 0 <= x <= panel.width and 0 <= y <= panel.height:
                places.append((panel.left + x, panel.top + y))
        return places


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64], width: float) -> Sequence[tuple[float, float]]:
    """Return points that look like all of them: each column's lowest, highest and first, if they are many."""
    if x.size > 3 * _COLUMNS:
        column = np.clip((x / width * _COLUMNS).astype(int), 0, _COLUMNS - 1)
        order = np.lexsort((y, column))
        starts = np.flatnonzero(np.r_[True, np.diff(column[order]) > 0])
        ends = np.r_[starts[1:], order.size] - 1
        firsts = np.unique(column, return_index=True)[1]
        chosen = np.unique(np.r_[order[starts], order[ends], firsts])
        x, y = x[chosen], y[chosen]
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _round_numbers(low: float, high: float, most: int) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten in [low, high]: as many as fit, at most ``most``."""
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 0.0
    for factor in (1, 2, 5, 10):
        step = factor * size
        if step > 0 and step >= rough:
            first, last = math.ceil(low / step), math.floor(high / step)
            return [float(f"{k * step:.12g}") for k in range(first, last + 1)][: most + 1]
    return []


def _ticks(ends: tuple[float, float]) -> tuple[list[float], list[str]]:
    """Return the ticks of an axis of values, and what they say."""
    values = _round_numbers(*ends, 6)
    if not values:
        return [], []
    step = values[1] - values[0] if len(values) > 1 else 1.0
    largest = max(abs(value) for value in values)
    if 1e-3 <= largest < 1e5:
        decimals = max(-math.floor(math.log10(step) + 1e-9), 0) if step > 0 else 0
        texts = [f"{value:.{min(decimals, 8)}f}" for value in values]
    else:
        digits = min(max(math.ceil(math.log10(largest / step)) + 1, 1), 6) if step > 0 and largest > 0 else 2
        texts = [format_rate(value, digits) for value in values]
    return values, [text.replace("-", "−") if text.startswith("-") else text for text in texts]


def _room(texts: Sequence[str]) -> float:
    return _CHARACTER * max(map(len, texts), default=0) + 10


def _power(exponent: int) -> str:
    """Write a power of ten."""
    if exponent in {0, 1}:
        return f"{10**exponent}"
    sign = "−" if exponent < 0 else ""
    return f'10<tspan dy="-4" font-size="8">{sign}{abs(exponent)}</tspan>'


def _text(x: float, y: float, text: str, anchor: str, look: str = "") -> str:
    """Write a text, its signs escaped by whoever gives it."""
    place = f'x="{x:.1f}" y="{y:.1f}"' + ("" if anchor == "start" else f' text-anchor="{anchor}"')
    return f"<text {place}{' ' + look if look else ''}>{text}</text>"
