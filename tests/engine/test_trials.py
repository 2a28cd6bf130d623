"""Trials: each is the training that its rate would have given, and nothing of any of them is left."""

from __future__ import annotations

import gc
import math
import random
import threading
import time
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from lrwidget import (
    LRWidgetWarning,
    RangeTest,
    RateTrials,
    RestoreError,
    SettingsError,
    SetupError,
    StateError,
    Trials,
)
from lrwidget.engine.trials.series import in_turn
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, Weight, cnn_world, half_square, images, seed_all, weight_and_sgd

RATES = [1e-4, 1e-3, 1e-2]


def state_of(world):
    generator = world.loader.generator
    extra = () if generator is None else (generator.get_state,)
    return full_state(world.model, world.optimizer, extra=extra)


def at_rate(lr, steps, **options):
    """What training by hand gives at a rate."""
    world = cnn_world(**options)
    for group in world.optimizer.param_groups:
        group["lr"] = lr
    return world.train(steps)


# -- each trial is a real training ----------------------------------------------------------------------


@pytest.mark.parametrize("warm", [False, True], ids=["fresh", "warm"])
@pytest.mark.parametrize("own_generator", [False, True], ids=["global-rng", "own-generator"])
def test_each_trial_is_the_training_that_its_rate_would_have_given_bit_for_bit(warm, own_generator):
    options = {"warm": warm, "own_generator": own_generator}
    world = cnn_world(**options)
    before = state_of(world)
    trials = RateTrials(*world, rates=RATES, steps=12).run()
    assert trials.stop_reason == "completed"
    assert [one.ended for one in trials] == ["completed"] * 3
    assert_same_state(before, state_of(world))
    losses = world.train(12)
    for one in trials:
        assert one.loss.tolist() == at_rate(one.lr, 12, **options)
        assert one.rates.tolist() == [one.lr] * 12
    assert losses == cnn_world(**options).train(12)


def test_the_middle_one_comes_first_and_points_are_counted_as_they_come():
    assert [in_turn(count) for count in (2, 3, 4, 5)] == [
        [0, 1],
        [1, 0, 2],
        [1, 0, 2, 3],
        [2, 1, 3, 0, 4],
    ]
    seen = []
    test = RateTrials(*cnn_world(), rates=RATES, steps=3, callback=seen.append)
    points = list(test)
    assert [(p.trial, p.step) for p in points] == [(t, s) for t in range(3) for s in range(3)]
    assert [p.lr for p in points[::3]] == [1e-3, 1e-4, 1e-2]
    assert seen == points
    for point in points:
        assert test.trials[point.trial].loss[point.step] == point.loss


def test_losses_on_kept_batches_are_those_of_the_model_after_its_last_step():
    x, y = images(12, seed=1).tensors
    val = [(x[:7], y[:7]), (x[7:], y[7:])]
    trials = RateTrials(*cnn_world(), val, rates=RATES, steps=6, eval_mode="eval").run()
    for one in trials:
        world = cnn_world()
        for group in world.optimizer.param_groups:
            group["lr"] = one.lr
        assert one.loss.tolist() == world.train(6)
        world.model.eval()
        with torch.no_grad():
            sums = [nn.functional.cross_entropy(world.model(a), b).item() * len(a) for a, b in val]
        assert one.held_out == sum(sums) / 12
    assert trials.scores == tuple(one.held_out for one in trials)


def test_fixed_batches_judge_and_are_the_same_for_all():
    world = cnn_world()
    evaluated = []
    world.criterion = lambda out, y: (
        evaluated.append(y.tolist()) if not torch.is_grad_enabled() else None,
        nn.functional.cross_entropy(out, y),
    )[1]
    trials = RateTrials(*world, rates=RATES, steps=4, fixed_batches=2).run()
    assert [one.held_out is not None for one in trials] == [True] * 3
    assert len(evaluated) == 6  # once a trial, and not after every step
    assert evaluated[:2] == evaluated[2:4] == evaluated[4:]


