"""Training flags and gradient modes: right during the sweep, untouched after it."""

import pytest
import torch

from lrwidget.engine import RangeTest
from tests.engine.worlds import cnn_world


def test_batch_norm_frozen_by_the_user_stays_frozen():
    world = cnn_world()
    world.model.features[1].eval()
    mean = world.model.features[1].running_mean.clone()
    seen = []
    world.model.register_forward_pre_hook(
        lambda m, args: seen.append((m.training, m.features[1].training, m.features[3].training))
    )
    with RangeTest(*world, list(world.loader)[:2], num_iter=3) as test:
        for _ in range(3):
            next(test)
        assert torch.equal(world.model.features[1].running_mean, mean)
    assert seen == [(True, False, True), (False, False, False), (False, False, False)] * 3


def test_a_model_in_evaluation_mode_is_trained_in_training_mode_and_given_back():
    world = cnn_world()
    world.model.eval()
    seen = []
    handle = world.model.register_forward_pre_hook(lambda m, args: seen.append(m.features[3].training))
    RangeTest(*world, num_iter=2).run()
    handle.remove()
    assert seen == [True, True]
    assert not any(module.training for module in world.model.modules())


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_trains_whatever_the_callers_gradient_mode(mode):
    def losses(mode):
        world = cnn_world()
        with mode():
            return RangeTest(*world, num_iter=6).run().loss.tolist()

    assert losses(mode) == losses(torch.enable_grad)
