"""A Lightning callback: find the rate when training begins. See :mod:`lrwidget.integrations.lightning`."""

from __future__ import annotations

import importlib
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.rates.groups import accept_rate
from lrwidget.errors import LRWidgetWarning
from lrwidget.integrations.lightning.batches import Batches
from lrwidget.integrations.lightning.loop import Loop
from lrwidget.integrations.lightning.modules import check_module, installed, package_of
from lrwidget.integrations.lightning.optimizers import one_optimizer
from lrwidget.integrations.lightning.places import places_of_the_rate
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.lrwidget import LRWidget
from lrwidget.widget.surroundings import in_kernel

if TYPE_CHECKING:
    from lrwidget.history.record import History
    from lrwidget.picks.suggest import Pick

__all__ = ["LearningRateFinder"]

_Callback: Any = importlib.import_module(f"{installed()}.callbacks").Callback


class LearningRateFinder(_Callback):  # type: ignore[misc]  # whichever of the two packages there is
    """Run a range test before the first step of a fit, and train with the suggested rate.

    Nothing of the sweep stays but the rate: training goes on as if the optimizer had been made with it. In a
    notebook the sweep draws itself; elsewhere it is silent. Ctrl-C in the sweep ends the fit, as it does
    later. Training that is resumed after its first step, and ``fast_dev_run``, keep the rate they have.

    Parameters
    ----------
    rule : str
        How the rate is picked; see :class:`~lrwidget.LRWidget`.
    bandwidth : float
        Smoothing of the picks, in decades of the rate.
    pick_on : {"loss", "metric"}
        What the rule judges.
    **settings
        Those of :class:`~lrwidget.RangeTest`: ``start_lr``, ``end_lr``, ``num_iter``, ``fixed_batches``, ...

    Attributes
    ----------
    history : History or None
        What the sweep recorded; None before it.
    pick : Pick or None
        What the rule made of it.
    suggested_lr : float or None
        The rate that is trained with; None = there was none to suggest, a warning said so, and the rate
        stayed.
    """

    def __init__(
        self, *, rule: str = "steepest", bandwidth: float = 0.3, pick_on: str = "loss", **settings: Any
    ) -> None:
        super().__init__()
        refuse_own(settings, "module and trainer")
        self._choice: dict[str, Any] = {"rule": rule, "bandwidth": bandwidth}
        self._pick_on = pick_on
        self._settings = settings
        self.history: History | None = None
        self.pick: Pick | None = None

    @property
    def suggested_lr(self) -> float | None:
        """The rate that was suggested; None before, and when there was none."""
        return None if self.pick is None else self.pick.lr

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Sweep, and put the suggestion where it belongs.

        Here optimizers, loaders and a checkpoint's state are in place, and nothing has been trained yet.
        """
        if trainer.fast_dev_run or trainer.global_step:
            return
        check_module(pl_module)
        loop = Loop(pl_module, trainer, package_of(pl_module), in_fit=True)
        optimizer, _ = one_optimizer(trainer.optimizers)
        schedulers = [config.scheduler for config in trainer.lr_scheduler_configs]
        batches = Batches(trainer.train_dataloader, loop.ready, loop.package, trainer.limit_train_batches)
        settings: dict[str, Any] = {"accumulation_steps": trainer.accumulate_grad_batches, **self._settings}
        settings |= {
            "step_fn": loop.step,
            "grad_scaler": getattr(trainer.precision_plugin, "scaler", None),
            "around": partial(loop.around, optimizer, schedulers, batches),
        }
        self.history = self._sweep(pl_module, optimizer, batches, settings)
        self.pick = self.history.suggest(**self._choice, on=self._pick_on)
        if self.pick.lr is None:
            warnings.warn(
                f"no learning rate was found ({self.pick.reason}), so training goes on with what there is.",
                LRWidgetWarning,
                stacklevel=2,
            )
            return
        _accept(optimizer, self.pick.lr, schedulers, places_of_the_rate(pl_module))

    def _sweep(self, module: Any, optimizer: Any, batches: Batches, settings: dict[str, Any]) -> History:
        if not in_kernel():
            return RangeTest(module, optimizer, None, batches, **settings).run()
        shown = LRWidget(module, optimizer, None, batches, **self._choice, pick_on=self._pick_on, **settings)
        history = shown.run()
        if history.stop_reason == "interrupted":
            raise KeyboardInterrupt
        return history


def _accept(optimizer: Any, lr: float, schedulers: list[Any], places: list[tuple[Any, str]]) -> None:
    """Put the rate into the optimizer as if it had been made with it, schedules that have begun included."""
    receipt = accept_rate(optimizer, lr, schedulers, places)
    if any("max_lr" in group for group in optimizer.param_groups):
        warnings.warn(
            f"the attached schedule keeps its own rates, so this fit goes by those. Set there: {receipt}. "
            "The next trainer.fit() makes it anew, from the module's rate.",
            LRWidgetWarning,
            stacklevel=3,
        )
