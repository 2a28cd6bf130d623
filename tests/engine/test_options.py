"""Metrics beside the loss, whole steps of the user's own, and clipping."""

import math
from dataclasses import MISSING, fields

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.options import Options
from lrwidget.engine.plan import Plan
from lrwidget.errors import LossError, SettingsError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, cnn_world, half_square, seed_all, weight_and_sgd

RATES = {"start_lr": 1e-3, "end_lr": 1.0, "num_iter": 8, "diverge_th": None}


def accuracy(output, target):
    return (output.argmax(1) == target).double().mean()


def _sweep(world, **options):
    model, optimizer, criterion, loader = world
    return RangeTest(model, optimizer, criterion, loader, **{**RATES, **options})


def _state(world):
    return full_state(world.model, world.optimizer, world.criterion)


# -- metric ----------------------------------------------------------------------------------------


def test_a_metric_is_recorded_beside_the_loss_and_changes_nothing():
    plain = _sweep(cnn_world()).run()
    test = _sweep(cnn_world(), metric=accuracy)
    points = list(test)
    history = test.history
    assert history.loss.tolist() == plain.loss.tolist()
    assert plain.metric is None
    assert history.metric_name == "accuracy"
    assert [point.metric for point in points] == history.metric.tolist()
    assert len(history.metric) == 8
    assert all(value * 20 == pytest.approx(round(value * 20)) for value in history.metric)  # 5 or 4 samples


def test_the_metric_of_step_i_is_that_of_the_same_batch_before_the_step():
    world = cnn_world(own_generator=True)
    first = next(iter(cnn_world(own_generator=True).loader))
    seed_all(3)
    history = _sweep(world, metric=lambda output, target: target.float().mean()).run()
    assert history.metric[0] == pytest.approx(first[1].float().mean().item())
    assert history.metric_name == "metric"


def test_metrics_of_an_accumulated_step_are_averaged():
    calls = []

    def note(output, target):
        calls.append(target.float().mean().item())
        return calls[-1]

    history = _sweep(cnn_world(), metric=note, accumulation_steps=2).run()
    expected = [(a + b) / 2 for a, b in zip(calls[::2], calls[1::2], strict=True)]
    assert history.metric == pytest.approx(expected)


def test_metrics_of_an_evaluation_are_weighted_by_samples():
    model, optimizer = weight_and_sgd()
    val = [(torch.ones(n, dtype=torch.float64), torch.full((n,), float(n))) for n in (1, 3)]
    history = RangeTest(
        model, optimizer, half_square, ONE, val, **RATES, metric=lambda output, target: target.mean()
    ).run()
    assert history.metric.tolist() == [(1 * 1 + 3 * 3) / 4] * 8


def test_a_step_function_gives_what_the_metric_needs():
    model, optimizer, criterion, loader = cnn_world()

    def step(batch):
        output = model(batch[0])
        return criterion(output, batch[1]), output, batch[1]

    own = RangeTest(model, optimizer, None, loader, **RATES, step_fn=step, metric=accuracy).run()
    usual = _sweep(cnn_world(), metric=accuracy).run()
    assert own.metric.tolist() == usual.metric.tolist()
    assert own.loss.tolist() == usual.loss.tolist()


def test_a_metric_is_computed_without_gradients():
    seen = []
    _sweep(cnn_world(), metric=lambda output, target: seen.append(torch.is_grad_enabled()) or 0.0).run()
    assert not any(seen)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.ones(3), r"must give one number, or a tensor of one element; got shape \(3,\)\.\n"),
        ("high", "got a str"),
        (None, "got a NoneType"),
    ],
)
def test_a_metric_that_is_no_number_is_refused_and_all_is_given_back(value, message):
    world = cnn_world(warm=True)
    before = _state(world)
    with pytest.raises(LossError, match=message):
        _sweep(world, metric=lambda output, target: value).run()
    assert_same_state(before, _state(world))


def test_a_metric_on_a_bare_loss_is_told_what_to_return():
    model, optimizer, criterion, loader = cnn_world()
    test = RangeTest(
        model, optimizer, None, loader, **RATES, metric=lambda output, target: output,
        step_fn=lambda batch: criterion(model(batch[0]), batch[1]),
    )  # fmt: skip
    with pytest.raises(LossError, match=r"return \(loss, output, target\)"):
        test.run()


