"""Schedules a group, validation drawn anew, what holds around a sweep, and models elsewhere for a while."""

import math
from contextlib import contextmanager

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.engine import RangeTest
from lrwidget.engine.placement import placed
from lrwidget.errors import LoaderError, SettingsError, SetupError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, Weight, cnn_world, half_square, weight_and_sgd

RATES = {"start_lr": 1e-3, "end_lr": 1.0, "num_iter": 8, "diverge_th": None}


def _sweep(world, **options):
    model, optimizer, criterion, loader = world
    return RangeTest(model, optimizer, criterion, loader, **{**RATES, **options})


def _state(world):
    return full_state(world.model, world.optimizer, world.criterion)


def _ramp():
    return TensorDataset(torch.arange(40.0, dtype=torch.float64)[:, None])


# -- schedules a group -----------------------------------------------------------------------------


def test_each_group_runs_its_own_schedule():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    groups = [{"params": model[0].parameters(), "lr": 0.1}, {"params": model[1].parameters(), "lr": 0.0}]
    optimizer = torch.optim.SGD(groups)
    seen = []
    schedules = [[1e-3, 1e-2, 1e-1], [1.0, 0.0, 0.5]]
    history = RangeTest(
        model, optimizer, nn.MSELoss(), [(torch.ones(3, 2), torch.ones(3, 1))],
        start_lr=1e-3, end_lr=1e-1, num_iter=3, diverge_th=None, group_schedules=schedules,
        callback=lambda point: seen.append([group["lr"] for group in optimizer.param_groups]),
    ).run()  # fmt: skip
    assert seen == [list(pair) for pair in zip(*schedules, strict=True)]
    assert history.lr == pytest.approx(schedules[0])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.0]


@pytest.mark.parametrize(
    ("schedules", "message"),
    [
        ([[1.0] * 8, [1.0] * 8], r"for each of the 1 param groups; got 2 lists, of lengths \[8, 8\]"),
        ([[1.0] * 7], r"must hold 8 rates.*lengths \[7\]"),
        ([[1.0] * 7 + [-1.0]], "negative or not finite"),
        ([[math.nan] * 8], "negative or not finite"),
        (3, r"param groups; got 3\."),
        ([["a"] * 8], "must be a list of numbers; got 'a' at index 0"),
    ],
)
def test_schedules_that_do_not_fit_are_refused(schedules, message):
    with pytest.raises(SettingsError, match=message):
        _sweep(cnn_world(), group_schedules=schedules).run()


def test_a_function_gives_the_schedules_of_the_settings():
    model, optimizer = weight_and_sgd()
    asked, seen = [], []

    def schedules(settings):
        asked.append(settings)
        return [[rate / 2 for rate in settings.rates]]

    test = _sweep(
        (model, optimizer, half_square, ONE),
        group_schedules=schedules,
        callback=lambda point: seen.append(optimizer.param_groups[0]["lr"]),
    )
    assert not asked  # not before the start: rates and groups may still change
    history = test.run()
    assert seen == [rate / 2 for rate in history.settings.rates]
    assert set(asked) == {test.settings}
    with pytest.raises(SettingsError, match="must hold 8 rates"):
        _sweep(cnn_world(), group_schedules=lambda settings: [[1.0]]).run()


# -- how a divergence is told ----------------------------------------------------------------------


@pytest.mark.parametrize(("robust", "points"), [(True, 6), ("negative", 4), (False, 4)])
def test_a_best_loss_near_zero_is_judged_by_the_spread_or_as_asked(robust, points):
    losses = iter([3.0, 5.0, 0.001, 0.006, 4.0, 1.0, 1.0, 1.0])
    model, optimizer = weight_and_sgd()
    history = RangeTest(
        model, optimizer, lambda output, target: output.sum() * 0 + next(losses), ONE,
        start_lr=1e-3, end_lr=1.0, num_iter=6, smooth_f=0, robust=robust,
    ).run()  # fmt: skip
    assert len(history) == points


def test_another_way_to_tell_a_divergence_is_refused():
    with pytest.raises(SettingsError, match=r"""robust must be True, False or "negative"; got 'yes'"""):
        _sweep(cnn_world(), robust="yes").run()


# -- drawn anew ------------------------------------------------------------------------------------


