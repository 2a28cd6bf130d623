"""Sweeps of a Trainer's model: the losses are a real train()'s, the rest is as if nothing had happened."""

from __future__ import annotations

from contextlib import nullcontext
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
    "checkpointed": (gpt, texts, {"activation_checkpointing": True}),
    "noisy embeddings": (gpt, texts, {"neftune_noise_alpha": 20.0}),
    "noisy embeddings, checkpointed": (
        gpt,
        texts,
        {"neftune_noise_alpha": 20.0, "activation_checkpointing": True, "gradient_accumulation_steps": 2},
    ),
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


class Watched(InOrder):
    """Notes, at each loss, what train() sets up before the first."""

    notes: list[Any]

    def compute_loss(self, model: Any, inputs: Any, *args: Any, **options: Any) -> Any:
        block = self.model.transformer.h[0]
        self.notes.append(
            {
                "blocks recomputed": block.gradient_checkpointing,
                "noise": getattr(self.model.get_input_embeddings(), "neftune_noise_alpha", None),
                "hooks": sum(len(module._forward_hooks) for module in self.model.modules()),
                "in train": self.is_in_train,
                "steps planned": self.state.max_steps,
                "epoch": self.state.epoch is not None,
                "batches a step": self.current_gradient_accumulation_steps,
                "padding": self.model.config.pad_token_id,
                "all train": all(module.training for module in self.model.modules()),
            }
        )
        return super().compute_loss(model, inputs, *args, **options)


def tokenizer() -> Any:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.models.WordLevel({"[PAD]": 0, "[UNK]": 1}, unk_token="[UNK]")
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(words), pad_token="[PAD]", unk_token="[UNK]"
    )


@pytest.mark.filterwarnings("ignore:.*gradient_checkpointing.*is deprecated:FutureWarning")
@pytest.mark.parametrize("failure", [None, ZeroDivisionError(), KeyboardInterrupt()], ids=repr)
def test_what_train_sets_up_is_in_force_in_the_sweep_and_gone_after(failure: Any, tmp_path: Any) -> None:
    options = {
        "gradient_checkpointing": True,
        "neftune_noise_alpha": 5.0,
        "gradient_accumulation_steps": 2,
        "num_train_epochs": 3,
        "max_steps": -1,
        "bf16_full_eval": True,
        "trainer_options": {
            "processing_class": tokenizer(),
            "data_collator": transformers.default_data_collator,
        },
    }

    def made() -> Any:
        one = trainer(tmp_path, gpt(), texts(), Watched, **options)
        one.model.transformer.h[0].mlp.eval()  # as somebody froze a layer
        one.notes = []
        return one

    swept, trained = made(), made()
    before, state = web(trainer=swept), full_state(swept.model)
    w = widget(swept, **RANGE)
    seen: list[Any] = []
    watch = type(swept).compute_loss

    def compute_loss(self: Any, *args: Any, **more: Any) -> Any:
        loss = watch(self, *args, **more)
        seen.append(self.notes.pop())
        if len(seen) == 9 and failure is not None:
            raise failure
        return loss

    type(swept).compute_loss = compute_loss  # type: ignore[method-assign]
    try:
        with pytest.raises(ZeroDivisionError) if isinstance(failure, Exception) else nullcontext():
            w.run()
    finally:
        type(swept).compute_loss = watch  # type: ignore[method-assign]
    assert differences(before, web(trainer=swept)) == []
    assert_same_state(state, full_state(swept.model))
    assert not any(module._forward_hooks for module in swept.model.modules())
    trained.train()
    assert len(seen) == (9 if failure else POINTS * 2)
    assert seen[0] == trained.notes[0]
    assert seen[0]["blocks recomputed"]
    assert seen[0]["noise"] == 5.0
    w.close()


def test_hooks_of_the_users_own_stay(tmp_path: Any) -> None:
    made = trainer(tmp_path, gpt(), texts(), neftune_noise_alpha=5.0)
    called = []
    made.model.get_input_embeddings().register_forward_hook(lambda *_: called.append(1))
    w = widget(made, **RANGE)
    w.run()
    assert len(called) == POINTS
    assert len(made.model.get_input_embeddings()._forward_hooks) == 1
    w.close()


def stand_in(name: str, base: Any = InOrder, module: str = "trl.trainer.stand_in") -> Any:
    """A class that goes by the name of one of trl's, which need not be installed."""
    return type(name, (base,), {"__module__": module})


@pytest.mark.parametrize(
    "kind",
    [
        stand_in("GRPOTrainer"),
        stand_in("RLOOTrainer"),
        stand_in("OnlineDPOTrainer"),
        stand_in("GKDTrainer", stand_in("SFTTrainer")),
        stand_in("SDPOTrainer", module="trl.experimental.sdpo.sdpo_trainer"),
        stand_in("Mine", stand_in("GRPOTrainer"), "my_package"),
        stand_in("PatchedTrainer", stand_in("GRPOTrainer", module="patched"), "patched"),
        stand_in("TrainerOfTheFuture"),
    ],
    ids=lambda kind: kind.__name__,
)
def test_trainers_that_train_on_what_the_model_writes_are_refused(kind: Any, tmp_path: Any) -> None:
    made = trainer(tmp_path, gpt(), texts(), kind)
    before = web(trainer=made)
    with pytest.raises(SetupError, match="its loss is no function of a batch") as caught:
        widget(made, **RANGE)
    named = next(one.__name__ for one in kind.__mro__ if one.__name__ not in {"Mine", "PatchedTrainer"})
    assert str(caught.value).startswith(f"a {named} trains on what its model writes")
    assert differences(before, web(trainer=made)) == []


@pytest.mark.parametrize("name", ["SFTTrainer", "DPOTrainer", "RewardTrainer"])
def test_trls_trainers_with_a_loss_of_a_batch_are_swept(name: str, tmp_path: Any) -> None:
    kind = stand_in("Mine", stand_in(name, stand_in("_BaseTrainer")), "my_package")
    w = widget(trainer(tmp_path, gpt(), texts(), kind), **RANGE)
    assert len(w.run()) == POINTS
    w.close()


def test_optimizers_that_step_in_the_backward_pass_are_refused(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trainer(tmp_path, gpt(), texts())
    monkeypatch.setattr(made.args, "optim", "lomo")
    with pytest.raises(SetupError, match="optim='lomo' steps inside of the backward pass"):
        widget(made)
    dummy = transformers.trainer_pt_utils.LayerWiseDummyOptimizer(lr=1.0)
    made = trainer(tmp_path, gpt(), texts(), trainer_options={"optimizers": (dummy, None)})
    with pytest.raises(SetupError, match="layer-wise optim steps one optimizer for each parameter"):
        widget(made)


@pytest.mark.parametrize("option", ["use_liger_kernel", "auto_find_batch_size"])
def test_what_a_sweep_leaves_out_is_told(option: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(tmp_path, gpt(), texts())
    monkeypatch.setattr(made.args, option, True)
    with pytest.warns(LRWidgetWarning, match=f"{option}: the sweep") as caught:
        widget(made).close()
    assert caught[0].filename == __file__


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
