"""One step: precision, accumulation, scaling, and modes."""

import math

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.step.evaluation import _mean_on_device, _mean_on_host
from lrwidget.errors import LossError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, Weight, cnn_world, half_square, weight_and_sgd


def _number_of(model, optimizer):
    def update(batch):
        optimizer.zero_grad()
        loss = half_square(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        return loss.item()

    return update


@pytest.mark.parametrize("how", ["training", "fixed", "validation", "update", "compiled"])
def test_a_default_device_that_is_not_the_models_changes_nothing(how, monkeypatch):
    monkeypatch.setattr("lrwidget.engine.plan.compile_", lambda function, _: function)
    monkeypatch.setattr("lrwidget.engine.step.stepper.compile_", lambda function, _: function)

    def sweep_under(default):
        model, optimizer = weight_and_sgd()
        options = {
            "training": {},
            "fixed": {"fixed_batches": 1},
            "validation": {"val_loader": ONE},
            "update": {"update_fn": _number_of(model, optimizer)},
            "compiled": {"compiled": True},
        }[how]
        with torch.device(default):
            return RangeTest(model, optimizer, half_square, ONE, num_iter=4, end_lr=0.1, **options).run()

    # "meta" stands for another device, and holds no values.
    plain, elsewhere = sweep_under("cpu"), sweep_under("meta")
    assert elsewhere.loss.tolist() == plain.loss.tolist()


def test_accumulated_batches_make_one_step_with_their_mean_loss():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)
    batches = [(x[i : i + 1], x[i : i + 1]) for i in range(4)]
    model, whole = Weight(), Weight()

    def sweep(model, loader, **options):
        optimizer = torch.optim.SGD(model.parameters(), lr=1)
        return RangeTest(model, optimizer, half_square, loader, end_lr=0.1, num_iter=6, **options).run()

    parts = sweep(model, batches, accumulation_steps=4)
    together = sweep(whole, [(x, x)])
    assert parts.loss == pytest.approx(together.loss, rel=1e-12)


def test_accumulation_leaves_the_users_loss_tensor_alone():
    given = []

    def criterion(output, target):
        given.append(half_square(output, target))
        return given[-1]

    model = Weight()
    test = RangeTest(
        model, torch.optim.SGD(model.parameters(), lr=1), criterion, ONE, accumulation_steps=2, num_iter=2
    )
    next(test)
    assert [loss.item() for loss in given] == [0.5, 0.5]


def test_autocast_is_used_in_training_and_evaluation():
    seen = []

    class Model(nn.Linear):
        def forward(self, x):
            output = super().forward(x)
            seen.append((self.training, output.dtype, torch.is_autocast_enabled("cpu")))
            return output

    model = Model(2, 1)
    loader = [(torch.ones(3, 2), torch.ones(3, 1))]
    history = RangeTest(
        model,
        torch.optim.SGD(model.parameters(), lr=1),
        nn.MSELoss(),
        loader,
        loader,
        autocast=torch.bfloat16,
        num_iter=3,
    ).run()
    assert set(seen) == {(True, torch.bfloat16, True), (False, torch.bfloat16, True)}
    assert history.receipt["autocast"] == "bfloat16"


def _scaled(init_scale, num_iter=6, **options):
    model = nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.zero_()
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    scaler = torch.amp.GradScaler("cpu", init_scale=init_scale)
    loader = [(1000 * torch.ones(1, 1), torch.zeros(1, 1))]
    test = RangeTest(
        model, optimizer, nn.MSELoss(), loader, grad_scaler=scaler, num_iter=num_iter, end_lr=1e-6, **options
    )
    return model, scaler, test


def test_a_step_the_scaler_skips_does_not_advance_the_sweep():
    _, scaler, test = _scaled(2.0**120)
    history = test.run()
    assert history.stop_reason == "completed"
    assert len(history) == 6
    assert history.receipt["skipped_steps"] > 5
    assert scaler._scale is None  # as it came

    _, _, calm = _scaled(2.0**4)
    assert calm.run().loss == pytest.approx(history.loss, rel=1e-6)
    assert "skipped_steps" not in calm.history.receipt


class _BadGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * math.inf


def test_a_scaler_that_skips_for_ever_is_an_error():
    model, _, test = _scaled(2.0**20)
    model.register_forward_hook(lambda m, args, out: _BadGradient.apply(out))
    before = full_state(model)
    with pytest.raises(LossError, match=r"skipped 50 steps in a row.*bfloat16"):
        test.run()
    assert_same_state(before, full_state(model))


def test_skips_that_a_step_lies_between_are_no_error_however_many():
    model, _, test = _scaled(2.0**4, num_iter=5)
    calls = []

    def overflow_mostly(module, args, out):
        calls.append(1)
        return out if len(calls) % 21 == 0 else _BadGradient.apply(out)

    model.register_forward_hook(overflow_mostly)
    history = test.run()
    assert (history.stop_reason, len(history)) == ("completed", 5)
    assert history.receipt["skipped_steps"] == 5 * 20


