"""Axes of a running sweep: they stay while they serve, and show what they must all the same."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from lrwidget.history.record import History
from lrwidget.history.settings import Settings
from lrwidget.plot.calm import calm_panels, calm_range
from lrwidget.plot.frames import Frames
from lrwidget.plot.panels import Panels, panels
from tests.plot.curves import descent, first


def running(whole: History, ticks: int = 150) -> list[History]:
    step = max(1, len(whole) // ticks)
    return [first(whole, count) for count in range(step, len(whole), step)]


def wanted(history: History) -> Panels:
    return panels(history.loss, history.curve(0.3).slope, history.settings.num_iter)


def axes(frames: Frames, history: History, sweep: int = 1) -> dict[str, Any]:
    """The axes of the next frame."""
    frame = frames.update(history, 0.3, sweep)
    assert frame is not None
    return dict(frame.head["axes"])


@pytest.mark.parametrize("num_iter", [100, 1000])
@pytest.mark.parametrize("noise", [0.03, 0.3])
@pytest.mark.parametrize("blow_up", [True, False])
def test_most_pictures_of_a_running_sweep_have_the_axes_of_the_one_before(
    num_iter: int, noise: float, blow_up: bool
) -> None:
    whole, frames = descent(num_iter, noise=noise, blow_up=blow_up), Frames()
    frames.begin(1)
    shown = [axes(frames, known) for known in running(whole)]
    assert sum(one != other for one, other in pairwise(shown)) < 0.25 * len(shown)
    # Once it has ended, the picture is the one of a page that saw nothing of it before.
    fresh = Frames()
    fresh.begin(1)
    assert axes(frames, whole) == axes(fresh, whole)


@pytest.mark.parametrize("seed", range(5))
def test_what_should_be_shown_is_within_and_fills_a_good_part(seed: int) -> None:
    kept: Panels | None = None
    for known in running(descent(200, noise=0.3, seed=seed), 100):
        exact = wanted(known)
        kept = calm_panels(kept, exact)
        ratio = exact.threshold / kept.threshold
        change = np.arcsinh(np.sinh(exact.change_range) * ratio)
        for (bottom, top), (low, high) in [(kept.loss_range, exact.loss_range), (kept.change_range, change)]:
            margin = 0.05 * (high - low)  # panels() leaves as much around the points
            assert bottom - margin <= low
            assert high <= top + margin
            assert high - low >= 0.39 * (top - bottom)
        assert kept.curve_count == exact.curve_count
        assert len(kept.ticks.labels) > 1 or len(exact.ticks.labels) == 1
        at = np.arcsinh([float(label.replace("−", "-")) / kept.threshold for label in kept.ticks.labels])
        np.testing.assert_allclose(kept.ticks.positions, at)


def test_a_range_is_kept_grows_with_room_at_the_end_it_must_and_shrinks_when_it_is_far_too_large() -> None:
    assert calm_range(None, (0.0, 1.0)) == (0.0, 1.0)
    assert calm_range((0.0, 1.0), (0.2, 0.9)) == (0.0, 1.0)
    bottom, top = calm_range((0.0, 1.0), (0.2, 2.0))
    assert bottom == 0.0
    assert 2.2 < top < 3.0
    assert calm_range((0.0, 1.0), (0.4, 0.6)) == (0.4, 0.6)
    bottom, top = calm_range((0.0, 1000.0), (-1.0, 1.0))
    assert (bottom, top) == (pytest.approx(-1.0), 1.0)


def test_the_metrics_axis_stays_too_and_a_new_sweep_begins_anew() -> None:
    lr, metric = np.logspace(-7, 1, 100), np.linspace(0.1, 0.9, 100)
    settings = Settings(num_iter=100)
    frames = Frames()
    for sweep in (1, 2):
        frames.begin(sweep)
        known = [
            History(lr[:n], lr[:n], settings, metric=metric[:n], metric_name="accuracy")
            for n in range(1, 100)
        ]
        shown = [axes(frames, each, sweep)["metric"] for each in known]
        assert shown[0] == pytest.approx([0.094, 0.106])
        assert len({tuple(each) for each in shown}) < 30
        whole = History(lr, lr, settings, "completed", metric=metric, metric_name="accuracy")
        assert axes(frames, whole, sweep)["metric"] == pytest.approx([0.052, 0.948])
