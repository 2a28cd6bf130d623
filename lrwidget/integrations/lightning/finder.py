"""A Lightning callback: find the rate when training begins. See :mod:`lrwidget.integrations.lightning`."""

from __future__ import annotations

import importlib
import inspect
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from lrwidget.engine.range_test import RangeTest
from lrwidget.engine.rates.accept import accept_rate
from lrwidget.errors import LRWidgetWarning
from lrwidget.history.record import History
from lrwidget.history.settings import make_settings
from lrwidget.integrations.lightning.batches import Batches
from lrwidget.integrations.lightning.loop import Loop
from lrwidget.integrations.lightning.modules import check_module, installed, package_of
from lrwidget.integrations.lightning.optimizers import one_optimizer
from lrwidget.integrations.lightning.places import places_of_the_rate
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.host import in_kernel
from lrwidget.widget.lrwidget import LRWidget

if TYPE_CHECKING:
    from lrwidget.picks.pick import Pick

__all__ = ["LearningRateFinder"]

# What Lightning's own finder can be told, and its range where nothing is.
_LIGHTNINGS = ("start_lr", "end_lr", "num_iter", "step_mode", "lr_schedule", "diverge_th")
_RANGE = {name: inspect.signature(RangeTest.__init__).parameters[name].default for name in _LIGHTNINGS}

_Callback: Any = importlib.import_module(f"{installed()}.callbacks").Callback


class LearningRateFinder(_Callback):  # type: ignore[misc]  # whichever of the two packages there is
    """Run a range test before the first step of a fit, and train with the suggested rate.

    Nothing of the sweep stays but the rate: training goes on as if the optimizer had been made with it. In a
    notebook the sweep draws itself; elsewhere it is silent. Ctrl-C in the sweep ends the fit, as it does
    later. Training that is resumed after its first step, and ``fast_dev_run``, keep the rate they have.

    Where several processes train together, Lightning's own ``LearningRateFinder`` sweeps instead, because
    ours runs in one; a warning says so. It takes ``start_lr``, ``end_lr``, ``num_iter``, ``step_mode`` and
    ``diverge_th``, and gives back what Lightning's does. The rate is picked from its losses by ``rule``.

    Parameters
    ----------
    rule : str
        How the rate is picked; see :class:`~lrwidget.LRWidget`.
    bandwidth : float
        Smoothing of the picks, in decades of the rate.
    on : {"loss", "metric"}
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
        self, *, rule: str = "steepest", bandwidth: float = 0.3, on: str = "loss", **settings: Any
    ) -> None:
        super().__init__()
        refuse_own(settings, "module and trainer")
        self._choice: dict[str, Any] = {"rule": rule, "bandwidth": bandwidth, "on": on}
        self._settings = settings
        self.history: History | None = None
        self.pick: Pick | None = None

    @property
    def suggested_lr(self) -> float | None:
        """The rate that was suggested; None before, and when there was none."""
        return None if self.pick is None else self.pick.lr

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Have Lightning's own finder sweep, where several processes train together."""
        if trainer.world_size == 1 or self._keeps_the_rate(trainer):
            return
        if trainer.is_global_zero:
            warnings.warn(
                f"{trainer.world_size} processes train together, and this sweep runs in one: Lightning's own "
                "LearningRateFinder sweeps instead, with the rates given here and no other options. What "
                "it gives back is Lightning's to say.",
                LRWidgetWarning,
                stacklevel=2,
            )
        self.history = self._swept_by_lightning(trainer, pl_module)
        self._choose(trainer, pl_module)

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Sweep, and put the suggestion where it belongs.

        Here optimizers, loaders and a checkpoint's state are in place, and nothing has been trained yet.
        """
        if trainer.world_size > 1 or self._keeps_the_rate(trainer):
            return
        check_module(pl_module)
        loop = Loop(pl_module, trainer, package_of(pl_module), in_fit=True)
        optimizer, _ = one_optimizer(trainer.optimizers)
        batches = Batches(trainer.train_dataloader, loop.ready, loop.package, trainer.limit_train_batches)
        settings: dict[str, Any] = {"accumulation_steps": trainer.accumulate_grad_batches, **self._settings}
        settings |= {
            "step_fn": loop.step,
            "grad_scaler": getattr(trainer.precision_plugin, "scaler", None),
            "around": partial(loop.around, optimizer, _schedulers(trainer), batches),
        }
        self.history = self._sweep(pl_module, optimizer, batches, settings)
        self._choose(trainer, pl_module)

    def _keeps_the_rate(self, trainer: Any) -> bool:
        # When a fit starts, what it is resumed from has been read, and is not in force yet.
        read = getattr(getattr(trainer, "_checkpoint_connector", None), "_loaded_checkpoint", None) or {}
        return bool(trainer.fast_dev_run or trainer.global_step or read.get("global_step"))

    def _choose(self, trainer: Any, module: Any) -> None:
        """Pick a rate from what was recorded, and put it where it belongs."""
        assert self.history is not None
        self.pick = self.history.suggest(**self._choice)
        if self.pick.lr is None:
            if trainer.is_global_zero:
                warnings.warn(
                    f"no learning rate was found ({self.pick.reason}), so training goes on with what "
                    "there is.",
                    LRWidgetWarning,
                    stacklevel=3,
                )
            return
        optimizer, _ = one_optimizer(trainer.optimizers)
        _accept(optimizer, self.pick.lr, _schedulers(trainer), places_of_the_rate(module))

    def _swept_by_lightning(self, trainer: Any, module: Any) -> History:
        given = {name: self._settings[name] for name in _LIGHTNINGS if name in self._settings}
        settings = make_settings(**{**_RANGE, **given})
        callbacks = importlib.import_module(f"{package_of(module)}.callbacks")
        finder = callbacks.LearningRateFinder(
            min_lr=settings.start_lr,
            max_lr=settings.end_lr,
            num_training_steps=settings.num_iter,
            mode="linear" if settings.step_mode == "linear" else "exponential",
            early_stop_threshold=settings.diverge_th,
            update_attr=False,
        )
        finder.on_fit_start(trainer, module)
        return History.from_lightning(finder.optimal_lr)

    def _sweep(self, module: Any, optimizer: Any, batches: Batches, settings: dict[str, Any]) -> History:
        if not in_kernel():
            return RangeTest(module, optimizer, None, batches, **settings).run()
        shown = LRWidget(module, optimizer, None, batches, **self._choice, **settings)
        history = shown.run()
        if history.stop_reason == "interrupted":
            raise KeyboardInterrupt
        return history


def _schedulers(trainer: Any) -> list[Any]:
    return [config.scheduler for config in trainer.lr_scheduler_configs]


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
