"""Everything is back when a range test returns, whatever ended it; and what reset() means then."""

import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from lrwidget import LRFinder, LRWidgetWarning
from lrwidget.compat import TrainDataLoaderIter
from tests.compat.tasks import cnn, discriminative, finder_of, mlp, quietly, state_of, train
from tests.engine.states import assert_same_state
from tests.engine.worlds import cnn_world


@pytest.mark.parametrize("make", [mlp, cnn, discriminative])
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
@pytest.mark.parametrize("device", [None, "cpu"])
def test_all_is_back_when_a_range_test_returns_and_after_every_reset(make, val, device):
    task = make()
    task.scheduler = torch.optim.lr_scheduler.StepLR(task.optimizer, 5)
    train(task)
    finder = finder_of(task, device=device)
    before = state_of(task)
    for _ in range(2):
        quietly(finder, task.train, task.val if val else None, start_lr=1e-6)
        assert_same_state(before, state_of(task))
        finder.reset()
        finder.reset()
        assert_same_state(before, state_of(task))


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("val", [False, True], ids=["train", "val"])
def test_all_is_back_after_an_error_and_what_was_seen_is_kept(error, val):
    task = mlp()
    train(task)
    complete = quietly(finder_of(task), task.train, task.val if val else None).history
    before = state_of(task)
    calls = []

    def criterion(output, target):
        calls.append(1)
        if len(calls) == (4 * 4 + 2 if val else 5):  # a step and three batches to evaluate on, or a step
            raise error
        return nn.functional.cross_entropy(output, target)

    finder = finder_of(task)
    finder.criterion = criterion
    with pytest.raises(error):
        quietly(finder, task.train, task.val if val else None)
    assert_same_state(before, state_of(task))
    assert finder.history["lr"] == complete["lr"][:4]
    assert finder.history["loss"] == complete["loss"][:4]
    assert finder.stop_reason == ("error" if error is RuntimeError else "interrupted")
    quietly(finder, task.train)
    assert len(finder.history["lr"]) == 12


def test_the_scaler_is_back():
    task = mlp()
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=2)
    finder = finder_of(task, amp_backend="torch", grad_scaler=scaler)
    before = scaler.state_dict()
    quietly(finder, task.train)
    assert scaler.state_dict() == before
    assert len(finder.history["loss"]) == 12


def test_a_step_that_the_scaler_skips_does_not_advance_the_sweep():
    task = mlp()
    finder = finder_of(
        task, amp_backend="torch", grad_scaler=torch.amp.GradScaler("cpu", init_scale=2.0**127)
    )
    batches, steps = [], []

    def criterion(output, target):
        batches.append(1)
        return nn.functional.cross_entropy(output, target) * 8  # scaled, it is infinite at first

    finder.criterion = criterion
    task.optimizer.register_step_post_hook(lambda *_: steps.append(1))
    before = state_of(task)
    quietly(finder, task.train)
    assert len(steps) == len(finder.history["lr"]) == 12
    assert len(batches) > 12
    assert_same_state(before, state_of(task))


def test_a_scheduler_may_be_attached():
    task = mlp()
    torch.optim.lr_scheduler.CosineAnnealingLR(task.optimizer, 10)
    finder = quietly(finder_of(task), task.train)
    assert finder.history["lr"][0] == 1e-4
    assert task.optimizer.param_groups[0]["initial_lr"] == 1e-4


def test_frozen_layers_stay_in_evaluation_mode():
    world = cnn_world()
    world.model.features[1].eval()
    seen = []
    world.model.features[1].register_forward_hook(lambda module, *_: seen.append(module.training))
    finder = LRFinder(world.model, world.optimizer, world.criterion)
    quietly(finder, world.loader, world.loader, num_iter=3)
    assert set(seen) == {False}


def test_loaders_with_generators_of_their_own_are_back():
    task = mlp()
    generator = torch.Generator().manual_seed(5)
    loader = DataLoader(task.train.dataset, batch_size=8, shuffle=True, generator=generator)
    before = generator.get_state()
    quietly(finder_of(task), loader)
    assert torch.equal(generator.get_state(), before)
    own = TrainDataLoaderIter(loader)
    before = generator.get_state()
    quietly(finder_of(task), own)
    assert torch.equal(generator.get_state(), before)


# -- reset -----------------------------------------------------------------------------------------


def test_reset_takes_back_no_training_and_says_so():
    task = mlp()
    finder = quietly(finder_of(task), task.train)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        finder.reset()
    train(task)
    task.optimizer.param_groups[0]["lr"] = 0.05
    trained = state_of(task)
    with pytest.warns(
        LRWidgetWarning, match=r"trained since the range test, and reset\(\) leaves it"
    ) as said:
        finder.reset()
    assert said[0].filename == __file__
    assert_same_state(trained, state_of(task))
    quietly(finder, task.train)
    finder.reset()
    assert_same_state(trained, state_of(task))


def test_reset_says_nothing_of_another_model_and_before_a_range_test():
    task, other = mlp(), mlp()
    finder = finder_of(task)
    train(task)
    finder.reset()
    quietly(finder, task.train)
    finder.model, finder.optimizer = other.model, other.optimizer
    train(other)
    finder.reset()
