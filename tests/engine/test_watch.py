"""A sweep whose rates nobody uses is an error that says so, whoever steps."""

import warnings

import pytest
import torch
from torch import nn
from torch.optim.optimizer import _global_optimizer_pre_hooks as HOOKS  # noqa: N812

from lrwidget.engine import RangeTest
from lrwidget.errors import LossError, SetupError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world, seed_all

RATES = {"start_lr": 1e-4, "end_lr": 1e-1, "num_iter": 12, "diverge_th": None}


def _world(lr=0.05):
    seed_all()
    model = nn.Linear(3, 1)
    data = [(torch.randn(8, 3), torch.randn(8, 1)) for _ in range(3)]
    return model, torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9), nn.MSELoss(), data


def _step(model, optimizer, criterion, before=lambda: None, after=lambda: None):
    def update(batch):
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        before()
        optimizer.step()
        after()
        return loss.item()

    return update


def _refused(error, match, model, optimizer, *rest, **options):
    before = full_state(model, optimizer)
    held = len(HOOKS)
    with pytest.raises(error, match=match):
        RangeTest(model, optimizer, *rest, **RATES, **options).run()
    assert_same_state(before, full_state(model, optimizer))
    assert len(HOOKS) == held


def _writes(optimizer, lr):
    def write():
        for group in optimizer.param_groups:
            group["lr"] = lr

    return write


@pytest.mark.parametrize("by", ["step_fn", "update_fn"])
def test_a_step_that_adds_a_param_group_or_takes_one_away_is_told(by):
    def change(optimizer, grow):
        if grow:
            optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))], "lr": 1.0})
        else:
            del optimizer.param_groups[1:]

    for grow in (True, False):
        model, optimizer, criterion, data = _world()
        optimizer = torch.optim.SGD([{"params": [p]} for p in model.parameters()], lr=0.1)
        change_once = lambda o=optimizer, g=grow: change(o, g)  # noqa: E731
        match = f"has {3 if grow else 1} param groups.*had 2.*Leave that out"
        if by == "update_fn":
            options = {"update_fn": _step(model, optimizer, criterion, after=change_once)}
        else:

            def step_fn(batch, model=model, criterion=criterion, change_once=change_once):
                change_once()
                return criterion(model(batch[0]), batch[1])

            options = {"step_fn": step_fn}
        _refused(SetupError, match, model, optimizer, None, data, **options)
        assert len(optimizer.param_groups) == 2


def test_an_update_that_writes_its_own_rate_before_it_steps():
    model, optimizer, criterion, data = _world()
    match = r"stepped with lr=0\.003 in its param_groups\[0\].*sweep had written.*update_fn writes a rate"
    update = _step(model, optimizer, criterion, before=_writes(optimizer, 0.003))
    _refused(SetupError, match, model, optimizer, criterion, data, update_fn=update)


def test_a_rate_that_is_a_tensor_and_filled_is_seen_too():
    model, optimizer, criterion, data = _world(torch.tensor(0.05))
    update = _step(model, optimizer, criterion, before=lambda: optimizer.param_groups[0]["lr"].fill_(0.003))
    _refused(SetupError, "stepped with lr=0.003", model, optimizer, criterion, data, update_fn=update)


def test_a_step_fn_a_forward_or_a_hook_that_writes_a_rate():
    for way in ("step_fn", "forward", "hook"):
        model, optimizer, criterion, data = _world()
        write, options = _writes(optimizer, 0.003), {}
        if way == "step_fn":
            options["step_fn"] = lambda b, w=write, m=model, c=criterion: (w(), c(m(b[0]), b[1]))[1]
        elif way == "forward":
            model.register_forward_hook(lambda *_, w=write: w())
        else:
            model.weight.register_hook(lambda _, w=write: w() and None)
        _refused(
            SetupError,
            "step_fn, the model or a hook writes a rate",
            model,
            optimizer,
            criterion,
            data,
            **options,
        )


def test_a_rate_written_only_later_is_seen_when_it_is_written_again():
    model, optimizer, criterion, data = _world()
    calls = []

    def late():
        calls.append(1)
        if len(calls) > 5:
            _writes(optimizer, 0.003)()

    update = _step(model, optimizer, criterion, before=late)
    _refused(SetupError, "stepped with lr=0.003", model, optimizer, criterion, data, update_fn=update)
    assert len(calls) <= 8


def test_a_scheduler_that_steps_before_the_optimizer():
    model, optimizer, criterion, data = _world()
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5)
    update = _step(model, optimizer, criterion, before=scheduler.step)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own word on the order
        _refused(
            SetupError,
            "writes a rate of its own before the step",
            model,
            optimizer,
            criterion,
            data,
            update_fn=update,
        )


@pytest.mark.parametrize(
    "kind", [torch.optim.lr_scheduler.CosineAnnealingLR, torch.optim.lr_scheduler.StepLR]
)
def test_a_scheduler_that_steps_after_the_optimizer_does_no_harm(kind):
    plain = RangeTest(*_world(), **RATES).run().loss.tolist()
    model, optimizer, criterion, data = _world()
    scheduler = kind(optimizer, 3)
    update = _step(model, optimizer, criterion, after=scheduler.step)
    history = RangeTest(model, optimizer, criterion, data, **RATES, update_fn=update).run()
    assert history.loss.tolist() == plain


def test_an_update_that_steps_another_optimizer():
    model, optimizer, criterion, data = _world()
    other = torch.optim.Adam(model.parameters(), lr=1e-3)
    update = _step(model, other, criterion)
    match = r"in 12 calls of update_fn the optimizer that is swept \(SGD\) never stepped, but Adam did"
    _refused(SetupError, match, model, optimizer, criterion, data, update_fn=update)
    match = r"in 16 calls of update_fn .* never stepped, but Adam did"
    with pytest.raises(SetupError, match=match):
        RangeTest(model, optimizer, criterion, data, update_fn=update, num_iter=40).run()