# -- the whole step --------------------------------------------------------------------------------


@pytest.mark.parametrize("as_number", [True, False])
def test_an_update_function_takes_the_whole_step(as_number):
    model, optimizer, criterion, loader = cnn_world(warm=True)
    before = full_state(model, optimizer, criterion)
    rates = []

    def update(batch):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        return loss.item() if as_number else loss

    history = RangeTest(model, optimizer, None, loader, **RATES, update_fn=update).run()
    assert history.loss.tolist() == _sweep(cnn_world(warm=True)).run().loss.tolist()
    assert rates == list(history.lr)
    assert_same_state(before["optimizer"], full_state(model, optimizer, criterion)["optimizer"])


def test_an_update_function_is_evaluated_by_the_criterion():
    world = cnn_world()
    model, optimizer, criterion, _ = world

    def update(batch):
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        return loss

    own = _sweep(world, update_fn=update, fixed_batches=2).run()
    assert own.loss.tolist() == _sweep(cnn_world(), fixed_batches=2).run().loss.tolist()


@pytest.mark.parametrize("answer", [None, {"loss": 1.0}, float("nan")])
def test_what_an_update_function_must_return(answer):
    world = cnn_world(warm=True)
    before = _state(world)
    with pytest.raises(LossError):
        _sweep(world, update_fn=lambda batch: answer).run()
    assert_same_state(before, _state(world))


@pytest.mark.parametrize(
    "options",
    [
        {"accumulation_steps": 2},
        {"clip_grad_norm": 1.0},
        {"clip_grad_value": 1.0},
        {"autocast": torch.bfloat16},
    ],
)
def test_an_update_function_does_it_all_itself(options):
    name = next(iter(options))
    with pytest.raises(SettingsError, match=f"{name} and update_fn exclude each other"):
        _sweep(cnn_world(), update_fn=lambda batch: 1.0, **options).run()


# -- clipping --------------------------------------------------------------------------------------


def _hand_clipped(clip):
    rates = _sweep(cnn_world()).settings.rates
    model, optimizer, criterion, loader = cnn_world()
    losses, batches = [], iter(loader)
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        try:
            x, y = next(batches)
        except StopIteration:
            batches = iter(loader)
            x, y = next(batches)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        clip(list(model.parameters()))
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_gradients_are_clipped_by_norm_and_by_value():
    norm = _sweep(cnn_world(), clip_grad_norm=0.05).run().loss.tolist()
    assert norm == _hand_clipped(lambda parameters: nn.utils.clip_grad_norm_(parameters, 0.05))
    value = _sweep(cnn_world(), clip_grad_value=1e-3).run().loss.tolist()
    assert value == _hand_clipped(lambda parameters: nn.utils.clip_grad_value_(parameters, 1e-3))


def test_scaled_gradients_are_clipped_in_their_true_size():
    def run(scaler):
        model, optimizer = weight_and_sgd()
        options = {"clip_grad_norm": 0.1, "grad_scaler": scaler}
        return RangeTest(model, optimizer, half_square, ONE, **RATES, **options).run().loss.tolist()

    assert run(torch.amp.GradScaler("cpu", init_scale=1024.0)) == pytest.approx(run(None))


@pytest.mark.parametrize("limit", [0, -1.0, math.inf, math.nan, "1", True])
def test_a_limit_for_gradients_must_be_positive(limit):
    with pytest.raises(SettingsError, match="clip_grad_norm must be a finite number greater than 0"):
        _sweep(cnn_world(), clip_grad_norm=limit).run()


# -- one list --------------------------------------------------------------------------------------


def test_the_options_are_the_plans_fields_with_a_default():
    given = [field.name for field in fields(Plan) if field.default is MISSING]
    options = [field.name for field in fields(Plan) if field.default is not MISSING]
    assert options == list(Options.__annotations__)
    assert given == ["settings", "model", "optimizer", "criterion", "train_loader", "val_loader"]


def test_an_option_that_does_not_exist_is_told_with_the_nearest():
    with pytest.raises(TypeError, match=r"'fixed_batch'. Did you mean 'fixed_batches'\?.*eval_mode"):
        RangeTest(*cnn_world(), fixed_batch=4)
