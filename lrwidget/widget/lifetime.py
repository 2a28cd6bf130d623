"""Who keeps a widget alive: the user's variables and the cell that shows it, and nothing else.

ipywidgets keeps every widget until it is closed, and a widget of ours holds a model, an optimizer and data. A
cell that is run again makes a new one each time, so the old ones would fill the memory. Here a widget is
known to ipywidgets weakly. What holds it instead: every reference of the user's, the sweep that is on, and
the cell that displayed it last, because someone may press a button that no variable leads to. When that cell
is run again the old output is gone, and so is the reason.
"""

from __future__ import annotations

import gc
import re
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython
from ipywidgets.widgets import widget as ipywidgets_module

if TYPE_CHECKING:
    from ipywidgets import Widget

__all__ = ["Place", "forget", "hold_weakly", "is_contained", "keep_for_cell", "place"]

#: Names under which IPython keeps the value of a cell's last line.
_LAST_VALUES = re.compile(r"_\d*|__|___")


@dataclass(frozen=True)
class Place:
    """Where something is displayed: a cell, and which run of it. A cell without a name replaces nothing."""

    cell: str | None
    run: str

    def replaces(self, other: Place) -> bool:
        """Whether what was displayed there is gone, now that this is displayed."""
        return self.cell is not None and self.cell == other.cell and self.run != other.run


_shown: list[tuple[Place, Widget]] = []


def place() -> Place:
    """Return the running cell; its name comes from the notebook, where that tells one."""
    kernel = getattr(get_ipython(), "kernel", None)
    parent: dict[str, Any] = kernel.get_parent() if kernel is not None else {}
    cell = (parent.get("metadata") or {}).get("cellId")
    return Place(cell, (parent.get("header") or {}).get("msg_id", ""))


def keep_for_cell(widget: Widget, here: Place) -> None:
    """Keep a widget because ``here`` displays it; let go of what the cell's run before displayed."""
    gone = [other for there, other in _shown if here.replaces(there)]
    _shown[:] = [(there, other) for there, other in _shown if not here.replaces(there)]
    _shown.append((here, widget))
    displaced = [other for other in gone if all(other is not shown for _, shown in _shown)]
    for other in displaced:
        _forget_last_values(other)
    if displaced:
        # A widget is a web of references, which only the collector unties; its memory is wanted now.
        del gone, other, displaced
        gc.collect()


def forget(widget: Widget) -> None:
    """Let go of a widget that is closed, unless its cell, run again, will have IPython forget it too."""
    _shown[:] = [(there, other) for there, other in _shown if other is not widget or there.cell is not None]


def is_contained(widget: Widget) -> bool:
    """Return whether a container (a box, tabs) holds a widget, directly or in another one."""
    return any(
        widget is child
        for other in list(_registry().values())
        for child in getattr(other, "children", None) or ()
    )


def hold_weakly(widget: Widget) -> None:
    """Have ipywidgets know a widget without keeping it, and hand on its messages."""
    _registry()[widget.model_id] = weakref.proxy(widget)
    widget.comm.on_msg(_Ear(widget))


def _registry() -> dict[str, Any]:
    """Return where ipywidgets keeps every widget, by its model: before version 8 this is in the class."""
    known: dict[str, Any] | None = getattr(ipywidgets_module, "_instances", None)
    return ipywidgets_module.Widget.widgets if known is None else known


class _Ear:
    """Hands a widget its messages, without keeping it."""

    def __init__(self, widget: Widget) -> None:
        self._widget = weakref.ref(widget)

    def __call__(self, message: dict[str, Any]) -> None:
        widget = self._widget()
        if widget is not None:
            widget._handle_msg(message)  # noqa: SLF001 - what ipywidgets itself registers


def _forget_last_values(widget: Widget) -> None:
    """Take a widget out of IPython's ``Out`` and ``_``: the cell's output of that number is gone."""
    shell: Any = get_ipython()
    out: dict[int, Any] = shell.user_ns.get("_oh", {})
    for number in [number for number, value in out.items() if value is widget]:
        del out[number]
    for names in (shell.user_ns, shell.user_ns_hidden, vars(shell.displayhook)):
        for name in [name for name, value in list(names.items()) if value is widget]:
            if _LAST_VALUES.fullmatch(name):
                names[name] = ""
