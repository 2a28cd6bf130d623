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

from lrwidget._text import format_rate
from lrwidget._validate import one_of
from lrwidget.errors import LRWidgetWarning, StateError
from lrwidget.widget.surroundings import in_kernel, takes_input

if TYPE_CHECKING:
    from lrwidget.widget.controller import Controller

__all__ = ["until_accepted"]

#: Seconds within which a page must have answered. One that opens says so as soon as it has the widget's
#: small script, long before the plot is drawn.
ANSWER_WITHIN = 10.0
_LOOK_EVERY = 0.05

_UNATTENDED: Final = ("refuse", "suggestion")
_NOBODY: Final = (
    "Nobody can press Accept here: no page shows the widget, and whoever runs this code takes no input. "
    "Nothing was written into the optimizer. Run the sweep and choose yourself, w.run() and then w.accept(), "
    'or allow it: await w.accepted(unattended="suggestion").'
)
_UNHEARD: Final = (
    "No page answered within {seconds:.0f} s while this cell waited; nothing was written into the optimizer. "
    "Where you see the widget, its buttons wait until no cell runs: press Run and Accept now, then run this "
    "cell again or the next ones. w.accepted_lr has the rate."
)


async def until_accepted(control: Controller, unattended: str) -> float:
    """Return the accepted rate once there is one; see :meth:`lrwidget.LRWidget.accepted`."""
    one_of("unattended", unattended, _UNATTENDED)
    plot = control.screen.plot
    if control.choice.accepted is not None:
        return control.choice.accepted
    if not in_kernel() or not (takes_input() or plot.connected):
        return _without_anybody(control, unattended)
    began = time.monotonic()
    plot.call()
    heard = False
    while control.choice.accepted is None:
        if control.closed:
            raise StateError("The widget was closed before a rate was accepted.")
        heard = heard or plot.unanswered == 0
        if not heard and time.monotonic() - began > ANSWER_WITHIN:
            raise StateError(_UNHEARD.format(seconds=ANSWER_WITHIN))
        await asyncio.sleep(_LOOK_EVERY)
    return control.choice.accepted


def _without_anybody(control: Controller, unattended: str) -> float:
    """Take the suggestion where that was asked for, and say so."""
    if control.closed:
        raise StateError("The widget was closed before a rate was accepted.")
    if unattended != "suggestion":
        raise StateError(_NOBODY)
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
