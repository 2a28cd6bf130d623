"""A sweep of a real fastai Learner, against fastai's own."""

import sys
from functools import partial

import numpy as np
import pytest
import torch
from fastai.callback.fp16 import ModelToHalf
from fastai.optimizer import SGD, Adam, OptimWrapper, RMSProp, ranger
from torch import nn

from lrwidget import History
from lrwidget.errors import SettingsError, SetupError
from lrwidget.integrations.fastai import widget
from tests.engine.states import assert_same_state, full_state
from tests.fastai.learner_world import World, split
from tests.integrations.marks import marks

OPTIMIZERS = {
    "Adam": Adam,
    "SGD": partial(SGD, mom=0.9, wd=0.1),
    "RMSProp": RMSProp,
    "ranger": ranger,
    "torch": partial(OptimWrapper, opt=torch.optim.AdamW),
}


@pytest.mark.parametrize("loader", ["fastai", "torch"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_losses_are_those_of_lr_find(tmp_path, name, loader):
    world = World(tmp_path, opt_func=OPTIMIZERS[name], loader=loader, wd=0.2)
    torch.manual_seed(7)
    raw = world.lr_find(num_it=40, start_lr=1e-4, end_lr=0.5, stop_div=False)
    theirs = History.from_fastai(world.learn)
    world = World(tmp_path, opt_func=OPTIMIZERS[name], loader=loader, wd=0.2)
    torch.manual_seed(7)
    before = world.state()
    history = world.widget(lr_schedule=theirs.lr.tolist(), diverge_th=1e9).run()
    assert history.loss.tolist() == raw
    np.testing.assert_allclose(history.loss, theirs.loss, rtol=0, atol=50 * 2**-23 * max(theirs.loss))
    assert world.learn.opt is None
    assert_same_state(before, world.state())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_trained_learner_is_as_before(tmp_path, name):
    lr = 1e-3 if name == "torch" else slice(1e-4, 1e-2)  # AdamW cannot be made with a slice
    world, twin = (World(tmp_path, opt_func=OPTIMIZERS[name], splitter=split, lr=lr) for _ in range(2))
    for each in (world, twin):
        torch.manual_seed(2)
        each.fit()
        each.learn.opt.set_hypers(lr=0.3, wd=0.7)  # not what the next fit begins with
        each.learn.lr = slice(1e-4, 1e-2)
    before = world.state()
    history = world.widget(diverge_th=1e9).run()
    assert len(history) == 24
    assert history.receipt["group_ratios"] == pytest.approx([1, 0.1, 0.01])
    assert_same_state(before, world.state())
    world.losses.clear()
    for each in (world, twin):
        torch.manual_seed(3)
        with each.learn.no_bar(), each.learn.no_logging():
            each.learn.fit(1)
    assert len(world.losses) == 24
    assert world.losses == twin.losses


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_and_an_interrupt_in_the_step_leave_no_trace(tmp_path, kind, trained):
    world = World(tmp_path)
    if trained:
        world.fit()
    before = world.state()
    world.fails = kind("stop here")
    w = world.widget()
    if kind is ValueError:
        with pytest.raises(ValueError, match="stop here"):
            w.run()
    else:
        assert w.run().stop_reason == "interrupted"
    assert_same_state(before, world.state())


def test_an_optimizer_that_cannot_be_made_leaves_no_trace(tmp_path):
    def fails(*_, **__):
        raise RuntimeError("no optimizer")

    world = World(tmp_path, opt_func=fails)
    before = world.state()
    with pytest.raises(RuntimeError, match="no optimizer"):
        world.widget().run()
    assert_same_state(before, world.state())


def test_a_wrapper_of_a_made_optimizer_keeps_what_it_remembers(tmp_path):
    world = World(tmp_path)
    inner = torch.optim.AdamW(world.learn.model.parameters(), lr=3e-3)
    world.learn.opt_func = OptimWrapper(opt=inner)
    world.fit()
    world.learn.opt = None
    before = full_state(world.learn.model, inner)
    assert before["optimizer"]["size"] > 0
    world.widget().run()
    assert world.learn.opt is None
    assert_same_state(before, full_state(world.learn.model, inner))


def test_frozen_groups_stay_frozen(tmp_path):
    world = World(tmp_path, splitter=split)
    world.learn.freeze()
    before = world.state()
    world.widget().run()
    assert_same_state(before, world.state())
    assert not world.learn.model[2].weight.requires_grad


def test_evaluation_and_a_metric(tmp_path):
    world = World(tmp_path)

    def accuracy(output, target):
        return (output.argmax(1) == target).float().mean()

    before = world.state()
    history = world.widget(val_loader=world.learn.dls.valid, metric=accuracy).run()
    assert history.settings.loss_source == "val"
    assert max(history.metric) > min(history.metric)
    assert world.widget(fixed_batches=2).run().settings.loss_source == "fixed"
    assert_same_state(before, world.state())


def test_a_model_with_memory_begins_afresh(tmp_path):
    world = World(tmp_path)

    class Remembers(nn.Sequential):
        resets = 0

        def reset(self):
            self.resets += 1

    world.learn.model = Remembers(*world.learn.model)
    before = world.state()
    world.learn.loss_func = lambda output, target: (
        nn.functional.cross_entropy(output, target) / (world.learn.model.resets == 1)
    )
    history = world.widget().run()
    assert np.isfinite(history.loss).all()
    before["learn"] = marks(world.learn)
    assert_same_state(before, world.state())


def test_what_does_not_fit_is_told(tmp_path):
    world = World(tmp_path)
    with pytest.raises(SetupError, match="learn must be a fastai Learner; got a Sequential"):
        widget(world.learn.model)
    with pytest.raises(
        SettingsError, match="step_fn is not for you to give here: it follows from the Learner"
    ):
        world.widget(step_fn=float)
    with pytest.raises(SettingsError, match="num_iter"):
        world.widget(lr_schedule=None, num_iter=1)
    world.learn.add_cb(ModelToHalf())
    with pytest.raises(
        SetupError, match=r"ModelToHalf cannot take part in a sweep: .* Use learn.to_fp16\(\)"
    ):
        world.widget()
    world = World(tmp_path)
    world.learn.dls.n_inp = 2
    before = world.state()
    with pytest.raises(SetupError, match="a batch of 2 with n_inp = 2 has no targets"):
        world.widget().run()
    assert_same_state(before, world.state())


def test_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastai.learner", None)
    with pytest.raises(ImportError, match=r"needs fastai, .*: pip install fastai"):
        widget(None)