def test_an_update_that_steps_nothing():
    model, optimizer, criterion, data = _world()

    def update(batch):
        return criterion(model(batch[0]), batch[1])

    match = r"nobody stepped the optimizer \(SGD\).*A function that only computes the loss is a step_fn"
    _refused(SetupError, match, model, optimizer, criterion, data, update_fn=update)


@pytest.mark.parametrize("every", [2, 4, 11])
def test_an_update_may_gather_the_gradients_of_several_calls(every):
    model, optimizer, criterion, data = _world()
    calls = []

    def update(batch):
        calls.append(1)
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        if len(calls) % every == 0:
            optimizer.step()
            optimizer.zero_grad()
        return loss.item()

    history = RangeTest(model, optimizer, criterion, data, **RATES, update_fn=update).run()
    assert history.stop_reason == "completed"
    assert len(history) == 12


def test_a_sweep_that_is_stopped_before_the_first_step_is_no_error():
    model, optimizer, criterion, data = _world()
    test = RangeTest(
        model, optimizer, criterion, data, **RATES, update_fn=lambda b: criterion(model(b[0]), b[1])
    )
    with test:
        next(test)
    assert test.stop_reason == "stopped"


def test_a_wrapper_that_has_the_groups_of_the_optimizer_in_it_is_stepped():
    model, inner, criterion, data = _world()

    class Wrapper:
        def __init__(self):
            self.inner, self.param_groups = inner, inner.param_groups

        def zero_grad(self):
            self.inner.zero_grad()

        def step(self):
            self.inner.step()

    update = _step(model, inner, criterion)
    assert len(RangeTest(model, Wrapper(), criterion, data, **RATES, update_fn=update).run()) == 12


def test_an_update_that_moves_the_weights_by_itself_is_let_be():
    """Without gradients and without any optimizer's step, as zeroth-order methods do."""
    model, optimizer, criterion, data = _world()

    def update(batch):
        with torch.no_grad():
            loss = criterion(model(batch[0]), batch[1])
            model.weight.data = model.weight.data + optimizer.param_groups[0]["lr"] * torch.randn(1, 3)
        return loss

    assert len(RangeTest(model, optimizer, criterion, data, **RATES, update_fn=update).run()) == 12


@pytest.mark.parametrize("way", ["criterion", "step_fn", "update_fn", "scaler", "closure"])
def test_a_loss_that_reaches_no_parameter_of_the_optimizer(way):
    model, optimizer, criterion, data = _world()
    other = nn.Linear(3, 1)
    calls, options = [], {}

    def loss_of(batch):
        calls.append(1)
        return criterion(other(batch[0]), batch[1])

    if way == "update_fn":
        options["update_fn"] = _step(other, optimizer, criterion)
    elif way == "criterion":
        model.forward = other.forward
    else:
        options["step_fn"] = loss_of
    if way == "scaler":
        options["grad_scaler"] = torch.amp.GradScaler("cpu")
    if way == "closure":
        optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1)
    name = type(optimizer).__name__
    match = rf"the loss reaches none of the 2 parameters that {name} holds.*no gradient"
    _refused(LossError, match, model, optimizer, criterion, data, **options)
    assert len(calls) <= 1


def test_gradients_that_libraries_keep_elsewhere_count():
    model, optimizer, criterion, data = _world()

    def move(p):
        p.main_grad, p.grad = p.grad, None

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(move)
    assert len(RangeTest(model, optimizer, criterion, data, **RATES).run()) == 12


def test_optimizers_that_step_in_the_backward_pass_are_let_be():
    model, _, criterion, data = _world()
    optimizers = {p: torch.optim.SGD([p], lr=0.05) for p in model.parameters()}

    def take(p):
        optimizers[p].step()
        optimizers[p].zero_grad()

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(take)
    assert len(RangeTest(model, [*optimizers.values()], criterion, data, **RATES).run()) == 12


def test_one_tensor_that_is_the_rate_of_all_groups_is_taken_apart_and_put_back():
    seed_all()
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    groups = [{"params": part.parameters()} for part in model]
    optimizer = torch.optim.Adam(groups, lr=(lr := torch.tensor(1e-3)), foreach=False)
    seen = []
    optimizer.register_step_pre_hook(lambda o, *_: seen.append([g["lr"].item() for g in o.param_groups]))
    schedules = [[1e-3, 1e-2, 1e-1], [0, 0, 0]]
    data = [(torch.randn(8, 4), torch.randn(8, 1))]
    rates = {"num_iter": 3, "start_lr": 1e-3, "end_lr": 1e-1, "diverge_th": None}
    RangeTest(model, optimizer, nn.MSELoss(), data, group_schedules=schedules, **rates).run()
    assert [[round(lr, 6) for lr in each] for each in seen] == [[1e-3, 0], [1e-2, 0], [1e-1, 0]]
    assert all(group["lr"] is lr for group in optimizer.param_groups)
    assert lr.item() == pytest.approx(1e-3)


def test_no_hook_is_left_and_none_is_set_in_a_plain_sweep():
    held = []
    RangeTest(*cnn_world(), num_iter=3, callback=lambda _: held.append(len(HOOKS))).run()
    assert held == [0, 0, 0]
    world = cnn_world()
    update = _step(world.model, world.optimizer, world.criterion)
    RangeTest(*world, update_fn=update, num_iter=3, callback=lambda _: held.append(len(HOOKS))).run()
    assert held[3:] == [0, 0, 0]
