"""Pause, resume, stop and close, from any thread and from within."""

import math
import threading

from lrwidget.engine import RangeTest
from lrwidget.engine.threads.control import Control
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import ONE, cnn_world, half_square, weight_and_sgd


def test_stop_before_the_next_step():
    model, optimizer = weight_and_sgd()
    with RangeTest(model, optimizer, half_square, ONE, num_iter=20) as test:
        for point in test:
            if point.index == 4:
                test.stop()
    assert (test.stop_reason, len(test.history), test.steps_done) == ("stopped", 5, 5)


def test_pause_resume_and_stop_from_another_thread():
    world = cnn_world()
    begun = []

    class Loader(list):
        def __iter__(self):
            begun.append(1)
            return super().__iter__()

    reached, points = threading.Event(), []
    test = RangeTest(
        world.model, world.optimizer, world.criterion, Loader(list(world.loader) * 20), num_iter=60
    )

    def work():
        for point in test:
            points.append(point)
            if point.index in {5, 20}:
                test.pause()
                reached.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert reached.wait(10)
    reached.clear()
    assert test.is_paused
    worker.join(0.1)
    assert worker.is_alive()
    assert len(test.history) == len(points) == 6
    test.resume()
    assert reached.wait(10)
    assert len(points) == 21
    test.stop()
    worker.join(10)
    assert not worker.is_alive()
    assert (test.stop_reason, test.is_paused) == ("stopped", False)
    assert [p.index for p in points] == list(range(21))
    assert begun == [1]


def test_pausing_changes_no_loss():
    def losses(pauses):
        world = cnn_world()
        test = RangeTest(*world, num_iter=10)
        for point in test:
            if pauses and point.index % 3 == 0:
                test.pause()
                threading.Timer(0.01, test.resume).start()
        return test.history.loss.tolist()

    assert losses(pauses=True) == losses(pauses=False)


def test_close_from_another_thread_waits_for_the_step():
    world = cnn_world()
    before = full_state(world.model, world.optimizer)
    inside, go_on = threading.Event(), threading.Event()

    def callback(point):
        if point.index == 3:
            inside.set()
            go_on.wait(10)

    test = RangeTest(*world, num_iter=500, callback=callback)
    worker = threading.Thread(target=test.run)
    worker.start()
    assert inside.wait(10)
    closer = threading.Thread(target=test.close)
    closer.start()
    closer.join(0.05)
    assert closer.is_alive()
    go_on.set()
    closer.join(10)
    worker.join(10)
    assert test.stop_reason == "stopped"
    after = full_state(world.model, world.optimizer)
    assert_same_state(before, after)


def test_close_wakes_a_paused_sweep():
    model, optimizer = weight_and_sgd()
    test = RangeTest(model, optimizer, half_square, ONE, num_iter=50)
    next(test)
    test.pause()
    worker = threading.Thread(target=lambda: list(test))
    worker.start()
    worker.join(0.05)
    assert worker.is_alive()
    test.close()
    assert model.w.item() == 1.0
    worker.join(10)
    assert not worker.is_alive()
    assert test.stop_reason == "stopped"


def test_close_from_within_a_step_takes_effect_after_it():
    world = cnn_world()
    before = full_state(world.model, world.optimizer)
    test = RangeTest(*world, num_iter=10)
    handle = world.model.register_forward_hook(lambda *a: test.close() if test.steps_done == 2 else None)
    points = list(test)
    handle.remove()
    assert len(points) == 3
    assert_same_state(before, full_state(world.model, world.optimizer))


def test_close_in_a_callback_ends_the_sweep():
    model, optimizer = weight_and_sgd()
    test = RangeTest(model, optimizer, half_square, ONE, callback=lambda p: p.index == 2 and test.close())
    assert len(test.run()) == 3
    assert test.stop_reason == "stopped"
    assert model.w.item() == 1.0


def test_the_first_of_two_reasons_to_stop_stays():
    control = Control()
    control.stop("interrupted")
    control.stop("stopped")
    assert control.stop_reason == "interrupted"


def test_a_divergence_at_the_last_rate_or_beside_a_stop_is_told_as_one():
    for stops in (False, True):
        model, optimizer = weight_and_sgd()
        calls = []

        def criterion(output, target, calls=calls):
            calls.append(1)
            return half_square(output, target) * (math.inf if len(calls) == 6 else 1.0)

        with RangeTest(model, optimizer, criterion, ONE, num_iter=6, end_lr=1e-3) as test:
            for point in test:
                if stops and point.index == 5:
                    test.stop()
        assert (test.stop_reason, len(test.history)) == ("non-finite", 6)
