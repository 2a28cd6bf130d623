"""The controls around the plot, composed of ordinary widgets.

The page's part of the plot hears buttons and rate field and tells of them by its own wire: their classes
name them. Where it does not run they tell of themselves. They are toggle buttons, not push buttons: a
toggle's value is a trait, and ipykernel 7 handles trait changes on a thread of its own, so Stop works while
a cell blocks. Push buttons would wait.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import ipywidgets

from lrwidget._text import format_rate, one_line
from lrwidget.picks import RULES
from lrwidget.widget.status import StatusLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.history.settings import Settings
    from lrwidget.plot.live import LivePlot
    from lrwidget.widget.choice import Choice
    from lrwidget.widget.wording import Shown

__all__ = ["Panel"]

_RUN_ICONS = {"Run": "play", "Pause": "pause", "Resume": "play"}


class Panel:
    """Buttons, fields, status line and plot, top to bottom; ``rows`` are a container's children."""

    def __init__(
        self, plot: LivePlot, settings: Settings, choice: Choice, metric_name: str | None = None
    ) -> None:
        self.plot = plot
        look = _Look()
        self.run = look.button(
            "Run",
            "Sweep the learning rate; while it runs: pause and resume",
            "primary",
            icon="play",
            press="run",
        )
        self.stop = look.button("Stop", "End the sweep; everything is given back", icon="stop", press="stop")
        self.accept = look.button(
            "Accept", "Write the learning rate into the optimizer", "success", icon="check", press="accept"
        )
        self.reset = look.button(
            "Reset", "Back to before the sweep: old rates, empty figure", icon="undo", press="reset"
        )
        self.suggestion = look.button(
            "Use suggestion", "Move the marker back to the suggested rate", width=120, press="suggestion"
        )
        self.buttons = {
            "run": self.run,
            "stop": self.stop,
            "accept": self.accept,
            "reset": self.reset,
            "suggestion": self.suggestion,
        }
        self.lr = ipywidgets.FloatText(
            value=0.0,
            step=None,
            description="Learning rate",
            disabled=True,
            _dom_classes=["lrwidget-apart", "lrwidget-rate"],
            **look.field(195),
        )
        self.start_lr = look.number("Start", settings.start_lr, "First rate of the sweep")
        self.end_lr = look.number("End", settings.end_lr, "Last rate of the sweep")
        self.num_iter = ipywidgets.IntText(
            value=settings.num_iter, description="Steps", tooltip="Number of rates", **look.field(120)
        )
        self.rule = ipywidgets.Dropdown(
            options=list(RULES),
            value=choice.rule,
            description="Rule",
            tooltip="How a rate is picked from the curve; changes at once, without another sweep",
            _dom_classes=["lrwidget-apart"],
            **look.field(150),
        )
        self.bandwidth = ipywidgets.FloatSlider(
            value=choice.bandwidth,
            min=0.0,
            max=max(1.0, choice.bandwidth),
            step=0.05,
            readout_format=".2f",
            description="Smoothing",
            tooltip="Width of the smoothing in decades of the learning rate; 0 is none",
            layout=look.wide(250),
        )
        # Its value is what is shown, so it stays down: the one button that is a state.
        self.bounds = look.button(
            "Bounds",
            "Show the range for a cyclical schedule, base to maximum rate, with edges to drag",
            width=78,
        )
        self.on = ipywidgets.Dropdown(
            options=[("loss", "loss"), (one_line(metric_name or "metric", 20), "metric")],
            value=choice.on,
            description="On",
            tooltip="What the rule judges; the metric: higher is better",
            style=look.text,
            layout=look.wide(130) if metric_name else ipywidgets.Layout(display="none"),
        )
        self.status = StatusLine()
        self._own_rates = settings.step_mode == "list"
        self.rows = (
            _row(self.run, self.stop, self.accept, self.reset, self.lr, self.suggestion, self.bounds),
            _row(self.start_lr, self.end_lr, self.num_iter, self.rule, self.on, self.bandwidth),
            self.status,
            plot,
        )

    def on_press(self, button: ipywidgets.ToggleButton, command: Callable[[], None]) -> None:
        """Call ``command`` whenever ``button`` is pressed, and let it come up again."""

        def pressed(change: dict[str, bool]) -> None:
            if change["new"]:
                button.value = False
                command()

        button.observe(pressed, "value")

    def apply(self, shown: Shown, choice: Choice) -> None:
        """Show what :func:`lrwidget.widget.wording.show` says, and the present choice."""
        if self.run.description != shown.run_label:
            _set_icon(self.run, _RUN_ICONS[shown.run_label])
            self.run.description = shown.run_label
        self.stop.disabled = not shown.can_stop
        self.accept.disabled = not shown.can_accept
        self.reset.disabled = not shown.can_reset
        self.suggestion.disabled = choice.override is None
        self.rule.value = choice.rule
        self.on.value = choice.on
        self.bounds.value = choice.shows_bounds
        self.bandwidth.max = max(1.0, choice.bandwidth)
        self.bandwidth.value = choice.bandwidth
        for field in (self.start_lr, self.end_lr, self.num_iter):
            field.disabled = not shown.can_set or self._own_rates
        self.lr.value = 0.0 if choice.lr is None else float(format_rate(choice.lr))
        self.lr.disabled = choice.lr is None and not shown.can_reset
        self.status.fraction = shown.fraction
        self.status.tone = shown.tone
        self.status.details = list(shown.details)
        self.status.text = shown.text

    @property
    def parts(self) -> tuple[ipywidgets.Widget, ...]:
        """Every widget of the panel, the plot included."""
        return tuple(part for row in self.rows for part in (*getattr(row, "children", ()), row))


def _set_icon(button: ipywidgets.ToggleButton, icon: str) -> None:
    """Show an icon of our style sheet. Icon fonts would put a stray letter into the button's name."""
    for other in ("play", "pause"):
        button.remove_class(f"lrwidget-icon-{other}")
    button.add_class(f"lrwidget-icon-{icon}")


def _row(*parts: ipywidgets.Widget) -> ipywidgets.Box:
    return ipywidgets.Box(parts, _dom_classes=["lrwidget-row"])


class _Look:
    """Layouts and styles of a panel, of each kind one: they are widgets too, each a message to wait for."""

    def __init__(self) -> None:
        self.wide = cache(lambda pixels: ipywidgets.Layout(width=f"{pixels}px"))
        self.text, self._button = (
            kind.class_traits()["style"].klass() for kind in (ipywidgets.Dropdown, ipywidgets.ToggleButton)
        )

    def field(self, pixels: int) -> dict[str, Any]:
        return {"layout": self.wide(pixels), "style": self.text}

    def number(self, label: str, value: float, tooltip: str) -> ipywidgets.FloatText:
        return ipywidgets.FloatText(
            value=value, step=None, description=label, tooltip=tooltip, **self.field(130)
        )

    def button(
        self, label: str, tooltip: str, style: str = "", *, icon: str = "", width: int = 96, press: str = ""
    ) -> ipywidgets.ToggleButton:
        return ipywidgets.ToggleButton(
            description=label,
            tooltip=tooltip,
            button_style=style,
            layout=self.wide(width),
            style=self._button,
            _dom_classes=[
                *([f"lrwidget-icon-{icon}"] if icon else []),
                *([f"lrwidget-press-{press}"] if press else []),
            ],
        )
