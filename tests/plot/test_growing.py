"""The curve of a long sweep while it runs, against the exact one."""

from __future__ import annotations

import numpy as np
import pytest

from lrwidget.curves.axis import decade
from lrwidget.history.record import History
from lrwidget.history.schedule import rates
from lrwidget.history.settings import Settings
from lrwidget.plot.drawn import MAX_CURVE
from lrwidget.plot.frames import Frames
from lrwidget.plot.growing import GrowingCurve
from lrwidget.plot.panels import panels
from lrwidget.plot.symlog import symlog
from tests.plot.curves import descent, first
from tests.plot.test_frames import Page


def _growing(history: History, bandwidth: float = 0.3, stride: int = 1) -> GrowingCurve:
    settings = history.settings
    unit = decade(settings.start_lr, settings.end_lr, settings.step_mode)
    return GrowingCurve(history.x, history.x[::stride], bandwidth * unit)


def _error(history: History, count: int, bandwidth: float = 0.3) -> float:
    """Largest distance from the exact curve of the same points, as a share of its panel's height."""
    drawn = _growing(history, bandwidth).through(first(history, count).loss)
    size = drawn.value.size
    assert len(history) / 1024 + 1 > count - size >= 0
    return _seen(first(history, size), drawn.value, drawn.slope, np.ones(size, dtype=bool), bandwidth)


def _seen(
    known: History, value: np.ndarray, slope: np.ndarray, at: np.ndarray, bandwidth: float = 0.3
) -> float:
    exact = known.curve(bandwidth)
    shown = panels(known.loss, exact.slope, known.settings.num_iter)
    off = np.abs(value - exact.value[at]).max() / np.ptp(shown.loss_range)
    change = symlog(slope, shown.threshold) - symlog(exact.slope[at], shown.threshold)
    return float(max(off, np.abs(change).max() / np.ptp(shown.change_range)))


@pytest.mark.parametrize("blow_up", [False, True])
@pytest.mark.parametrize("count", [300, 1500, 2999, 3000])
def test_the_curve_of_a_long_sweep_is_right_to_the_eye(count: int, blow_up: bool) -> None:
    assert _error(descent(3000, blow_up=blow_up), count) < 0.015


@pytest.mark.parametrize("bandwidth", [0.1, 1.0])
def test_other_smoothings_too(bandwidth: float) -> None:
    assert _error(descent(3000, blow_up=False), 2500, bandwidth) < 0.015


def test_without_groups_it_is_the_exact_curve() -> None:
    assert _error(descent(800), 500) < 1e-9


def test_losses_that_are_not_finite_have_no_weight() -> None:
    whole = descent(2000, blow_up=False)
    loss = whole.loss.copy()
    loss[[0, 50, 51, 700]] = [np.nan, np.inf, -np.inf, np.nan]
    assert _error(History(whole.lr, loss, whole.settings), 1500) < 0.015


def test_a_linear_sweep() -> None:
    settings = Settings(num_iter=2000, start_lr=0.01, end_lr=1.0, step_mode="linear")
    lr = np.array(rates(0.01, 1.0, 2000, "linear"))
    assert _error(History(lr, 1 / lr, settings), 1000) < 0.015


@pytest.mark.parametrize("bandwidth", [0.0, 0.01])
def test_a_smoothing_as_fine_as_the_groups_is_left_to_the_exact_way(bandwidth: float) -> None:
    assert not _growing(descent(3000), bandwidth).fits


def test_the_page_of_a_long_sweep_is_right_all_the_time_and_exact_at_the_end() -> None:
    whole, frames, page = descent(3000), Frames(), Page()
    frames.begin(1)
    page.take(frames.snapshot())
    for count in range(37, 3000, 37):
        assert page.take(frames.update(first(whole, count), 0.3, 1)) == "taken"
        lr, loss, curve_lr, smoothed, change = page.parts
        np.testing.assert_array_equal(lr, whole.lr[:count])
        np.testing.assert_array_equal(loss, whole.loss[:count])
        known = first(whole, count if count <= 256 else count // 3 * 3)  # a group is not begun with
        at = np.isin(known.lr, curve_lr)
        assert np.flatnonzero(at)[-1] >= count - 12 or known.loss[-1] > 10
        assert _seen(known, smoothed, change, at) < 0.05
    page.take(frames.update(whole, 0.3, 1))
    at = np.isin(whole.lr, page.parts[2])
    np.testing.assert_allclose(page.parts[3], whole.smoothed()[at], rtol=1e-12)


def test_only_what_visibly_moved_is_sent_again() -> None:
    whole, frames = descent(10_000, blow_up=False, noise=0.0), Frames()
    frames.begin(1)
    sizes = [frames.update(first(whole, count), 0.3, 1).size for count in range(100, 10_000, 100)]
    full = (MAX_CURVE + 1) * 3 * 8
    assert np.median(sizes) < 100 * 2 * 8 + 0.5 * full


def test_another_smoothing_in_mid_sweep_is_drawn_at_once() -> None:
    whole, frames, page = descent(3000, blow_up=False), Frames(), Page()
    frames.begin(1)
    for bandwidth in (0.3, 1.0, 0.3, 0.0):
        page.take(frames.update(first(whole, 2000), bandwidth, 1))
        at = np.isin(first(whole, 2000).lr, page.parts[2])
        assert _seen(first(whole, 2000), page.parts[3], page.parts[4], at, bandwidth) < 0.05
