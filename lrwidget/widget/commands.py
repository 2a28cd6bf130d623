"""What a page may ask for, by name: what it means to the person who pressed, whenever it arrives.

A command carries what its page showed. One about a sweep that is over, or has not begun, does nothing. Nobody
would see an error raised here: what is refused is told in the widget, and leaves everything as it was.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lrwidget.errors import LRWidgetError, StateError
from lrwidget.history.refine import extended, zoomed
from lrwidget.widget.export import export
from lrwidget.widget.judgement import checked_rate
from lrwidget.widget.wire import Refused
from lrwidget.widget.wording import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lrwidget.widget.controller import Controller
    from lrwidget.widget.wire import Said

__all__ = ["Commands"]

#: Those about the sweep that the page showed.
_OF_A_SWEEP: Final = frozenset({"run", "try", "pause", "resume", "stop", "accept", "undo", "clear", "move"})
_OF_A_PLAN: Final = ("start_lr", "end_lr", "num_iter")
#: How many times further an extended sweep goes.
_FURTHER: Final = 100.0
_OVER: Final = "This was said of another sweep than the present one."
_ACCEPTED_TOO_LATE: Final = (
    "Nothing was accepted: another sweep has begun since Accept was pressed. Look at its curve, then press "
    "Accept again."
)


class Commands:
    """Obeys the pages of one widget.

    Parameters
    ----------
    controller : Controller
        What is commanded.
    greet : callable
        ``greet(plotly)`` sends a page that has just opened all that it needs.
    """

    def __init__(self, controller: Controller, greet: Callable[[bool], None]) -> None:
        self._do = controller
        self._greet = greet
        self._known: Mapping[str, Callable[[dict[str, Any]], object]] = {
            "hello": lambda args: self._greet(bool(args.get("plotly"))),
            "run": self._run,
            "pause": lambda _: self._do.sweeps.pause(),
            "resume": lambda _: self._do.sweeps.resume(),
            "stop": lambda _: self._do.sweeps.stop(),
            "accept": self._accept,
            "undo": lambda _: self._do.undo(),
            "clear": lambda _: self._do.reset(),
            "move": lambda args: self._do.set_lr(args.get("lr"), soon=True),
            "bounds": lambda args: self._do.set_bounds(_pair(args.get("bounds")), soon=True),
            "show_bounds": lambda args: self._do.show_bounds(shown=bool(args.get("shown"))),
            "plan": self._do.set_plan,
            "rule": lambda args: self._do.choose(rule=args.get("rule")),
            "bandwidth": lambda args: self._do.choose(bandwidth=args.get("bandwidth")),
            "on": lambda args: self._do.choose(on=args.get("on")),
            "export": self._export,
            "try": self._try,
            "refine": self._refine,
            "extend": self._extend,
            "activate_run": lambda args: self._do.show_run(_number(args)),
            "remove_run": lambda args: self._do.remove_run(_number(args)),
            "rename_run": lambda args: self._do.rename_run(_number(args), str(args.get("name", ""))),
            "show_run": lambda args: self._do.draw_run(_number(args), shown=bool(args.get("shown"))),
        }

    def obey(self, said: Said) -> object:
        """Do what a page said; raise :class:`Refused` where that is not possible."""
        command = self._known.get(said.name)
        if command is None:
            raise Refused(f"There is no such command: {said.name[:40]!r}.")
        if said.name in _OF_A_SWEEP and said.seen.get("sweep") != self._do.state.sweep:
            if said.name == "accept":
                self._do.complain(_ACCEPTED_TOO_LATE)
            raise Refused(_ACCEPTED_TOO_LATE if said.name == "accept" else _OVER)
        try:
            answer = command(said.args)
        except LRWidgetError as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - no cell would show it
            why = f"Unexpected {told(error)}"
        else:
            return answer if said.name == "export" else None
        self._do.complain(why)
        raise Refused(why)

    def _run(self, args: dict[str, Any]) -> None:
        if self._do.state.busy:  # the second half of a double click, or somebody was faster
            return
        fields: dict[str, Any] = {
            name: args[name] for name in ("start_lr", "end_lr", "num_iter") if name in args
        }
        if fields and self._do.state.plan.step_mode != "list":
            self._do.set_plan(fields)
        self._do.start()

    def _try(self, args: dict[str, Any]) -> None:
        if not self._do.state.busy:
            self._do.start_trials(lr=args.get("lr"))

    def _refine(self, args: dict[str, Any]) -> None:
        if not self._do.state.busy:
            low, high = checked_rate(args.get("low"), "low"), checked_rate(args.get("high"), "high")
            self._do.refine(partial(zoomed, low=low, high=high))

    def _extend(self, _args: dict[str, Any]) -> None:
        if not self._do.state.busy:
            self._do.refine(lambda settings: extended(settings, end_lr=_FURTHER * settings.end_lr))

    def _accept(self, args: dict[str, Any]) -> None:
        lr = args.get("lr")
        if lr is None:
            raise StateError("The page showed no rate when Accept was pressed: choose one on the plot first.")
        self._do.accept(lr)

    def _export(self, args: dict[str, Any]) -> str:
        return export(self._do.sweeps.history, self._do.state, str(args.get("format")))


def _number(args: dict[str, Any]) -> int:
    """Return which run is meant; what is no number is none that there is."""
    number = args.get("run")
    return number if type(number) is int else -1


def _pair(bounds: object) -> tuple[Any, Any] | None:
    """Return both as a tuple; what is no pair is refused where it is checked."""
    return tuple(bounds) if isinstance(bounds, list) else bounds  # type: ignore[return-value]
