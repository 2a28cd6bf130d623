"""All that shows what happens: pages, observers, the saved notebook; in a script a line of text."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from lrwidget.widget.host import in_kernel, runs_reactively
from lrwidget.widget.publisher import Publisher
from lrwidget.widget.text_progress import TextProgress
from lrwidget.widget.together import all_of
from lrwidget.widget.wording import summary

if TYPE_CHECKING:
    from lrwidget.history.settings import Settings
    from lrwidget.widget.controller import Controller
    from lrwidget.widget.page import Page
    from lrwidget.widget.saved import Saved
    from lrwidget.widget.wire import Wire

__all__ = ["Observed", "Screen"]

#: Seconds in which a page that was called while a cell blocks has answered, or its buttons do nothing now.
_ANSWER_WITHIN: Final = 2.0


class Observed(Protocol):
    """Whose traits are observed: the widget."""

    def observables(self) -> dict[str, Any]:
        """Return the traits' present values, by name."""

    def tell(self, name: str, old: object, new: object) -> None:
        """Tell the observers of one trait that it has changed."""


class Screen:
    """Shows one widget. Safe to use from several threads; no lock is held while anybody is told.

    Parameters
    ----------
    observed : Observed
        The widget.
    control : Controller
        Its behaviour, whose state is shown.
    page : Page
        What its pages are sent.
    wire : Wire
        What they say.
    saved : Saved
        What the notebook keeps.
    """

    def __init__(self, observed: Observed, control: Controller, page: Page, wire: Wire, saved: Saved) -> None:
        self._observed = observed
        self._control = control
        self._page = page
        self._wire = wire
        self._saved = saved
        self._publisher = Publisher(self._publish)
        self._text: TextProgress | None = None
        self._told = observed.observables()
        self._telling = threading.Lock()
        self._is_telling = False

    @property
    def is_watched(self) -> bool:
        """Whether pages may listen: in Jupyter and marimo they may, elsewhere (Solara) they have said so."""
        return in_kernel() or self._wire.connected or runs_reactively(self._observed)

    # -- what the controller tells -----------------------------------------------------------------

    def began(self, settings: Settings) -> None:
        """Empty the figure: a sweep takes its first step."""
        state = self._control.state
        self._begin_to_publish()
        if self.is_watched:
            self._page.begin(settings, state.epoch, unheard=state.blocking and not self._wire.connected)
            if state.blocking:
                self._wire.call()
        self.runs_changed()

    def trying(self) -> None:
        """Show the points of trials: the first takes its first step."""
        self._begin_to_publish()
        if self.is_watched and self._control.state.blocking:
            self._wire.call()
        self.changed()

    def progressed(self) -> None:
        """Show the new point, if it is time to. Called after every step: must be quick."""
        self._publisher.tick()

    def changed(self, *, soon: bool = False) -> None:
        """Show the new state; ``soon``: more such changes are likely to follow at once."""
        state = self._control.state
        rest, watched = not state.busy, self.is_watched
        all_of(
            # What a pause holds is to be seen, also what was not due yet.
            *([self._page.draw] if watched and state.phase == "paused" else []),
            *([self._page.state] if watched else []),
            *([self._saved.update_soon if soon else self._saved.update] if rest else []),
            self._tell_observers,
        )

    def drawn_anew(self) -> None:
        """Draw the curve anew."""
        final = not self._control.state.busy
        drawn = (partial(self._page.draw, final=final), self._page.runs, self._page.trials)
        all_of(*(drawn if self.is_watched else ()), self.changed)

    def cleared(self) -> None:
        """Empty the figure."""
        all_of(*([self._page.clear, self._page.runs] if self.is_watched else []), self.changed)

    def exchanged(self, settings: Settings) -> None:
        """Show another sweep instead."""
        if self.is_watched:
            self._page.begin(settings, self._control.state.epoch, unheard=False)
        self.drawn_anew()

    def runs_changed(self) -> None:
        """Show other runs beside the one that is judged."""
        all_of(*([self._page.runs] if self.is_watched else []), self.changed)

    def ended(self) -> None:
        """Show the whole sweep."""
        text, self._text = self._text, None
        if text is not None:
            text.finish(summary(self._control.state, self._control.state.history))
        self.drawn_anew()

    # -- details -----------------------------------------------------------------------------------

    def _begin_to_publish(self) -> None:
        self._text = TextProgress() if self._control.state.blocking and not self.is_watched else None
        self._publisher.begin()

    def _publish(self) -> None:
        if self._text is not None:
            now = self._control.sweeps.progress()
            self._text.update(now.steps_done, now.steps_planned, now.seconds_left)
        elif self.is_watched:
            self._page.publish()
            state = self._control.state
            if state.blocking and not state.deaf:
                self._control.hearing(deaf=self._wire.unanswered > _ANSWER_WITHIN)

    def _tell_observers(self) -> None:
        """Tell those who observe the state's traits, one change after the other, from whichever thread."""
        failures: list[BaseException] = []
        while True:
            with self._telling:
                now = self._observed.observables()
                new = {name: value for name, value in now.items() if value != self._told[name]}
                if self._is_telling or not new:  # whoever is telling looks again
                    break
                before, self._told, self._is_telling = self._told, now, True
            tell = self._observed.tell
            try:
                all_of(*(partial(tell, name, before[name], value) for name, value in new.items()))
            except Exception as failure:  # noqa: BLE001 - an observer's; what has changed since must be told
                failures.append(failure)
            finally:
                with self._telling:
                    self._is_telling = False
        if failures:
            raise failures[0]
