"""Sweeps of the real pytorch-lr-finder and Lightning, taken over; fastai's in tests/fastai."""

import math
import warnings
from types import SimpleNamespace

import lightning
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from lightning.pytorch.tuner import Tuner
from torch.utils.data import DataLoader, TensorDataset
from torch_lr_finder import LRFinder

from lrwidget import History
from lrwidget.curves.smoothing import debiased_ema, ema, undo_debiased_ema, undo_ema
from lrwidget.errors import SettingsError


def loader():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(64, 3, generator=generator)
    return DataLoader(TensorDataset(x, x.sum(1, keepdim=True).round()), batch_size=16)


class Recording(torch.nn.MSELoss):
    """A criterion that keeps what it returned."""

    def __init__(self):
        super().__init__()
        self.raw = []

    def forward(self, output, target):
        loss = super().forward(output, target)
        self.raw.append(loss.item())
        return loss


class TestPytorchLRFinder:
    @pytest.fixture
    def sweep(self):
        def run(**options):
            torch.manual_seed(0)
            model = torch.nn.Linear(3, 1)
            finder = LRFinder(model, torch.optim.SGD(model.parameters(), lr=1e-4), Recording())
            finder.range_test(loader(), **options)
            return finder

        return run

    @pytest.mark.parametrize("smooth_f", [0, 0.05, 0.5, 0.999])
    def test_the_raw_losses_come_back(self, sweep, smooth_f):
        finder = sweep(end_lr=1, num_iter=60, smooth_f=smooth_f)
        history = History.from_torch_lr_finder(finder.history, smooth_f)
        np.testing.assert_allclose(history.loss, finder.criterion.raw, rtol=1e-6)
        np.testing.assert_allclose(ema(history.loss, smooth_f), finder.history["loss"], rtol=1e-12)
        assert history.lr.tolist() == finder.history["lr"]
        assert history.settings.smooth_f == smooth_f
        assert history.settings.num_iter == len(history)
        assert dict(history.receipt) == {"imported_from": "pytorch-lr-finder"}
        assert history == History.from_torch_lr_finder(finder, smooth_f)

    def test_a_sweep_that_diverged_says_so_and_its_pick_is_the_finders(self, sweep):
        finder = sweep(end_lr=100, num_iter=100)
        history = History.from_torch_lr_finder(finder)
        assert history.stop_reason == "diverged"
        assert len(history) < 100
        steepest = 10 + int(np.gradient(finder.history["loss"][10:-5]).argmin())
        assert history.suggest("torch-lr-finder").lr == finder.history["lr"][steepest]
        assert History.from_torch_lr_finder(sweep(end_lr=0.1, num_iter=20)).stop_reason == "completed"

    def test_a_linear_sweep_keeps_its_axis(self, sweep):
        history = History.from_torch_lr_finder(sweep(end_lr=0.5, num_iter=30, step_mode="linear"))
        assert history.settings.step_mode == "linear"
        assert history.x.tolist() == history.lr.tolist()

    def test_the_history_can_be_saved(self, sweep, tmp_path):
        history = History.from_torch_lr_finder(sweep(end_lr=1, num_iter=20))
        history.save(tmp_path / "taken-over.json")
        assert History.load(tmp_path / "taken-over.json") == history


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.lr = 1e-3
        self.layer = torch.nn.Linear(3, 1)
        self.criterion = Recording()

    def training_step(self, batch):
        return self.criterion(self.layer(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


class TestLightning:
    @pytest.fixture
    def sweep(self, tmp_path):
        def run(**options):
            torch.manual_seed(0)
            module = Module()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about workers, loggers and the like
                trainer = lightning.Trainer(
                    accelerator="cpu",
                    logger=False,
                    enable_checkpointing=False,
                    enable_progress_bar=False,
                    enable_model_summary=False,
                    default_root_dir=tmp_path,
                )
                finder = Tuner(trainer).lr_find(module, loader(), update_attr=False, **options)
            return finder, module.criterion.raw

        return run

    @pytest.mark.parametrize("mode", ["exponential", "linear"])
    def test_the_raw_losses_come_back(self, sweep, mode):
        finder, raw = sweep(min_lr=1e-4, max_lr=0.5, num_training=40, mode=mode)
        history = History.from_lightning(finder)
        np.testing.assert_allclose(history.loss, raw, rtol=1e-6)
        np.testing.assert_allclose(debiased_ema(history.loss, ahead=1), finder.results["loss"], rtol=1e-12)
        assert history.lr.tolist() == finder.results["lr"]
        assert history.settings.num_iter == 40
        assert history.settings.step_mode == ("linear" if mode == "linear" else "list")
        assert history.suggest("lightning").lr == finder.suggestion()
        assert history.stop_reason == "completed"
        assert History.from_lightning(finder.results) == history

    def test_what_a_diverged_sweep_had_planned_is_known(self, sweep):
        whole, _ = sweep(min_lr=1e-4, max_lr=100, num_training=50, early_stop_threshold=None)
        finder, raw = sweep(min_lr=1e-4, max_lr=100, num_training=50)
        assert len(raw) < 50
        history = History.from_lightning(finder)
        np.testing.assert_allclose(history.loss, raw, rtol=1e-6)
        np.testing.assert_allclose(history.settings.rates, whole.results["lr"], rtol=1e-12)
        assert history.stop_reason == "diverged"
        assert len(History.from_lightning(finder.results).settings.rates) == len(raw)


class TestTheWayBack:
    losses = hnp.arrays(float, st.integers(0, 50), elements=st.floats(-1e3, 1e3))

    @given(losses, st.sampled_from([0, 0.05, 0.5, 1]))
    def test_of_the_plain_mean(self, losses, smooth_f):
        mean = ema(losses, smooth_f)
        np.testing.assert_allclose(undo_ema(mean, smooth_f), losses, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(ema(undo_ema(mean, smooth_f), smooth_f), mean, rtol=1e-9, atol=1e-9)

    @given(losses, st.sampled_from([0.0, 0.5, 0.98]), st.sampled_from([0, 1]))
    def test_of_the_debiased_mean(self, losses, beta, ahead):
        mean = debiased_ema(losses, beta, ahead)
        np.testing.assert_allclose(undo_debiased_ema(mean, beta, ahead), losses, rtol=1e-6, atol=1e-9)

    @pytest.mark.parametrize("tail", [[np.nan] * 4, [np.inf] * 4, [np.inf, np.nan, np.nan]])
    def test_behind_what_is_not_finite_the_record_stands_for_itself(self, tail):
        mean = np.array([1.0, 0.9, 0.8, *tail])
        for raw, again in (
            (undo_ema(mean, 0.05), lambda raw: ema(raw, 0.05)),
            (undo_debiased_ema(mean), debiased_ema),
            (undo_debiased_ema(mean, ahead=1), lambda raw: debiased_ema(raw, ahead=1)),
        ):
            np.testing.assert_array_equal(raw[3:], tail)
            assert np.isfinite(raw[:3]).all()
            np.testing.assert_allclose(again(raw), mean)

    def test_of_a_step_that_gave_lightning_no_loss(self):
        mean = debiased_ema([3.0, 2.0, 1.0], ahead=1)
        with_gap = np.array([mean[0], mean[1], np.nan, mean[2] * (1 - 0.98**4) / (1 - 0.98**5)])
        np.testing.assert_allclose(undo_debiased_ema(with_gap, ahead=1), [3, 2, np.nan, 1])

    def test_reference_numbers(self):
        raw = [1, 0.8, 0.6, 0.5, 0.9]
        torch_lr_finder = [1, 0.99, 0.9705, 0.946975, 0.94462625]
        fastai = [1, 0.898989899, 0.797306489, 0.720712532, 0.758033297]
        np.testing.assert_allclose(undo_ema(torch_lr_finder, 0.05), raw, rtol=1e-12)
        np.testing.assert_allclose(undo_debiased_ema(fastai), raw, rtol=1e-6)
        np.testing.assert_allclose(debiased_ema([1, 1, 1], ahead=1), [0.505, 0.673, 0.758], atol=5e-4)


class TestFastaisPlan:
    lr = (1e-5 * 1e6 ** (np.arange(80) / 100)).tolist()

    def test_a_sweep_that_stopped_early_is_sliced_as_planned(self):
        loss = np.linspace(1, 3, 80)  # nothing falls: fastai's valley is the first point it looks at
        recorder = SimpleNamespace(lrs=self.lr, losses=[torch.tensor(value) for value in debiased_ema(loss)])
        as_run, planned = History.from_fastai(recorder), History.from_fastai(recorder, num_it=100)
        assert (as_run.settings.num_iter, planned.settings.num_iter) == (80, 100)
        np.testing.assert_allclose(planned.settings.rates, 1e-5 * 1e6 ** (np.arange(100) / 100), rtol=1e-12)
        np.testing.assert_allclose(planned.loss, loss, rtol=1e-4)
        assert planned == History.from_fastai(SimpleNamespace(recorder=recorder), num_it=100)
        assert planned == History.from_fastai((recorder.lrs, recorder.losses), num_it=100)
        assert as_run.suggest("fastai-valley").lr == self.lr[8]
        assert planned.suggest("fastai-valley").lr == self.lr[10]

    def test_a_plan_shorter_than_the_run_is_refused(self):
        with pytest.raises(SettingsError, match="planned number of steps; got 70, and 80 ran"):
            History.from_fastai((self.lr, [1.0] * 80), num_it=70)
        assert len(History.from_fastai((self.lr[:6], [1.0] * 6), num_it=3)) == 6


LR, MEAN = [1e-3, 1e-2, 1e-1], [1.0, 0.9, 0.8]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ({}, r'history must be a mapping with "lr" and "loss"; got one with \[\]. Has its sweep run'),
        ({"lr": LR}, r"got one with \['lr'\]"),
        ([LR, MEAN], "got list"),
        (None, "got NoneType"),
        ({"lr": [], "loss": []}, "at least 2 points; got 0. Has its sweep run"),
        ({"lr": LR, "loss": MEAN[:2]}, "a loss for every rate; got 3 and 2"),
        ({"lr": LR, "loss": [1, 2, "three"]}, "one number a step as 'loss'; got 'three' at index 2"),
        ({"lr": [[1e-3, 1e-2]] * 3, "loss": MEAN}, "one number a step as 'lr'"),
        ({"lr": 5, "loss": MEAN}, "one number a step as 'lr'"),
        (
            {"lr": [1e-1, 1e-2, 1e-3], "loss": MEAN},
            "rise from step to step; got 0.1 to 0.001. Give it as it was",
        ),
        ({"lr": [0, 1e-2, 1e-1], "loss": MEAN}, "finite and positive"),
    ],
)
def test_what_is_no_sweep_is_named(record, text):
    with pytest.raises(SettingsError, match=text):
        History.from_torch_lr_finder(record)


def test_the_others_name_themselves():
    with pytest.raises(SettingsError, match="Lightning's results must be a mapping"):
        History.from_lightning(SimpleNamespace(results=None))
    with pytest.raises(SettingsError, match=r"a pair of lrs and losses; got dict. Run learn.lr_find\(\)"):
        History.from_fastai({"lr": LR, "loss": MEAN})
    with pytest.raises(SettingsError, match="fastai's recorder must hold a loss for every rate"):
        History.from_fastai((LR, MEAN[:1]))
    for wrong in (-0.1, 1.5, "much"):
        with pytest.raises(SettingsError, match="smooth_f"):
            History.from_torch_lr_finder({"lr": LR, "loss": MEAN}, wrong)


class TestWhatARecordDoesNotTell:
    @pytest.mark.parametrize(
        ("read", "times"),
        [
            (lambda lr, mean: History.from_torch_lr_finder({"lr": lr, "loss": mean}, 0), 5.0),
            (lambda lr, mean: History.from_lightning({"lr": lr, "loss": mean}), 4.0),
            (lambda lr, mean: History.from_fastai((lr, mean)), 4.0),
        ],
        ids=["pytorch-lr-finder", "lightning", "fastai"],
    )
    def test_it_diverged_where_its_engine_would_have_stopped(self, read, times):
        assert read(LR, [3.0, 2.0, 2.0 * times * 1.01]).stop_reason == "diverged"
        assert read(LR, [3.0, 2.0, 2.0 * times * 0.99]).stop_reason == "completed"
        assert read(LR, [3.0, 2.0, math.nan]).stop_reason == "completed"

    @pytest.mark.parametrize(
        ("lr", "mode"),
        [
            ([1.0, 2.0, 3.0, 4.0, 5.0], "linear"),
            ([0.5, 2.5, 3.5, 4.5, 5.5], "linear"),  # Lightning's first step is twice as long
            ([1.0, 2.0, 3.0, 4.0], "list"),  # two steps after the first may be even by chance
            ([1.0, 2.0, 3.0, 4.0 + 0.45e-6, 5.0], "linear"),
            ([1.0, 2.0, 3.0, 4.0 + 0.55e-6, 5.0], "list"),
        ],
    )
    def test_a_sweep_of_even_steps_was_linear(self, lr, mode):
        history = History.from_torch_lr_finder({"lr": lr, "loss": [1.0] * len(lr)}, 0)
        assert history.settings.step_mode == mode
        assert history.lr.tolist() == lr
