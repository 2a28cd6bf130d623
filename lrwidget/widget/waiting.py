"""``await w.accepted()``: a cell that waits for a person, and does not wait where there is none.

What it goes by is what it hears. A page that answers while the cell waits can press Accept; without an answer
the presses wait for the cell, whatever the kernel's version, and the cell must not wait for them. Nothing is
ever written into the optimizer because nobody was heard.
"""

from __future__ import annotations

import asyncio
import time
import warnings
from typing import TYPE_CHECKING, Final

from lrwidget._text import exact_rate
from lrwidget._validate import one_of
from lrwidget.errors import LRWidgetWarning, StateError
from lrwidget.widget.host import cells_hold_back_messages, in_kernel, takes_input

if TYPE_CHECKING:
    from lrwidget.widget.controller import Controller
    from lrwidget.widget.wire import Wire

__all__ = ["until_accepted"]

#: Seconds within which a page must have answered. One that opens says so as soon as it has the widget's
#: script, long before the plot is drawn; one that was heard before answers at once.
ANSWER_WITHIN = 10.0
ANSWER_AGAIN_WITHIN = 3.0
_LOOK_EVERY = 0.05

_UNATTENDED: Final = ("refuse", "suggestion")
_NOBODY: Final = (
    "Nobody can press Accept here: no page shows the widget, and whoever runs this code takes no input. "
    "Nothing was written into the optimizer. Run the sweep and choose yourself, w.run() and then w.accept(), "
    'or allow it: await w.accepted(unattended="suggestion").'
)
_UNHEARD: Final = (
    "{why}; nothing was written into the optimizer. Where you see the widget, its buttons wait until no cell "
    "runs: press Run and Accept now, then run this cell again or the next ones. w.accepted_lr has the rate."
)
_REACTIVE: Final = (
    "marimo handles no press while a cell waits; nothing was written into the optimizer. Read w.accepted_lr "
    "in another cell instead, with w = mo.ui.anywidget(LRWidget(...)): marimo runs that cell again when you "
    "have accepted."
)
_HELD_BACK: Final = "This kernel (ipykernel before 7) hears no page while a cell waits"
_SILENT: Final = "No page answered within {seconds:.0f} s while this cell waited"


async def until_accepted(control: Controller, wire: Wire, unattended: str, *, reactive: bool) -> float:
    """Return the accepted rate once there is one; see :meth:`lrwidget.LRWidget.accepted`."""
    one_of("unattended", unattended, _UNATTENDED)
    if (known := control.state.accepted) is not None:
        return known
    if reactive:
        raise StateError(_REACTIVE)
    if not (wire.connected or (in_kernel() and takes_input())):
        return _without_anybody(control, unattended)
    if cells_hold_back_messages():
        raise StateError(_UNHEARD.format(why=_HELD_BACK))
    limit = ANSWER_AGAIN_WITHIN if wire.connected else ANSWER_WITHIN
    began = time.monotonic()
    wire.call()
    heard = False
    while (known := control.state.accepted) is None:
        control.state.check_open()
        heard = heard or wire.unanswered == 0
        if not heard and time.monotonic() - began > limit:
            raise StateError(_UNHEARD.format(why=_SILENT.format(seconds=limit)))
        await asyncio.sleep(_LOOK_EVERY)
    return known


def _without_anybody(control: Controller, unattended: str) -> float:
    """Take the suggestion where that was asked for, and say so."""
    control.state.check_open()
    if unattended != "suggestion":
        raise StateError(_NOBODY)
    control.sweeps.wait()
    if control.state.lr is None:
        control.run()
    state = control.state
    pick = state.judgement.pick
    if state.lr is None:
        why = pick.reason if pick is not None else "the sweep has no points."
        raise StateError(f"No page shows the widget, and there is no suggestion to accept: {why}")
    lr = control.accept()
    how = (
        f"the suggestion of the rule {pick.rule!r}"
        if pick is not None and lr == state.suggested
        else "the rate set"
    )
    text = f"No page shows the widget, so nobody can press Accept: {how} was accepted, lr = {exact_rate(lr)}."
    warnings.warn(text, LRWidgetWarning, stacklevel=4)
    return lr
