"""The other engines' rules, against the other engines."""

from unittest.mock import MagicMock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from ignite.handlers import FastaiLRFinder
from lightning.pytorch.tuner.lr_finder import _LRFinder
from torch_lr_finder import LRFinder

import lrwidget
from lrwidget import History, suggest
from lrwidget.curves.smoothing import debiased_ema, ema
from lrwidget.errors import SettingsError
from lrwidget.history import make_settings
from lrwidget.picks import PEER_RULES, RULES
from lrwidget.picks.engines.ignite import ignite_steepest
from lrwidget.picks.engines.lightning import lightning_old, lightning_steepest
from lrwidget.picks.engines.torch_lr_finder import torch_lr_finder_steepest
from tests.wild_curves import curves

PEERS = [
    "fastai-valley",
    "fastai-slide",
    "fastai-minimum",
    "fastai-steep",
    "torch-lr-finder",
    "lightning",
    "lightning-2.5.2",
    "ignite",
    "athena-steepest",
    "athena-minimum",
]
WILD = curves(400)


def torch_lr_finders_pick(lr, mean, **skips):
    finder = object.__new__(LRFinder)  # a history is all that its plot looks at
    finder.history = {"lr": list(lr), "loss": list(mean)}
    with np.errstate(all="ignore"):
        return finder.plot(ax=MagicMock(), **skips)[1]


def lightnings_pick(lr, mean, **skips):
    finder = _LRFinder("exponential", 1e-8, 1.0, 100)
    finder.results = {"lr": list(map(float, lr)), "loss": list(map(float, mean))}
    return finder.suggestion(**skips)


def ignites_pick(lr, mean):
    finder = FastaiLRFinder()
    finder._history = {"lr": list(map(float, lr)), "loss": list(map(float, mean))}
    return finder.lr_suggestion()


def old_lightnings_pick(lr, mean, skip_begin=10, skip_end=1):
    """Lightning 2.5.2, written out."""
    shown = np.float32(mean)[skip_begin:-skip_end]
    shown = shown[np.isfinite(shown)]
    if len(shown) < 2:
        return None
    slopes = [shown[1] - shown[0], *((shown[2:] - shown[:-2]) / 2), shown[-1] - shown[-2]]
    return lr[int(np.argmin(slopes)) + skip_begin]


ENGINES = {
    "torch-lr-finder": (torch_lr_finders_pick, torch_lr_finder_steepest, lambda loss: ema(loss, 0.05)),
    "lightning": (lightnings_pick, lightning_steepest, lambda loss: debiased_ema(loss, ahead=1)),
    "lightning-2.5.2": (old_lightnings_pick, lightning_old, lambda loss: debiased_ema(loss, ahead=1)),
    "ignite": (ignites_pick, ignite_steepest, lambda loss: ema(loss, 0.05)),
}


class TestAgainstTheRealOnes:
    @pytest.mark.parametrize("name", ENGINES)
    def test_the_pick_is_the_engines_own(self, name):
        theirs, ours, smooth = ENGINES[name]
        picked = 0
        for lr, loss in WILD:
            with np.errstate(all="ignore"):
                mean = smooth(loss)
                expected = _or_none(theirs, lr, mean)
            for choice in (ours(lr, mean), suggest(lr, loss, name)):
                assert choice.lr == expected
                assert choice.reason
            picked += expected is not None
        assert picked > 200

    @pytest.mark.parametrize("skips", [(0, 0), (3, 0), (0, 7)])
    def test_any_slice_of_pytorch_lr_finder(self, skips):
        for lr, loss in WILD:
            expected = _or_none(torch_lr_finders_pick, lr, loss, skip_start=skips[0], skip_end=skips[1])
            assert torch_lr_finder_steepest(lr, loss, *skips).lr == expected

    @pytest.mark.parametrize("skips", [(0, 1), (5, 3), (10, 0), (0, 0)])
    @pytest.mark.parametrize("name", ["lightning", "lightning-2.5.2"])
    def test_any_slice_of_lightning(self, name, skips):
        theirs, ours, _ = ENGINES[name]
        for lr, loss in WILD:
            with np.errstate(all="ignore"):
                expected = theirs(lr, loss, skip_begin=skips[0], skip_end=skips[1])
            assert ours(lr, loss, *skips).lr == expected


def _or_none(theirs, *arguments, **options):
    try:
        return theirs(*arguments, **options)
    except (RuntimeError, ValueError, IndexError):
        return None


