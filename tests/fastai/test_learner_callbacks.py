"""What the callbacks of a real Learner mean for a sweep."""

import pytest
import torch
from fastai.callback.core import Callback
from fastai.callback.mixup import MixUp
from fastai.callback.training import BnFreeze, GradientAccumulation, GradientClip
from fastai.optimizer import SGD
from torch import nn

from lrwidget import RangeTest
from lrwidget.errors import LRWidgetWarning, SettingsError
from lrwidget.integrations.fastai.callbacks import callback_options
from lrwidget.integrations.fastai.learner import _Training
from tests.engine.states import assert_same_state
from tests.fastai.learner_world import RATES, World

# fastai asks for CUDA's autocast and scaler wherever it is.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*CUDA is not available:UserWarning"),
    pytest.mark.filterwarnings("ignore:torch.cuda.amp.GradScaler:UserWarning"),
]


def test_clipping_and_accumulation_are_fastais(tmp_path):
    def made():
        return World(tmp_path, cbs=[GradientClip(0.05), GradientAccumulation(16)], opt_func=SGD)

    world = made()
    torch.manual_seed(7)
    raw = world.lr_find(num_it=40, start_lr=0.1, end_lr=1, stop_div=False)
    rates = world.learn.recorder.lrs
    world = made()
    torch.manual_seed(7)
    before = world.state()
    # A step of theirs is at the rate of its second batch.
    history = world.widget(lr_schedule=rates[1::2], diverge_th=1e9).run()
    assert history.settings.accumulation_steps == 2
    means = [(one + other) / 2 for one, other in zip(raw[::2], raw[1::2], strict=True)]
    assert history.loss.tolist() == pytest.approx(means, rel=1e-5)
    assert_same_state(before, world.state())
    free = World(tmp_path, opt_func=SGD)
    torch.manual_seed(7)
    unclipped = free.widget(lr_schedule=rates[1::2], diverge_th=1e9, accumulation_steps=2).run()
    assert unclipped.loss.tolist() != pytest.approx(means, rel=1e-2)


def test_accumulation_that_does_not_fit_is_told(tmp_path):
    world = World(tmp_path, cbs=[GradientAccumulation(12)])
    with pytest.warns(LRWidgetWarning, match=r"makes gradients 1.33 times .* make n_acc a multiple of 8"):
        world.widget()
    world.widget(accumulation_steps=3)
    world.learn.dls.train.bs = None
    with pytest.raises(SettingsError, match="does not say how many there are in a batch"):
        world.widget()


def test_callbacks_that_take_part_in_steps_are_named(tmp_path):
    class Own(Callback):
        def after_loss(self):
            raise AssertionError("was run")

    class Looks(Callback):
        def after_batch(self):
            raise AssertionError("was run")

        before_fit = after_fit = before_epoch = before_train = after_batch

    world = World(tmp_path, cbs=[MixUp(), Own(), Looks(), Callback(before_step=lambda self: 1 / 0)])
    before = world.state()
    with pytest.warns(LRWidgetWarning, match="the sweep is without MixUp, Own, Callback: callbacks are not"):
        w = world.widget()
    assert len(w.run()) == 24
    assert_same_state(before, world.state())
    world = World(tmp_path, cbs=GradientClip(1.0, norm_type=1.0))
    with pytest.warns(LRWidgetWarning, match="without GradientClip"):
        world.widget()


def test_frozen_batch_norm_rests(tmp_path):
    world = World(tmp_path, cbs=BnFreeze, train_bn=False)
    world.learn.model[1].requires_grad_(False)
    mean = world.learn.model[1].running_mean
    seen = []

    def criterion(output, target):
        seen.append(mean.clone())
        return nn.functional.cross_entropy(output, target)

    world.learn.loss_func = criterion
    before = world.state()
    world.widget().run()
    assert all(torch.equal(one, seen[0]) for one in seen)
    assert_same_state(before, world.state())


def test_half_precision_on_the_cpu_is_what_it_is_in_fastai(tmp_path):
    for to in ("to_fp16", "to_bf16"):
        world = World(tmp_path)
        getattr(world.learn, to)()
        torch.manual_seed(7)
        raw = world.lr_find(num_it=24, start_lr=1e-4, end_lr=0.5, stop_div=False)
        rates = world.learn.recorder.lrs
        world = World(tmp_path)
        getattr(world.learn, to)()
        with pytest.warns(LRWidgetWarning, match=rf"{to}\(\) works on CUDA devices only: on cpu the sweep"):
            w = world.widget(lr_schedule=rates, diverge_th=1e9)
        torch.manual_seed(7)
        assert w.run().loss.tolist() == raw


def test_half_precision_on_cuda_is_an_option(tmp_path, monkeypatch):
    world = World(tmp_path)
    cuda = torch.device("cuda")
    assert callback_options(world.learn, cuda) == {}
    world.learn.to_bf16()
    assert callback_options(world.learn, cuda) == {"autocast": torch.bfloat16}
    world = World(tmp_path)
    world.learn.to_fp16(init_scale=128.0)
    world.lr_find(num_it=6)  # a fit leaves what it made in the callback's settings
    monkeypatch.setattr(torch.amp, "GradScaler", lambda *args, **settings: (args, settings))
    scaler = (("cuda",), {"init_scale": 128.0})
    assert callback_options(world.learn, cuda) == {"autocast": torch.float16, "grad_scaler": scaler}


@pytest.mark.parametrize("trained", [False, True])
def test_a_gradient_scaler_drives_fastais_optimizer(tmp_path, trained):
    world = World(tmp_path)
    if trained:
        world.fit()
    before = world.state()
    training = _Training(world.learn)

    def run(scaler):
        return RangeTest(
            world.learn.model,
            training.optimizer,
            None,
            world.learn.dls.train,
            lr_schedule=RATES,
            step_fn=training.step,
            around=training.around,
            grad_scaler=scaler,
            clip_grad_norm=1.0,
        ).run()

    plain = run(None)
    scaled = run(torch.amp.GradScaler("cpu", init_scale=2.0**10))
    assert scaled.loss.tolist() == pytest.approx(plain.loss.tolist(), rel=1e-3)
    assert_same_state(before, world.state())
