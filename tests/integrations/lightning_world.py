"""A LightningModule like real ones, small data, and a fit of Lightning's own at rates of a sweep."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

pl = pytest.importorskip("lightning.pytorch")

# What Lightning and PyTorch say to each other, or of data as small as this.
WARNINGS = [
    pytest.mark.filterwarnings("ignore:`isinstance\\(treespec:FutureWarning"),
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:The number of training batches .* is smaller"),
    pytest.mark.filterwarnings("ignore:`lr_scheduler.step:UserWarning"),
    pytest.mark.filterwarnings("ignore:You defined a `validation_step` but have no"),
]
logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.ERROR)

POINTS = 24
RANGE = {"start_lr": 1e-4, "end_lr": 1.0, "num_iter": POINTS, "diverge_th": 1e9}


def loader(seed: int = 1, size: int = 96, **options: Any) -> DataLoader:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(size, 4, generator=draw)
    return DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), **{"batch_size": 8, **options})


def trainer(**options: Any) -> pl.Trainer:
    quiet = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
    return pl.Trainer(**{"accelerator": "cpu", "max_epochs": 2, **dict.fromkeys(quiet, False), **options})


class Net(pl.LightningModule):
    """Logs, counts, and asks its trainer things, as real ones do."""

    def __init__(self, lr: float = 0.1, configure: Any = None) -> None:
        super().__init__()
        self.save_hyperparameters("lr")
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 1))
        self.seen = 0
        self.outputs: list[Any] = []
        self.configure = configure
        self.fail: BaseException | None = None
        self.configured: Any = None

    def on_train_epoch_start(self) -> None:
        self.epoch_sum = 0.0

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        x, y = batch
        loss = nn.functional.mse_loss(self.net(x), y)
        self.log("loss", loss, prog_bar=True)
        self.log_dict({"a": 1.0, "b": loss.detach()}, on_epoch=True)
        self.epoch_sum += float(batch_idx)
        self.seen += 1
        self.outputs.append(loss.detach())
        assert self.trainer.training
        assert self.trainer.optimizers[0] is not None
        assert self.optimizers().param_groups
        assert self.trainer.lightning_module is self
        if self.logger is not None:
            self.logger.experiment.add_scalar("x", 1.0, self.global_step)
            self.logger.log_metrics({"x": 1.0})
        if self.fail is not None and self.seen == 5:
            raise self.fail
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        sgd = torch.optim.SGD(self.parameters(), lr=self.hparams.lr, momentum=0.9)
        self.configured = sgd if self.configure is None else self.configure(sgd)
        return self.configured


class Losses(pl.Callback):
    """What a fit saw."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, i: int) -> None:
        self.losses.append(outputs["loss"].item())


def fit_at(rates: list[float], data: Any, accumulate: int = 1, **options: Any) -> list[float]:
    """Losses of Lightning's own fit, its rate set to one of the list before each step."""

    def follow(sgd: Any) -> Any:
        steps = torch.optim.lr_scheduler.LambdaLR(sgd, lambda i: rates[min(i, len(rates) - 1)])
        return {"optimizer": sgd, "lr_scheduler": {"scheduler": steps, "interval": "step"}}

    seen = Losses()
    fit = trainer(
        max_epochs=-1,
        max_steps=len(rates),
        callbacks=[seen],
        accumulate_grad_batches=accumulate,
        **options,
    )
    fit.fit(Net(lr=1.0, configure=follow), data)
    parts = [seen.losses[i : i + accumulate] for i in range(0, len(seen.losses), accumulate)]
    # Each is already divided by their number.
    return [sum(part) for part in parts]


class Data(pl.LightningDataModule):
    def __init__(self) -> None:
        super().__init__()
        self.save_hyperparameters({"lr": 0.3})
        self.calls: list[str] = []

    def prepare_data(self) -> None:
        self.calls.append("prepare_data")

    def setup(self, stage: str) -> None:
        self.calls.append(f"setup {stage}")
        self.data = loader(shuffle=True).dataset

    def train_dataloader(self) -> Any:
        self.calls.append("train_dataloader")
        return DataLoader(self.data, batch_size=8)

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        return [part + 1 for part in batch]

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        return [part * 2 for part in batch]