class TestWhatTheyAreKnownFor:
    def test_lightnings_new_formula_picks_far_too_low_on_an_exponential_grid(self, descent):
        for seed in range(20):
            lr, loss = descent(-3.0, noise=0.2, seed=seed)
            assert suggest(lr, loss, "lightning").lr < suggest(lr, loss, "lightning-2.5.2").lr / 20
            assert suggest(lr, loss, "lightning").lr < 1e-3 / 10

    def test_old_lightning_stands_left_of_its_point_by_what_was_dropped(self):
        lr = np.logspace(-7, 1, 40)
        mean = np.full(40, 2.0)
        mean[30:] = 1.0
        plain = lightning_old(lr, mean).lr
        mean[15:18] = np.nan
        shifted = lightning_old(lr, mean)
        assert shifted.lr == lr[list(lr).index(plain) - 3]
        assert "too low: losses before it are not finite" in shifted.warnings

    def test_pytorch_lr_finder_lets_a_nan_decide(self, descent):
        lr, loss = descent(-3.0)
        loss[60:] = np.nan
        pick = suggest(lr, loss, "torch-lr-finder")
        assert pick.lr == lr[59]
        assert "the slope there is not a number, which argmin takes for the smallest" in pick.warnings

    def test_athena_is_pytorch_lr_finder_except_at_its_first_point(self):
        seen = 0
        for lr, loss in WILD:
            with np.errstate(all="ignore"):
                theirs, athena = (suggest(lr, loss, rule) for rule in ("torch-lr-finder", "athena-steepest"))
            first = theirs.lr is not None and theirs.lr == lr[10]
            assert athena.lr == (None if first else theirs.lr)
            seen += first
        assert seen

    def test_athenas_minimum_is_what_its_loop_would_call_best(self):
        for lr, loss in WILD:
            mean = ema(loss, 0.05).tolist()
            best = mean[0] if mean else None
            for value in mean[1:]:
                best = min(best, value)  # keeps its first argument unless the second is smaller
            assert suggest(lr, loss, "athena-minimum").lr == (lr[mean.index(best)] if mean else None)

    def test_a_rise_is_a_pick_with_a_warning(self):
        pick = suggest(np.logspace(-7, 1, 100), np.linspace(1, 2, 100), "lightning")
        assert pick.lr is not None
        assert "the running mean falls nowhere" in pick.warnings


@pytest.mark.parametrize("rule", PEERS)
@given(
    hnp.arrays(float, st.integers(0, 60), elements=st.floats(width=64)),
    st.integers(2, 120),
    st.sampled_from(["exp", "linear", "list"]),
)
def test_no_curve_makes_a_rule_fail(rule, loss, planned, step_mode):
    lr = np.logspace(-4, 1, loss.size)
    pick = suggest(lr, loss, rule, num_iter=planned, step_mode=step_mode)
    assert pick.rule == rule
    assert pick.reason
    rate = None if pick.lr is None else pick.lr * (10 if rule == "fastai-minimum" else 1)
    assert rate is None or np.isclose(rate, lr, rtol=1e-12).any()


@pytest.mark.parametrize("count", range(6))
@pytest.mark.parametrize("value", [1.0, np.nan, np.inf, -np.inf, 1e308])
def test_short_and_constant_histories_can_be_compared(count, value):
    history = History(np.logspace(-4, 0, count), np.full(count, value))
    picks = history.compare()
    assert [pick.rule for pick in picks] == [*RULES, *PEERS]
    assert all(pick.reason for pick in picks)
    assert history.suggest("torch-lr-finder").reason == (
        f"pytorch-lr-finder needs at least 17 losses to suggest a rate; got {count}"
    )


def test_compare_is_every_suggestion(descent):
    lr, loss = descent(-3.0, noise=0.02)
    closeness = {"metric": 7 - loss[:70], "metric_name": "closeness"}
    history = History(lr[:70], loss[:70], make_settings(lr_schedule=lr), **closeness)
    for on in ("loss", "metric"):
        picks = history.compare(0.2, on=on)
        assert picks == tuple(history.suggest(rule, 0.2, on) for rule in (*RULES, *PEER_RULES))
    assert {pick.on for pick in picks} == {"closeness"}
    assert history.suggest("fastai-valley") == suggest(
        lr[:70], loss[:70], "fastai-valley", step_mode="list", end_lr=10.0, num_iter=100
    )
    with pytest.raises(SettingsError, match="bandwidth"):
        history.compare(-1)


def test_the_peers_are_named_after_the_menu_and_not_on_it():
    assert list(PEER_RULES) == PEERS
    assert not set(PEER_RULES) & set(RULES)
    assert lrwidget.PEER_RULES is PEER_RULES
    with pytest.raises(SettingsError, match=r"'seed', 'fastai-valley', .*'athena-minimum'; got 'best'"):
        suggest([1e-3, 1e-2], [1.0, 0.5], "best")
    with pytest.raises(TypeError):
        PEER_RULES["mine"] = None
