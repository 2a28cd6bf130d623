"""fastai's rules, against fastai's own functions, called as its ``lr_find`` calls them."""

import numpy as np
import pytest
import torch
from fastai.callback.schedule import minimum, slide, steep, valley
from fastai.torch_core import tensor

from lrwidget import suggest
from lrwidget.curves.smoothing import debiased_ema
from lrwidget.picks.engines import fastai as peers_fastai
from lrwidget.picks.engines.fastai import fastai_part
from tests.wild_curves import curves

WILD = curves(400)
RULES = {"valley": valley, "slide": slide, "minimum": minimum, "steep": steep}


def fastais_part(lr, mean, num_it):
    """What ``Learner.lr_find`` hands to a rule."""
    lrs, losses = tensor(lr.tolist()[num_it // 10 : -5]), tensor(mean.tolist()[num_it // 10 : -5])
    nan_idxs = torch.nonzero(torch.isnan(losses.view(-1)))
    if len(nan_idxs) > 0:
        drop_idx = min(nan_idxs)
        lrs = lrs[:drop_idx]
        losses = losses[:drop_idx]
    return lrs, losses


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("planned", [100, 160, 3])
def test_the_pick_is_fastais_own(name, planned):
    ours = getattr(peers_fastai, f"fastai_{name}")
    picked = 0
    for lr, loss in WILD:
        with np.errstate(all="ignore"):
            mean = debiased_ema(loss)
            lrs, losses = fastais_part(lr, mean, planned)
            try:
                expected = RULES[name](lrs, losses, planned)[0]
            except (IndexError, ValueError, RuntimeError):
                expected = None
        choice = ours(*fastai_part(lr, mean, planned))
        pick = suggest(lr, loss, f"fastai-{name}", num_iter=planned)
        assert (choice.lr, choice.reason) == (pick.lr, pick.reason)
        assert choice.reason
        if expected is None:
            assert choice.lr is None
            continue
        picked += 1
        if name == "steep" and choice.lr != pytest.approx(expected, rel=1e-6):
            # Equal steps in log-rate differ in their last bit by whose logarithm it is.
            slope = ((losses[1:] - losses[:-1]) / (lrs[1:].log() - lrs[:-1].log())).numpy()
            index = int(np.argmin(abs(np.log(lrs.numpy() / choice.lr))))
            assert slope[index] == pytest.approx(slope.min(), rel=1e-5)
        else:
            assert choice.lr == pytest.approx(expected, rel=1e-6)
    assert picked > 200


@pytest.mark.parametrize(("lr_diff", "thresh"), [(15, 0.05), (5, 0.005), (1, 1e-6), (30, 0.0)])
def test_any_window_of_slide(lr_diff, thresh):
    picked = 0
    for lr, loss in WILD:
        with np.errstate(all="ignore"):
            lrs, losses = fastais_part(lr, debiased_ema(loss), 100)
            try:
                expected = slide(lrs, losses, 100, lr_diff=lr_diff, thresh=thresh)[0]
            except (IndexError, ValueError):
                expected = None
        choice = peers_fastai.fastai_slide(*fastai_part(lr, debiased_ema(loss), 100), lr_diff, thresh)
        assert choice.lr == (None if expected is None else pytest.approx(expected, rel=1e-6))
        picked += expected is not None
    assert picked > 150


def test_the_menus_valley_and_minimum_are_fastais_where_something_falls():
    lr, x = np.logspace(-7, 1, 100), np.linspace(-7, 1, 100)
    for seed in range(20):
        loss = 3 - 1 / (1 + np.exp(-2 * (x + 3))) + np.exp(np.minimum(4 * (x + 1), 5))
        loss += 0.02 * np.random.default_rng(seed).standard_normal(100)
        lrs, losses = fastais_part(lr, debiased_ema(loss), 100)
        assert suggest(lr, loss, "valley").lr == pytest.approx(valley(lrs, losses, 100)[0], rel=1e-6)
        assert suggest(lr, loss, "minimum").lr == pytest.approx(minimum(lrs, losses, 100)[0], rel=1e-6)
