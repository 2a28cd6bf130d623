"""What a person does on the page, as commands to the controller.

Nobody would see an error raised here: a refused command is a complaint in the status line, and leaves
everything as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget._text import format_rate
from lrwidget.errors import LRWidgetError
from lrwidget.widget.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.widget.controller import Controller

__all__ = ["Events"]


class Events:
    """Listens to the panel and the plot of one controller.

    Parameters
    ----------
    controller : Controller
    """

    def __init__(self, controller: Controller) -> None:
        self._do = controller
        panel, plot = controller.screen.panel, controller.screen.plot
        panel.on_press(panel.run, lambda: self._obey(self._run_pressed))
        panel.on_press(panel.stop, lambda: self._obey(controller.session.stop))
        panel.on_press(panel.accept, lambda: self._obey(controller.accept))
        panel.on_press(panel.reset, lambda: self._obey(controller.reset))
        panel.on_press(panel.suggestion, lambda: self._obey(lambda: controller.set_lr(None)))
        for part, command in (
            (panel.bounds, controller.show_bounds),
            (panel.rule, controller.set_rule),
            (panel.on, controller.set_on),
            (panel.bandwidth, controller.set_bandwidth),
        ):
            part.observe(self._setter(command), "value")
        panel.lr.observe(self._typed, "value")
        plot.observe(self._moved, "lr")
        plot.observe(self._bounds_moved, "bounds")

    def _setter(self, command: Callable[[Any], None]) -> Callable[[dict[str, Any]], None]:
        return lambda change: self._obey(lambda: command(change["new"]))

    def _run_pressed(self) -> None:
        session = self._do.session
        if session.state == "running":
            session.pause()
        elif session.state == "paused":
            session.resume()
        else:
            self._do.start()

    def _moved(self, change: dict[str, Any]) -> None:
        if change["new"] != self._do.choice.lr:
            self._obey(lambda: self._do.set_lr(change["new"]))

    def _bounds_moved(self, change: dict[str, Any]) -> None:
        bounds = tuple(change["new"])
        if bounds and bounds != self._do.choice.bounds:
            self._obey(lambda: self._do.set_bounds(bounds))

    def _typed(self, change: dict[str, Any]) -> None:
        # The field shows three digits: what it says of the present rate is not a new one.
        lr = self._do.choice.lr
        if lr is None or change["new"] != float(format_rate(lr)):
            self._obey(lambda: self._do.set_lr(change["new"]))

    def _obey(self, command: Callable[[], object]) -> None:
        if self._do.screen.is_echo:
            return
        try:
            command()
        except LRWidgetError as error:
            self._do.complain(str(error))
        except Exception as error:  # noqa: BLE001 - no cell would show it
            self._do.complain(f"Unexpected {told(error)}")
