"""What the docstring of LRFinder lists as differences: each is so."""

import contextlib
import io
import math
import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset

from lrwidget import LRFinder, LRWidgetWarning, SettingsError
from lrwidget.compat import TrainDataLoaderIter, ValDataLoaderIter
from lrwidget.errors import LoaderError, LossError
from tests.compat.tasks import cnn, discriminative, mlp
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world


def _state(task):
    return full_state(task.model, task.optimizer, task.criterion)


def _finder(task, **options):
    return LRFinder(task.model, task.optimizer, task.criterion, **options)


def _swept(finder, *loaders, **options):
    with contextlib.redirect_stdout(io.StringIO()):
        finder.range_test(*loaders, **{"num_iter": 12, "end_lr": 0.1, **options})
    return finder


def _train(task, steps=3):
    for _, (x, y) in zip(range(steps), task.train, strict=False):
        task.optimizer.zero_grad()
        task.criterion(task.model(x), y).backward()
        task.optimizer.step()


# -- everything comes back -------------------------------------------------------------------------


@pytest.mark.parametrize("make", [mlp, cnn, discriminative])
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
@pytest.mark.parametrize("device", [None, "cpu"])
def test_all_is_back_when_a_range_test_returns_and_after_every_reset(make, val, device):
    task = make()
    task.scheduler = torch.optim.lr_scheduler.StepLR(task.optimizer, 5)
    _train(task)
    finder = _finder(task, device=device)
    before = _state(task)
    for _ in range(2):
        _swept(finder, task.train, task.val if val else None, start_lr=1e-6)
        assert_same_state(before, _state(task))
        finder.reset()
        finder.reset()
        assert_same_state(before, _state(task))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
def test_all_is_back_after_an_error_and_what_was_seen_is_kept(error, val):
    task = mlp()
    _train(task)
    complete = _swept(_finder(task), task.train, task.val if val else None).history
    before = _state(task)
    calls = []

    def criterion(output, target):
        calls.append(1)
        if len(calls) == (4 * 4 + 2 if val else 5):  # a step and three batches to evaluate on, or a step
            raise error
        return nn.functional.cross_entropy(output, target)

    finder = _finder(task)
    finder.criterion = criterion
    with pytest.raises(error):
        _swept(finder, task.train, task.val if val else None)
    assert_same_state(before, _state(task))
    assert finder.history["lr"] == complete["lr"][:4]
    assert finder.history["loss"] == complete["loss"][:4]
    assert finder.stop_reason == ("error" if error is RuntimeError else "interrupted")
    _swept(finder, task.train)
    assert len(finder.history["lr"]) == 12


def test_the_scaler_is_back():
    task = mlp()
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=2)
    finder = _finder(task, amp_backend="torch", grad_scaler=scaler)
    before = scaler.state_dict()
    _swept(finder, task.train)
    assert scaler.state_dict() == before
    assert len(finder.history["loss"]) == 12


def test_a_step_that_the_scaler_skips_does_not_advance_the_sweep():
    task = mlp()
    finder = _finder(task, amp_backend="torch", grad_scaler=torch.amp.GradScaler("cpu", init_scale=2.0**127))
    batches, steps = [], []

    def criterion(output, target):
        batches.append(1)
        return nn.functional.cross_entropy(output, target) * 8  # scaled, it is infinite at first

    finder.criterion = criterion
    task.optimizer.register_step_post_hook(lambda *_: steps.append(1))
    before = _state(task)
    _swept(finder, task.train)
    assert len(steps) == len(finder.history["lr"]) == 12
    assert len(batches) > 12
    assert_same_state(before, _state(task))


def test_a_scheduler_may_be_attached():
    task = mlp()
    torch.optim.lr_scheduler.CosineAnnealingLR(task.optimizer, 10)
    finder = _swept(_finder(task), task.train)
    assert finder.history["lr"][0] == 1e-4
    assert task.optimizer.param_groups[0]["initial_lr"] == 1e-4


def test_frozen_layers_stay_in_evaluation_mode():
    world = cnn_world()
    world.model.features[1].eval()
    seen = set()
    world.model.features[1].register_forward_hook(lambda module, *_: seen.add(module.training))
    finder = LRFinder(world.model, world.optimizer, world.criterion)
    _swept(finder, world.loader, world.loader, num_iter=3)
    assert seen == {False}


def test_loaders_with_generators_of_their_own_are_back():
    task = mlp()
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(task.train.dataset, batch_size=8, shuffle=True, generator=generator)
    before = generator.get_state()
    _swept(_finder(task), loader)
    assert torch.equal(generator.get_state(), before)
    own = TrainDataLoaderIter(loader)
    before = generator.get_state()
    _swept(_finder(task), own)
    assert torch.equal(generator.get_state(), before)


# -- reset -----------------------------------------------------------------------------------------


def test_reset_takes_back_no_training_and_says_so():
    task = mlp()
    finder = _swept(_finder(task), task.train)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        finder.reset()
    _train(task)
    task.optimizer.param_groups[0]["lr"] = 0.05
    trained = _state(task)
    with pytest.warns(
        LRWidgetWarning, match=r"trained since the range test, and reset\(\) leaves it"
    ) as said:
        finder.reset()
    assert said[0].filename == __file__
    assert_same_state(trained, _state(task))
    _swept(finder, task.train)
    finder.reset()
    assert_same_state(trained, _state(task))


