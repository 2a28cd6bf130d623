"""The sweep as a user sees it: its points, its ends, its controls."""

import gc
import threading
import weakref

import numpy as np
import pytest
import torch
from torch import nn

from lrwidget.curves.smoothing import ema
from lrwidget.engine import Point, RangeTest
from lrwidget.errors import SettingsError, StateError
from tests.engine.worlds import ONE, Cnn, cnn_world, half_square, weight_and_sgd

# Plain SGD on w^2 / 2 from w = 1: L_i = prod_(k<i) (1 - lr_k)^2 / 2.
RATES = [.001, .002125494567, .004517727155, .009602404523, .02040985864, .04338104366, .09220617261,
         .1959837189, .4165623298, .8854009689, 1.881914949, 4]  # fmt: skip
LOSSES = [.5, .4990005, .4968815086, .4924020998, .482991014, .4634766532, .424136675, .3495266368,
          .2259487612, .0769128487, .001010091668, .0007856230139]  # fmt: skip
LAST_W, LAST_VAL, LAST_SMOOTHED = 0.11891683754, 0.007070607125, 0.4091175397


def _oracle(*loaders, **options):
    model, optimizer = weight_and_sgd()
    return model, RangeTest(
        model, optimizer, half_square, ONE, *loaders, start_lr=1e-3, end_lr=4, num_iter=12, **options
    )


def test_the_closed_form_is_met():
    model, test = _oracle()
    with test:
        points = list(_until(test, 11))
        assert model.w.item() == pytest.approx(LAST_W, abs=1e-10)
        assert list(test) == []
        assert model.w.item() == 1.0
    assert [p.index for p in points] == list(range(12))
    assert [p.lr for p in points] == pytest.approx(RATES, rel=1e-9)
    assert [p.loss for p in points] == pytest.approx(LOSSES, abs=1e-10)
    history = test.history
    assert history.lr.tolist() == [p.lr for p in points]
    assert history.loss.tolist() == [p.loss for p in points]
    assert ema(history.loss, 0.05)[-1] == pytest.approx(LAST_SMOOTHED, abs=1e-10)
    assert history.stop_reason == test.stop_reason == "completed"
    assert history.seconds > 0
    assert history.started_at.endswith("+00:00")
    assert history.receipt["parameters"] == 1
    assert (history.lr[0], history.lr[-1]) == (1e-3, 4.0)


def _until(test, last):
    for point in test:
        yield point
        if point.index == last:
            return


def test_evaluation_is_one_step_later_than_the_training_loss():
    _, test = _oracle(ONE)
    history = test.run()
    assert history.loss == pytest.approx([*LOSSES[1:], LAST_VAL], abs=1e-10)
    assert history.settings.loss_source == "val"


def test_fixed_training_batches_are_evaluated_the_same_way():
    _, test = _oracle(fixed_batches=1)
    history = test.run()
    assert history.loss == pytest.approx([*LOSSES[1:], LAST_VAL], abs=1e-10)
    assert history.settings.loss_source == "fixed"


def test_own_rates_and_linear_rates_are_run():
    model, optimizer = weight_and_sgd()
    assert RangeTest(model, optimizer, half_square, ONE, lr_schedule=[0.1, 0.5, 2]).run().lr.tolist() == [
        0.1,
        0.5,
        2.0,
    ]
    history = RangeTest(
        model, optimizer, half_square, ONE, start_lr=0.1, end_lr=0.5, num_iter=5, step_mode="linear"
    ).run()
    assert history.lr == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


def test_groups_keep_their_ratios_and_frozen_groups_stay_at_zero():
    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1))
    tensor_rate = torch.tensor(0.2, dtype=torch.float64)
    optimizer = torch.optim.SGD(
        [
            {"params": model[0].parameters(), "lr": 0.0},
            {"params": model[1].parameters(), "lr": 0.1},
            {"params": model[2].parameters(), "lr": tensor_rate},
            {"params": model[3].parameters(), "lr": 0.01},
        ]
    )
    seen = []

    def step_fn(batch):
        seen.append([float(group["lr"]) for group in optimizer.param_groups])
        assert optimizer.param_groups[2]["lr"] is tensor_rate
        return model(batch).square().mean()

    RangeTest(model, optimizer, None, [torch.ones(2, 1)], lr_schedule=[1e-3, 1e-2], step_fn=step_fn).run()
    assert seen[0] == pytest.approx([0, 1e-3, 2e-3, 1e-4])
    assert seen[1] == pytest.approx([0, 1e-2, 2e-2, 1e-3])
    assert tensor_rate.item() == pytest.approx(0.2)


