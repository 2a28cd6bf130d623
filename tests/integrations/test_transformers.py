"""Sweeps of a Trainer's model: the losses are a real train()'s, the rest is as if nothing had happened."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from lrwidget import LRWidgetWarning, SettingsError, SetupError
from lrwidget.integrations.transformers import widget
from tests.engine.states import assert_same_state, full_state
from tests.integrations.transformers_world import (
    POINTS,
    RANGE,
    InOrder,
    Seen,
    bert,
    gpt,
    sentences,
    texts,
    trained_at,
    trainer,
    transformers,
)
from tests.integrations.webs import differences, web


class Halved(InOrder):
    """An old override, from before num_items_in_batch."""

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False) -> Any:
        loss, outputs = super().compute_loss(model, inputs, return_outputs=True)
        return (loss / 2, outputs) if return_outputs else loss / 2


class HalvedSeen(Halved, Seen):
    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **_: Any) -> Any:
        return super().compute_loss(model, inputs, return_outputs)


def summed(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    loss = nn.functional.cross_entropy(outputs.logits, labels, reduction="sum")
    return loss / (len(labels) if num_items_in_batch is None else num_items_in_batch)


CASES = {
    "bert": (bert, sentences, {}),
    "gpt": (gpt, texts, {}),
    "gpt, accumulation": (gpt, texts, {"gradient_accumulation_steps": 2}),
    "bert, accumulation": (bert, sentences, {"gradient_accumulation_steps": 3}),
    "loss function": (
        bert,
        sentences,
        {"gradient_accumulation_steps": 2, "trainer_options": {"compute_loss_func": summed}},
    ),
    "clipped": (bert, sentences, {"max_grad_norm": 0.05}),
    "not clipped": (bert, sentences, {"max_grad_norm": 0.0}),
    "smoothed": (gpt, texts, {"label_smoothing_factor": 0.2}),
    "bf16": (bert, sentences, {"bf16": True}),
    "bf16, smoothed": (gpt, texts, {"bf16": True, "label_smoothing_factor": 0.2}),
    "small batches, sgd": (bert, sentences, {"per_device_train_batch_size": 4, "optim": "sgd"}),
}


@pytest.mark.parametrize("case", CASES)
def test_losses_are_those_of_train_at_the_same_rates(case: str, tmp_path: Any) -> None:
    model, data, options = CASES[case]
    w = widget(trainer(tmp_path, model(), data(), **options), **RANGE)
    history = w.run()
    w.close()
    assert len(history) == POINTS
    losses = trained_at(list(history.lr), tmp_path, model(), data(), **options)
    # Losses of several batches, and norms of gradients, are added up in another order.
    assert list(history.loss) == (losses if case == "not clipped" else pytest.approx(losses, rel=1e-5))
    assert len(set(history.loss)) == POINTS


def test_an_overridden_loss_is_used(tmp_path: Any) -> None:
    w = widget(trainer(tmp_path, bert(), sentences(), Halved), **RANGE)
    history = w.run()
    w.close()
    losses = trained_at(list(history.lr), tmp_path, bert(), sentences(), HalvedSeen)
    assert list(history.loss) == pytest.approx(losses, rel=1e-6)
    assert history.loss[0] < 0.5


def test_the_rest_of_a_pass_is_weighed_with_the_next(tmp_path: Any) -> None:
    """Three batches a pass, two a step: no loss is counted twice or not at all."""
    w = widget(trainer(tmp_path, gpt(), texts(24), gradient_accumulation_steps=2), **RANGE)
    history = w.run()
    assert max(history.loss[:9]) < 1.1 * min(history.loss[:9])
    w.close()


class Failing(InOrder):
    calls = 0
    fail: BaseException | None = None

    def compute_loss(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        self.made_here = self.calls
        if self.calls == 5 and self.fail is not None:
            raise self.fail
        return super().compute_loss(*args, **options)


@pytest.mark.parametrize("failure", [None, ZeroDivisionError("no"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("options", [{}, {"bf16": True, "gradient_accumulation_steps": 2}], ids=str)
def test_everything_is_as_before(failure: Any, options: Any, tmp_path: Any) -> None:
    model = gpt()
    made = trainer(tmp_path, model, texts(), Failing, **options)
    made.fail = failure
    before, state = web(trainer=made), full_state(model)
    w = widget(made, **RANGE)
    assert differences(before, web(trainer=made)) == []
    if isinstance(failure, Exception):
        with pytest.raises(ZeroDivisionError):
            w.run()
    else:
        w.run()
        assert w.stop_reason == ("interrupted" if failure else "completed")
    vars(failure or made).pop("__notes__", None)  # where in the sweep it happened
    assert differences(before, web(trainer=made)) == []
    assert_same_state(state, full_state(model))
    assert made.optimizer is None
    w.close()


def test_train_after_the_sweep_is_bit_for_bit_that_without_it(tmp_path: Any) -> None:
    ends = []
    for sweeps in (0, 2):
        made = trainer(tmp_path, gpt(), texts(), transformers.Trainer, gradient_accumulation_steps=2)
        if sweeps:
            w = widget(made, **RANGE)
            for _ in range(sweeps):
                w.run()
            w.close()
        made.train()
        ends.append(torch.cat([p.detach().flatten() for p in made.model.parameters()]))
    assert torch.equal(*ends)


def first_rate(made: Any) -> float:
    logged: float = next(line["learning_rate"] for line in made.state.log_history if "learning_rate" in line)
    return logged


def test_an_accepted_rate_is_in_force_in_the_next_train(tmp_path: Any) -> None:
    made = trainer(tmp_path, bert(), sentences())
    w = widget(made, fixed_batches=4, **RANGE)
    w.run()
    assert w.suggested_lr is not None
    w.accept()
    assert made.args.learning_rate == w.accepted_lr
    made.train()
    assert first_rate(made) == w.accepted_lr
    w.reset()
    assert made.args.learning_rate == 5e-5
    w.close()


def test_a_second_train_goes_on_with_another_rate(tmp_path: Any) -> None:
    made = trainer(tmp_path, bert(), sentences(), lr_scheduler_type="linear", warmup_steps=2)
    made.train()
    before = web(trainer=made)
    w = widget(made, **RANGE)
    assert len(w.run()) == POINTS
    assert differences(before, web(trainer=made)) == []
    w.accept(0.01)
    made.args.lr_scheduler_type = "constant"
    made.train()
    assert first_rate(made) == 0.01
    w.close()


@pytest.mark.parametrize("with_scheduler", [False, True])
def test_an_optimizer_of_the_users_own_gets_the_rate(with_scheduler: bool, tmp_path: Any) -> None:
    model = bert()
    sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    constant = torch.optim.lr_scheduler.LambdaLR(sgd, lambda _: 1.0) if with_scheduler else None
    made = trainer(tmp_path, model, sentences(), trainer_options={"optimizers": (sgd, constant)})
    state, before = full_state(model, sgd), web(trainer=made)
    w = widget(made, **RANGE)
    w.run()
    assert_same_state(state, full_state(model, sgd))
    assert differences(before, web(trainer=made)) == []
    w.accept(0.02)
    assert sgd.param_groups[0]["lr"] == 0.02
    made.train()
    assert {line["learning_rate"] for line in made.state.log_history if "loss" in line} == {0.02}
    w.close()


def test_a_class_of_optimizer_gets_the_rate_where_it_is_made_from(tmp_path: Any) -> None:
    given = (torch.optim.SGD, {"lr": 0.1})
    made = trainer(tmp_path, bert(), sentences(), trainer_options={"optimizer_cls_and_kwargs": given})
    w = widget(made, **RANGE)
    w.accept(0.03)
    made.train()
    assert first_rate(made) == 0.03
    w.close()


def test_evaluation_and_a_metric(tmp_path: Any) -> None:
    made = trainer(tmp_path, bert(), sentences(), trainer_options={"eval_dataset": sentences(32)})

    def accuracy(output: Any, labels: Any) -> Any:
        return (output.logits.argmax(-1) == labels).float().mean()

    loader = made.get_eval_dataloader()
    before = web(trainer=made, loader=loader)
    w = widget(made, val_loader=loader, val_batches=2, metric=accuracy, **RANGE)
    history = w.run()
    assert history.receipt["evaluation_batches"] == 2
    assert history.metric is not None
    assert 0 <= min(history.metric) <= max(history.metric) <= 1
    assert differences(before, web(trainer=made, loader=loader)) == []
    w.close()


class Own(InOrder):
    def training_step(self, *args: Any, **options: Any) -> Any:
        return super().training_step(*args, **options)


def test_an_overridden_training_step_is_warned_of(tmp_path: Any) -> None:
    with pytest.warns(LRWidgetWarning, match="Own.training_step is not called in a sweep"):
        widget(trainer(tmp_path, bert(), sentences(), Own)).close()


def test_what_cannot_be_swept_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SetupError, match=r"must be a transformers\.Trainer; got a Linear"):
        widget(nn.Linear(1, 1))
    made = trainer(tmp_path, bert(), sentences())
    with pytest.raises(
        SettingsError, match="step_fn is not for you to give here: it follows from the Trainer"
    ):
        widget(made, step_fn=print)
    with pytest.raises(TypeError, match="num_training"):
        widget(made, num_training=3)
    with pytest.raises(SettingsError, match="num_iter"):
        widget(made, num_iter=1)
    with pytest.raises(SetupError, match="nothing to train on"):
        widget(trainer(tmp_path, bert(), None))
    monkeypatch.setattr(made, "is_fsdp_enabled", True)
    with pytest.raises(SetupError, match="over processes"):
        widget(made)
