"""The static figure, the same picture as the live one."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from lrwidget.picks.pick import Pick
from lrwidget.plot.blank import GAP, blank
from tests.plot.curves import descent, first

HEADINGS = ["<b>loss</b>", "<b>change in loss per decade</b>", "learning rate"]


def traces(fig: go.Figure) -> dict[str, go.Scatter]:
    return {trace.name: trace for trace in reversed(fig.data)}


def test_has_the_traces_by_name_with_the_historys_numbers() -> None:
    history = descent(blow_up=False)
    drawn = traces(history.figure())
    assert set(drawn) == {"loss", "smoothed loss", "change in loss", "suggestion"}
    np.testing.assert_array_equal(drawn["loss"].x, history.lr)
    np.testing.assert_array_equal(drawn["loss"].y, history.loss)
    np.testing.assert_array_equal(drawn["smoothed loss"].y, history.smoothed())
    np.testing.assert_array_equal(drawn["change in loss"].customdata, history.change)


def test_the_axis_spans_the_whole_requested_range_before_any_point() -> None:
    low, high = blank(1e-6, 1.0)["layout"]["xaxis"]["range"]
    assert low < -6
    assert high > 0
    low, high = blank(0.1, 0.5, linear=True)["layout"]["xaxis"]["range"]
    assert 0 < low < 0.1
    assert high > 0.5


def test_marks_the_pick_in_both_panels_and_its_band() -> None:
    pick = Pick("steepest", 0.01, "because", one_cycle_max=0.08, band=(0.004, 0.08))
    fig = descent().figure(pick=pick, lr=0.02)
    points = [trace for trace in fig.data if trace.name == "suggestion"]
    assert [trace.yaxis for trace in points] == ["y", "y2"]
    assert all(trace.x == (0.01,) for trace in points)
    band, marker = fig.layout.shapes
    assert (band.x0, band.x1) == (0.004, 0.08)
    assert marker.x0 == marker.x1 == 0.02
    assert texts(fig) == [*HEADINGS, "<b>0.02</b>"], "what the point is, is said in words above the figure"


def texts(fig: go.Figure) -> list[str]:
    return [annotation.text for annotation in fig.layout.annotations]


@pytest.mark.parametrize("lr", [1e-7, 0.0123, 1.0])
def test_rings_stand_on_the_drawn_curves_at_the_marker(lr: float) -> None:
    history = descent(blow_up=False)
    fig = history.figure(lr=lr)
    loss, change = (trace for trace in fig.data if trace.name == "marker")
    at = history.curve(at=[lr])
    assert loss.x == change.x == (lr,)
    assert loss.y[0] == pytest.approx(at.value[0], abs=0.02)
    drawn = traces(fig)["change in loss"]
    assert change.y[0] == pytest.approx(np.interp(lr, drawn.x, drawn.y), abs=0.05)


def test_a_marker_where_there_is_no_curve_has_no_rings() -> None:
    fig = first(descent(), 40).figure(lr=1.0)
    assert fig.layout.shapes[-1].x0 == 1.0
    assert not [trace for trace in fig.data if trace.name == "marker"]


def test_texts_stand_beside_the_panels_at_every_height() -> None:
    for height in (220, 420, 900):
        sent = blank(1e-7, 10.0, metric_name="accuracy", height=height)
        (low, _), (bottom, top) = sent["layout"]["yaxis"]["domain"], sent["layout"]["yaxis2"]["domain"]
        panels = height - sent["layout"]["margin"]["t"] - sent["layout"]["margin"]["b"]
        assert (low - top) * panels == pytest.approx(GAP), "the gap is for the heading"
        assert bottom == 0
        headings = {note["text"]: note for note in sent["layout"]["annotations"]}
        assert headings["<b>loss</b>"]["y"] == headings["<b>accuracy</b>"]["y"] == 1
        assert headings["<b>change in loss per decade</b>"]["y"] == top
        assert all(note["yref"] == "paper" for note in headings.values())


def test_a_long_sweep_is_drawn_at_no_more_places_than_can_be_seen() -> None:
    history = descent(5000)
    drawn = traces(history.figure())
    assert len(drawn["loss"].x) == 5000
    assert len(drawn["smoothed loss"].x) <= 514


def test_the_band_stays_inside_the_sweep() -> None:
    fig = descent().figure(pick=Pick("knee", 8.0, "because", band=(1.0, 20.0)))
    assert fig.layout.shapes[0].x1 == 10.0


def test_without_a_pick_nothing_is_marked() -> None:
    fig = descent().figure(pick=Pick("steepest", None, "no descent found"))
    assert not fig.layout.shapes
    assert texts(fig) == HEADINGS


@pytest.mark.parametrize("bandwidth", [0.0, 0.3, 2.0])
def test_a_non_finite_loss_leaves_a_gap(bandwidth: float) -> None:
    history = descent()
    loss = history.loss.copy()
    loss[-1] = np.inf
    fig = type(history)(history.lr, loss, history.settings, "non-finite").figure(bandwidth=bandwidth)
    assert np.isnan(traces(fig)["loss"].y[-1])
    assert np.isfinite(fig.layout.yaxis.range).all()


def test_light_and_dark_differ_in_colours_only() -> None:
    history = descent()
    light, dark = history.figure(theme="light"), history.figure(theme="dark")
    assert light.layout.font.color != dark.layout.font.color
    assert light.layout.yaxis.range == dark.layout.yaxis.range


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("metric_name", [None, "accuracy"])
def test_the_blank_figure_is_one_that_plotly_knows(linear: bool, metric_name: str | None) -> None:
    sent = blank(1e-7, 10.0, linear=linear, metric_name=metric_name)
    known = go.Figure(sent).to_plotly_json()  # refuses a name or a value that is none of plotly's
    assert known["data"] == sent["data"]
    assert {**known["layout"], "template": {}} == sent["layout"]
    assert json.loads(json.dumps(sent)) == sent


def test_a_short_axis_has_round_rates_and_a_long_one_powers_of_ten() -> None:
    short = blank(1e-3, 0.0125)["layout"]["xaxis"]
    assert short["ticktext"] == ["0.001", "0.002", "0.005", "0.01"]
    assert blank(1e-7, 10.0)["layout"]["xaxis"]["dtick"] == 1
    for plotlys_own in (blank(0.9, 1.0), blank(0.1, 0.5, linear=True)):
        assert not {"tickvals", "dtick"} & set(plotlys_own["layout"]["xaxis"])