def test_reset_says_nothing_of_another_model_and_before_a_range_test():
    task, other = mlp(), mlp()
    finder = _finder(task)
    _train(task)
    finder.reset()
    _swept(finder, task.train)
    finder.model, finder.optimizer = other.model, other.optimizer
    _train(other)
    finder.reset()


# -- losses ----------------------------------------------------------------------------------------


def _constant(output, target):
    return (output * 0).sum() + target.double().mean()


@pytest.mark.parametrize("own", [False, True], ids=["loader", "iterator"])
def test_the_validation_loss_is_the_mean_over_the_samples_seen(own):
    task = mlp()
    targets = TensorDataset(torch.zeros(10, 5), torch.arange(10.0))
    finder = _finder(task)
    finder.criterion = _constant
    for options, mean in (
        ({"sampler": SubsetRandomSampler([2, 3, 7])}, 4.0),
        ({"drop_last": True}, 3.5),
    ):
        val = DataLoader(targets, batch_size=4 if "drop_last" in options else 2, **options)
        _swept(finder, task.train, ValDataLoaderIter(val) if own else val)
        assert finder.history["loss"] == pytest.approx([mean] * 12)


@pytest.mark.parametrize("accumulation_steps", [1, 3])
def test_a_loss_whose_gradient_needs_its_own_value_works(accumulation_steps):
    task = mlp()
    finder = _finder(task)
    finder.criterion = lambda output, target: nn.functional.cross_entropy(output, target).sqrt()
    _swept(finder, task.train, accumulation_steps=accumulation_steps)
    assert len(finder.history["loss"]) == 12


@pytest.mark.parametrize("smooth_f", [0, 0.05])
def test_a_loss_that_is_no_number_ends_the_sweep(capsys, smooth_f):
    task = mlp()
    before = _state(task)
    calls = []

    def criterion(output, target):
        calls.append(1)
        return nn.functional.cross_entropy(output, target) * (math.nan if len(calls) == 9 else 1.0)

    finder = _finder(task)
    finder.criterion = criterion
    finder.range_test(task.train, num_iter=30, smooth_f=smooth_f)
    assert finder.stop_reason == "non-finite"
    assert capsys.readouterr().out.startswith("Stopping early, the loss has diverged\nLearning rate search")
    losses = finder.history["loss"]
    assert len(losses) == len(finder.history["lr"]) == 9
    assert math.isnan(losses[-1])
    assert finder.best_loss == min(losses[:-1])
    assert_same_state(before, _state(task))


def test_a_first_loss_that_is_no_number_is_an_error():
    task = mlp()
    finder = _finder(task)
    finder.criterion = lambda output, target: output.sum() * math.nan
    with pytest.raises(LossError, match="the first loss is nan"):
        _swept(finder, task.train)
    assert finder.history == {"lr": [], "loss": []}


def test_negative_losses_do_not_stop_at_once():
    task = mlp()
    finder = _finder(task)
    finder.criterion = lambda output, target: nn.functional.cross_entropy(output, target) - 5
    _swept(finder, task.train)
    assert finder.stop_reason == "completed"
    assert max(finder.history["loss"]) < 0


# -- rates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step_mode", ["exp", "linear"])
@pytest.mark.parametrize("frozen", [0, 1])
def test_a_group_at_rate_0_stays_there(step_mode, frozen):
    task = discriminative()
    groups = task.optimizer.param_groups
    groups[frozen]["lr"] = 0.0
    rates = []
    task.optimizer.register_step_pre_hook(lambda *_: rates.append([group["lr"] for group in groups]))
    finder = _swept(_finder(task), task.train, step_mode=step_mode)
    assert {pair[frozen] for pair in rates} == {0.0}
    assert finder.history["lr"] == [pair[1 - frozen] for pair in rates]
    assert finder.history["lr"][0] == groups[1 - frozen]["lr"]


@pytest.mark.parametrize(
    ("lr", "options", "message"),
    [
        (0.0, {}, "every param group's rate is 0.*Pass start_lr"),
        (0.5, {"end_lr": 0.5}, "start_lr must be smaller than end_lr; got start_lr=0.5, end_lr=0.5"),
        (0.5, {"start_lr": -1.0}, "start_lr must be finite and greater than 0"),
        (0.01, {"diverge_th": 1}, "diverge_th must be greater than 1"),
        (0.01, {"accumulation_steps": 0}, "accumulation_steps must be at least 1"),
    ],
)
def test_what_cannot_work_is_told(lr, options, message):
    task = mlp()
    task.optimizer.param_groups[0]["lr"] = lr
    with pytest.raises(SettingsError, match=message):
        _swept(_finder(task), task.train, **options)


# -- loaders ---------------------------------------------------------------------------------------


def test_an_empty_val_loader_is_an_error():
    task = mlp()
    with pytest.raises(LoaderError, match="val_loader is empty"):
        _swept(_finder(task), task.train, DataLoader([]))


def test_a_train_iterator_that_does_not_start_over_ends_the_sweep():
    task = mlp()
    before = _state(task)
    once = TrainDataLoaderIter(task.train, auto_reset=False)
    torch.set_rng_state(before["random"]["torch"])  # the iterator has drawn its seed
    finder = _swept(_finder(task), once)
    assert finder.stop_reason == "exhausted"
    assert len(finder.history["lr"]) == len(task.train) == 7
    assert_same_state(before, _state(task))
    with pytest.raises(LoaderError, match="train_loader is empty"):
        _swept(finder, once)
