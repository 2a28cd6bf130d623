"""What a person does on the page, as commands to the controller.

A press comes by the plot's wire, behind the rates chosen before it and with what the page showed; where the
plot's script does not run, the buttons' own widgets tell of it.

Nobody would see an error raised here: a refused command is a complaint in the status line, and leaves
everything as it was.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from lrwidget._text import format_rate
from lrwidget.errors import LRWidgetError, StateError
from lrwidget.widget.choice import checked_rate
from lrwidget.widget.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.plot.wire import Said
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
        self._presses: dict[str, Callable[[], object]] = {
            "run": self._run_pressed,
            "stop": controller.session.stop,
            "accept": controller.accept,
            "reset": controller.reset,
            "suggestion": lambda: controller.set_lr(None),
        }
        for name, button in panel.buttons.items():
            panel.on_press(button, partial(self._obey, self._presses[name]))
        plot.on_press(self._pressed)
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

    def _pressed(self, said: Said) -> None:
        """Do what a press meant to the person: what the page showed then may differ from what holds now."""
        command = self._presses.get(str(said.value))
        if command is None:
            return
        if said.value == "accept":
            command = partial(self._accept_shown, said.lr)
        elif said.value == "run":
            command = {"Pause": self._do.session.pause, "Resume": self._do.session.resume}.get(
                said.label, self._run_unless_busy
            )
        self._obey(command)

    def _accept_shown(self, lr: object) -> None:
        if lr is None:
            raise StateError("The page showed no rate when Accept was pressed: choose one on the plot first.")
        self._do.accept(checked_rate(lr))

    def _run_unless_busy(self) -> None:
        if not self._do.session.busy:  # else it is a double click's second half, or somebody was faster
            self._do.start()

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
