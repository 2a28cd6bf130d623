"""Variants compared: Smith's grid, other optimizers, batch sizes, seeds, parts of the model."""

from __future__ import annotations

import dataclasses
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lrwidget._validate import whole
from lrwidget.engine.checks import check_model
from lrwidget.engine.docstrings import shows_parameters_of
from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.signatures import takes_options_of
from lrwidget.engine.variants.changes import (
    KEYWORDS,
    Common,
    Variant,
    called,
    check_variant,
    planned,
    variants_given,
)
from lrwidget.engine.variants.conditions import kept_random_state
from lrwidget.engine.variants.series import LabelT_co, Piece, Series, checked_callback
from lrwidget.errors import LRWidgetError, LRWidgetWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import torch

    from lrwidget.history.runs import Run, Runs

__all__ = ["Comparison", "Repeats"]

#: Sweeps of one variant; more than this is a typing error.
MOST_REPEATS = 1000


class Variants(Series[LabelT_co]):
    """Sweeps of some variants, each once or several times."""

    def __init__(self, given: Any, common: Common, repeats: int) -> None:
        check_model(common.model)
        options = dict(common.options)
        self._callback = checked_callback(options.pop("callback", None))
        self._common = dataclasses.replace(common, options=options)
        self._given = variants_given(given)
        self._repeats = repeats
        super().__init__(common.model, common.joined)
        for number, (name, changes) in enumerate(self._given):
            who = called(name, number)
            check_variant(who, changes, self._common)
            self._check_settings(who, changes)

    def _check_settings(self, who: str, changes: Mapping[str, Any]) -> None:
        """Raise SettingsError where settings cannot work, by making a test that is never run."""
        own = {name: value for name, value in changes.items() if name in KEYWORDS}
        common = self._common
        loaders = (common.train_loader, changes.get("val_loader", common.val_loader))
        try:
            RangeTest(common.model, common.optimizer, common.criterion, *loaders, **{**common.options, **own})
        except LRWidgetError as error:
            raise type(error)(f"{who}: {error}" if changes else str(error)) from error

    def pieces(self) -> Sequence[Piece]:
        """Return every sweep of it, checked and not begun, for who runs them one after another himself."""
        return self._planned()

    def _planned(self) -> Sequence[Piece]:
        with kept_random_state(self._common.model):  # making an optimizer may draw from it
            variants = planned(self._given, self._common)
        pieces = [self._piece_of(variant, repeat) for variant in variants for repeat in range(self._repeats)]
        for piece in pieces:
            if piece.repeat == 0:
                try:
                    piece.test.check()
                except LRWidgetError as error:
                    raise type(error)(f"variant {piece.name!r}: {error}") from error
        return pieces

    def _completed(self) -> None:
        if self._repeats == 1:
            return
        for run in self.runs:
            first, *others = run.sweeps
            if others and all(np.array_equal(one.loss, first.loss, equal_nan=True) for one in others):
                warnings.warn(
                    f"the {len(run.sweeps)} sweeps of {run.name!r} saw the very same losses, and tell no "
                    "spread: nothing in them draws by PyTorch's, NumPy's or Python's random state. A "
                    "DataLoader with shuffle=True draws other batches for another seed.",
                    LRWidgetWarning,
                    stacklevel=2,
                )

    def _piece_of(self, variant: Variant, repeat: int) -> Piece:
        seed = variant.seed
        if repeat:
            seed = repeat if seed is None else seed + repeat
        callback = None if self._callback is None else partial(self._callback, variant.name, repeat)
        test = variant.range_test(self._common, seed=seed, callback=callback, shuffled=True)
        told: dict[str, Any] = {} if seed is None else {"seed": seed}
        if variant.group is not None:
            told["group"] = variant.changes["group"]
        return Piece(variant.name, repeat, test, variant.changes, told)


