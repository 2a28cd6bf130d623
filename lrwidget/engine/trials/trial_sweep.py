"""One trial: a sweep that goes nowhere, judged at its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.data.batches import Exhausted
from lrwidget.engine.data.moving import copied, tensors_in
from lrwidget.engine.state.memory import free_bytes, nbytes, readable
from lrwidget.engine.step.compiling import compiling
from lrwidget.engine.sweep import Sweep
from lrwidget.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lrwidget.engine.data.batches import FixedBatches
    from lrwidget.engine.plan import Plan
    from lrwidget.engine.threads.control import Control
    from lrwidget.engine.trials.record import PointsOfTrial

__all__ = ["Drawn", "TrialSweep"]

#: Share of the free memory that batches drawn ahead may take.
SHARE = 0.25
_LOADERS = ("train_loader", "val_loader")


class TrialSweep(Sweep):
    """A training at one rate, with everything that a sweep borrows, looks at and gives back.

    Parameters
    ----------
    plan : Plan
    control : Control
    points : PointsOfTrial
    rates : callable
        From the ratios of the param groups to the rate of each group at each step.
    name : str
        What errors call it: which it is, and its rate.
    """

    _evaluates_steps = False

    def __init__(
        self,
        plan: Plan,
        control: Control,
        points: PointsOfTrial,
        rates: Callable[[Sequence[float]], Sequence[Sequence[float]]],
        name: str,
    ) -> None:
        super().__init__(plan, control, points)
        self.points = points
        self._table = rates
        self._name = name
        self._kept_raw: list[Any] = []

    @property
    def unkept_loaders(self) -> list[str]:
        """What of the loaders cannot be given back: another pass would give other batches."""
        found = [] if self._snapshot is None else self._snapshot.not_kept
        return [line for line in found if line.startswith(_LOADERS)]

    def advance(self) -> None:
        """Take one step; after the last, evaluate on the kept batches."""
        super().advance()
        points = self.points
        ran = points.stop_reason in {"completed", "exhausted"}
        if ran and self._fixed is not None and points.held_out is None:
            try:
                points.held_out = self._evaluated()
            except BaseException:
                points.stop_reason = None  # it failed after all
                raise

    def draw_ahead(self, steps: int) -> tuple[list[Any], list[Any]]:
        """Return the batches evaluated on, and those of so many steps; both as copies on the host.

        Raises
        ------
        LoaderError
            When they would take more than a quarter of the free memory.
        """
        assert self._batches is not None
        found: list[Any] = []
        count = steps * self._plan.settings.accumulation_steps
        size, room = 0.0, math.inf
        while len(found) < count and self._control.stop_reason is None:
            try:
                batch = copied(self._batches.draw())
            except Exhausted:
                break
            found.append(batch)
            tensors = list(tensors_in(batch))
            size += nbytes(tensors)
            if len(found) == 1:
                room = SHARE * free_bytes(tensors[0].device if tensors else torch.device("cpu"))
            if size > room:
                raise LoaderError(
                    "train_loader cannot be begun anew with the same batches "
                    f"({'; '.join(self.unkept_loaders)}), so that those of all trials have to be held, and "
                    f"{len(found)} of {count} ({readable(size)}) fill a quarter of the free memory. Give "
                    "fewer steps, or a loader that can be given back."
                )
        return self._kept_raw, found

    def _kept(self, batches: list[Any], like: Any, device: torch.device) -> FixedBatches:
        self._kept_raw = batches
        return super()._kept(batches, like, device)

    def _rates_of_steps(self) -> Sequence[Sequence[float]]:
        return self._table(self._ratios)

    def _is_whole(self) -> bool:
        return self.steps_done == len(self._rates)

    def _evaluated(self) -> float:
        assert self._stepper is not None
        assert self._fixed is not None
        self.is_midway = True
        try:
            with compiling(self._plan.compiled), torch.inference_mode(False), torch.enable_grad():
                return float(self._stepper.evaluate(self._fixed).item())
        finally:
            self.is_midway = False

    def _where(self) -> str:
        step = min(self.steps_done + 1, len(self._rates) or 1)
        return f"lrwidget: {self._name}, at step {step} of {len(self._rates)}; everything was restored."


class Drawn:
    """Batches that were drawn once, as a loader that gives the same ones in every pass."""

    def __init__(self, batches: list[Any]) -> None:
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        return map(copied, self._batches)  # a model may write into its input
