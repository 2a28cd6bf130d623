"""A sweep of the real fastai, taken over."""

import warnings

import numpy as np
import pytest
import torch
from fastai.callback.schedule import minimum, slide, steep, valley
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from torch.utils.data import DataLoader, TensorDataset

from lrwidget import History
from lrwidget.curves.smoothing import debiased_ema

RULES = (valley, slide, minimum, steep)


@pytest.fixture
def sweep(tmp_path):
    def run(**options):
        torch.manual_seed(0)
        x = torch.randn(64, 3)
        loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True).round()), batch_size=16)
        raw = []

        def criterion(output, target):
            loss = torch.nn.functional.mse_loss(output, target)
            raw.append(loss.item())
            return loss

        learn = Learner(
            DataLoaders(loader, loader), torch.nn.Linear(3, 1), loss_func=criterion, path=tmp_path
        )
        with learn.no_bar(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it loads from its checkpoint names old modules of numpy
            suggested = learn.lr_find(show_plot=False, suggest_funcs=RULES, **options)
        return learn, suggested, np.array(raw)

    return run


@pytest.mark.parametrize("num_it", [60, 100])
def test_the_raw_losses_come_back(sweep, num_it):
    learn, suggested, raw = sweep(num_it=num_it, end_lr=0.5)
    history = History.from_fastai(learn)
    recorded = [float(loss) for loss in learn.recorder.losses]
    # A mean in single precision, its rounding 50 times as large.
    np.testing.assert_allclose(history.loss, raw, rtol=0, atol=50 * 2**-23 * max(recorded))
    np.testing.assert_allclose(debiased_ema(history.loss), recorded, rtol=1e-9)
    assert history.lr.tolist() == learn.recorder.lrs
    assert len(history) == history.settings.num_iter == num_it
    for rule in RULES:
        ours = history.suggest(f"fastai-{rule.__name__}").lr
        assert ours == pytest.approx(getattr(suggested, rule.__name__), rel=1e-6)
    assert history == History.from_fastai(learn.recorder)
    assert history == History.from_fastai((learn.recorder.lrs, learn.recorder.losses))


def test_a_sweep_that_stopped_early_is_sliced_as_planned(sweep):
    learn, suggested, raw = sweep(num_it=100, start_lr=1e-3, end_lr=1e3)
    history = History.from_fastai(learn, num_it=100)
    assert len(history) == len(raw) < 100
    assert history.stop_reason == "diverged"
    np.testing.assert_allclose(history.settings.rates, 1e-3 * 1e6 ** (np.arange(100) / 100), rtol=1e-9)
    for rule in RULES:
        ours = history.suggest(f"fastai-{rule.__name__}").lr
        assert ours == pytest.approx(getattr(suggested, rule.__name__), rel=1e-6)
