"""What the docstring of LRFinder lists as differences in losses, rates and loaders: each is so."""

import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset

from lrwidget import SettingsError
from lrwidget.compat import TrainDataLoaderIter, ValDataLoaderIter
from lrwidget.errors import LoaderError, LossError
from tests.compat.tasks import discriminative, finder_of, mlp, quietly, state_of
from tests.engine.states import assert_same_state

# -- losses ----------------------------------------------------------------------------------------


def _constant(output, target):
    return (output * 0).sum() + target.double().mean()


@pytest.mark.parametrize("own", [False, True], ids=["loader", "iterator"])
def test_the_validation_loss_is_the_mean_over_the_samples_seen(own):
    task = mlp()
    targets = TensorDataset(torch.zeros(10, 5), torch.arange(10.0))
    finder = finder_of(task)
    finder.criterion = _constant
    for options, mean in (
        ({"sampler": SubsetRandomSampler([2, 3, 7])}, 4.0),
        ({"drop_last": True}, 3.5),
    ):
        val = DataLoader(targets, batch_size=4 if "drop_last" in options else 2, **options)
        quietly(finder, task.train, ValDataLoaderIter(val) if own else val)
        assert finder.history["loss"] == pytest.approx([mean] * 12)


@pytest.mark.parametrize("accumulation_steps", [1, 3])
def test_a_loss_whose_gradient_needs_its_own_value_works(accumulation_steps):
    task = mlp()
    finder = finder_of(task)
    finder.criterion = lambda output, target: nn.functional.cross_entropy(output, target).sqrt()
    quietly(finder, task.train, accumulation_steps=accumulation_steps)
    assert len(finder.history["loss"]) == 12


@pytest.mark.parametrize("smooth_f", [0, 0.05])
def test_a_loss_that_is_no_number_ends_the_sweep(capsys, smooth_f):
    task = mlp()
    before = state_of(task)
    calls = []

    def criterion(output, target):
        calls.append(1)
        return nn.functional.cross_entropy(output, target) * (math.nan if len(calls) == 9 else 1.0)

    finder = finder_of(task)
    finder.criterion = criterion
    finder.range_test(task.train, num_iter=30, smooth_f=smooth_f)
    assert finder.stop_reason == "non-finite"
    assert capsys.readouterr().out.startswith("Stopping early, the loss has diverged\nLearning rate search")
    losses = finder.history["loss"]
    assert len(losses) == len(finder.history["lr"]) == 9
    assert math.isnan(losses[-1])
    assert finder.best_loss == min(losses[:-1])
    assert_same_state(before, state_of(task))


def test_a_first_loss_that_is_no_number_is_an_error():
    task = mlp()
    finder = finder_of(task)
    finder.criterion = lambda output, target: output.sum() * math.nan
    with pytest.raises(LossError, match="the first loss is nan"):
        quietly(finder, task.train)
    assert finder.history == {"lr": [], "loss": []}


def test_negative_losses_do_not_stop_at_once():
    task = mlp()
    finder = finder_of(task)
    finder.criterion = lambda output, target: nn.functional.cross_entropy(output, target) - 5
    quietly(finder, task.train)
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
    finder = quietly(finder_of(task), task.train, step_mode=step_mode)
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
        quietly(finder_of(task), task.train, **options)


# -- loaders ---------------------------------------------------------------------------------------


def test_an_empty_val_loader_is_an_error():
    task = mlp()
    with pytest.raises(LoaderError, match="val_loader is empty"):
        quietly(finder_of(task), task.train, DataLoader([]))


@pytest.mark.parametrize("by", ["the criterion", "the iterator"])
def test_a_pass_that_was_broken_off_is_a_whole_one_the_next_time(by):
    task = mlp()
    fails = [True]

    def fail_once():
        if fails and fails.pop():
            raise RuntimeError("broken off")

    class Val(ValDataLoaderIter):
        def inputs_labels_from_batch(self, batch_data):
            if by == "the iterator" and self.run_counter == 2:
                fail_once()
            return super().inputs_labels_from_batch(batch_data)

    def criterion(output, target):
        if by == "the criterion" and not torch.is_grad_enabled():
            fail_once()
        return _constant(output, target)

    val = Val(DataLoader(TensorDataset(torch.zeros(10, 5), torch.arange(10.0)), batch_size=4))
    finder = finder_of(task)
    finder.criterion = criterion
    with pytest.raises(RuntimeError, match="broken off"):
        quietly(finder, task.train, val)
    fails.clear()  # a sweep gives back what a criterion changes, this list too
    quietly(finder, task.train, val)
    assert finder.history["loss"] == pytest.approx([4.5] * 12)


def test_a_train_iterator_that_does_not_start_over_ends_the_sweep():
    task = mlp()
    before = state_of(task)
    once = TrainDataLoaderIter(task.train, auto_reset=False)
    torch.set_rng_state(before["random"]["torch"])  # the iterator has drawn its seed
    finder = quietly(finder_of(task), once)
    assert finder.stop_reason == "exhausted"
    assert len(finder.history["lr"]) == len(task.train) == 7
    assert_same_state(before, state_of(task))
    with pytest.raises(LoaderError, match="train_loader is empty"):
        quietly(finder, once)