@shows_parameters_of(RangeTest, but=["callback"])
class Comparison(Variants[str]):
    """Range tests of several variants, one after another, each from the same start.

    Iterate over it for pairs of a run's name and a :class:`~lrwidget.engine.record.Point`, or call
    :meth:`run`. It is its own iterator and runs once. After each sweep everything is given back as after any,
    so that the next begins from the same weights, optimizer state and random state, and draws the same
    batches, unless the variant changes that. Smith's grid over weight decays (arXiv 1803.09820)::

        grid = {f"wd {wd:g}": {"weight_decay": wd} for wd in (0, 1e-5, 1e-4, 1e-3)}
        runs = Comparison(grid, model, optimizer, criterion, train_loader).run()
        runs.figure()
        runs.picks()["wd 0.0001"].lr

    Parameters
    ----------
    variants : mapping or list
        A name for each variant, and what it changes; or a list of what each changes, named by that, such as
        "AdamW, wd 0.1". A variant may change any of these, several at once:

        - ``optimizer``: a class, such as ``torch.optim.AdamW``, made with those of the variant's options that
          it takes; or a function of the parameters that returns an optimizer. Both get a list of the
          parameters that the present optimizer holds, of several param groups the groups, with the rate and
          weight decay of each where these differ. It starts without any state.
        - any option of the optimizer's param groups, such as ``weight_decay``, ``momentum`` or ``betas``: set
          in each group that has it, and given back. A weight decay of 0 stays 0 in a group beside others that
          decay, as biases and norms mostly are.
        - ``batch_size``: of the ``train_loader``, PyTorch's DataLoader, made anew with it.
        - ``seed``: of Python's, NumPy's and PyTorch's random state, and of the loader's own generator, so of
          the order of its batches; a list of batches is put into an order by it.
        - ``group``: index or name (``group["name"]``) of a param group: its rate varies, the others hold
          theirs.
        - ``criterion``, ``train_loader``, ``val_loader``: another one.
        - any other keyword argument of :class:`~lrwidget.RangeTest`, such as ``end_lr``, ``clip_grad_norm``.
    model, optimizer, criterion, train_loader, val_loader
        As for :class:`~lrwidget.RangeTest`.
    repeats : int
        How often each variant is swept, at least 1, each time but the first with another seed. A run is then
        the median of its sweeps: see :class:`~lrwidget.Run`.
    callback : callable
        Called with the run's name, which of its sweeps it is (from 0), and each
        :class:`~lrwidget.engine.record.Point` as it becomes known, from the thread of the sweeps.
    **options
        Any other keyword argument of :class:`~lrwidget.RangeTest`, for all variants.

    Raises
    ------
    SettingsError
        Here, when what a variant names cannot be varied, or a setting cannot work. What needs the optimizers
        made is checked for all variants by :meth:`start`, before the first sweep.
    """

    @takes_options_of(RangeTest)
    def __init__(  # noqa: PLR0917 - those of a range test, behind the variants
        self,
        variants: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]],
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
        criterion: Callable[..., Any] | None,
        train_loader: Iterable[Any],
        val_loader: Iterable[Any] | None = None,
        *,
        repeats: int = 1,
        **options: Any,
    ) -> None:
        common = Common(model, optimizer, criterion, train_loader, val_loader, options)
        super().__init__(variants, common, whole("repeats", repeats, 1, MOST_REPEATS))

    def _label(self, piece: Piece) -> str:
        return piece.name

    def run(self) -> Runs:
        """Run all sweeps to their end, give everything back after each, and return what was recorded."""
        self._finish()
        return self.runs


@shows_parameters_of(RangeTest, but=["callback"])
class Repeats(Variants[int]):
    """The same range test several times, on other batches: how much of a curve and its pick is the draw.

    Iterate over it for pairs of a number, from 0, and a :class:`~lrwidget.engine.record.Point`, or call
    :meth:`run`. All sweeps begin from the same weights and optimizer state. The first is the sweep that
    :class:`~lrwidget.RangeTest` would run; each other begins with another seed of Python's, NumPy's and
    PyTorch's random state and of the loader's own generator, and takes a list of batches in another order::

        run = Repeats(model, optimizer, criterion, train_loader, repeats=5).run()
        run.history.suggest().lr  # the pick of the median curve
        run.spread().decades  # how far the single picks lie apart

    Parameters
    ----------
    model, optimizer, criterion, train_loader, val_loader
        As for :class:`~lrwidget.RangeTest`.
    repeats : int
        How many sweeps, at least 2.
    seed : int, optional
        Of the first sweep; the others count on from it. By default the first begins with the random state as
        it is, and the others with 1, 2, ...
    callback : callable
        Called with the run's name, the sweep's number and each :class:`~lrwidget.engine.record.Point` as it
        becomes known, from the thread of the sweeps.
    **options
        Any other keyword argument of :class:`~lrwidget.RangeTest`.

    Warns
    -----
    LRWidgetWarning
        When all sweeps saw the same losses: nothing in them draws at random, and they tell no spread.
    """

    @takes_options_of(RangeTest)
    def __init__(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer],
        criterion: Callable[..., Any] | None,
        train_loader: Iterable[Any],
        val_loader: Iterable[Any] | None = None,
        *,
        repeats: int = 5,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        common = Common(model, optimizer, criterion, train_loader, val_loader, options)
        count = whole("repeats", repeats, 2, MOST_REPEATS)
        changes = {} if seed is None else {"seed": seed}
        super().__init__({f"{count} repeats": changes}, common, count)

    def _label(self, piece: Piece) -> int:
        return piece.repeat

    def run(self) -> Run:
        """Run all sweeps to their end, give everything back after each, and return them as one run.

        Raises
        ------
        StateError
            When it was stopped before the first point.
        """
        self._finish()
        return self.runs[0]