def test_groups_keep_their_ratios_and_frozen_ones_stay_frozen():
    seed_all()
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1))
    rates = [0.0, 0.1, 0.01]
    optimizer = torch.optim.SGD(
        [{"params": layer.parameters(), "lr": lr} for layer, lr in zip(model, rates, strict=True)]
    )
    held = []
    optimizer.register_step_pre_hook(lambda o, *_: held.append([g["lr"] for g in o.param_groups]))
    trials = RateTrials(
        model, optimizer, nn.MSELoss(), [(torch.ones(3, 2), torch.ones(3, 1))], rates=[0.2, 0.4], steps=3
    ).run()
    assert held == [pytest.approx([0.0, 0.2, 0.02])] * 3 + [pytest.approx([0.0, 0.4, 0.04])] * 3
    assert [group["lr"] for group in optimizer.param_groups] == rates
    assert trials[0].rates.tolist() == [0.2] * 3


def test_rates_that_are_tensors_stay_the_tensors_they_are():
    model, optimizer = weight_and_sgd(lr=torch.tensor(0.5))
    lr = optimizer.param_groups[0]["lr"]
    trials = RateTrials(model, optimizer, half_square, ONE, rates=[0.1, 0.2], steps=3).run()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == 0.5
    assert trials[0].loss.tolist() == pytest.approx([0.5 * 0.9 ** (2 * k) for k in range(3)])


def test_accumulated_batches_make_one_step():
    trials = RateTrials(*cnn_world(), rates=RATES, steps=4, accumulation_steps=3).run()
    assert [len(one) for one in trials] == [4] * 3
    expected = RangeTest(*cnn_world(), lr_schedule=[1e-3, 1e-3 * (1 + 1e-12)], accumulation_steps=3).run()
    assert trials[0].loss[0] == expected.loss[0]


# -- which ones end early -------------------------------------------------------------------------------


def falling(rates, steps=100, **options):
    model, optimizer = weight_and_sgd()
    return RateTrials(model, optimizer, half_square, ONE, rates=rates, steps=steps, **options)


class Late:
    """Losses that become known some steps late, as those on a GPU."""

    def __init__(self, lag):
        self._lag, self._waiting = lag, []

    def push(self, loss):
        self._waiting.append(loss.item())

    def ready(self):
        known, self._waiting = self._waiting[: -self._lag], self._waiting[-self._lag :]
        return known

    def drain(self):
        known, self._waiting = self._waiting, []
        return known


@pytest.mark.parametrize("lag", [1, 7, 64])
def test_losses_that_come_late_end_trials_at_the_same_points(lag, monkeypatch):
    rates = [1e-4, 0.02, 0.1, 3.0]
    expected = falling(rates, extend=1).run()
    monkeypatch.setattr("lrwidget.engine.sweep.stream_for", lambda *_: Late(lag))
    seen = []
    found = falling(rates, extend=1, callback=seen.append).run()
    assert found.trials == expected.trials
    assert found.reason == expected.reason
    assert len(seen) == sum(map(len, found))


def test_those_that_are_sure_to_lose_end_early_and_diverging_ones_at_once():
    trials = falling([1e-4, 0.02, 0.1, 3.0, 1e36]).run()
    ended = {one.lr: (one.ended, len(one)) for one in trials}
    assert ended[0.1] == ("completed", 100)
    assert ended[1e-4][0] == "behind"
    assert ended[1e-4][1] < 50
    assert ended[3.0][0] == "diverged"
    assert ended[3.0][1] < 10
    assert ended[1e36][0] in {"diverged", "non-finite"}
    assert trials.winner == 0
    assert trials.stop_reason == "completed"


def test_a_validation_loss_is_not_foretold_from_training_losses():
    trials = RateTrials(*weight_and_sgd(), half_square, ONE, ONE, rates=[1e-4, 0.02, 0.1], steps=100).run()
    assert [one.ended for one in trials] == ["completed"] * 3


def test_all_can_be_run_to_their_end_but_those_that_blow_up():
    trials = falling([1e-4, 0.02, 0.1, 3.0], early_stop=False).run()
    assert [one.ended for one in trials] == ["completed"] * 3 + ["diverged"]


