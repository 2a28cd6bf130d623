"""Zoom, extend, and two passes: exactly the sweeps they say they are, and nothing left of them."""

import math

import numpy as np
import pytest

from lrwidget import AutoRangeTest, RangeTest
from lrwidget.engine.data.functions import FunctionLoader
from lrwidget.engine.variants.auto import COARSE, DENSE
from lrwidget.errors import SettingsError, SetupError, StateError
from lrwidget.history.refine import extended, zoomed
from tests.engine.worlds import cnn_world
from tests.oracle.oracle import Oracle

FEW = {"start_lr": 1e-4, "end_lr": 1.0, "num_iter": 9, "diverge_th": None}
AUTO = {"start_lr": 1e-6, "end_lr": 100.0, "num_iter": 60}


@pytest.fixture
def world():
    return cnn_world(warm=True)


def oracle_of(world):
    return Oracle({"model": world.model, "optimizer": world.optimizer, "loader": world.loader})


def test_a_zoom_is_the_one_long_sweep_bit_for_bit(world):
    test = RangeTest(*world, **FEW, fixed_batches=1, clip_grad_norm=1.0)
    test.run()
    refined = test.zoom(1e-3, 1e-2, 12).run()
    rates = zoomed(test.settings, 1e-3, 1e-2, 12).rates
    by_hand = RangeTest(*world, lr_schedule=rates, diverge_th=None, fixed_batches=1, clip_grad_norm=1.0).run()
    assert refined.loss.tolist() == by_hand.loss.tolist()
    assert refined.settings == by_hand.settings
    assert set(refined.lr[refined.lr < 1e-3]) == {rate for rate in test.settings.rates if rate < 1e-3}


def test_an_extension_is_the_one_long_sweep_and_begins_as_the_short_one(world):
    test = RangeTest(*world, **FEW)
    short = test.run()
    long = test.extend(end_lr=10.0).run()
    assert long.loss[: len(short)].tolist() == short.loss.tolist()
    assert long.lr[-1] == 10.0
    assert long.settings == extended(test.settings, end_lr=10.0)
    lower = test.extend(start_lr=1e-5).run()
    assert lower.lr[0] == 1e-5
    assert lower.loss[0] == short.loss[0]  # the first batch, before any step


def test_it_can_be_refined_before_it_ran_and_while_it_is_on_and_leaves_nothing(world):
    oracle = oracle_of(world)
    test = RangeTest(*world, **FEW)
    next(test)
    test.zoom(1e-3, 1e-2)
    test.close()
    test.zoom(1e-3, 1e-2).run()
    test.extend(end_lr=2.0).run()
    assert not oracle.differences()


def test_all_options_and_objects_are_handed_on(world):
    seen = []
    test = RangeTest(
        world.model,
        [world.optimizer],
        world.criterion,
        lambda: iter(list(world.loader)),
        accumulation_steps=2,
        callback=seen.append,
        metric=lambda output, target: 0.5,
        verify=True,
        **FEW,
    )
    refined = test.zoom(1e-3, 1e-2, 10)
    history = refined.run()
    assert isinstance(refined._plan.train_loader, FunctionLoader)
    assert len(seen) == len(history)
    assert history.metric_name == "metric"
    assert history.settings.accumulation_steps == 2
    assert history.receipt["differs"] == []


def test_schedules_that_are_lists_are_refused_and_functions_are_asked_anew(world):
    rates = [[1e-3, 1e-2]]
    test = RangeTest(*world, start_lr=1e-3, end_lr=1e-2, num_iter=2, group_schedules=rates)
    with pytest.raises(SettingsError, match="group_schedules holds lists"):
        test.extend(end_lr=1.0)
    with pytest.raises(SettingsError, match="group_schedules holds lists"):
        AutoRangeTest(*world, group_schedules=rates)
    test = RangeTest(*world, **FEW, group_schedules=lambda settings: [settings.rates])
    assert len(test.extend(end_lr=2.0).run()) > 9


# -- two passes ------------------------------------------------------------------------------------


def test_two_passes_take_the_steps_of_one_and_the_dense_is_the_sweep_it_says(world):
    oracle = oracle_of(world)
    auto = AutoRangeTest(*world, **AUTO, fixed_batches=2)
    history = auto.run()
    assert auto.steps_done <= 60
    assert auto.runs.names == (COARSE, DENSE)
    assert auto.runs.active_run.history == history
    settings = history.settings
    by_hand = RangeTest(
        *world,
        start_lr=settings.start_lr,
        end_lr=settings.end_lr,
        num_iter=settings.num_iter,
        fixed_batches=2,
    ).run()
    assert by_hand.loss.tolist() == history.loss.tolist()
    seen = auto.runs[COARSE].history
    assert history.receipt["coarse_pass"]["loss"] == seen.loss.tolist()
    assert len(seen) + settings.num_iter == 60
    assert not oracle.differences()


def test_points_come_with_the_name_of_their_pass_also_to_a_callback(world):
    told = []
    auto = AutoRangeTest(*world, **AUTO, callback=lambda *given: told.append(given))
    names = [(name, 0, point) for name, point in auto]
    assert names == told
    assert list(dict.fromkeys(name for name, _, _ in told)) == [COARSE, DENSE]


@pytest.mark.parametrize("strikes_at", [4, 25])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_in_either_pass_gives_all_back(world, strikes_at, kind):
    calls = []

    def step_fn(batch):
        calls.append(1)
        if len(calls) == strikes_at:
            raise kind("boom")
        return world.criterion(world.model(batch[0]), batch[1])

    oracle = oracle_of(world)
    auto = AutoRangeTest(*world, **AUTO, step_fn=step_fn)
    with pytest.raises(kind):
        auto.run()
    assert not oracle.differences()
    assert auto.runs.names == ((COARSE,) if strikes_at == 4 else (COARSE, DENSE))


def test_stopped_in_the_coarse_pass_there_is_no_dense_one(world):
    oracle = oracle_of(world)
    auto = AutoRangeTest(*world, **AUTO)
    next(auto)
    auto.stop()
    with pytest.raises(StateError, match=r"no dense pass: it ended before \(stopped\)"):
        auto.run()
    assert auto.runs.names == (COARSE,)
    assert not oracle.differences()


def test_a_loss_that_is_nowhere_finite_ends_both_passes(world):
    def step_fn(batch):
        loss = world.criterion(world.model(batch[0]), batch[1])
        return loss * math.nan if world.optimizer.param_groups[0]["lr"] > 1e-6 else loss

    auto = AutoRangeTest(*world, **AUTO, step_fn=step_fn)
    history = auto.run()
    assert history.stop_reason == "non-finite"
    assert history.suggest().lr is None
    assert not np.isfinite(history.loss[-1])


def test_what_cannot_be_is_refused_at_once(world):
    with pytest.raises(SettingsError, match="num_iter must be at least 48"):
        AutoRangeTest(*world, num_iter=40)
    with pytest.raises(SettingsError, match="step_mode"):
        AutoRangeTest(*world, step_mode="linear")
    with pytest.raises(SettingsError, match="step_mode"):
        AutoRangeTest(*world, lr_schedule=[1e-3, 1e-2])
    with pytest.raises(SetupError, match="callback must be a function of"):
        AutoRangeTest(*world, callback=5)
    with pytest.raises(TypeError, match=r"^AutoRangeTest\(\) got an unexpected keyword argument 'num_it'"):
        AutoRangeTest(*world, num_it=5)
    with pytest.raises(SetupError, match="model must be"):
        AutoRangeTest(None, None, None, None)
