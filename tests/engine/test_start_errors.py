"""What cannot work is refused with a text that says what to do, and nothing has been touched."""

import random

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.engine import RangeTest
from lrwidget.errors import LoaderError, LossError, RestoreError, SettingsError, SetupError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import Cnn, cnn_world


def _refused(error, match, /, world=None, **changes):
    """Check that the sweep is refused, by ``start`` or at its first step, with everything as before."""
    world = world or cnn_world(warm=True)
    arguments = {
        "model": world.model,
        "optimizer": world.optimizer,
        "criterion": world.criterion,
        "train_loader": world.loader,
        "num_iter": 5,
    } | changes
    before = full_state(world.model, world.optimizer, world.criterion)
    with pytest.raises(error, match=match) as caught:
        next(RangeTest(**arguments))
    assert_same_state(before, full_state(world.model, world.optimizer, world.criterion))
    return caught.value


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"start_lr": 1.0, "end_lr": 0.1}, "start_lr must be smaller than end_lr; got start_lr=1.0"),
        ({"start_lr": 0.0}, "greater than 0"),
        ({"num_iter": 1}, "num_iter must be at least 2; got num_iter=1"),
        ({"accumulation_steps": 0}, "accumulation_steps must be at least 1"),
        ({"val_batches": 2}, "val_batches=2 needs a val_loader"),
        ({"fixed_batches": 0}, "fixed_batches must be a whole number, at least 1, or None; got 0"),
        ({"fixed_batches": 2, "val_loader": [1]}, "fixed_batches=2 and a val_loader exclude each other"),
        ({"autocast": "bfloat16"}, "autocast must be a floating-point dtype"),
        ({"lr_schedule": [0.1]}, "."),
    ],
)
def test_settings(settings, match):
    _refused(SettingsError, match, **settings)


def test_objects_that_are_not_what_they_should_be():
    _refused(SetupError, "model must be a torch.nn.Module; got a function", model=lambda x: x)
    _refused(
        SetupError,
        "optimizer must be a torch.optim.Optimizer, or a list of them; got 0.1 of type float",
        optimizer=0.1,
    )
    _refused(SetupError, "criterion must be a function .* got 'mse' of type str", criterion="mse")
    _refused(SetupError, "step_fn must be a function from a batch", step_fn=3)
    _refused(SetupError, "callback must be a function of one point", callback="print")
    _refused(SetupError, r"grad_scaler must be a torch\.amp\.GradScaler", grad_scaler=1024)


def test_a_model_with_nothing_to_train():
    world = cnn_world()
    world.model.requires_grad_(False)
    _refused(SetupError, r"no trainable parameters \(6 in all\).*requires_grad=True", world)


def test_a_model_with_lazy_parameters():
    model = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(SetupError, match="lazy parameters without a shape"):
        RangeTest(model, torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=1), None, [1]).start()


def test_a_model_without_values_or_whose_values_are_frozen_for_good():
    _refused(SetupError, r"on the meta device, .* holds no values.*to_empty", model=Cnn().to("meta"))
    with torch.inference_mode():
        model = Cnn()
    _refused(SetupError, r"made in torch\.inference_mode\(\).*outside", model=model)


@pytest.mark.parametrize("absent", [True, False])
def test_an_optimizer_that_sets_its_own_rate(absent):
    world = cnn_world()
    if absent:
        del world.optimizer.param_groups[0]["lr"]
    else:
        world.optimizer.param_groups[0]["lr"] = None  # as some Adafactors do
    _refused(SetupError, r"AdamW has no lr in its param_groups\[0\].*Give it one", world)


def test_an_optimizer_of_another_model():
    _refused(
        SetupError, "6 of the 6 parameters .* are not the model's.*make the optimizer again", model=Cnn()
    )
    world = cnn_world()
    world.model.head = nn.Linear(64, 3)
    _refused(SetupError, "2 of the 6 parameters", world)


def test_with_step_fn_the_optimizer_may_hold_anything():
    world, other = cnn_world(), Cnn()
    optimizer = torch.optim.SGD([*world.model.parameters(), *other.parameters()], lr=0.1)
    before = full_state(other)

    def step_fn(batch):
        return world.criterion(world.model(batch[0]) + other(batch[0]), batch[1])

    RangeTest(world.model, optimizer, None, world.loader, step_fn=step_fn, num_iter=4).run()
    assert_same_state(before, full_state(other))


def test_a_closure_and_a_gradient_scaler_exclude_each_other():
    world = cnn_world()
    optimizer = torch.optim.LBFGS(world.model.parameters())
    scaler = torch.amp.GradScaler("cpu")
    match = "LBFGS needs a closure in each step, which a gradient scaler cannot give it"
    _refused(SetupError, match, optimizer=optimizer, model=world.model, grad_scaler=scaler)


