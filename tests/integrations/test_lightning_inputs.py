"""The forms in which Lightning's users hand in optimizers, loaders and steps, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from lightning.pytorch.utilities import CombinedLoader
from torch import nn

from lrwidget import LRWidgetWarning, SettingsError, SetupError
from lrwidget.errors import LossError
from lrwidget.integrations.lightning import LearningRateFinder, widget
from tests.integrations.lightning_world import POINTS, RANGE, WARNINGS, Data, Net, loader, pl, trainer
from tests.integrations.webs import differences, web

pytestmark = WARNINGS


def step(sgd: Any) -> Any:
    return torch.optim.lr_scheduler.StepLR(sgd, 1)


FORMS = {
    "optimizer": lambda sgd: sgd,
    "list": lambda sgd: [sgd],
    "two lists": lambda sgd: ([sgd], [step(sgd)]),
    "two lists, dict": lambda sgd: ([sgd], [{"scheduler": step(sgd), "interval": "step"}]),
    "dict": lambda sgd: {"optimizer": sgd},
    "dict with a scheduler": lambda sgd: {"optimizer": sgd, "lr_scheduler": step(sgd)},
    "dict of dicts": lambda sgd: {"optimizer": sgd, "lr_scheduler": {"scheduler": step(sgd)}},
    "list of dicts": lambda sgd: [{"optimizer": sgd, "lr_scheduler": step(sgd)}],
    "warm-up": lambda sgd: ([sgd], [torch.optim.lr_scheduler.LinearLR(sgd, 0.1)]),
}


@pytest.mark.parametrize("form", FORMS)
def test_optimizers_come_in_every_form(form: str) -> None:
    w = widget(Net(configure=FORMS[form]), trainer(), loader(), **RANGE)
    assert len(w.run()) == POINTS
    w.close()


def two(sgd: Any) -> Any:
    return [sgd, torch.optim.SGD(sgd.param_groups[0]["params"], lr=0.1)]


@pytest.mark.parametrize(("configure", "told"), [(two, "2 optimizers"), (lambda _: None, "got NoneType")])
def test_no_or_several_optimizers_are_refused(configure: Any, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        widget(Net(configure=configure), trainer(), loader())


def test_what_cannot_be_swept_is_refused() -> None:
    module = Net()
    module.automatic_optimization = False
    with pytest.raises(SetupError, match="automatic_optimization is False"):
        widget(module, trainer(), loader())
    with pytest.raises(SetupError, match="must be a LightningModule; got a Linear"):
        widget(nn.Linear(1, 1), trainer(), loader())
    with pytest.raises(SettingsError, match="exclude each other"):
        widget(Net(), trainer(), loader(), Data())
    with pytest.raises(SetupError, match="nothing to train on: Net has no train_dataloader"):
        widget(Net(), trainer())
    with pytest.raises(SettingsError, match="step_fn is not for you to give"):
        widget(Net(), trainer(), loader(), step_fn=print)
    with pytest.raises(SetupError, match="2 processes"):
        widget(Net(), trainer(devices=2), loader())
    with pytest.raises(SettingsError, match="are the same thing"):
        widget(Net(), trainer(), loader(), val_dataloaders=loader(), val_loader=loader())
    with pytest.raises(SettingsError, match="are 2, and one loss"):
        widget(Net(), trainer(), loader(), val_dataloaders=[loader(), loader()])
    with pytest.raises(TypeError, match="num_training"):
        widget(Net(), trainer(), loader(), num_training=3)


class NoLoss(Net):
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return None


class Draws(Net):
    def training_step(self, dataloader_iter: Any) -> Any:
        return None


def test_steps_without_a_loss_are_refused() -> None:
    module = NoLoss()
    w = widget(module, trainer(), loader(), **RANGE)
    with pytest.raises(LossError, match="training_step gave no loss"):
        w.run()
    assert module._trainer is None
    w.close()
    with pytest.raises(SetupError, match="dataloader_iter"):
        widget(Draws(), trainer(), loader())


class Fixed(Net):
    def __init__(self) -> None:
        super().__init__()
        del self.hparams["lr"]

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Tenth(Net):
    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr / 10)


def test_a_rate_that_the_next_fit_would_not_use_is_warned_of() -> None:
    with pytest.warns(LRWidgetWarning, match="has no lr or learning_rate"):
        widget(Fixed(), trainer(), loader()).close()
    with pytest.warns(LRWidgetWarning, match=r"the rate 0.01, but the Tenth holds lr=0.1"):
        widget(Tenth(), trainer(), loader()).close()


class Bare(pl.LightningModule):
    """Takes no index, returns a dict, brings its loader, and a schedule that asks for the length of a fit."""

    def __init__(self) -> None:
        super().__init__()
        self.lr = 0.1
        self.net = nn.Linear(4, 1)

    def training_step(self, batch: Any) -> Any:
        self.logger.experiment.add_scalar("x", 1.0)
        out = self.net(batch[0])
        return {"loss": nn.functional.mse_loss(out, batch[1]), "out": out.detach()}

    def train_dataloader(self) -> Any:
        return loader()

    def configure_optimizers(self) -> Any:
        sgd = torch.optim.SGD(self.parameters(), lr=self.lr)
        total = self.trainer.estimated_stepping_batches
        assert total == 12_000
        cycle = torch.optim.lr_scheduler.OneCycleLR(sgd, self.lr, total)
        return [sgd], [{"scheduler": cycle, "interval": "step"}]


def test_without_a_trainer_a_plain_one_stands_in(capsys: Any) -> None:
    module = Bare()
    before = web(module=module)
    w = widget(module, metric=lambda out, y: -(out["out"] - y).abs().mean(), **RANGE)
    history = w.run()
    assert len(history) == POINTS
    assert history.metric is not None
    assert "available" not in "".join(capsys.readouterr())
    assert differences(before, web(module=module)) == []
    w.close()


def test_loss_is_evaluated_on_validation_batches() -> None:
    module = Net()
    w = widget(module, trainer(), loader(), val_dataloaders=[loader(seed=5)], **RANGE)
    history = w.run()
    assert history.receipt["evaluation_batches"] == 12
    assert module.seen == 0
    w.close()


class Several(Net):
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        both = [super(Several, self).training_step(batch[key], batch_idx) for key in ("a", "b")]
        return sum(both)


def test_collections_of_loaders_give_a_batch_of_each() -> None:
    def both() -> Any:
        workers = {"num_workers": 1, "persistent_workers": True}
        return {"a": loader(size=24, shuffle=True), "b": loader(seed=2, shuffle=True, **workers)}

    for data in (both(), CombinedLoader(both(), "min_size")):
        w = widget(Several(), trainer(), data, **RANGE)
        assert len(w.run()) == POINTS
        w.close()


def test_modules_of_the_other_package_are_swept_and_fitted_too() -> None:
    other = pytest.importorskip("pytorch_lightning")

    class Other(other.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.lr = 0.1
            self.net = nn.Linear(4, 1)

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            self.log("x", 1.0)
            return nn.functional.mse_loss(self.net(batch[0]), batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=self.lr)

    quiet = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    module, finder = Other(), LearningRateFinder(fixed_batches=4, **RANGE)
    fit = other.Trainer(accelerator="cpu", max_epochs=1, callbacks=[finder], **quiet)
    before = web(module=module, trainer=fit)
    w = widget(module, fit, loader(), **RANGE)
    assert len(w.run()) == POINTS
    assert differences(before, web(module=module, trainer=fit)) == []
    w.close()
    fit.fit(module, loader())
    assert fit.optimizers[0].param_groups[0]["lr"] == finder.suggested_lr == module.lr