def test_divergence_can_be_switched_off():
    trials = falling([2.1, 2.2], steps=5, diverge_th=None).run()
    assert [one.ended for one in trials] == ["completed"] * 2


def test_while_the_best_is_at_an_end_the_next_rate_beyond_is_tried():
    trials = falling([0.001, 0.002, 0.004], extend=3).run()
    assert sorted(one.lr for one in trials) == pytest.approx([0.001, 0.002, 0.004, 0.008, 0.016, 0.032])
    assert trials.settings.rates == (0.001, 0.002, 0.004)
    trials = falling([0.5, 1.0, 1.5], extend=3).run()
    assert len(trials) == 3  # 1 is best, and lies between
    trials = falling([3.0, 4.0, 5.0], extend=3).run()
    assert len(trials) == 3  # nothing is known to be better than something
    assert trials.suggested_lr is None
    assert "blew up" in trials.reason


def test_the_rate_to_take_is_one_that_was_tried():
    trials = falling([0.3, 0.9, 1.8], steps=10).run()
    assert trials.suggested_lr == trials[trials.winner].lr == 0.9


# -- schedulers -----------------------------------------------------------------------------------------


def scheduled(make, attach=True, steps=6, lr=0.5, rates=(0.1, 0.2), **options):
    model, optimizer = weight_and_sgd(lr=lr)
    scheduler = make(optimizer) if attach else make
    state = scheduler.state_dict() if attach else None
    before = full_state(model, optimizer), dict(vars(optimizer)).keys()
    trials = RateTrials(
        model, optimizer, half_square, ONE, rates=rates, steps=steps, scheduler=scheduler, **options
    ).run()
    assert_same_state(before[0], full_state(model, optimizer))
    assert before[1] == vars(optimizer).keys()
    if attach:
        assert scheduler.state_dict() == state
    return {one.lr: one for one in trials}


@pytest.mark.parametrize("attach", [True, False], ids=["attached", "factory"])
def test_trials_follow_a_schedulers_shape(attach):
    def warm_up(optimizer):
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 4))

    found = scheduled(warm_up, attach)
    for lr, one in found.items():
        assert one.rates.tolist() == pytest.approx([lr / 4, lr / 2, 3 * lr / 4, lr, lr, lr])
    w, losses = 1.0, []
    for rate in found[0.1].rates:
        losses.append(0.5 * w * w)
        w -= rate * w
    assert found[0.1].loss.tolist() == pytest.approx(losses, rel=1e-12)


def test_a_scheduler_in_the_middle_of_its_course_goes_on_from_the_rate():
    def halved(optimizer):
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        optimizer.step()
        scheduler.step()
        return scheduler

    found = scheduled(halved, steps=3)
    assert found[0.1].rates.tolist() == pytest.approx([0.1, 0.05, 0.025])


def test_of_a_one_cycle_schedule_the_rate_is_the_maximum():
    def one_cycle(optimizer):
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=7.0, total_steps=6, cycle_momentum=False, pct_start=0.5
        )

    for attach in (True, False):
        found = scheduled(one_cycle, attach)
        assert max(found[0.1].rates) == pytest.approx(0.1)
        assert found[0.1].rates[0] == pytest.approx(0.1 / 25)


def test_each_group_follows_its_own_course():
    seed_all()
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    optimizer = torch.optim.SGD(
        [{"params": model[0].parameters(), "lr": 1.0}, {"params": model[1].parameters(), "lr": 10.0}]
    )
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, [lambda _: 1.0, lambda step: 0.5**step])
    seen = []
    optimizer.register_step_pre_hook(lambda o, *_: seen.append([g["lr"] for g in o.param_groups]))
    batches = [(torch.ones(3, 2), torch.ones(3, 1))]
    RateTrials(
        model, optimizer, nn.MSELoss(), batches, rates=[1e-3, 2e-3], steps=3, scheduler=scheduler
    ).run()
    assert seen[:3] == [pytest.approx([1e-3, 1e-2 * 0.5**k]) for k in range(3)]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (torch.optim.lr_scheduler.ReduceLROnPlateau, "goes by the loss"),
        (lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=3), "cannot be stepped 6 times"),
        (torch.optim.lr_scheduler.OneCycleLR, "scheduler.optimizer. fails"),
        (lambda _: 3, "scheduler must be"),
        (lambda _: None, "must return a scheduler"),
        (lambda o: o.nothing, "scheduler.optimizer. fails"),
    ],
)
def test_a_scheduler_without_such_a_shape_is_refused_and_nothing_has_changed(make, text):
    model, optimizer = weight_and_sgd()
    before = full_state(model, optimizer), set(vars(optimizer))
    test = RateTrials(model, optimizer, half_square, ONE, rates=[0.1, 0.2], steps=6, scheduler=make)
    with pytest.raises(SettingsError, match=text):
        test.run()
    assert_same_state(before[0], full_state(model, optimizer))
    assert before[1] == set(vars(optimizer))


