"""A sweep in two passes: coarsely over the whole range, then densely over the decades that matter."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lrwidget.engine.checks import check_model
from lrwidget.engine.docstrings import shows_parameters_of
from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.rates.optimizers import as_one
from lrwidget.engine.signatures import takes_options_of
from lrwidget.engine.variants.series import Piece, Series, checked_callback
from lrwidget.errors import StateError
from lrwidget.history.refine import coarse, decades_that_matter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import torch

    from lrwidget.history.record import History
    from lrwidget.history.settings import Settings

__all__ = ["COARSE", "DENSE", "AutoRangeTest"]

#: Names of the two passes.
COARSE, DENSE = "coarse pass", "dense pass"


@shows_parameters_of(RangeTest, but=["num_iter", "step_mode", "callback"])
class AutoRangeTest(Series[str]):
    """A range test that finds its own range: within the steps of one sweep, more of them where it matters.

    A coarse pass over the whole range takes at most three tenths of the steps, and ends once the loss has
    left its valley. A dense pass, from the same restored start, takes all steps that are left for the decades
    from well below the descent to beyond the blow-up; for the whole range if the coarse pass shows none.
    The dense pass is what is judged. It is exactly the :class:`~lrwidget.RangeTest` of its settings; the
    coarse points are no part of it, for at each rate they saw other weights. They are in its
    ``receipt["coarse_pass"]``.

    Iterate over it for pairs of a pass's name and a :class:`~lrwidget.engine.record.Point`, or call
    :meth:`run`. It is its own iterator and runs once::

        history = AutoRangeTest(model, optimizer, criterion, train_loader).run()

    Parameters
    ----------
    model, optimizer, criterion, train_loader, val_loader
        As for :class:`~lrwidget.RangeTest`.
    num_iter : int
        Steps of both passes together, at least 48.
    step_mode : {"exp"}
        Equal steps in log-rate; another way is refused.
    callback : callable
        Called with the pass's name, 0, and each :class:`~lrwidget.engine.record.Point` as it becomes known,
        from the thread of the sweeps.
    **options
        Any other keyword argument of :class:`~lrwidget.RangeTest`; no ``lr_schedule``.

    Raises
    ------
    SettingsError
        Here, when a setting cannot work, or ``group_schedules`` are lists, which have no rates for a pass.
    """

    @takes_options_of(RangeTest)
    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
        criterion: Callable[..., Any] | None,
        train_loader: Iterable[Any],
        val_loader: Iterable[Any] | None = None,
        **options: Any,
    ) -> None:
        check_model(model)
        self._callback = checked_callback(options.pop("callback", None))
        # Never run: the passes are it with other settings.
        self._whole = RangeTest(model, optimizer, criterion, train_loader, val_loader, **options)
        self._coarse = self._piece_of(COARSE, coarse(self._whole.settings))
        super().__init__(model, as_one(optimizer))

    def _label(self, piece: Piece) -> str:
        return piece.name

    def run(self) -> History:
        """Run both passes, give everything back after each, and return the history of the dense one.

        Raises
        ------
        StateError
            When it was stopped before the dense pass had begun.
        """
        self._finish()
        runs = self.runs
        if DENSE not in runs:
            raise StateError(f"there was no dense pass: it ended before ({self.stop_reason}). See .runs.")
        return runs[DENSE].history

    def _planned(self) -> Sequence[Piece]:
        self._coarse.test.check()
        return [self._coarse]

    def _following(self) -> Piece | None:
        if [piece.name for piece, _ in self._done] != [COARSE]:
            return None
        (_, seen), *_ = self._done
        if seen.stop_reason == "exhausted":
            return None
        settings = decades_that_matter(seen, self._whole.settings)
        told = {"lr": seen.lr.tolist(), "loss": seen.loss.tolist(), "stop_reason": seen.stop_reason}
        return replace(self._piece_of(DENSE, settings), told={"coarse_pass": told})

    def _piece_of(self, name: str, settings: Settings) -> Piece:
        callback = None if self._callback is None else partial(self._callback, name, 0)
        return Piece(name, 0, self._whole.with_settings(settings, callback=callback))
