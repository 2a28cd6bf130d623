"""All runs in one figure: each by its name, the active one in front."""

import json
import math

import numpy as np
import plotly.graph_objects as go
import pytest

from lrwidget import History, Run, Runs, Settings
from lrwidget.errors import SettingsError
from lrwidget.plot.runs_figure import run_colours
from tests.bad_values import MARKUP
from tests.plot.curves import descent


def shifted(factor, **options):
    history = descent(**options)
    return History(history.lr, history.loss * factor, history.settings, history.stop_reason)


@pytest.fixture
def runs():
    made = Runs().with_run(descent(blow_up=False), "a").with_run(shifted(1.2), "b")
    return made.with_run(Run("c", repeats=[shifted(1.0), shifted(1.1), shifted(1.2)])).activated("b")


def named(fig, name):
    return [trace for trace in fig.data if trace.name == name]


def test_each_run_has_its_curve_in_both_panels_by_its_name(runs):
    fig = runs.figure()
    for run in runs:
        loss, change = named(fig, run.name)
        assert (loss.yaxis, change.yaxis) == (None, "y2")
        smoothed = run.history.smoothed()
        np.testing.assert_array_equal(loss.y, smoothed[: len(loss.y)])
        np.testing.assert_array_equal(change.customdata, run.history.change[: len(loss.y)])
        assert (loss.showlegend, change.showlegend) == (True, False)
        assert loss.legendgroup == change.legendgroup
    assert fig.layout.showlegend
    assert [
        trace.name for trace in sorted(fig.data, key=lambda t: t.legendrank or 0) if trace.showlegend
    ] == [
        "a",
        "b",
        "c",
    ]


def test_the_active_run_is_strong_in_front_and_has_its_losses_and_pick(runs):
    for active in runs.names:
        fig = runs.activated(active).figure()
        (loss, change) = named(fig, active)
        for other in set(runs.names) - {active}:
            assert named(fig, other)[0].line.width < loss.line.width
            assert named(fig, other)[0].opacity < loss.opacity == 1
        curves = [trace.name for trace in fig.data if trace.name in runs.names]
        assert curves[-1] == active
        (raw,) = named(fig, "loss")
        np.testing.assert_array_equal(raw.x, runs[active].history.lr)
        picks = named(fig, "suggestion")
        assert [trace.x[0] for trace in picks] == [runs[active].history.suggest().lr] * 2
        assert len(named(fig, "pick")) == 2 * 2
        del change


def test_repeats_have_a_band_and_their_median(runs):
    fig = runs.figure()
    (band,) = named(fig, "band")
    count = len(band.x) // 2
    (median, _) = named(fig, "c")
    assert (np.array(band.y[:count]) >= np.array(band.y[count:][::-1])).all()
    inside = np.interp(median.x, band.x[:count], np.array(band.y[count:][::-1])) - 1e-6
    assert (np.array(median.y) >= inside).all()
    assert band.x[count - 1] <= median.x[-1]
    assert not named(Runs().with_run(runs["a"]).figure(), "band")


def test_repeats_that_blow_up_leave_the_panel_readable():
    up = History(
        [1e-3, 1e-2, 1e-1],
        [1.0, 0.5, math.inf],
        Settings(start_lr=1e-3, end_lr=1.0, num_iter=4),
        "non-finite",
    )
    runs = Runs().with_run(Run("r", repeats=[up, up, up]))
    fig = runs.figure()
    low, high = fig.layout.yaxis.range
    assert 0 < low < 0.5
    assert 1 < high < 2
    json.loads(fig.to_json())


def test_the_marker_stands_on_the_active_curve_and_not_in_the_legend(runs):
    fig = runs.figure(lr=0.01)
    markers = named(fig, "marker")
    assert len(markers) == 2
    assert not any(trace.showlegend for trace in markers)
    assert markers[0].y[0] == pytest.approx(runs["b"].history.curve(at=[0.01]).value[0], rel=0.02)


def test_the_axes_hold_all_ranges_and_losses():
    low = History(np.logspace(-8, -6, 20), np.linspace(1, 0.5, 20))
    high = History(np.logspace(0, 2, 20), np.linspace(9, 8, 20))
    fig = Runs().with_run(low, "low").with_run(high, "high").figure()
    first, last = fig.layout.xaxis.range
    assert first < -8
    assert last > 2
    bottom, top = fig.layout.yaxis.range
    assert bottom < 0.5
    assert top > 9


def test_linear_sweeps_alone_keep_their_axis_and_beside_others_are_told_per_decade():
    plan = Settings(start_lr=0.01, end_lr=1.0, num_iter=30, step_mode="linear")
    linear = History(plan.rates, 3 - np.array(plan.rates), plan, "completed")
    alone = Runs().with_run(linear, "linear").figure()
    assert alone.layout.xaxis.type == "linear"
    assert alone.data[2].customdata[10] == pytest.approx(-1.0)
    both = Runs().with_run(linear, "linear").with_run(descent(), "exp").figure()
    assert both.layout.xaxis.type == "log"
    (_, change) = named(both, "linear")
    assert change.customdata[10] == pytest.approx(-plan.rates[10] * math.log(10), rel=0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_runs_and_runs_without_points_have_a_figure(theme):
    assert isinstance(Runs().figure(theme=theme, lr=0.1), go.Figure)
    empty = Runs().with_run(History([], [], Settings()), "empty")
    empty = empty.with_run(History([1e-3], [math.nan], Settings()), "one")
    json.loads(empty.figure(theme=theme, lr=0.1).to_json())


@pytest.mark.parametrize("text", [text for text in MARKUP if text.strip()])
def test_names_are_shown_as_text(text):
    name = text[:80]
    fig = Runs().with_run(descent(), name).figure()
    for trace in fig.data:
        for shown in (trace.name, trace.hovertemplate or ""):
            assert "<script" not in shown
            assert "<b>" not in shown
            assert "%{x}" not in shown
    json.loads(fig.to_json())


def test_many_runs_are_told_apart_and_the_legend_has_room():
    looks = run_colours(28, "light")
    assert len(set(looks)) == 28
    runs = Runs()
    for index in range(30):
        runs = runs.with_run(descent(), f"a run with a rather long name, number {index}")
    fig = runs.figure()
    few = runs.without(*range(1, 30)).figure()
    assert fig.layout.height - fig.layout.margin.b == few.layout.height - few.layout.margin.b
    assert fig.layout.margin.b > 300


@pytest.mark.parametrize(
    "options", [{"lr": -1}, {"lr": "x"}, {"theme": "blue"}, {"rule": "best"}, {"bandwidth": -1}]
)
def test_odd_options_are_refused(runs, options):
    with pytest.raises(SettingsError, match=next(iter(options))):
        runs.figure(**options)


def test_unknown_options_are_refused(runs):
    with pytest.raises(TypeError):
        runs.figure(colour="red")
