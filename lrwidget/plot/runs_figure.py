"""Several runs in one static figure: the active one strong, the others dimmed, of repeats median and band."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from lrwidget._validate import one_of, positive
from lrwidget.history.run_names import LONGEST_NAME
from lrwidget.plot.blank import HEIGHT, MARGIN, blank
from lrwidget.plot.drawn import Drawn, drawn
from lrwidget.plot.markup import as_text
from lrwidget.plot.overlay import overlay
from lrwidget.plot.ranges import slope_range
from lrwidget.plot.static_figure import draw_marker, drawable
from lrwidget.plot.style import THEMES
from lrwidget.plot.symlog import symlog, symlog_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lrwidget.history.runs import Run, Runs
    from lrwidget.plot.style import Theme

__all__ = ["run_colours", "runs_figure"]

#: Okabe and Ito's and two more, without those of the suggestion and the marker; on dark pages lifted.
_COLOURS: Final[dict[Theme, tuple[str, ...]]] = {
    "light": ("#0072B2", "#009E73", "#8F5F00", "#7A5FD0", "#A63D40", "#3B9BD6", "#59636e"),
    "dark": ("#56A8DD", "#2EBD93", "#E69F00", "#A793F0", "#E07A7C", "#8CCBF2", "#a3adb8"),
}
#: From the eighth run on the colours come again, with another line.
_DASHES: Final = ("solid", "dash", "dot", "dashdot")
_DIM, _BAND, _DIM_BAND = 0.5, 0.2, 0.1
_LEGEND_ROW: Final = 20  # px
_WIDTH: Final = 700  # px that a legend can be sure of
_LETTER, _KEY = 6.5, 50  # px of a legend's entry


def run_colours(count: int, theme: Theme) -> list[tuple[str, str]]:
    """Return the colour and the dash of each of so many runs, by their place."""
    colours = _COLOURS[theme]
    return [
        (colours[index % len(colours)], _DASHES[index // len(colours) % len(_DASHES)])
        for index in range(count)
    ]


def runs_figure(
    runs: Runs,
    *,
    lr: float | None = None,
    rule: str = "steepest",
    bandwidth: float = 0.3,
    theme: Theme = "light",
) -> go.Figure:
    """Draw runs as a static plotly figure: a smoothed curve for each in both panels.

    Parameters
    ----------
    runs : Runs
        The active one is drawn with its losses and its pick, strongly, the others dimmed. Of a run with
        repeats the curve is that of their median, and a band holds four fifths of their curves.
    lr : float, optional
        Where the marker stands. No marker is drawn when it is left out.
    rule : str
        Whose picks are marked, a diamond on each curve.
    bandwidth : float
        Smoothing, in decades.
    theme : {"light", "dark"}
        For which page.

    Returns
    -------
    plotly.graph_objects.Figure
        With two traces for each run that have its name, the first in the legend; for the active one also
        ``loss`` and ``suggestion`` (one a panel); for repeats ``band``; for other runs' picks ``pick``; with
        a marker ``marker`` (one a panel). The change is drawn on a symlog axis; its true values are in
        ``customdata``. Where linear sweeps stand beside others, their change too is that per decade.

    Raises
    ------
    SettingsError
        When ``lr``, ``rule``, ``bandwidth`` or ``theme`` is none.
    """
    one_of("theme", theme, THEMES)
    lr = None if lr is None else positive("lr", lr, "Give for example 0.01.")
    return _Drawing(runs, rule, bandwidth, theme).figure(lr)


class _Drawing:
    """The curves of all runs, and the axes that show them."""

    def __init__(self, runs: Runs, rule: str, bandwidth: float, theme: Theme) -> None:
        self.runs, self.theme, self.bandwidth = runs, theme, bandwidth
        plans = [run.history.settings for run in runs]
        self.linear = bool(plans) and all(plan.step_mode == "linear" for plan in plans)
        low = min((plan.start_lr for plan in plans), default=1e-7)
        high = max((plan.end_lr for plan in plans), default=10.0)
        self.empty = blank(low, high, linear=self.linear, theme=theme)
        self.picks = [run.history.suggest(rule, bandwidth) for run in runs]
        self.curves = [drawn(run.history, bandwidth) for run in runs]
        self.slopes = [self._slope(run, curves) for run, curves in zip(runs, self.curves, strict=True)]
        self.threshold = 1.0 if runs.active is None else self.curves[runs.active].panels.threshold
        self.looks = run_colours(len(runs), theme)

    def figure(self, lr: float | None) -> go.Figure:
        layout = self.empty["layout"]
        self._set_axes(layout)
        self._set_legend(layout)
        fig = go.Figure({"data": [], "layout": layout}, skip_invalid=True)
        others = [index for index in range(len(self.runs)) if index != self.runs.active]
        active = [] if self.runs.active is None else [self.runs.active]
        for index in [*others, *active]:  # what is drawn last is in front
            for trace in self._traces(index):
                fig.add_trace(trace)
        if lr is not None and active:
            draw_marker(fig, lr, self.curves[active[0]], self.theme)
            fig.update_traces({"showlegend": False}, selector={"name": "marker"})
        return fig

    def _slope(self, run: Run, curves: Drawn) -> NDArray[np.float64]:
        """Return the change in loss in the unit of the shared axis."""
        if run.history.settings.step_mode == "linear" and not self.linear:
            return np.asarray(curves.slope * curves.lr * math.log(10))
        return curves.slope

    def _set_axes(self, layout: dict[str, Any]) -> None:
        if not self.curves:
            return
        ranges = [curves.panels.loss_range for curves in self.curves]
        layout["yaxis"]["range"] = [min(low for low, _ in ranges), max(high for _, high in ranges)]
        reaches = [slope_range(slope, self.threshold) for slope in self.slopes]
        low, high = min(one for one, _ in reaches), max(one for _, one in reaches)
        bottom, top = symlog([low, high], self.threshold)
        pad = 0.08 * (top - bottom)
        ticks = symlog_ticks(low, high, self.threshold)
        layout["yaxis2"] |= {
            "range": [bottom - pad, top + pad],
            "tickvals": ticks.positions,
            "ticktext": ticks.labels,
        }

    def _set_legend(self, layout: dict[str, Any]) -> None:
        """Make room for the names below the axis' title."""
        if not self.curves:
            return
        widths = [_KEY + _LETTER * len(name) for name in self.runs.names]
        rows = math.ceil(sum(widths) / _WIDTH)
        panels = HEIGHT - MARGIN["t"] - MARGIN["b"]
        layout |= {
            "showlegend": True,
            "height": HEIGHT + _LEGEND_ROW * rows,
            "margin": {**MARGIN, "b": MARGIN["b"] + _LEGEND_ROW * rows},
            "legend": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": -MARGIN["b"] / panels,
                "yanchor": "top",
                "traceorder": "normal",
                "bgcolor": "rgba(0,0,0,0)",
                "font": {"color": THEMES[self.theme]["ink"]},
            },
        }

    def _traces(self, index: int) -> list[dict[str, Any]]:
        """Return what is drawn of one run, from the back to the front."""
        run, curves, is_active = self.runs[index], self.curves[index], index == self.runs.active
        colour, dash = self.looks[index]
        common = {"type": "scatter", "legendgroup": f"run {index}", "showlegend": False}
        name = as_text(run.name, LONGEST_NAME)
        line = {"color": colour, "dash": dash, "width": 2.5 if is_active else 1.5}
        opacity = 1.0 if is_active else _DIM
        slope = self.slopes[index]
        unit = "" if self.linear else " per decade"
        traces = [self._band(run, curves, colour, common, is_active=is_active)] if run.repeats else []
        if is_active:
            dots = {"size": 5, "color": colour, "opacity": 0.35}
            raw = drawable(run.history.loss)
            traces.append(
                {**common, "name": "loss", "mode": "markers", "marker": dots, "x": run.history.lr, "y": raw}
                | {"hoverinfo": "skip"}
            )
        traces += [
            {**common, "name": name, "mode": "lines", "line": line, "opacity": opacity}
            | {"x": curves.lr, "y": drawable(curves.value), "showlegend": True, "legendrank": 1000 + index}
            | {"hovertemplate": f"{name} %{{y:.5g}}<extra></extra>"},
            {**common, "name": name, "mode": "lines", "line": line, "opacity": opacity, "yaxis": "y2"}
            | {"x": curves.lr, "y": drawable(symlog(slope, self.threshold)), "customdata": slope}
            | {"hovertemplate": f"{name} %{{customdata:.3g}}{unit}<extra></extra>"},
        ]
        return traces + self._marks(index, common, opacity, is_active=is_active)

    def _band(
        self, run: Run, curves: Drawn, colour: str, common: dict[str, Any], *, is_active: bool
    ) -> dict[str, Any]:
        band = run.band(self.bandwidth)
        assert band is not None
        top = 2 * self.empty["layout"]["yaxis"]["range"][1] + 1  # what has blown up is above the panel
        # No further than the curve in it: beyond, most have blown up.
        seen = np.isfinite(band.low) & (band.lr <= (curves.lr[-1] if curves.lr.size else 0.0))
        low, high = band.low[seen], np.where(np.isfinite(band.high), band.high, top)[seen]
        lr = band.lr[seen]
        return {
            **common,
            "name": "band",
            "mode": "lines",
            "x": np.concatenate([lr, lr[::-1]]),
            "y": np.concatenate([high, low[::-1]]),
            "line": {"width": 0},
            "fill": "toself",
            "fillcolor": _translucent(colour, _BAND if is_active else _DIM_BAND),
            "hoverinfo": "skip",
        }

    def _marks(
        self, index: int, common: dict[str, Any], opacity: float, *, is_active: bool
    ) -> list[dict[str, Any]]:
        """Return the diamonds of a run's pick."""
        run, pick, curves = self.runs[index], self.picks[index], self.curves[index]
        over = overlay(run.history, pick, bandwidth=self.bandwidth)
        if over.lr is None:
            return []
        colours = THEMES[self.theme]
        colour = colours["suggestion"] if is_active else self.looks[index][0]
        size = 9 if is_active else 7
        marker = {"size": size, "symbol": "diamond", "color": colour, "opacity": opacity}
        marker["line"] = {"width": 1.5 if is_active else 0, "color": colours["paper"]}
        change = float(np.interp(over.lr, curves.lr, self.slopes[index])) if curves.lr.size else 0.0
        heights = {"y": over.loss, "y2": math.asinh(change / self.threshold)}
        return [
            {
                **common,
                "name": "suggestion" if is_active else "pick",
                "mode": "markers",
                "x": [over.lr],
                "y": [y],
                "yaxis": axis,
                "marker": marker,
                "hoverinfo": "skip",
            }
            for axis, y in heights.items()
        ]


def _translucent(colour: str, opacity: float) -> str:
    parts: Sequence[int] = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return f"rgba({parts[0]},{parts[1]},{parts[2]},{opacity})"
