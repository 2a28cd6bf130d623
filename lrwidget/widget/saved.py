"""What a saved notebook keeps of a widget: its newest result, in words and as a picture.

It is an output of its own, before the widget's, which is filled anew whenever the result changes. A page
hides it where this very widget is alive; everywhere else it is what a reader sees. It is made in the kernel,
so it is there whether or not a page was.
"""

from __future__ import annotations

import base64
import html
import threading
import time
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from IPython.display import display, update_display

from lrwidget.plot.picture import picture
from lrwidget.widget.lifetime import Place, place
from lrwidget.widget.wording import summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrwidget.history.runs import Run
    from lrwidget.widget.state import WidgetState

__all__ = ["Saved"]

#: Seconds between two fillings, where only the marker has moved: a held key moves it 30 times a second.
_LEAST_GAP: Final = 0.5
#: Runs drawn beside the judged one: a notebook's file is to stay small.
_MOST_OTHERS: Final = 12


class Saved:
    """The saved result of one widget.

    Parameters
    ----------
    name : str
        The widget's own name, by which its page finds the output to hide it.
    state : callable
        Gives the newest state.
    tell : callable
        Is told what was filled in: a page that was opened later puts it into its notebook.
    """

    def __init__(
        self,
        name: str,
        state: Callable[[], WidgetState],
        tell: Callable[[dict[str, str]], None] = lambda _: None,
        show: Callable[..., Any] = display,
        update: Callable[..., Any] = update_display,
    ) -> None:
        self._name = name
        self._state = state
        self._tell = tell
        self._show = show
        self._update = update
        self._places: list[tuple[Place, str]] = []
        self._filled: tuple[object, ...] = ()
        self._filled_at = -float("inf")
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def display(self) -> None:
        """Put an output for the result into the running cell, before the widget's own."""
        name, here = f"lrwidget-{uuid4()}", place()
        self._show(self._bundle(self._state()), raw=True, display_id=name)
        self._places = [known for known in self._places if not here.replaces(known[0])]
        self._places.append((here, name))

    @property
    def displayed(self) -> bool:
        """Whether there is an output."""
        return bool(self._places)

    def update(self) -> None:
        """Fill every output with the newest result, unless it holds it already."""
        with self._lock:  # one at a time, so that the newest comes last
            timer, self._timer = self._timer, None
            if timer is not None:
                timer.cancel()
            if not self._places:
                return
            state = self._state()
            bounds = state.bounds if state.choice.shows_bounds else None
            known = (state.judgement, state.lr, bounds, state.kept, summary(state, state.history))
            if known == self._filled:
                return
            bundle = self._bundle(state)
            for _, name in self._places:
                self._update(bundle, raw=True, display_id=name)
            self._tell(bundle)
            self._filled, self._filled_at = known, time.monotonic()  # only now: what failed is tried again

    def update_soon(self) -> None:
        """Fill it at once or a moment later: what is asked for meanwhile is done together."""
        with self._lock:
            if self._timer is not None or not self._places:
                return
            wait = self._filled_at + _LEAST_GAP - time.monotonic()
            if wait > 0:
                self._timer = threading.Timer(wait, self.update)
                self._timer.daemon = True
                self._timer.start()
                return
        self.update()

    def _bundle(self, state: WidgetState) -> dict[str, str]:
        text = summary(state, state.history)
        said, image = html.escape(text), ""
        history = state.history
        if history is not None and len(history) > 0:
            drawn = picture(
                history,
                state.judgement.pick,
                state.lr,
                bandwidth=state.choice.bandwidth,
                bounds=state.bounds if state.choice.shows_bounds else None,
                others=[run.history for run in _beside(state)],
            )
            source = base64.b64encode(drawn.encode("utf-8")).decode("ascii")
            image = f'<img alt="{said}" width="860" src="data:image/svg+xml;base64,{source}">'
        names = f"lrwidget-static lrwidget-of-{self._name}"
        return {"text/html": f'<div class="{names}">{image}<p>{said}</p></div>', "text/plain": text}


def _beside(state: WidgetState) -> list[Run]:
    """Return the runs that are drawn beside the judged one; of very many the newest."""
    kept = state.kept
    others = [run for number, run in kept if number != state.active and number not in kept.hidden]
    return others[-_MOST_OTHERS:]
