"""Sweeps of LightningModules: the losses are a real fit's, the rest is as if nothing had happened."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.plugins.precision import MixedPrecision

from lrwidget.integrations.lightning import widget
from tests.engine.states import assert_same_state, full_state
from tests.integrations.lightning_world import POINTS, RANGE, WARNINGS, Data, Net, fit_at, loader, pl, trainer
from tests.integrations.webs import differences, web

pytestmark = WARNINGS


def scaled() -> Any:
    return [MixedPrecision("16-mixed", "cpu", scaler=torch.amp.GradScaler("cpu", init_scale=2.0**8))]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"accumulate_grad_batches": 2},
        {"gradient_clip_val": 0.1},
        {"gradient_clip_val": 0.02, "gradient_clip_algorithm": "value"},
        {"precision": "bf16-mixed"},
        {"precision": "bf16-true"},
        {"precision": "64-true"},
        {"plugins": scaled, "gradient_clip_val": 0.1},
        {"limit_train_batches": 3},
        {"limit_train_batches": 0.5, "accumulate_grad_batches": 3},
    ],
    ids=lambda options: " ".join(f"{key}={getattr(v, '__name__', v)}" for key, v in options.items()),
)
def test_losses_are_those_of_a_fit_at_the_same_rates(options: dict[str, Any]) -> None:
    data = loader()
    fresh = {key: value() if callable(value) else value for key, value in options.items()}
    w = widget(Net(), trainer(**fresh), data, **RANGE)
    history = w.run()
    w.close()
    assert len(history) == POINTS
    fresh = {key: value() if callable(value) else value for key, value in options.items()}
    batches = fresh.pop("accumulate_grad_batches", 1)
    losses = fit_at(list(history.lr), data, batches, **fresh)
    # The mean of several is rounded once more here than there.
    assert list(history.loss) == (losses if batches == 1 else pytest.approx(losses, rel=1e-6))
    assert len(set(history.loss)) == POINTS


def test_clipping_and_precision_are_no_accident() -> None:
    """The losses of the cases above differ from each other."""
    runs = [{}, {"gradient_clip_val": 0.1}, {"precision": "bf16-mixed"}, {"precision": "64-true"}]
    ends = [float(widget(Net(), trainer(**run), loader(), **RANGE).run().loss[-1]) for run in runs]
    assert len(set(ends)) == len(ends)


def test_a_datamodule_is_set_up_once_and_its_batch_hooks_are_called() -> None:
    data, module, user = Data(), Net(), trainer()
    w = widget(module, user, data, **RANGE)  # second, as trainer.fit takes it
    assert data.calls == ["prepare_data", "setup fit", "train_dataloader"]
    assert (data.trainer, user.datamodule) == (None, None)
    before = web(data=data)
    history = w.run()
    w.run()
    assert differences(before, web(data=data)) == []
    assert data.calls == ["prepare_data", "setup fit", "train_dataloader"]
    assert list(history.loss) == pytest.approx(fit_at(list(history.lr), Data()), rel=1e-6)
    w.close()


@pytest.mark.parametrize("failure", [None, ZeroDivisionError("no"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("precision", ["32-true", "64-true"])
def test_everything_is_as_before(failure: Any, precision: str, tmp_path: Any) -> None:
    module = Net(lr=0.2)
    user = trainer(
        logger=CSVLogger(tmp_path),
        enable_checkpointing=True,
        callbacks=[pl.callbacks.EarlyStopping("loss"), pl.callbacks.LearningRateMonitor()],
        precision=precision,
        gradient_clip_val=1.0,
        default_root_dir=tmp_path,
    )
    data = loader(shuffle=True)
    before, state = web(module=module, trainer=user, data=data), full_state(module)
    w = widget(module, user, data, **RANGE)
    module.configured = None
    assert differences(before, web(module=module, trainer=user, data=data)) == []
    module.fail = failure
    if isinstance(failure, Exception):
        with pytest.raises(ZeroDivisionError):
            w.run()
    else:
        w.run()
        assert w.stop_reason == ("interrupted" if failure else "completed")
    module.fail = None
    assert differences(before, web(module=module, trainer=user, data=data)) == []
    assert_same_state(state, full_state(module))
    assert list(tmp_path.rglob("*")) == []
    w.close()


def test_a_fit_after_the_sweep_is_bit_for_bit_the_fit_without_it() -> None:
    ends = []
    for sweeps in (0, 2):
        module, user, data = Net(), trainer(), loader(shuffle=True)
        torch.manual_seed(3)
        if sweeps:
            w = widget(module, user, data, **RANGE)
            for _ in range(sweeps):
                w.run()
            w.close()
        user.fit(module, data)
        ends.append(torch.cat([p.detach().flatten() for p in module.parameters()]))
    assert torch.equal(*ends)


class Attributes(Net):
    """Has its rate as attributes too."""

    def __init__(self) -> None:
        super().__init__()
        self.lr = self.learning_rate = 0.1

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.learning_rate)


@pytest.mark.parametrize("kind", [Net, Attributes])
def test_an_accepted_rate_is_in_force_in_the_next_fit(kind: Any) -> None:
    module, user, data = kind(), trainer(), loader()
    w = widget(module, user, data, fixed_batches=4, **RANGE)
    w.run()
    assert w.suggested_lr is not None
    w.accept()
    assert module.hparams.lr == w.accepted_lr != 0.1
    if kind is Attributes:
        assert module.lr == module.learning_rate == w.accepted_lr
    user.fit(module, data)
    assert user.optimizers[0].param_groups[0]["lr"] == w.accepted_lr
    w.reset()
    assert module.hparams.lr == 0.1
    w.close()


@pytest.mark.parametrize(
    "options", [{}, {"gradient_clip_val": 0.05}, {"accumulate_grad_batches": 2}], ids=str
)
def test_the_hook_before_a_step_changes_the_gradients_as_in_a_fit(
    options: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    norms: list[float] = []

    def halved(self: Any, optimizer: Any) -> None:
        assert optimizer is self.configured or isinstance(self.configured, dict)
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        norms.append(float(torch.cat([g.flatten() for g in gradients]).norm()))
        for gradient in gradients[:2]:
            gradient.mul_(-0.5)

    monkeypatch.setattr(Net, "on_before_optimizer_step", halved)
    w = widget(Net(), trainer(**options), loader(), **RANGE)
    history = w.run()
    w.close()
    swept, parts = list(norms), options.get("accumulate_grad_batches", 1)
    norms.clear()
    expected = fit_at(list(history.lr), loader(), parts, **{k: v for k, v in options.items() if "clip" in k})
    assert list(history.loss) == pytest.approx(expected, rel=1e-5)
    assert len(swept) == POINTS  # once a step, of all its batches, and before the clipping
    assert swept == pytest.approx(norms, rel=1e-5)
    assert max(swept) > 0.05
