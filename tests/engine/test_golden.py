"""*Seed; train* equals *seed; sweep; train*, bit for bit, whatever the sweep met with."""

import signal

import pytest
import torch

from lrwidget.engine import RangeTest
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world, images


class TroubleError(Exception):
    pass


class _BadBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        raise TroubleError


class _TroubledLoader:
    """Gives batches of a loader, then fails."""

    def __init__(self, loader, error):
        self.loader, self.error, self.left = loader, error, 3

    def __iter__(self):
        for batch in self.loader:
            self.left -= 1
            if self.left < 0:
                raise self.error
            yield batch


def complete(world):
    history = RangeTest(*world, num_iter=12, end_lr=1.0).run()
    assert history.stop_reason == "completed"


def diverging(world):
    assert RangeTest(*world, num_iter=25, end_lr=1e6).run().stop_reason in {"diverged", "non-finite"}


def twice(world):
    complete(world)
    complete(world)


def stopped(world):
    with RangeTest(*world, num_iter=12) as test:
        for point in test:
            if point.index == 5:
                test.stop()
    assert test.stop_reason == "stopped"


def left_early(world):
    with RangeTest(*world, num_iter=12) as test:
        for point in test:
            if point.index == 5:
                break
    assert test.stop_reason == "stopped"


def dropped(world):
    for point in RangeTest(*world, num_iter=12):
        if point.index == 5:
            break


def evaluating(world):
    x, y = images(12, seed=1).tensors
    RangeTest(*world, [(x[:7], y[:7]), (x[7:], y[7:])], num_iter=12).run()


def evaluating_on_fixed_batches(world):
    RangeTest(*world, num_iter=12, fixed_batches=2, accumulation_steps=2).run()


def _failing(world, error, **options):
    test = RangeTest(*world, num_iter=12, **options)
    with pytest.raises(type(error)):
        test.run()
    assert test.stop_reason == ("error" if isinstance(error, Exception) else "interrupted")
    assert test.steps_done == len(test.history)


def failing_forward(world, error=None):
    error = error or TroubleError()
    calls = []

    def hook(module, args):
        calls.append(1)
        if len(calls) == 4:
            raise error

    handle = world.model.head.register_forward_pre_hook(hook)
    _failing(world, error)
    handle.remove()


def interrupted_forward(world):
    failing_forward(world, KeyboardInterrupt())


def failing_backward(world):
    handle = world.model.head.register_forward_hook(lambda m, args, out: _BadBackward.apply(out))
    _failing(world, TroubleError())
    handle.remove()


def failing_loader(world):
    error = TroubleError()
    test = RangeTest(world.model, world.optimizer, world.criterion, _TroubledLoader(world.loader, error))
    with pytest.raises(TroubleError):
        test.run()


def failing_callback(world):
    error = TroubleError()

    def callback(point):
        if point.index == 3:
            raise error

    _failing(world, error, callback=callback)


def interrupted(world):
    def callback(point):
        if point.index == 3:
            signal.raise_signal(signal.SIGINT)

    _failing(world, KeyboardInterrupt(), callback=callback)


TROUBLES = (
    complete,
    diverging,
    twice,
    stopped,
    left_early,
    dropped,
    evaluating,
    evaluating_on_fixed_batches,
    failing_forward,
    interrupted_forward,
    failing_backward,
    failing_loader,
    failing_callback,
    interrupted,
)


@pytest.mark.parametrize("own_generator", [False, True], ids=["global-rng", "own-generator"])
@pytest.mark.parametrize("warm", [False, True], ids=["fresh", "warm"])
@pytest.mark.parametrize("sweep", TROUBLES)
def test_training_goes_on_as_if_there_had_been_no_sweep(sweep, warm, own_generator):
    plain = cnn_world(warm=warm, own_generator=own_generator)
    expected = plain.train(20)
    at_end = full_state(plain.model, plain.optimizer, identity=False)

    world = cnn_world(warm=warm, own_generator=own_generator)
    before = full_state(world.model, world.optimizer, extra=_generators(world))
    sweep(world)
    assert_same_state(before, full_state(world.model, world.optimizer, extra=_generators(world)))

    assert world.train(20) == expected
    assert_same_state(at_end, full_state(world.model, world.optimizer, identity=False))


@pytest.mark.parametrize("persistent", [False, True], ids=["", "persistent"])
def test_loaders_with_workers_go_on_as_if_there_had_been_no_sweep(persistent):
    options = {"num_workers": 2, "own_generator": True, "persistent_workers": persistent}
    expected = cnn_world(**options).train(7)
    world = cnn_world(**options)
    complete(world)
    assert world.loader._iterator is None
    assert world.train(7) == expected


def test_an_iteration_under_way_over_persistent_workers_is_not_disturbed():
    def epoch(sweep):
        world = cnn_world(num_workers=1, persistent_workers=True)
        seen = []
        for index, (_, y) in enumerate(world.loader):
            if index == 2 and sweep:
                complete(world)
            seen.append(y.tolist())
        seen += [y.tolist() for _, y in world.loader]
        return seen

    assert epoch(sweep=True) == epoch(sweep=False)


def _generators(world):
    generator = world.loader.generator
    return () if generator is None else (generator.get_state,)