def test_validation_batches_can_be_drawn_anew_each_time():
    val = DataLoader(_ramp(), batch_size=4, shuffle=True)
    losses = []
    for redraw in (False, True):
        model, optimizer = weight_and_sgd()
        torch.manual_seed(0)
        history = RangeTest(
            model, optimizer, None, ONE, val, **RATES, val_batches=1, redraw_val=redraw,
            step_fn=lambda batch, model=model: model(batch[0]).mean() * 0 + batch[0].double().mean() + 1,
        ).run()  # fmt: skip
        losses.append(len(set(history.loss.tolist())))
    assert losses == [1, 8]


def test_an_empty_redrawn_loader_is_told_and_all_is_given_back():
    class Empty:
        def __iter__(self):
            return iter(())

    model, optimizer = weight_and_sgd()
    before = full_state(model, optimizer)
    with pytest.raises(LoaderError, match="val_loader is empty"):
        RangeTest(model, optimizer, half_square, ONE, Empty(), **RATES, redraw_val=True).run()
    assert_same_state(before, full_state(model, optimizer))
    with pytest.raises(SettingsError, match="redraw_val=True needs a val_loader"):
        RangeTest(model, optimizer, half_square, ONE, **RATES, redraw_val=True).run()


# -- around ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt, SystemExit])
def test_what_holds_around_a_sweep_is_left_on_every_exit(error):
    world = cnn_world(warm=True)
    model, before = world.model, _state(world)
    told = []

    @contextmanager
    def around():
        told.append("in")
        model.marked = True
        try:
            yield
        finally:
            told.append(model.calls == before["model."]["plain"]["calls"])  # after the restore
            del model.marked

    def fail(point):
        assert model.marked
        if error is not None and point.index == 3:
            raise error

    test = _sweep(world, around=around, callback=fail)
    if error is None:
        test.run()
    else:
        with pytest.raises(error):
            test.run()
    assert told == ["in", True]
    assert_same_state(before, _state(world))


def test_a_refused_start_leaves_what_was_entered_and_can_be_tried_again():
    told = []

    @contextmanager
    def around():
        told.append("in")
        yield
        told.append("out")

    model, optimizer, criterion, _ = cnn_world()
    test = RangeTest(model, optimizer, criterion, [], **RATES, around=around)
    for _ in range(2):
        with pytest.raises(LoaderError, match="train_loader is empty"):
            test.start()
    assert told == ["in", "out"] * 2


def test_an_error_on_the_way_in_changes_nothing():
    def around():
        raise RuntimeError("no way in")

    world = cnn_world(warm=True)
    before = _state(world)
    with pytest.raises(RuntimeError, match="no way in"):
        _sweep(world, around=around).run()
    assert_same_state(before, _state(world))


# -- placement -------------------------------------------------------------------------------------


def test_a_model_is_back_in_the_very_tensors_it_was_in():
    world = cnn_world(warm=True)
    before = _state(world)
    with placed(world.model, world.optimizer, dtype=torch.float64):
        assert {p.dtype for p in world.model.parameters()} == {torch.float64}
        state = world.optimizer.state[world.model.head.weight]
        assert state["exp_avg"].dtype == torch.float64
        assert state["step"].dtype == torch.float32  # no part of the arithmetic
        world.model.head(torch.ones(1, 64, dtype=torch.float64)).sum().backward()
        with torch.no_grad():
            world.model.head.weight.add_(1.0)
    assert_same_state(before, _state(world))


def test_a_sweep_in_another_dtype_leaves_no_trace():
    model = Weight().float()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    half_square(model(torch.ones(1)), None).backward()
    optimizer.step()
    before = full_state(model, optimizer)

    def elsewhere():
        return placed(model, optimizer, dtype=torch.float64)

    history = RangeTest(
        model,
        optimizer,
        half_square,
        ONE,
        **RATES,
        around=lambda: placed(model, optimizer, dtype=torch.float64),
    ).run()
    assert len(history) == 8
    assert_same_state(before, full_state(model, optimizer))


# -- the door --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["callback", "update_fn", "metric", "around"])
def test_what_must_be_a_function_is_told(name):
    with pytest.raises(SetupError, match=rf"{name} must be a function of .*; got 3 of type int"):
        _sweep(cnn_world(), **{name: 3}).run()


def test_an_unknown_option_is_told_by_the_door_s_name():
    with pytest.raises(
        TypeError, match=r"RangeTest\(\) got an unexpected keyword argument 'num_steps'.*metr"
    ):
        _sweep(cnn_world(), num_steps=3)