def test_a_diverging_sweep_keeps_the_point_that_ended_it():
    model, optimizer = weight_and_sgd()
    history = RangeTest(model, optimizer, half_square, ONE, start_lr=1.1, end_lr=1e4, num_iter=50).run()
    assert history.stop_reason == "diverged"
    assert len(history) < 50
    assert history.loss[-1] > 5 * history.loss[:-1].min()
    assert model.w.item() == 1.0


def test_a_loss_that_is_not_finite_ends_the_sweep_and_is_kept():
    losses = iter([1.0, 0.5, float("nan"), 1.0])
    model, optimizer = weight_and_sgd()

    def step_fn(batch):
        return model.w * next(losses)

    history = RangeTest(model, optimizer, None, ONE, step_fn=step_fn, num_iter=10).run()
    assert history.stop_reason == "non-finite"
    assert len(history) == 3
    assert np.isnan(history.loss[-1])


class _Once:
    """Can be begun anew, but has nothing more to give then."""

    def __init__(self, batches):
        self.left = list(batches)

    def __iter__(self):
        while self.left:
            yield self.left.pop(0)


@pytest.mark.parametrize("accumulation_steps", [1, 2])
def test_a_loader_with_nothing_left_ends_the_sweep(accumulation_steps):
    model, optimizer = weight_and_sgd()
    loader = _Once(ONE * 5)
    history = RangeTest(
        model, optimizer, half_square, loader, num_iter=20, accumulation_steps=accumulation_steps
    ).run()
    assert history.stop_reason == "exhausted"
    assert len(history) == 5 // accumulation_steps
    assert model.w.item() == 1.0
    assert len(loader.left) == 5  # even that list is given back


def test_a_loader_shorter_than_the_sweep_starts_over():
    world = cnn_world()
    passes = []

    class Counting(list):
        def __iter__(self):
            passes.append(1)
            return super().__iter__()

    history = RangeTest(world.model, world.optimizer, world.criterion, Counting(world.loader), num_iter=12)
    assert history.run().stop_reason == "completed"
    assert len(passes) == 3  # of 5 batches each


def test_the_callback_sees_every_point_in_order():
    seen = []
    _, test = _oracle(callback=seen.append)
    assert list(test) == seen
    assert isinstance(seen[0], Point)


def test_the_history_can_be_read_at_any_time():
    _, test = _oracle()
    assert len(test.history) == 0
    sizes = [(len(test.history), test.history.stop_reason) for _ in test]
    assert sizes[:3] == [(1, None), (2, None), (3, None)]
    assert sizes[-1] == (12, None)


def test_it_runs_once():
    _, test = _oracle()
    test.run()
    assert list(test) == []
    with pytest.raises(StateError, match="started before"):
        test.start()
    with pytest.raises(SettingsError, match="reason must be one of 'completed'"):
        test.stop("tired")


def test_a_finished_test_holds_no_copy_of_the_model():
    world = cnn_world(warm=True)
    test = RangeTest(*world, num_iter=3)
    test.start()
    copies = [weakref.ref(kept.copy) for kept in test._sweep._snapshot.tensors._kept]
    test.run()
    gc.collect()
    assert copies
    assert not any(copy() is not None for copy in copies)


def test_a_scheduler_attached_to_the_optimizer_is_no_obstacle():
    model = Cnn()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: epoch / 10)  # warm-up: the rate is 0 now
    world = cnn_world()
    history = RangeTest(model, optimizer, world.criterion, world.loader, num_iter=5, end_lr=0.1).run()
    assert history.lr[0] == 1e-7
    assert optimizer.param_groups[0]["lr"] == 0
    assert optimizer.param_groups[0]["initial_lr"] == 0.1


def test_the_history_can_be_read_while_the_receipt_is_written_in_another_thread():
    model = nn.Linear(1, 1)
    data = [(torch.ones(2, 1), torch.ones(2, 1))]
    test = RangeTest(model, torch.optim.SGD(model.parameters(), 0.1), nn.MSELoss(), data, num_iter=5)
    test.run()
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            for number in range(50):
                test._sweep.receipt[f"more {number}"] = number
            for number in range(50):
                del test._sweep.receipt[f"more {number}"]

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(2000):
            assert len(test.history) == 5
    finally:
        over.set()
        writer.join()
