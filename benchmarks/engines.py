"""How each engine is told to sweep, as its documentation says, and what its trainer is set to.

Each is given what it can take: the GradScaler wherever there is a place for one, the objects to be restored
in ignite's ``to_save``, and ``reset()`` after pytorch-lr-finder whatever happened.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from lrwidget import LRFinder, RangeTest

#: A threshold that no loss reaches.
NEVER = 1e30


class World(Protocol):
    """What a person trains with; the engines are let loose on it."""

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    criterion: Callable[..., torch.Tensor]
    loader: Any
    scaler: Any
    device: torch.device

    @property
    def lrs(self) -> list[float]: ...

    def step(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor: ...


@dataclass(frozen=True)
class Request:
    """What an engine is asked for: rates from first to last, and whether it may stop at a divergence."""

    start_lr: float
    end_lr: float
    steps: int
    may_stop: bool = True


class Engine:
    """One engine beside one world. :meth:`sweep` may be called again."""

    #: Packages whose versions belong to the result.
    packages: tuple[str, ...]
    #: Kinds of state that it has no place for.
    without: frozenset[str] = frozenset({"settings and callbacks of the trainer"})
    #: Whether a trainer of its own, which its users have anyway, was made with it.
    has_trainer = False

    def __init__(self, world: World, folder: Path, request: Request) -> None:
        self.world = world
        self.request = request

    def sweep(self) -> None:
        raise NotImplementedError

    def losses(self) -> list[float] | None:
        """The raw losses of the last sweep; None where it ran other rates than ours, or keeps none."""
        return None

    def trainer(self) -> object:
        """What the engine's own trainer is set to."""
        return None

    def _options(self, **options: Any) -> dict[str, Any]:
        """The rates in the words of pytorch-lr-finder; ``options`` only where no divergence may stop it."""
        asked = self.request
        rates = {"start_lr": asked.start_lr, "end_lr": asked.end_lr, "num_iter": asked.steps}
        return rates if asked.may_stop else rates | options


class Ours(Engine):
    packages = ("lrwidget",)

    def sweep(self) -> None:
        world = self.world
        self.history = RangeTest(
            world.model,
            world.optimizer,
            world.criterion,
            world.loader,
            grad_scaler=world.scaler,
            **self._options(diverge_th=NEVER),
        ).run()

    def losses(self) -> list[float]:
        return self.history.loss.tolist()


class DropIn(Engine):
    """pytorch-lr-finder's class, as this package has it."""

    packages = ("lrwidget",)

    def sweep(self) -> None:
        world = self.world
        self.finder = LRFinder(world.model, world.optimizer, world.criterion, device=world.device)
        self.finder.range_test(world.loader, **self._options(diverge_th=NEVER, smooth_f=0))
        self.finder.reset()

    def losses(self) -> list[float]:
        return list(self.finder.history["loss"])


class TorchLRFinder(Engine):
    packages = ("torch-lr-finder",)

    def __init__(self, world: World, folder: Path, request: Request) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about progress bars
            from torch_lr_finder import LRFinder

        super().__init__(world, folder, request)
        scaled = {
            "amp_backend": "torch",
            "amp_config": {"device_type": "cpu", "enabled": False},
            "grad_scaler": world.scaler,
        }
        self.finder = LRFinder(
            world.model, world.optimizer, world.criterion, **(scaled if world.scaler is not None else {})
        )

    def sweep(self) -> None:
        try:
            self.finder.range_test(self.world.loader, **self._options(diverge_th=NEVER, smooth_f=0))
        finally:
            self.finder.reset()

    def losses(self) -> list[float]:
        return list(self.finder.history["loss"])


class Lightning(Engine):
    packages = ("lightning",)
    without = frozenset()
    has_trainer = True

    def __init__(self, world: World, folder: Path, request: Request) -> None:
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

        super().__init__(world, folder, request)
        scaled = [MixedPrecision("16-mixed", "cpu", world.scaler)] if world.scaler is not None else None
        self.its = Trainer(
            accelerator="gpu" if world.device.type == "cuda" else "cpu",
            devices=1,
            max_epochs=100,
            plugins=scaled,
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
        asked = self.request
        self.tuner.lr_find(
            self.module,
            train_dataloaders=self.world.loader,
            min_lr=asked.start_lr,
            max_lr=asked.end_lr,
            num_training=asked.steps,
            update_attr=False,
            **({} if asked.may_stop else {"early_stop_threshold": None}),
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
    has_trainer = True

    def __init__(self, world: World, folder: Path, request: Request) -> None:
        from fastai.callback import progress, schedule  # noqa: F401  # they teach a Learner `no_bar`, `lr_find`
        from fastai.data.core import DataLoaders
        from fastai.learner import Learner
        from fastai.optimizer import OptimWrapper

        super().__init__(world, folder, request)
        self.learn = Learner(
            DataLoaders(world.loader, world.loader, device=world.device),
            world.model,
            loss_func=world.criterion,
            lr=world.lrs,  # type: ignore[arg-type]
            path=folder,
        )
        self.learn.opt = OptimWrapper(opt=world.optimizer)

    def sweep(self) -> None:
        asked = self.request
        with self.learn.no_bar():
            self.learn.lr_find(
                asked.start_lr,
                asked.end_lr,
                asked.steps,
                stop_div=asked.may_stop,
                show_plot=False,
                suggest_funcs=None,
            )

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
    has_trainer = True

    def __init__(self, world: World, folder: Path, request: Request) -> None:
        from ignite.engine import Engine as Trainer
        from ignite.handlers import FastaiLRFinder

        def step(_: Any, batch: Any) -> float:
            world.model.train()  # as the training step of its create_supervised_trainer does
            x, y = (part.to(world.device) for part in batch)
            return world.step(x, y).item()

        super().__init__(world, folder, request)
        self.finder, self.its = FastaiLRFinder(), Trainer(step)

    def sweep(self) -> None:
        world = self.world
        to_save = {"model": world.model, "optimizer": world.optimizer}
        if world.scaler is not None:
            to_save["scaler"] = world.scaler
        with self.finder.attach(self.its, to_save, **self._options(diverge_th=NEVER)) as its:
            # In passes of the loader's length it takes one step too many, unless they end with the sweep.
            its.run(world.loader, max_epochs=1, epoch_length=self.request.steps)

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
