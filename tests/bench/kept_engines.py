"""How each engine is told to sweep the same world, as its documentation says, and what its trainer is set to.

Each is given what it can take: the GradScaler wherever there is a place for one, the objects to be restored
in ignite's ``to_save``, and ``reset()`` after pytorch-lr-finder whatever happened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from lrwidget import RangeTest
from tests.bench.kept_world import END_LR, START_LR, STEPS, World


class Engine:
    """One engine beside one world. :meth:`sweep` may be called again."""

    #: Packages whose versions belong to the result.
    packages: tuple[str, ...]
    #: Kinds of state that it has no place for.
    without: frozenset[str] = frozenset({"settings and callbacks of the trainer"})

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world

    def sweep(self) -> None:
        raise NotImplementedError

    def trainer(self) -> object:
        """What the engine's own trainer is set to."""
        return None


class Ours(Engine):
    packages = ("lrwidget",)

    def sweep(self) -> None:
        world = self.world
        RangeTest(
            world.model,
            world.optimizer,
            world.criterion,
            world.loader,
            start_lr=START_LR,
            end_lr=END_LR,
            num_iter=STEPS,
            grad_scaler=world.scaler,
        ).run()


class TorchLRFinder(Engine):
    packages = ("torch-lr-finder",)

    def __init__(self, world: World, folder: Path) -> None:
        from torch_lr_finder import LRFinder

        super().__init__(world, folder)
        self.finder = LRFinder(
            world.model,
            world.optimizer,
            world.criterion,
            amp_backend="torch",
            amp_config={"device_type": "cpu", "enabled": False},
            grad_scaler=world.scaler,
        )

    def sweep(self) -> None:
        try:
            self.finder.range_test(self.world.loader, start_lr=START_LR, end_lr=END_LR, num_iter=STEPS)
        finally:
            self.finder.reset()


class Lightning(Engine):
    packages = ("lightning",)
    without = frozenset()

    def __init__(self, world: World, folder: Path) -> None:
        from lightning.pytorch import LightningModule, Trainer
        from lightning.pytorch.plugins import MixedPrecision
        from lightning.pytorch.tuner import Tuner

        class Module(LightningModule):
            def __init__(self) -> None:
                super().__init__()
                self.net = world.model

            def training_step(self, batch: Any, _: int) -> torch.Tensor:
                return world.criterion(self.net(batch[0]), batch[1])

            def configure_optimizers(self) -> torch.optim.Optimizer:
                return world.optimizer

        super().__init__(world, folder)
        self.its = Trainer(
            accelerator="cpu",
            max_epochs=100,
            plugins=[MixedPrecision("16-mixed", "cpu", world.scaler)],
            default_root_dir=folder,
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=False,
        )
        self.tuner = Tuner(self.its)
        self.module = Module()
        # Modules are born in training mode, and a parent's flag is its own: the net keeps its flags.

    def sweep(self) -> None:
        self.tuner.lr_find(
            self.module,
            train_dataloaders=self.world.loader,
            min_lr=START_LR,
            max_lr=END_LR,
            num_training=STEPS,
            update_attr=False,
        )

    def trainer(self) -> object:
        its = self.its
        return {
            "callbacks": [type(each).__name__ for each in its.callbacks],
            "loggers": [type(each).__name__ for each in its.loggers],
            "limits": [its.max_epochs, its.max_steps, its.limit_train_batches, its.limit_val_batches],
            "should_stop": its.should_stop,
            "done": [its.current_epoch, its.global_step],
        }


class Fastai(Engine):
    packages = ("fastai",)
    without = frozenset({"GradScaler"})  # its MixedPrecision makes a new one at every fit

    def __init__(self, world: World, folder: Path) -> None:
        from fastai.callback import progress, schedule  # noqa: F401  # they teach a Learner `no_bar`, `lr_find`
        from fastai.data.core import DataLoaders
        from fastai.learner import Learner
        from fastai.optimizer import OptimWrapper

        super().__init__(world, folder)
        self.learn = Learner(
            DataLoaders(world.loader, world.loader, device=torch.device("cpu")),
            world.model,
            loss_func=world.criterion,
            lr=world.lrs,  # type: ignore[arg-type]
            path=folder,
        )
        self.learn.opt = OptimWrapper(opt=world.optimizer)

    def sweep(self) -> None:
        with self.learn.no_bar():
            self.learn.lr_find(START_LR, END_LR, STEPS, show_plot=False, suggest_funcs=None)

    def trainer(self) -> object:
        learn = self.learn
        return {
            "callbacks": sorted(type(each).__name__ for each in learn.cbs),
            "logger": repr(learn.logger),
            "rates": [learn.lr, learn.wd],
            "optimizer": learn.opt.opt is self.world.optimizer,
        }


class Ignite(Engine):
    packages = ("pytorch-ignite",)
    without = frozenset()

    def __init__(self, world: World, folder: Path) -> None:
        from ignite.engine import Engine as Trainer
        from ignite.handlers import FastaiLRFinder

        def step(_: Any, batch: Any) -> float:
            world.model.train()  # as the training step of its create_supervised_trainer does
            return world.step(*batch).item()

        super().__init__(world, folder)
        self.finder, self.its = FastaiLRFinder(), Trainer(step)

    def sweep(self) -> None:
        world = self.world
        to_save = {"model": world.model, "optimizer": world.optimizer, "scaler": world.scaler}
        options = {"num_iter": STEPS, "start_lr": START_LR, "end_lr": END_LR}
        with self.finder.attach(self.its, to_save, **options) as its:
            its.run(world.loader, max_epochs=2)

    def trainer(self) -> object:
        its = self.its
        return {
            "handlers": {str(event): len(held) for event, held in its._event_handlers.items() if held},
            "done": [its.state.epoch, its.state.iteration, its.state.max_epochs, its.state.epoch_length],
            "terminate": [its.should_terminate, its.should_terminate_single_epoch],
        }


ENGINES: dict[str, type[Engine]] = {
    "lrwidget": Ours,
    "pytorch-lr-finder": TorchLRFinder,
    "Lightning": Lightning,
    "fastai": Fastai,
    "ignite": Ignite,
}
