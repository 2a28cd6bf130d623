"""The wire: a page that takes the frames has the kernel's numbers, whatever it missed."""

from __future__ import annotations

import numpy as np
import pytest

from lrwidget.history.record import History
from lrwidget.history.settings import Settings
from lrwidget.plot.drawn import MAX_CURVE
from lrwidget.plot.frames import Frame, Frames
from tests.plot.curves import descent, first


class Page:
    """What the page's Series does, in Python."""

    def __init__(self) -> None:
        self.sweep = -1
        self.clear()

    def clear(self) -> None:
        self.parts = [np.empty(0) for _ in range(5)]

    def take(self, frame: Frame) -> str:
        head = frame.head
        if head["sweep"] > self.sweep:
            if head["first"] > 0:
                return "gap"
            self.sweep = head["sweep"]
            self.clear()
        if head["first"] > len(self.parts[0]) or head["curve_first"] > len(self.parts[2]):
            return "gap"
        starts = [head["first"]] * 2 + [head["curve_first"]] * 3
        self.parts = [
            np.r_[old[:start], np.frombuffer(new)]
            for old, start, new in zip(self.parts, starts, frame.buffers, strict=True)
        ]
        return "taken"


def test_every_point_arrives_once_and_the_curve_is_the_historys() -> None:
    whole, frames, page = descent(blow_up=False), Frames(), Page()
    frames.begin(1)
    page.take(frames.snapshot())
    for count in (1, 2, 5, 6, 40, 41, 100):
        frame = frames.update(first(whole, count), 0.3, 1)
        assert page.take(frame) == "taken"
        now = first(whole, count)
        lr, loss, curve_lr, smoothed, change = page.parts
        np.testing.assert_array_equal(lr, now.lr)
        np.testing.assert_array_equal(loss, now.loss)
        np.testing.assert_array_equal(curve_lr, now.lr)
        np.testing.assert_array_equal(smoothed, now.smoothed())
        np.testing.assert_array_equal(change, now.change)


def test_a_page_that_missed_frames_asks_and_is_served_by_a_snapshot() -> None:
    whole, frames, page = descent(), Frames(), Page()
    frames.begin(1)
    for count in range(1, 60):
        frames.update(first(whole, count), 0.3, 1)
    assert page.take(frames.update(first(whole, 60), 0.3, 1)) == "gap"
    assert page.take(frames.snapshot()) == "taken"
    assert page.take(frames.update(first(whole, 70), 0.3, 1)) == "taken"
    np.testing.assert_array_equal(page.parts[1], whole.loss[:70])


def test_a_new_sweep_clears_the_page() -> None:
    whole, frames, page = descent(), Frames(), Page()
    frames.begin(1)
    page.take(frames.update(whole, 0.3, 1))
    frames.begin(2)
    page.take(frames.snapshot())
    assert page.parts[0].size == 0


def test_another_smoothing_resends_the_curve_only() -> None:
    whole, frames, page = descent(blow_up=False), Frames(), Page()
    frames.begin(1)
    page.take(frames.update(whole, 0.3, 1))
    frame = frames.update(whole, 0.0, 1)
    assert frame.buffers[0] == b""
    page.take(frame)
    np.testing.assert_array_equal(page.parts[3], whole.loss)


def test_a_loss_that_is_not_finite_arrives_as_it_is() -> None:
    frames, page = Frames(), Page()
    frames.begin(1)
    history = History([0.1, 0.2, 0.3], [1.0, 0.5, np.nan], Settings(), "non-finite")
    page.take(frames.update(history, 0.3, 1))
    np.testing.assert_array_equal(page.parts[1], [1.0, 0.5, np.nan])


@pytest.mark.parametrize("num_iter", [1000, 4000])
def test_the_cost_of_a_frame_does_not_grow_with_the_sweep(num_iter: int) -> None:
    whole, frames = descent(num_iter, blow_up=False), Frames()
    frames.begin(1)
    sizes = [frames.update(first(whole, count), 0.3, 1).size for count in range(50, num_iter, 50)]
    assert max(sizes) <= 50 * 2 * 8 + (MAX_CURVE + 1) * 3 * 8


def test_the_curve_of_a_long_sweep_is_the_historys_at_chosen_points() -> None:
    whole, frames, page = descent(2000, blow_up=False), Frames(), Page()
    frames.begin(1)
    page.take(frames.update(whole, 0.3, 1))
    chosen = np.isin(whole.lr, page.parts[2])
    assert 400 < chosen.sum() <= MAX_CURVE + 1
    np.testing.assert_allclose(page.parts[3], whole.smoothed()[chosen], rtol=1e-12)
