"""The metric's curve, static and on the wire, and the range of a cyclical schedule in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from lrwidget.history.record import History
from lrwidget.plot.blank import blank
from lrwidget.plot.frames import Frames
from lrwidget.plot.metric import metric_range
from tests.plot.curves import descent


def measured(name: str = "accuracy", num_iter: int = 100) -> History:
    plain = descent(num_iter)
    metric = 1.0 - np.minimum(plain.loss, 2.5) / 2.5
    metric[3] = np.nan
    return History(plain.lr, plain.loss, plain.settings, "completed", metric=metric, metric_name=name)


def test_a_metric_is_drawn_over_the_loss_with_an_axis_of_its_own() -> None:
    history = measured()
    fig = history.figure()
    raw, line = fig.data[-2:]
    assert [trace.name for trace in fig.data][-2:] == ["metric", "smoothed metric"]
    np.testing.assert_array_equal(raw.y, history.metric)
    assert np.isfinite(line.y).all()
    assert raw.yaxis == line.yaxis == "y3"
    assert fig.layout.yaxis3.side == "right"
    assert fig.layout.annotations[-1].text == "<b>accuracy</b>"
    low, high = fig.layout.yaxis3.range
    assert low < np.nanmin(history.metric)
    assert high > np.nanmax(history.metric)


def test_without_a_metric_nothing_of_it_is_there() -> None:
    fig = descent().figure()
    assert "metric" not in {trace.name for trace in fig.data}
    assert "yaxis3" not in fig.to_plotly_json()["layout"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a<b>c", "%{customdata}", "x" * 200])
def test_a_name_is_written_as_text_and_not_too_long(name: str) -> None:
    fig = blank(1e-7, 10.0, metric_name=name)
    title = fig["layout"]["annotations"][-1]["text"].removeprefix("<b>").removesuffix("</b>")
    assert "<" not in title
    assert len(title) < 80
    assert "%{" not in fig["data"][-2]["hovertemplate"].replace("%{y:.4g}", "")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ([0.0, 1.0], (-0.06, 1.06)),
        ([0.5, 0.5], (0.47, 0.53)),
        ([0.0, 0.0], (-1.0, 1.0)),
        ([np.nan, np.inf], (0.0, 1.0)),
        ([], (0.0, 1.0)),
    ],
)
def test_its_axis_shows_all_that_is_finite(metric: list[float], expected: tuple[float, float]) -> None:
    assert metric_range(metric) == pytest.approx(expected)


@pytest.mark.parametrize("num_iter", [100, 2000])
def test_the_wire_carries_each_metric_once_and_its_curve(num_iter: int) -> None:
    history, frames = measured(num_iter=num_iter), Frames()
    frames.begin(1)
    first = frames.update(
        History(
            history.lr[:40], history.loss[:40], history.settings,
            metric=history.metric[:40], metric_name="accuracy",
        ),
        0.3,
        1,
    )  # fmt: skip
    rest = frames.update(history, 0.3, 1)
    assert first is not None
    assert rest is not None
    assert first.head["metric"]
    sent = np.r_[np.frombuffer(first.buffers[5]), np.frombuffer(rest.buffers[5])]
    np.testing.assert_array_equal(sent, history.metric)
    assert len(rest.buffers) == 7
    assert len(rest.buffers[6]) == len(rest.buffers[2])
    assert rest.head["axes"]["metric"] == list(metric_range(history.metric))
    assert len(frames.snapshot().buffers[5]) == 8 * num_iter


def test_without_a_metric_the_wire_carries_nothing_of_it() -> None:
    frames = Frames()
    frames.begin(1)
    frame = frames.update(descent(), 0.3, 1)
    assert frame is not None
    assert not frame.head["metric"]
    assert len(frame.buffers) == 5
    assert "metric" not in frame.head["axes"]


def test_bounds_take_the_place_of_the_band_in_the_picture() -> None:
    fig = descent().figure(bounds=(1e-3, 0.05))
    assert [(shape.x0, shape.x1) for shape in fig.layout.shapes] == [(1e-3, 0.05)]
