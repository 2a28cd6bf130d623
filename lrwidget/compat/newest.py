"""The newest sweep of a finder: it runs in a widget or without one, and what it recorded stays here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from lrwidget.compat.recorded import best_of, lists_of
from lrwidget.engine.range_test import RangeTest
from lrwidget.widget.host import in_kernel
from lrwidget.widget.lrwidget import LRWidget
from lrwidget.widget.text_progress import TextProgress

if TYPE_CHECKING:
    from lrwidget.history.record import History

__all__ = ["Newest"]


class Newest:
    """Runs sweeps, one after the other, and follows those that a person runs in the widget.

    Attributes
    ----------
    widget : LRWidget or None
        In a notebook, that of the newest sweep.
    lists : dict
        ``{"lr": [...], "loss": [...]}``, the loss smoothed. The user's to change until the next sweep.
    best_loss : float or None
    record : History or None
        What it was made from.
    """

    def __init__(self) -> None:
        self.widget: LRWidget | None = None
        self._followed: History | None = None
        self.forget()

    def forget(self) -> None:
        """Empty the lists: another sweep is asked for, and the last one is not to be taken over again."""
        self.follow()
        self.record: History | None = None
        self.lists: dict[str, list[float]] = {"lr": [], "loss": []}
        self.best_loss: float | None = None

    def run(self, *arguments: Any, **options: Any) -> None:
        """Sweep; the arguments are those of :class:`~lrwidget.RangeTest`.

        Raises
        ------
        Exception, KeyboardInterrupt
            Whatever ended it, after everything was given back; the lists hold what was seen.
        """
        run = self._run_live if in_kernel() else self._run_quietly
        run(*arguments, **options)

    def follow(self) -> bool:
        """Take over what the widget has recorded since; return whether there was anything."""
        record = self.widget.history if self.widget is not None else None
        if record is None or record is self._followed:
            return False
        self._followed = record
        self._take(record)
        return True

    def end(self) -> None:
        """End a sweep that runs in the widget, and wait until everything is back."""
        if self.widget is not None:
            self.widget.stop()
            self.widget.wait()

    def _run_live(self, *arguments: Any, **options: Any) -> None:
        earlier, self.widget = self.widget, LRWidget(*arguments, **options)
        if earlier is not None:
            earlier.close()
        try:
            self.widget.run()
        finally:
            self.follow()
        if self.widget.stop_reason == "interrupted":  # which ends a widget's sweep quietly
            raise KeyboardInterrupt

    def _run_quietly(self, *arguments: Any, **options: Any) -> None:
        test = RangeTest(*arguments, **options)
        progress = TextProgress() if sys.stderr.isatty() else None
        try:
            with test:
                for point in test:
                    if progress is not None:
                        progress.update(point.index + 1, test.settings.num_iter, None)
        finally:
            self._take(test.history)
            if progress is not None:
                progress.finish(f"{len(test.history)} of {test.settings.num_iter} rates")

    def _take(self, record: History) -> None:
        self.record = record
        self.lists = lists_of(record)
        self.best_loss = best_of(self.lists["loss"])
