"""Sweeps that follow each other, each from the same start: one life for all of them."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from lrwidget._validate import one_of, shown
from lrwidget.engine.block import EndsWithBlock
from lrwidget.engine.threads.guard import guarded
from lrwidget.engine.threads.interrupts import deferred_interrupts
from lrwidget.errors import SetupError, StateError
from lrwidget.history.record import StopReason
from lrwidget.history.runs import Run, Runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from torch import nn
    from typing_extensions import Self

    from lrwidget.engine.range_test import RangeTest
    from lrwidget.engine.rates.optimizers import AnyOptimizer
    from lrwidget.engine.record import Point
    from lrwidget.history.record import History
    from lrwidget.history.settings import Settings

__all__ = ["LabelT_co", "Piece", "Series", "checked_callback"]

LabelT_co = TypeVar("LabelT_co", covariant=True)


@dataclass(frozen=True, eq=False)
class Piece:
    """One sweep of a series, not begun yet.

    Attributes
    ----------
    name : str
        Of the run that it belongs to.
    repeat : int
        Which sweep of that run, from 0.
    test : RangeTest
        Made, and not started.
    changes : mapping
        What the run differs in, as JSON could hold it.
    told : mapping
        What its receipt tells besides.
    """

    name: str
    repeat: int
    test: RangeTest
    changes: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


class Series(EndsWithBlock, Generic[LabelT_co]):
    """Range tests one after another. What each borrowed is given back before the next begins.

    It is its own iterator and runs once. Another thread may pause, resume and stop it, and read what is
    known. Whatever ends it, the sweeps that were over, and the points of the one that was on, stay in
    :attr:`runs`.
    """

    def __init__(self, model: nn.Module, optimizer: AnyOptimizer) -> None:
        self._model, self._optimizer = model, optimizer
        self._lock = threading.RLock()  # of what is wanted, and of who is told
        self._busy = threading.RLock()  # held during each step: nobody restores while somebody trains
        self._pieces: list[Piece] = []
        self._waiting: deque[Piece] = deque()
        self._piece: Piece | None = None
        self._done: list[tuple[Piece, History]] = []
        self._steps_before = 0
        self._started = False
        self._paused = False
        self._told: StopReason | None = None
        self._stop_reason: StopReason | None = None

    # -- what a kind of series says --------------------------------------------------------------

    def _label(self, piece: Piece) -> LabelT_co:
        """Return by what the points of a sweep are told apart."""
        raise NotImplementedError

    def _planned(self) -> Sequence[Piece]:
        """Return all sweeps, checked; nothing is touched."""
        raise NotImplementedError

    def _completed(self) -> None:
        """Look at what was recorded, once all sweeps are over."""

    def _following(self) -> Piece | None:
        """Return a sweep that follows from those that are over, once the planned ones are; None = no more."""
        return None

    # -- its life --------------------------------------------------------------------------------

    def start(self) -> None:
        """Check every sweep of it, before the first begins.

        Raises
        ------
        SettingsError, SetupError, LoaderError
            When something does not fit; the text names the run. Nothing has changed then.
        StateError
            When it was started before.
        """
        with self._busy:
            if self._started:
                raise StateError(
                    f"this {type(self).__name__} was started before. Make a new one for another."
                )
            pieces = list(self._planned())
            with self._lock:
                self._pieces = pieces
                self._waiting.extend(pieces)
                self._started = True

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[LabelT_co, Point]:
        found = self._next()
        if found is None:
            raise StopIteration
        piece, point = found
        return self._label(piece), point

    def _next(self) -> tuple[Piece, Point] | None:
        """Return the next point as it becomes known; None = there are no more."""
        with self._busy:
            try:
                if not self._started:
                    self.start()
                while (piece := self._piece or self._begin_next()) is not None:
                    point = next(piece.test, None)
                    if point is not None:
                        return piece, point
                    self._settle()
                if self._stop_reason is None:
                    self._end("completed")
                    if self._stop_reason == "completed":
                        self._completed()
            except BaseException as error:
                self._fail(error)
                raise
            return None

    def _begin_next(self) -> Piece | None:
        with self._lock:
            if self._told is not None or self._stop_reason is not None:
                return None
            piece = self._waiting.popleft() if self._waiting else None
            if piece is None and (piece := self._following()) is not None:
                self._pieces.append(piece)
            self._piece = piece
            if piece is not None and self._paused:
                piece.test.pause()
            return piece

    def _settle(self) -> None:
        """Keep what the sweep recorded that is over, and let go of it."""
        with deferred_interrupts(), self._lock:
            piece, self._piece = self._piece, None
            if piece is None:
                return
            self._steps_before += piece.test.steps_done
            history = _told(piece)
            if len(history):
                self._done.append((piece, history))

    def _end(self, reason: StopReason) -> None:
        with deferred_interrupts(), self._lock:
            if self._stop_reason is None:
                self._stop_reason = self._told or reason
            self._waiting.clear()

    def _fail(self, error: BaseException) -> None:
        """End because of an error, with everything given back; called again, it does nothing."""
        reason: StopReason = "error" if isinstance(error, Exception) else "interrupted"
        if isinstance(error, GeneratorExit):
            reason = "stopped"
        try:
            if self._started:
                with self._lock:
                    if self._told is None:
                        self._told = reason
                self._end(reason)
        finally:
            piece = self._piece
            if piece is not None:
                with self._busy:
                    if hasattr(error, "add_note"):  # Python 3.11
                        error.add_note(f"lrwidget: in the run {piece.name!r}.")
                    try:
                        piece.test.__exit__(type(error), error, error.__traceback__)
                    finally:
                        self._settle()

    def _finish(self) -> None:
        """Run to the end."""
        try:
            while self._next() is not None:
                pass
        except BaseException as error:
            self._fail(error)
            raise

    def pause(self) -> None:
        """Wait before the next step. From any thread."""
        with self._lock:
            self._paused = True
            if self._piece is not None:
                self._piece.test.pause()

    def resume(self) -> None:
        """Go on after :meth:`pause`. From any thread."""
        with self._lock:
            self._paused = False
            if self._piece is not None:
                self._piece.test.resume()

    def stop(self, reason: StopReason = "stopped") -> None:
        """End before the next step, also while paused; no other sweep begins. From any thread; waits not."""
        one_of("reason", reason, get_args(StopReason))
        with self._lock:
            if self._told is None:
                self._told = reason
            if self._piece is not None:
                self._piece.test.stop(reason)

    def restore(self) -> None:
        """End it if it is on, and give everything back. Harmless when called again.

        Raises
        ------
        RestoreError
            When something could not be given back; everything else was.
        """
        if self._stop_reason is not None and self._piece is None:
            return
        try:
            self.stop()
            with self._busy:
                piece = self._piece
                if piece is not None:
                    piece.test.restore()
                    if piece.test.stop_reason is None:
                        return  # asked for from within a step or the start: what called that ends it
                    self._settle()
                if self._started:
                    self._end("stopped")
        except BaseException as error:
            self._fail(error)
            raise

    def close(self) -> None:
        """Stop, and give everything back; what was recorded stays."""
        self.restore()

    def guarded(self) -> AbstractContextManager[None]:
        """Refuse the model and the optimizer to every other thread while the block runs.

        Their ``forward`` and ``step`` raise StateError there, and change nothing.
        """
        return guarded(self._model, self._optimizer, lambda: (self.steps_done, self.steps_planned))

    # -- what is known ---------------------------------------------------------------------------

    @property
    def runs(self) -> Runs:
        """Every run with points so far, frozen, the one that is on included. The last of them is active."""
        with self._lock:
            done, piece = list(self._done), self._piece
            if piece is not None and len(history := _told(piece)):
                done.append((piece, history))
        made: dict[str, list[tuple[Piece, History]]] = {}
        for one, history in done:
            made.setdefault(one.name, []).append((one, history))
        runs = []
        for name, sweeps in made.items():
            changes, histories = sweeps[0][0].changes, [history for _, history in sweeps]
            if len(histories) > 1:
                runs.append(Run(name, changes=changes, repeats=histories))
            else:
                runs.append(Run(name, histories[0], changes))
        return Runs(runs)

    @property
    def name(self) -> str | None:
        """Name of the run that is on; None before the first and after the last."""
        piece = self._piece
        return None if piece is None else piece.name

    @property
    def repeat(self) -> int | None:
        """Which sweep of that run is on, from 0; None when none is."""
        piece = self._piece
        return None if piece is None else piece.repeat

    @property
    def history(self) -> History | None:
        """What the sweep that is on has recorded so far; None when none is."""
        piece = self._piece
        return None if piece is None else _told(piece)

    @property
    def settings(self) -> Settings | None:
        """The settings of the sweep that is on; None when none is."""
        piece = self._piece
        return None if piece is None else piece.test.settings

    @property
    def steps_done(self) -> int:
        """Steps taken so far, of all sweeps."""
        with self._lock:
            return self._steps_before + (0 if self._piece is None else self._piece.test.steps_done)

    @property
    def steps_planned(self) -> int:
        """Rates of all sweeps together, as far as they are known. Sweeps that blow up take fewer steps."""
        return sum(piece.test.settings.num_iter for piece in list(self._pieces))

    @property
    def stop_reason(self) -> StopReason | None:
        """Why it ended: "completed" once every sweep has ended by itself; None = it has not ended."""
        return self._stop_reason

    @property
    def is_paused(self) -> bool:
        """Whether it waits, or will before its next step."""
        return self._paused and self._told is None and self._stop_reason is None


def _told(piece: Piece) -> History:
    """Return what a sweep recorded, its receipt telling what the series knows of it."""
    history = piece.test.history
    return replace(history, receipt={**history.receipt, **piece.told}) if piece.told else history


def checked_callback(callback: Any) -> Any:
    """Return what is called with each point of several sweeps, or None; SetupError when it is neither."""
    if callback is not None and not callable(callback):
        raise SetupError(
            f"callback must be a function of (name, repeat, point), or None; got {shown(callback)}."
        )
    return callback
