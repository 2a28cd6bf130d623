"""The callback: a fit goes on from where it stood, with the rate that was found."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lrwidget import LRWidgetWarning, SettingsError, SetupError
from lrwidget.integrations.lightning import LearningRateFinder
from tests.engine.states import random_state
from tests.integrations.lightning_world import POINTS, RANGE, WARNINGS, Net, loader, pl, trainer
from tests.integrations.webs import differences, web

pytestmark = WARNINGS
FINDS = {**RANGE, "fixed_batches": 4}


def weights(module: Any) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def fitted(module: Any, *callbacks: Any, **options: Any) -> Any:
    torch.manual_seed(5)
    fit = trainer(callbacks=list(callbacks), **options)
    fit.fit(module, loader(shuffle=True), loader(seed=2))
    return fit


def test_the_fit_is_that_of_a_module_made_with_the_found_rate() -> None:
    module, finder = Net(), LearningRateFinder(**FINDS)
    fit = fitted(module, finder)
    assert finder.history is not None
    assert finder.pick is not None
    assert len(finder.history) == POINTS
    assert finder.suggested_lr == finder.history.suggest().lr == module.hparams.lr
    assert fit.optimizers[0].param_groups[0]["lr"] == finder.suggested_lr
    assert fit.global_step == 24
    other = Net(lr=finder.suggested_lr)
    fitted(other)
    assert torch.equal(weights(module), weights(other))
    assert module.seen == other.seen


def test_without_a_suggestion_the_fit_is_as_without_the_callback() -> None:
    module, finder = Net(), LearningRateFinder(start_lr=1e-9, end_lr=1e-8, num_iter=10)
    with pytest.warns(LRWidgetWarning, match=r"no learning rate was found \(.*, so training goes on"):
        fitted(module, finder, gradient_clip_val=0.5, accumulate_grad_batches=2)
    other = Net()
    fitted(other, gradient_clip_val=0.5, accumulate_grad_batches=2)
    assert finder.suggested_lr is None
    assert torch.equal(weights(module), weights(other))
    assert module.hparams.lr == 0.1


class Watched(LearningRateFinder):
    """Compares all there is just before the sweep and just after."""

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        roots = {"trainer": trainer, "module": pl_module}
        before, random = web(**roots), random_state()
        try:
            super().on_train_start(trainer, pl_module)
        finally:
            self.changed = [
                line
                for line in differences(before, web(**roots))
                if not any(name in line for name in (".history", ".pick"))
            ]
            assert str(random) == str(random_state())


class Fails(Net):
    def training_step(self, batch: Any, batch_idx: int) -> Any:
        loss = super().training_step(batch, batch_idx)
        if self.seen == 5:
            raise ZeroDivisionError
        return loss


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed", "64-true"])
def test_nothing_but_the_rate_changes(precision: str) -> None:
    finder = Watched(**FINDS)
    fitted(Net(), finder, precision=precision)
    assert finder.suggested_lr is not None
    left = [line for line in finder.changed if not line.endswith(f"0.1 became {finder.suggested_lr!r}")]
    assert left == []
    assert 1 <= len(finder.changed) <= 4


def test_an_error_in_the_sweep_ends_the_fit_with_all_given_back() -> None:
    finder, module = Watched(**FINDS), Fails()
    module.fail = None
    with pytest.raises(ZeroDivisionError):
        fitted(module, finder)
    assert finder.changed == []
    assert finder.history is None


def warm(sgd: Any) -> Any:
    return [sgd], [{"scheduler": torch.optim.lr_scheduler.LinearLR(sgd, 0.1, 1.0, 10), "interval": "step"}]


def test_a_warm_up_begins_at_its_part_of_the_found_rate() -> None:
    module, finder = Net(configure=warm), LearningRateFinder(**FINDS)
    fit = fitted(module, finder)
    other = Net(lr=finder.suggested_lr, configure=warm)
    fitted(other)
    assert fit.optimizers[0].param_groups[0]["lr"] == pytest.approx(finder.suggested_lr)
    assert torch.allclose(weights(module), weights(other), rtol=1e-5)


def test_a_one_cycle_schedule_goes_on_and_says_so() -> None:
    def cycle(sgd: Any) -> Any:
        return [sgd], [torch.optim.lr_scheduler.OneCycleLR(sgd, 0.1, 100)]

    with pytest.warns(LRWidgetWarning, match="the attached schedule keeps its own rates"):
        fitted(Net(configure=cycle), LearningRateFinder(**FINDS))


@pytest.mark.filterwarnings("ignore:.*isinstance.treespec")
def test_resumed_and_trial_runs_keep_their_rate(tmp_path: Any) -> None:
    module = Net()
    first = fitted(module)
    first.save_checkpoint(tmp_path / "x.ckpt")
    finder = LearningRateFinder(**FINDS)
    resumed = trainer(callbacks=[finder], max_epochs=3)
    resumed.fit(Net(), loader(), ckpt_path=tmp_path / "x.ckpt")
    assert finder.history is None
    trial = LearningRateFinder(**FINDS)
    fitted(Net(), trial, fast_dev_run=True)
    assert trial.history is None


class Fixed(Net):
    def configure_optimizers(self) -> Any:
        del self.hparams["lr"]
        return torch.optim.SGD(self.parameters(), lr=0.1)


def test_a_module_without_a_place_for_the_rate_is_trained_with_it_all_the_same() -> None:
    finder = LearningRateFinder(**FINDS)
    fit = fitted(Fixed(), finder)
    assert fit.optimizers[0].param_groups[0]["lr"] == finder.suggested_lr != 0.1


def test_bad_settings_are_told() -> None:
    with pytest.raises(SettingsError, match="around is not for you to give"):
        LearningRateFinder(around=print)
    with pytest.raises(SettingsError, match="num_iter"):
        fitted(Net(), LearningRateFinder(num_iter=1))
    module = Net()
    module.automatic_optimization = False
    with pytest.raises(SetupError, match="automatic_optimization is False"):
        fitted(module, LearningRateFinder())


def test_in_a_notebook_the_widget_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrwidget.integrations.lightning import finder as lightning_finder

    shown = []

    class Shown(lightning_finder.LRWidget):
        def run(self) -> Any:
            shown.append(self)
            return super().run()

    monkeypatch.setattr(lightning_finder, "in_kernel", lambda: True)
    monkeypatch.setattr(lightning_finder, "LRWidget", Shown)
    module, finder = Net(), LearningRateFinder(**FINDS, rule="knee")
    fitted(module, finder)
    assert shown[0].pick.lr == finder.suggested_lr == module.hparams.lr
    assert finder.pick.rule == "knee"
    module = Net()
    module.fail = KeyboardInterrupt()
    with pytest.raises(SystemExit):  # what Lightning makes of Ctrl-C
        fitted(module, LearningRateFinder(**FINDS))


def test_the_callback_is_one_of_lightnings() -> None:
    assert issubclass(LearningRateFinder, pl.Callback)