@pytest.mark.parametrize("scheduler", [3, "cosine", [3]])
def test_what_is_no_scheduler_is_refused_at_once(scheduler):
    with pytest.raises(SettingsError, match="scheduler must be"):
        falling([0.1, 0.2], scheduler=scheduler)


def test_all_groups_at_zero_leave_nothing_to_scale():
    with pytest.raises(SettingsError, match="no rate greater than 0"):
        scheduled(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.5), lr=0.0)


# -- loaders that cannot be given back ------------------------------------------------------------------


def numbers():
    """A Python generator: what is drawn from it is gone."""
    draw = torch.Generator().manual_seed(3)
    while True:
        yield torch.randn(4, 3, generator=draw), torch.randint(0, 2, (4,), generator=draw)


def line():
    seed_all()
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.3), nn.Linear(8, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()


@pytest.mark.filterwarnings("ignore:the sweep may change these:lrwidget.LRWidgetWarning")
@pytest.mark.parametrize("kept", [{}, {"fixed_batches": 2}, {"val": True}], ids=["", "fixed", "validation"])
def test_what_a_generator_gave_serves_all_trials(kept):
    stream, val = numbers(), numbers()
    seen, evaluated = [], []
    model, optimizer, criterion = line()

    def step_fn(batch):
        x, y = batch
        (seen if torch.is_grad_enabled() else evaluated).append(x.sum().item())
        x.add_(1)  # as some models do
        return criterion(model(x), y)

    loader = lambda: next(stream)  # noqa: E731
    options = {"val_batches": 2} if kept.get("val") else kept
    trials = RateTrials(
        model,
        optimizer,
        None,
        loader,
        (lambda: next(val)) if kept.get("val") else None,
        rates=[0.01, 0.02, 0.03],
        steps=5,
        step_fn=step_fn,
        **options,
    ).run()
    assert len(seen) == 15
    assert seen[:5] == seen[5:10] == seen[10:]
    assert len(set(seen)) == 5
    assert evaluated[: len(evaluated) // 3] * 3 == evaluated
    assert len({one.loss[0] for one in trials}) == 1
    assert "not_kept" in trials.receipt or trials.receipt["warnings"]


def test_batches_that_differ_all_the_same_are_told():
    class Outside(IterableDataset):
        """Data from a source that nobody can see into."""

        def __iter__(self):
            for _ in range(9):
                seed = random.SystemRandom().randrange(2**31)
                draw = torch.Generator().manual_seed(seed)
                yield torch.randn(3, generator=draw), torch.randint(0, 2, (), generator=draw)

    model, optimizer, criterion = line()
    test = RateTrials(model, optimizer, criterion, DataLoader(Outside(), batch_size=3), rates=RATES, steps=3)
    with pytest.warns(LRWidgetWarning, match="the batches, or the random numbers, were others"):
        trials = test.run()
    assert any("were others" in text for text in trials.receipt["warnings"])


def test_a_loader_that_runs_out_ends_every_trial_there():
    class Once:
        def __init__(self):
            self.begun = 0

        def __iter__(self):
            self.begun += 1
            return iter(ONE * 4 if self.begun == 1 else ())

    trials = RateTrials(*weight_and_sgd(), half_square, Once(), rates=[0.1, 0.5], steps=10).run()
    assert [(one.ended, len(one)) for one in trials] == [("exhausted", 4)] * 2
    assert trials.stop_reason == "completed"
    assert trials[trials.winner].lr == 0.5
    assert any("4 of 10 steps" in text for text in trials.warnings)


# -- stopping, pausing, failing -------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 4, 5, 7, 14])
def test_stop_ends_all_before_the_next_step_and_what_ran_is_kept(at):
    world = cnn_world(warm=True)
    before = state_of(world)
    seen = []

    def stop(point):
        seen.append(point)
        if len(seen) == at + 1:
            test.stop()

    test = RateTrials(*world, rates=RATES, steps=5, callback=stop)
    trials = test.run()
    assert len(seen) == at + 1
    assert trials.stop_reason == ("stopped" if at < 14 else "completed")
    assert [len(one) for one in trials] == [min(5, max(0, at + 1 - 5 * k)) for k in range(3)]
    assert_same_state(before, state_of(world))
    ended = {0: ["stopped", "untried", "untried"], 4: ["completed", "untried", "untried"]}
    ended |= {5: ["completed", "stopped", "untried"], 7: ["completed", "stopped", "untried"]}
    assert [one.ended for one in trials] == ended.get(at, ["completed"] * 3)


def test_leaving_the_block_gives_everything_back():
    world = cnn_world(warm=True)
    before = state_of(world)
    with RateTrials(*world, rates=RATES, steps=5) as test:
        for point in test:
            if point.trial == 1 and point.step == 2:
                break
    assert test.stop_reason == "stopped"
    assert_same_state(before, state_of(world))
    assert [one.ended for one in test.trials] == ["completed", "stopped", "untried"]


def test_a_loop_that_is_left_without_a_word_gives_everything_back():
    world = cnn_world(warm=True)
    before = state_of(world)
    for point in RateTrials(*world, rates=RATES, steps=5):
        if point.trial == 1:
            break
    gc.collect()
    assert_same_state(before, state_of(world))


@pytest.mark.parametrize("between", [False, True], ids=["within a trial", "between two"])
def test_pause_and_resume_from_another_thread_change_nothing(between):
    expected = RateTrials(*cnn_world(), rates=RATES, steps=5).run()
    world = cnn_world()
    paused = threading.Event()

    def callback(point):
        if point.trial == 1 and point.step == (4 if between else 2):
            test.pause()
            paused.set()

    test = RateTrials(*world, rates=RATES, steps=5, callback=callback)
    thread = threading.Thread(target=test.run)
    thread.start()
    assert paused.wait(30)
    time.sleep(0.05)
    assert test.is_paused
    known = len(test.trials[2]), sum(map(len, test.trials))
    time.sleep(0.05)
    assert (len(test.trials[2]), sum(map(len, test.trials))) == known == (0, 10 if between else 8)
    with pytest.raises(StateError, match="until the trials are over"):
        test.accept(0.1)
    test.resume()
    thread.join(30)
    assert [one.loss.tolist() for one in test.trials] == [one.loss.tolist() for one in expected]


@pytest.mark.parametrize("between", [False, True], ids=["within a trial", "between two"])
@pytest.mark.parametrize("how", ["stop", "close"])
def test_a_paused_series_can_be_ended_from_another_thread(how, between):
    world = cnn_world()
    before = state_of(world)
    paused = threading.Event()

    def callback(point):
        if point.trial == 0 and point.step == (4 if between else 2):
            test.pause()
            paused.set()

    test = RateTrials(*world, rates=RATES, steps=5, callback=callback)
    thread = threading.Thread(target=test.run)
    thread.start()
    assert paused.wait(30)
    time.sleep(0.03)
    getattr(test, how)()
    thread.join(30)
    assert not thread.is_alive()
    assert test.stop_reason == "stopped"
    assert_same_state(before["model."], full_state(world.model, world.optimizer)["model."])
    assert_same_state(before["optimizer"], full_state(world.model, world.optimizer)["optimizer"])


class TroubleError(Exception):
    pass


@pytest.mark.parametrize("error", [TroubleError, KeyboardInterrupt, SystemExit, StopIteration])
@pytest.mark.parametrize("at", [1, 7, 15])
def test_an_error_in_any_trial_ends_all_and_everything_is_back(error, at):
    world = cnn_world(warm=True)
    before = state_of(world)
    calls = []

    def fail(module, args):
        calls.append(1)
        if len(calls) == at:
            raise error

    handle = world.model.head.register_forward_pre_hook(fail)
    test = RateTrials(*world, rates=RATES, steps=5)
    with pytest.raises(RuntimeError if error is StopIteration else error) as caught:
        test.run()
    handle.remove()
    reason = "error" if issubclass(error, Exception) else "interrupted"
    assert test.stop_reason == reason
    assert [one.ended for one in test.trials] == (
        ["completed"] * ((at - 1) // 5) + [reason] + ["untried"] * (2 - (at - 1) // 5)
    )
    assert sum(map(len, test.trials)) == at - 1
    assert_same_state(before, state_of(world))
    if error is TroubleError:
        trial = (at - 1) // 5
        assert f"in trial {trial + 1} (lr = " in caught.value.__notes__[0]
        assert f"at step {(at - 1) % 5 + 1} of 5" in caught.value.__notes__[0]
    assert list(test) == []
    with pytest.raises(StateError, match="Make a new RateTrials"):
        test.start()


@pytest.mark.parametrize("error", [TroubleError, KeyboardInterrupt])
def test_a_trial_whose_evaluation_fails_has_not_come_to_its_end(error):
    world = cnn_world()
    before = state_of(world)
    calls = []

    def criterion(output, target):
        if not torch.is_grad_enabled():
            calls.append(1)
            if len(calls) == 2:
                raise error
        return nn.functional.cross_entropy(output, target)

    test = RateTrials(
        world.model, world.optimizer, criterion, world.loader, rates=RATES, steps=4, fixed_batches=1
    )
    with pytest.raises(SetupError if error is TroubleError else error):
        test.run()
    reason = "error" if error is TroubleError else "interrupted"
    assert [one.ended for one in test.trials] == ["completed", reason, "untried"]
    assert test.trials.suggested_lr is None
    assert_same_state(before, state_of(world))


def test_stop_is_heard_while_batches_are_drawn_ahead():
    drawn = []

    def endless():
        while True:
            drawn.append(1)
            if len(drawn) == 5:
                test.stop()
            yield torch.randn(2, 3), torch.randint(0, 2, (2,))

    stream = endless()
    model, optimizer, criterion = line()
    test = RateTrials(model, optimizer, criterion, lambda: next(stream), rates=RATES, steps=1000)
    with pytest.warns(LRWidgetWarning, match="cannot give them back"):
        trials = test.run()
    assert trials.stop_reason == "stopped"
    assert len(drawn) < 10


def test_a_restore_that_fails_between_trials_ends_all_and_names_what_is_lost(monkeypatch):
    from tests.faults.parts import Net

    seed_all()
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    calls = []

    def fails(self, state):
        calls.append(state)
        raise OSError("no")

    monkeypatch.setattr(Net, "set_extra_state", fails)
    batch = [(torch.randn(4, 4), torch.randint(0, 3, (4,)))]
    test = RateTrials(model, optimizer, nn.CrossEntropyLoss(), batch, rates=[0.1, 0.2, 0.3], steps=2)
    with pytest.raises(RestoreError, match="extra state of model"):
        test.run()
    assert len(calls) == 1
    assert test.stop_reason == "error"
    assert [one.ended for one in test.trials] == ["completed", "untried", "untried"]


def test_closing_from_within_a_step_or_a_restore_ends_all(monkeypatch):
    world = cnn_world()
    before = state_of(world)
    calls = []

    def close(module, args):
        calls.append(1)
        if len(calls) == 7:
            test.close()

    handle = world.model.head.register_forward_pre_hook(close)
    test = RateTrials(*world, rates=RATES, steps=5)
    trials = test.run()
    handle.remove()
    assert (trials.stop_reason, [len(one) for one in trials]) == ("stopped", [5, 2, 0])
    assert_same_state(before, state_of(world))


def test_trials_can_be_read_while_they_run():
    world = cnn_world()
    found = []
    over = threading.Event()
    test = RateTrials(*world, rates=RATES, steps=30)

    def look():
        while not over.is_set():
            found.append(test.trials)

    reader = threading.Thread(target=look)
    reader.start()
    final = test.run()
    over.set()
    reader.join()
    assert len({sum(map(len, one)) for one in found}) > 3
    for one in found:
        for trial in one:
            whole = next(other for other in final if other.lr == trial.lr)
            assert trial.loss.tolist() == whole.loss[: len(trial)].tolist()
        assert one.stop_reason in {None, "completed"}


def test_nothing_is_held_afterwards():
    model, optimizer = weight_and_sgd()
    test = RateTrials(model, optimizer, half_square, ONE, rates=[0.1, 0.2], steps=3, fixed_batches=1)
    list(test)
    held = [weakref.ref(sweep._snapshot) for sweep in test._series._sweeps if sweep._snapshot is not None]
    assert held == []
    assert all(sweep._fixed is None and sweep._batches is None for sweep in test._series._sweeps)


def test_what_holds_around_a_sweep_holds_around_every_trial():
    depth = []

    class Around:
        def __enter__(self):
            depth.append("in")

        def __exit__(self, *_):
            depth.append("out")

    falling([0.1, 0.2], steps=3, around=Around).run()
    assert depth == ["in", "out"] * 2


def test_it_checks_itself_when_asked_to():
    world = cnn_world()
    trials = RateTrials(*world, rates=RATES, steps=3, verify=True).run()
    assert trials.receipt["differs"] == []


def test_the_receipt_adds_up_what_all_trials_took():
    trials = falling([0.1, 0.2], steps=3).run()
    assert trials.receipt["snapshot_seconds"] > 0
    assert trials.receipt["device"] == "cpu"
    assert trials.seconds > 0
    assert trials.started_at


# -- what cannot work -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rates": [0.1]}, "2 to 100 rates"),
        ({"rates": [0.1, -1]}, r"rates\[1\]"),
        ({"rates": None}, "rates must be a list"),
        ({"early_stop": 1}, "early_stop must be True or False"),
        ({"steps": 0}, "steps must be at least 2"),
        ({"steps": "100"}, "steps must be a whole number"),
        ({"metric": lambda o, t: 0.0}, "metric cannot be given to trials"),
        ({"extend": 2, "group_schedules": [[1, 2]]}, "extend and group_schedules"),
        ({"scheduler": lambda o: None, "group_schedules": [[1, 2]]}, "scheduler and group_schedules"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(options, text):
    with pytest.raises(SettingsError, match=text):
        falling(**{"rates": [0.1, 0.2], **options})


def test_an_unknown_keyword_is_told_with_what_was_meant():
    with pytest.raises(TypeError, match=r"RateTrials\(\) got an unexpected keyword argument 'step'"):
        falling([0.1, 0.2], step=3, steps=5)


def test_a_model_that_does_not_fit_is_refused_before_anything_is_touched():
    _, optimizer = weight_and_sgd()
    test = RateTrials(Weight(), optimizer, half_square, ONE, rates=[0.1, 0.2])
    with pytest.raises(ValueError, match="not the model's"):
        test.run()
    assert [one.ended for one in test.trials] == ["error", "untried"]
    assert test.steps_done == 0


def test_each_group_may_have_a_rate_for_each_of_the_rates():
    seed_all()
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    optimizer = torch.optim.SGD([{"params": layer.parameters(), "lr": 1.0} for layer in model])
    seen = []
    optimizer.register_step_pre_hook(lambda o, *_: seen.append([g["lr"] for g in o.param_groups]))
    batches = [(torch.ones(3, 2), torch.ones(3, 1))]
    RateTrials(
        model,
        optimizer,
        nn.MSELoss(),
        batches,
        rates=[0.03, 0.01],
        steps=2,
        group_schedules=[[0.01, 0.03], [0.0, 0.5]],
    ).run()
    assert seen == [[0.01, 0.0]] * 2 + [[0.03, 0.5]] * 2


# -- from a range test ----------------------------------------------------------------------------------


def swept(**options):
    model, optimizer = weight_and_sgd()
    test = RangeTest(model, optimizer, half_square, ONE, start_lr=1e-4, end_lr=100, num_iter=60, **options)
    test.run()
    return test, model, optimizer


def test_a_range_test_tries_rates_around_its_pick():
    test, model, optimizer = swept()
    before = full_state(model, optimizer)
    pick = test.history.suggest()
    trials = test.try_rates(steps=40)
    assert isinstance(trials, Trials)
    assert max(trials.settings.rates) <= pick.edge
    assert np.diff(np.log10(trials.settings.rates)) == pytest.approx([0.5, 0.5])
    assert trials.suggested_lr is not None
    assert_same_state(before, full_state(model, optimizer))
    assert test.try_rates([0.1, 0.2], steps=7).settings.extend == 0
    assert test.accept(trials.suggested_lr).startswith("lr = ")


def test_trials_of_a_range_test_use_its_options_but_for_what_is_the_sweeps_own():
    points, mine = [], []
    test, *_ = swept(callback=points.append, metric=lambda o, t: o.mean(), fixed_batches=1)
    known = len(points)
    trials = test.rate_trials([0.1, 0.2], steps=3, callback=mine.append).run()
    assert len(points) == known
    assert len(mine) == 6
    assert trials.settings.loss_source == "fixed"
    assert all(one.held_out is not None for one in trials)


def test_without_a_pick_the_optimizers_own_rate_is_in_the_middle_and_without_a_sweep_rates_are_given():
    model, optimizer = weight_and_sgd()
    test = RangeTest(model, optimizer, half_square, ONE)
    with pytest.raises(StateError, match=r"run the sweep first.*rates="):
        test.try_rates()
    assert len(test.try_rates([0.1, 0.2], steps=3)) == 2
    flat = RangeTest(model, optimizer, lambda o, t: (o * 0).sum() + 1, ONE, num_iter=20)
    flat.run()
    own = optimizer.param_groups[0]["lr"]
    assert flat.history.suggest().lr is None
    assert sorted(one.lr for one in flat.try_rates(steps=3))[1] == pytest.approx(own)
    optimizer.param_groups[0]["lr"] = 0.0
    with pytest.raises(StateError, match="no descent found"):
        flat.try_rates()


def test_while_the_sweep_is_on_no_rates_are_tried():
    model, optimizer = weight_and_sgd()
    with RangeTest(model, optimizer, half_square, ONE) as test:
        next(test)
        with pytest.raises(StateError, match="once the sweep is over"):
            test.try_rates([0.1, 0.2])
    assert test.try_rates([0.1, 0.2], steps=3).stop_reason == "completed"


def test_groups_have_the_rates_that_they_had_at_that_place_of_the_sweep():
    model, optimizer = weight_and_sgd()
    seen = []
    optimizer.register_step_pre_hook(lambda o, *_: seen.append(o.param_groups[0]["lr"]))
    test = RangeTest(
        model, optimizer, half_square, ONE, lr_schedule=[0.01, 0.1, 1.0], group_schedules=[[0.3, 0.2, 0.1]]
    )
    test.run()
    seen.clear()
    test.try_rates([0.01, 0.01 * 10**0.5, 1.0], steps=2)
    assert sorted(set(seen)) == pytest.approx([0.1, 0.25, 0.3])
    with pytest.raises(SettingsError, match="rates must lie within"):
        test.try_rates([0.001, 0.1])


def test_the_best_rate_can_be_accepted():
    model, optimizer = weight_and_sgd()
    test = RateTrials(model, optimizer, half_square, ONE, rates=[0.01, 0.02], steps=5)
    trials = test.run()
    assert test.accept() == "lr = 0.02"
    assert optimizer.param_groups[0]["lr"] == trials.suggested_lr
    none = RateTrials(model, optimizer, half_square, ONE, rates=[30.0, 40.0], steps=50)
    assert not math.isfinite(none.run()[0].loss[-1]) or none.trials.suggested_lr is None
    with pytest.raises(StateError, match="there is no rate to accept: every rate blew up"):
        none.accept()