def test_a_loss_that_is_not_finite_ends_the_sweep_although_the_scaler_skips():
    calls = []

    def criterion(output, target):
        calls.append(1)
        return output.mean() * (math.nan if len(calls) == 4 else 1.0)

    model = nn.Linear(1, 1)
    test = RangeTest(
        model,
        torch.optim.SGD(model.parameters(), lr=1),
        criterion,
        [(torch.ones(1, 1), None)],
        grad_scaler=torch.amp.GradScaler("cpu", init_scale=1.0),
        num_iter=10,
        diverge_th=None,
    )
    assert test.run().stop_reason == "non-finite"
    assert len(test.history) == 4


def test_a_scaler_that_is_switched_off_changes_nothing():
    world, plain = cnn_world(), cnn_world()
    expected = RangeTest(*plain, num_iter=4).run()
    world = cnn_world()
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    assert RangeTest(*world, num_iter=4, grad_scaler=scaler).run().loss.tolist() == expected.loss.tolist()


class _Merging(nn.Linear):
    """Changes its weights when its mode changes, as LoRA layers do."""

    merged = False

    def train(self, mode=True):
        if mode is self.merged:
            self.weight.data.mul_(0.5 if mode else 2.0)
            self.merged = not mode
        return super().train(mode)


def test_layers_that_do_more_on_a_change_of_mode_are_asked_both_ways():
    model = nn.Sequential(_Merging(1, 1, bias=False))
    with torch.no_grad():
        model[0].weight.fill_(1.0)
    loader = [(torch.ones(1, 1), torch.zeros(1, 1))]
    seen = []
    handle = model.register_forward_hook(lambda m, args, out: seen.append((m.training, round(out.item(), 2))))
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    RangeTest(model, optimizer, nn.MSELoss(), loader, loader, num_iter=3, end_lr=1e-6).run()
    handle.remove()
    assert seen == [(True, 1.0), (False, 2.0)] * 3
    assert model[0].weight.item() == 1.0


def test_an_error_in_evaluation_puts_the_modes_back():
    world = cnn_world()
    world.model.features[1].eval()
    before = full_state(world.model, world.optimizer)

    def step_fn(batch):
        if not world.model.training:
            raise ValueError("evaluation")
        return world.criterion(world.model(batch[0]), batch[1])

    test = RangeTest(world.model, world.optimizer, None, world.loader, step_fn=step_fn, fixed_batches=1)
    with pytest.raises(ValueError, match="evaluation"):
        test.run()
    assert_same_state(before, full_state(world.model, world.optimizer))


def test_old_gradients_are_no_part_of_the_first_step():
    model = Weight()
    model.w.grad = torch.tensor(100.0, dtype=torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    history = RangeTest(model, optimizer, half_square, ONE, lr_schedule=[0.1, 0.2]).run()
    assert history.loss[1] == pytest.approx(0.5 * 0.9**2)
    assert model.w.grad.item() == 100.0


def test_a_wrapper_whose_zero_grad_takes_no_argument():
    class Lookahead:
        def __init__(self, inner):
            self.inner, self.param_groups = inner, inner.param_groups

        def zero_grad(self):
            self.inner.zero_grad()

        def step(self):
            self.inner.step()

    model, optimizer = weight_and_sgd()
    plain = RangeTest(model, optimizer, half_square, ONE, num_iter=5).run()
    wrapped = RangeTest(model, Lookahead(optimizer), half_square, ONE, num_iter=5).run()
    assert wrapped.loss.tolist() == plain.loss.tolist()


@pytest.mark.parametrize("width", [1, 2])
def test_an_evaluation_is_added_up_alike_on_host_and_device(width):
    rows = [torch.randn(width, dtype=torch.float64) for _ in range(7)]
    counts = [5, 5, 5, 5, 5, 5, 2]
    expected = (sum(row * count for row, count in zip(rows, counts, strict=True)) / 32).tolist()
    on_host = _mean_on_host([row.tolist() for row in rows], counts)
    on_device = _mean_on_device([row.clone() for row in rows], counts)
    assert on_host.shape == on_device.shape == (() if width == 1 else (2,))
    assert on_host.reshape(-1).tolist() == expected
    assert on_device.reshape(-1).tolist() == pytest.approx(expected, rel=1e-14)


def test_a_loss_whose_memory_is_used_again_is_taken_at_once():
    world, kept = cnn_world(), torch.zeros(())

    def step_fn(batch):
        loss = world.criterion(world.model(batch[0]), batch[1])
        return loss if torch.is_grad_enabled() else kept.copy_(loss)

    own = RangeTest(
        world.model, world.optimizer, None, world.loader, step_fn=step_fn, num_iter=3, fixed_batches=3
    )
    assert own.run().loss.tolist() == RangeTest(*cnn_world(), num_iter=3, fixed_batches=3).run().loss.tolist()


class _Remembering(nn.Linear):
    """Computes a table when it is first evaluated, and keeps it, as models keep tables of positions."""

    table = None

    def forward(self, x):
        if self.table is None and not self.training:
            self.table = torch.full((1,), 0.5)
        made = super().forward(x)
        return made if self.table is None else made * self.table


def test_what_a_model_keeps_from_an_evaluation_can_be_trained_with():
    model = _Remembering(2, 1)
    loader = [(torch.randn(3, 2), torch.randn(3, 1))]
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    assert len(RangeTest(model, optimizer, nn.MSELoss(), loader, fixed_batches=1, num_iter=4).run()) == 4
