"""``await w.accepted()``: a cell that waits for a person, and does not wait where there is none."""

from __future__ import annotations

import asyncio
import time
import warnings
from typing import TYPE_CHECKING

from lrwidget._text import format_rate
from lrwidget.errors import LRWidgetWarning, StateError
from lrwidget.widget.surroundings import hears_while_busy, in_kernel

if TYPE_CHECKING:
    from lrwidget.widget.controller import Controller

__all__ = ["until_accepted"]

#: Seconds within which a page must have shown the widget, or there is none. It says so as soon as it
#: has the widget's small script, long before the plot is drawn.
PAGE_WITHIN = 10.0
_LOOK_EVERY = 0.05


async def until_accepted(control: Controller) -> float:
    """Return the accepted rate once there is one; see :meth:`lrwidget.LRWidget.accepted`."""
    deadline = time.monotonic() + PAGE_WITHIN
    plot = control.screen.plot
    while control.choice.accepted is None:
        if control.closed:
            raise StateError("The widget was closed before a rate was accepted.")
        if not in_kernel() or (not plot.connected and time.monotonic() > deadline):
            return _accept_unseen(control)
        if plot.connected and not hears_while_busy():
            raise StateError(
                "This kernel (ipykernel 6) handles no button while a cell waits. Press Accept, then run "
                "this cell again; or use ipykernel 7.1 or later."
            )
        await asyncio.sleep(_LOOK_EVERY)
    return control.choice.accepted


def _accept_unseen(control: Controller) -> float:
    control.session.wait()
    if control.choice.lr is None:
        control.run()
    pick = control.choice.pick
    if control.choice.lr is None:
        why = pick.reason if pick is not None else "the sweep has no points."
        raise StateError(f"No page shows the widget, and there is no suggestion to accept: {why}")
    lr = control.accept()
    how = (
        f"the suggestion of the rule {pick.rule!r}" if pick is not None and lr == pick.lr else "the rate set"
    )
    text = (
        f"No page shows the widget, so nobody can press Accept: {how} was accepted, lr = {format_rate(lr)}."
    )
    warnings.warn(text, LRWidgetWarning, stacklevel=4)
    return lr
