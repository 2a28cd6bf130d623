"""What a sweep has in place of Lightning's fit loop: a module attached to its trainer, batches and a loss.

The trainer's own loops are not run: they count, log, checkpoint and call back. Only what a loss and a step
are made of is taken from them, in the same order: the batch hooks, ``training_step`` in the trainer's
precision, ``on_before_optimizer_step`` and ``configure_gradient_clipping``. So that the module finds what it
may have set up there, ``on_fit_start``, ``on_train_start`` and ``on_train_epoch_start`` are called once, in
the sweep, which undoes it.
"""

from __future__ import annotations

import importlib
import inspect
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.checks import check_processes
from lrwidget.engine.data.moving import target_of
from lrwidget.engine.placement import placed
from lrwidget.errors import LossError, SetupError
from lrwidget.integrations.borrowed import kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import nn

__all__ = ["PACKAGES", "Loop"]

PACKAGES = ("lightning", "lightning_fabric", "pytorch_lightning")
# What the trainer converts the module to; None = it stays as it is (the mixed ones compute under autocast).
DTYPES: dict[str, torch.dtype | None] = {
    "32-true": None,
    "16-mixed": None,
    "bf16-mixed": None,
    "64-true": torch.float64,
    "16-true": torch.float16,
    "bf16-true": torch.bfloat16,
}
# The module's, in the order of a fit.
FIRST_HOOKS = ("on_fit_start", "on_train_start", "on_train_epoch_start")


class Loop:
    """A module and its trainer, as they are while a fit is on, but for as long as a sweep.

    Parameters
    ----------
    module : LightningModule
    trainer : Trainer
    package : str
        Where both come from: "lightning.pytorch" or "pytorch_lightning".
    train_dataloaders, datamodule
        As ``trainer.fit`` takes them.
    stand_in : bool
        The trainer is not the user's own, so its missing logger is no choice of theirs.
    in_fit : bool
        The trainer's fit is on: all is attached and in place, and ``on_fit_start`` was called.
    """

    def __init__(
        self,
        module: Any,
        trainer: Any,
        package: str,
        *,
        train_dataloaders: Any = None,
        datamodule: Any = None,
        stand_in: bool = False,
        in_fit: bool = False,
    ) -> None:
        self.module = module
        self.trainer = trainer
        self.package = package
        self._sources = {"train_dataloaders": train_dataloaders, "datamodule": datamodule}
        self._stand_in = stand_in
        self._in_fit = in_fit
        self._takes_index = _takes_index(module)
        self._batches_a_pass = 0
        self._drawn = 0
        self._begun = False
        self.dtype = _dtype_of(trainer)

    # -- around a sweep --------------------------------------------------------------------------

    @contextmanager
    def around(self, optimizer: Any, schedulers: list[Any], batches: Any) -> Iterator[None]:
        """Have everything as in a fit inside the block, and as it was afterwards."""
        module, trainer, datamodule = self.module, self.trainer, self.datamodule
        borrowed = [*module.modules(), *([] if datamodule is None else [datamodule])]
        with ExitStack() as stack:
            stack.enter_context(kept([trainer], PACKAGES, attributes_of=borrowed))
            stack.enter_context(_kept_hparams(borrowed))
            if not self._in_fit:
                self.attach()
                trainer.strategy.optimizers = [optimizer]
                config = self._imported("utilities.types").LRSchedulerConfig
                trainer.strategy.lr_scheduler_configs = [config(scheduler) for scheduler in schedulers]
                device = trainer.strategy.root_device
                stack.enter_context(placed(module, optimizer, device, self.dtype))
            self._silence()
            if hasattr(optimizer, "register_step_pre_hook"):
                stack.callback(optimizer.register_step_pre_hook(self._before_step).remove)
            self._begun, self._drawn, self._batches_a_pass = False, 0, _length(batches)
            yield

    def attach(self) -> None:
        """Attach module, data and trainer to each other, as the beginning of a fit does."""
        module, trainer = self.module, self.trainer
        trainer._data_connector.attach_data(module, **self._sources)  # noqa: SLF001 - there is no other way
        trainer.strategy.connect(module)
        states = self._imported("trainer.states")
        trainer.state.fn, trainer.state.status = states.TrainerFn.FITTING, states.TrainerStatus.RUNNING
        trainer.training = True
        if trainer.fit_loop.max_epochs is None:  # what a fit makes of it, and schedules are made for
            trainer.fit_loop.max_epochs = 1000 if trainer.max_steps == -1 else -1

    def _silence(self) -> None:
        """Let the module log into the void, directly and through its logger."""
        if self.trainer.loggers or self._stand_in:
            self.trainer.loggers = [self._imported("loggers.logger").DummyLogger()]
        for part in self.module.modules():
            if hasattr(part, "log_dict"):
                vars(part).update(log=_silent, log_dict=_silent)

    @property
    def datamodule(self) -> Any:
        """The datamodule; None = there is none."""
        return self._sources["datamodule"] or self.trainer.datamodule

    # -- a step ----------------------------------------------------------------------------------

    def ready(self, batch: Any) -> Any:
        """Return a batch as ``training_step`` gets it: converted, moved, through the module's hooks."""
        batch = self.trainer.precision_plugin.convert_input(batch)
        batch = self.module._on_before_batch_transfer(batch, dataloader_idx=0)  # noqa: SLF001 - the fit loop's call
        return self.trainer.strategy.batch_to_device(batch, dataloader_idx=0)

    def step(self, batch: Any) -> tuple[Any, Any, Any]:
        """Return a batch's loss, all that ``training_step`` returned, and the batch's target."""
        if not self._begun:
            self._begun = True
            for name in FIRST_HOOKS[self._in_fit :]:
                getattr(self.module, name)()
        index = (self._drawn % (self._batches_a_pass or self._drawn + 1),) if self._takes_index else ()
        self._drawn += torch.is_grad_enabled()  # an evaluation draws nothing
        with self.trainer.precision_plugin.train_step_context():
            returned = self.module.training_step(batch, *index)
        loss = returned.get("loss") if isinstance(returned, dict) else returned
        if loss is None:
            raise LossError(
                "training_step gave no loss: it must return the loss tensor, or a dict with the key 'loss', "
                "for every batch. (Returning None skips a batch in a fit, but leaves a gap in a range test.)"
            )
        return loss, returned, target_of(batch)

    def _before_step(self, optimizer: Any, *_: Any) -> None:
        """Do what the trainer does between gradients and step; with a scaler, they are unscaled by now."""
        self.module.on_before_optimizer_step(optimizer)
        self.module.configure_gradient_clipping(
            optimizer,
            gradient_clip_val=self.trainer.gradient_clip_val,
            gradient_clip_algorithm=self.trainer.gradient_clip_algorithm,
        )

    def _imported(self, name: str) -> Any:
        return importlib.import_module(f"{self.package}.{name}")


