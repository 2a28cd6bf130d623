"""What Accept writes into a real Learner, and whether its next fit takes it."""

from functools import partial

import numpy as np
import pytest
from fastai.callback.core import Callback
from fastai.optimizer import SGD

from tests.engine.states import assert_same_state
from tests.fastai.learner_world import World, split


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize(
    ("lr", "accepted"),
    [
        (1e-3, [0.02, 0.02, 0.02]),
        (slice(1e-5, 1e-3), [0.0002, 0.002, 0.02]),
        (slice(1e-3), [0.002, 0.002, 0.02]),
        ([1e-5, 1e-4, 1e-3], [0.0002, 0.002, 0.02]),
    ],
    ids=["number", "from to", "to", "list"],
)
def test_the_accepted_rate_is_the_next_fits(tmp_path, lr, accepted, trained):
    world = World(tmp_path, splitter=split, lr=lr)
    if trained:
        world.fit()
    before = world.state()
    w = world.widget()
    w.run()
    w.accept(0.02)
    if trained:
        assert [hypers["lr"] for hypers in world.learn.opt.hypers] == pytest.approx(accepted)
    w.reset()
    assert_same_state(before, world.state())
    w.accept(0.02)
    seen = []

    class Watch(Callback):
        def after_batch(self):
            if self.training:
                seen.append([hypers["lr"] for hypers in self.opt.hypers])

    world.fit(1, cbs=Watch())
    assert len(seen) == 12
    assert all(rates == pytest.approx(accepted) for rates in seen)
    seen.clear()
    with world.learn.no_bar(), world.learn.no_logging():
        world.learn.fit_one_cycle(1, cbs=Watch())
    assert np.max(seen, axis=0) == pytest.approx(accepted, rel=0.05)
    w.reset()
    assert world.learn.lr == lr
    before_fit = _rates(world.learn.opt)
    world.fit()
    assert _rates(world.learn.opt) == pytest.approx([rate / 20 for rate in accepted])
    assert before_fit == pytest.approx([rate / 20 for rate in accepted])


def _rates(opt):
    return [hypers["lr"] for hypers in opt.hypers]


def test_a_rate_that_the_optimizers_function_holds_is_accepted_there(tmp_path):
    function = partial(SGD, lr=0.5)
    world = World(tmp_path, opt_func=function)
    w = world.widget()
    w.accept(0.02)
    world.fit()
    assert _rates(world.learn.opt) == [0.02]
    assert function.keywords == {"lr": 0.5}
    w.reset()
    assert world.learn.opt_func is function


def test_the_receipt_names_every_group(tmp_path):
    world = World(tmp_path, splitter=split, lr=slice(1e-5, 1e-3))
    w = world.widget()
    w.accept(0.02)
    assert "3 groups: 0.02, 0.002, 2e-4" in w._control.state.receipt