def test_loaders_that_cannot_be_begun_anew():
    world = cnn_world()
    batches = list(world.loader)
    for once in (iter(batches), (batch for batch in batches), iter(world.loader)):
        kind = type(once).__name__
        match = f"train_loader is a {kind}, whose batches can be drawn only once.*a list of batches"
        _refused(LoaderError, match, train_loader=once)
    _refused(LoaderError, "val_loader is a list_iterator", val_loader=iter(batches))
    assert len(batches) == 5


def test_loaders_without_batches():
    empty = TensorDataset(torch.zeros(0, 1, 6, 6), torch.zeros(0, dtype=torch.long))

    class Silent:
        def __iter__(self):
            torch.rand(3)  # what was drawn on the way is given back too
            return iter(())

    for loader in ([], DataLoader(empty), Silent(), cnn_world().loader.dataset and Silent()):
        _refused(LoaderError, "train_loader is empty: it gives no batch at all", train_loader=loader)
        _refused(LoaderError, "val_loader is empty: it gives no batch at all", val_loader=loader)
    _refused(LoaderError, "train_loader is empty", train_loader=Silent(), fixed_batches=2)
    _refused(LoaderError, "train_loader must be a DataLoader or a list of batches; got 3", train_loader=3)


def test_losses_that_cannot_be_trained_on():
    def criterion(make):
        return lambda output, target: make(nn.functional.cross_entropy(output, target))

    _refused(
        LossError,
        r"must be a scalar; got shape \(5,\).*reduction",
        criterion=nn.CrossEntropyLoss(reduction="none"),
    )
    _refused(
        LossError, r"got 2\.\d+ of type float|got a float", criterion=criterion(lambda loss: loss.item())
    )
    _refused(LossError, r"must be real; got complex64", criterion=criterion(lambda loss: loss * (1 + 1j)))
    _refused(LossError, "has no gradient", criterion=criterion(lambda loss: loss.detach()))
    error = _refused(
        LossError,
        "the first loss is nan, before any rate",
        criterion=criterion(lambda loss: loss * float("nan")),
    )
    assert error.__notes__ == ["lrwidget: at step 1 of 5, lr = 1e-07; everything was restored."]
    _refused(LossError, "the first loss is inf", criterion=criterion(lambda loss: loss / 0))


def test_an_evaluation_that_starts_without_a_number():
    bad = [(torch.full((4, 1, 6, 6), float("nan")), torch.zeros(4, dtype=torch.long))]
    _refused(LossError, "the first loss is nan", val_loader=bad)


def test_batches_the_criterion_cannot_be_given():
    batch = {"x": torch.zeros(2, 1, 6, 6)}
    _refused(SetupError, r"a batch must be \(inputs, targets\); got a dict.*step_fn", train_loader=[batch])
    x = torch.zeros(2, 1, 6, 6)
    _refused(SetupError, "got a Tensor", train_loader=[x])
    _refused(SetupError, r"criterion is None, .*\(a Tensor\) has no \.loss", criterion=None, train_loader=[x])


def test_devices_that_do_not_fit():
    _refused(SetupError, "device is 'meta', but the model is on cpu.*call model.to", device="meta")
    criterion = nn.CrossEntropyLoss(weight=torch.ones(3, device="meta"))
    world = cnn_world()
    test = RangeTest(world.model, world.optimizer, criterion, world.loader)
    with pytest.raises(SetupError, match=r"criterion holds tensors on meta.*criterion\.to\('cpu'\)"):
        test.start()


def test_a_device_that_fits_may_be_named():
    world = cnn_world()
    assert len(RangeTest(*world, device="cpu", num_iter=2).run()) == 2


def test_a_state_that_cannot_be_asked_for_costs_no_random_numbers():
    class Secretive(nn.Linear):
        def get_extra_state(self):
            torch.rand(3)
            raise OSError("locked")

    model = Secretive(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = torch.get_rng_state()
    with pytest.raises(OSError, match="locked"):
        RangeTest(model, optimizer, nn.MSELoss(), [(torch.ones(1, 2),) * 2]).start()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_refused_start_can_be_tried_again():
    world = cnn_world()
    world.model.requires_grad_(False)
    test = RangeTest(*world, num_iter=2)
    with pytest.raises(SetupError):
        test.start()
    world.model.requires_grad_(True)
    assert len(test.run()) == 2


def test_what_a_failed_start_could_not_give_back_is_told(monkeypatch):
    class Asking(nn.Linear):
        def get_extra_state(self):
            torch.rand(1)
            raise OSError("no state today")

        def set_extra_state(self, state):
            pass

    model = Asking(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def refuse(state):
        raise OSError("no way back")

    monkeypatch.setattr(random, "setstate", refuse)
    with pytest.raises(RestoreError, match=r"Python's random state \(OSError: no way back\)") as caught:
        RangeTest(model, optimizer, None, [torch.ones(2, 3)]).run()
    assert "no state today" in str(caught.value.__context__.__context__ or caught.value.__context__)