def _takes_index(module: Any) -> bool:
    """Return whether ``training_step`` takes the batch's index too: any second argument is one."""
    parameters = inspect.signature(module.training_step).parameters
    if "dataloader_iter" in parameters:
        raise SetupError(
            "training_step(dataloader_iter) draws its batches itself, so a range test cannot give it any. "
            "Write it as training_step(batch, batch_idx)."
        )
    positional = [p for p in parameters.values() if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    return len(positional) > 1 or any(p.kind is p.VAR_POSITIONAL for p in parameters.values())


def _dtype_of(trainer: Any) -> torch.dtype | None:
    check_processes(trainer.world_size)
    if trainer.precision not in DTYPES:
        raise SetupError(
            f"precision={trainer.precision!r} rebuilds the module for good. Find the rate with one of "
            f"{', '.join(map(repr, DTYPES))}."
        )
    return DTYPES[trainer.precision]


def _length(batches: Any) -> int:
    try:
        return len(batches)
    except TypeError:
        return 0


def _silent(*_: Any, **__: Any) -> None:
    """Take what a module logs, and keep nothing of it."""


@contextmanager
def _kept_hparams(owners: Iterable[nn.Module | Any]) -> Iterator[None]:
    # A kind of dict of Lightning's own, which the engine does not enter.
    held = [vars(owner).get("_hparams") for owner in owners]
    before = [(hparams, dict(hparams)) for hparams in held if isinstance(hparams, dict)]
    try:
        yield
    finally:
        for hparams, items in before:
            hparams.clear()
            hparams.update(items)
