"""The picture for saved notebooks: small, well-formed, and of the same figure as every other."""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrwidget._text import exact_rate
from lrwidget.errors import SettingsError
from lrwidget.history.record import History
from lrwidget.history.settings import Settings
from lrwidget.picks.pick import Pick
from lrwidget.plot.picture import picture
from tests.bad_values import CHEAP, MARKUP
from tests.plot.curves import descent, first
from tests.plot.test_metric import measured

SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = 20_000


def parsed(svg: str) -> ET.Element:
    """The picture as a browser has it; it must be one element, and no more than is allowed."""
    assert len(svg.encode()) <= MOST_BYTES
    assert not re.search(r"nan|inf\b|None", re.sub(r"<(title|desc)>.*?</\1>|<text.*?</text>", "", svg))
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    return root


def texts(root: ET.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def dots(root: ET.Element) -> int:
    """How many raw losses are drawn: pieces of lines without a length."""
    paths = [path.get("d", "") for path in root.iter(f"{SVG}path")]
    return max((path.count("h0") for path in paths), default=0)


def test_says_what_it_is_and_needs_nothing_from_elsewhere() -> None:
    svg = picture(descent(), lr=0.02)
    root = parsed(svg)
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    words = root.findtext(f"{SVG}desc") or ""
    assert "100 of 100 rates from 1e-7 to 10" in words
    assert "Marked learning rate 0.02" in words
    assert not re.search(r"<script|<style|<image|<foreignObject|href|url\(|\bon\w+=|\bid=", svg)
    assert set(re.findall(r"https?://[^\"]*", svg)) == {"http://www.w3.org/2000/svg"}


def test_has_the_headings_the_ticks_and_the_rate_of_the_other_figures() -> None:
    history = descent()
    shown = texts(parsed(picture(history, lr=0.0421)))
    assert {"loss", "change in loss per decade", "learning rate", "0.0421"} <= set(shown)
    assert {"10−7", "10−1", "1", "10"} <= set(shown)
    assert set(history.figure().layout.yaxis2.ticktext) <= set(shown)


@pytest.mark.parametrize("count", [513, 2000, 10_000, 50_000])
def test_is_small_however_long_the_sweep(count: int) -> None:
    drawn = dots(parsed(picture(descent(count), lr=0.01)))
    assert 100 <= drawn <= 300


def test_with_a_metric_it_is_small_too() -> None:
    root = parsed(picture(measured(num_iter=10_000), lr=0.01, bounds=(1e-4, 0.1)))
    assert "accuracy" in texts(root)


def test_every_loss_of_a_usual_sweep_is_drawn_where_the_other_figure_has_it() -> None:
    history = descent(blow_up=False)
    root = parsed(picture(history))
    assert dots(root) == 100
    fig = history.figure()
    panel = next(iter(root.iter(f"{SVG}svg"))).find(f"{SVG}svg")
    assert panel is not None
    width, height = (float(panel.get(name, "0")) for name in ("width", "height"))
    path = next(p.get("d", "") for p in panel.iter(f"{SVG}path") if "h0" in p.get("d", ""))
    places = np.array([[float(n) for n in spot.split(",")] for spot in re.findall(r"M([\d.,]+)h0", path)])
    (left, right), (bottom, top) = fig.layout.xaxis.range, fig.layout.yaxis.range
    expected_x = (np.log10(history.lr) - left) / (right - left) * width
    expected_y = (top - history.loss) / (top - bottom) * height
    np.testing.assert_allclose(places, np.stack([expected_x, expected_y], axis=1), atol=0.15)


def linear() -> History:
    lr = np.linspace(0.9, 1.0, 40)
    settings = Settings(start_lr=0.9, end_lr=1.0, num_iter=40, step_mode="linear")
    return History(lr, 3 - np.sin(20 * lr), settings, "completed")


def wild(*values: float) -> History:
    loss = np.resize(np.array(values), 30)
    return History(np.geomspace(1e-6, 1, 30), loss)


@pytest.mark.parametrize(
    "history",
    [
        first(descent(), 0),
        first(descent(), 1),
        first(descent(), 2),
        linear(),
        first(linear(), 1),
        wild(np.nan),
        wild(np.inf),
        wild(-np.inf, np.inf, np.nan),
        wild(1.0, np.nan, 2.0),
        wild(0.0),
        wild(5.0),
        wild(1e300, -1e300),
        wild(1e-300, 2e-300),
        wild(1e6, 1e6 + 1e-6),
        History(np.geomspace(1e-30, 1e3, 20), np.linspace(3, 1, 20)),
        History(np.geomspace(2e-3, 8e-3, 20), np.linspace(3, 1, 20)),
        History([0.1, 0.1000001], [2.0, 1.0]),
        History([1e-300, 1e300], [2.0, 1.0]),
    ],
    ids=repr,
)
@pytest.mark.parametrize("bandwidth", [0.0, 0.3])
def test_any_history_can_be_drawn(history: History, bandwidth: float) -> None:
    lr = float(history.lr[-1]) if len(history) else 0.01
    root = parsed(picture(history, lr=lr, bounds=(lr / 2, lr), bandwidth=bandwidth))
    assert {"loss", "learning rate"} <= set(texts(root))


def test_a_linear_axis_has_rates_and_no_decades() -> None:
    shown = texts(parsed(picture(linear(), lr=0.93)))
    assert {"0.92", "0.94", "0.96", "0.93", "change in loss"} <= set(shown)


@CHEAP
@given(
    st.lists(st.floats(allow_subnormal=False), min_size=1, max_size=40),
    st.floats(1e-12, 1e-2),
    st.floats(1.001, 1e12),
    st.booleans(),
)
def test_no_numbers_break_it(losses: list[float], start_lr: float, ratio: float, equal_steps: bool) -> None:
    space = np.linspace if equal_steps else np.geomspace
    lr = space(start_lr, start_lr * ratio, len(losses))
    if len(losses) > 1 and not np.all(np.diff(lr) > 0):
        return
    parsed(picture(History(lr, losses), lr=start_lr))


@pytest.mark.parametrize("name", MARKUP)
def test_a_name_that_is_not_ours_is_text(name: str) -> None:
    lr = np.logspace(-6, 0, 30)
    pick = Pick(name or "rule", 0.01, "because")
    root = parsed(picture(History(lr, lr, metric=lr, metric_name=name), pick))
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "title", "desc", "rect", "path", "text", "tspan", "circle"}


def test_bounds_stand_in_the_place_of_the_band() -> None:
    pick = Pick("steepest", 0.01, "because", band=(0.004, 0.08))
    band, bounds = picture(descent(), pick), picture(descent(), pick, bounds=(1e-3, 0.05))
    assert "stroke-dasharray" not in band
    assert bounds.count("stroke-dasharray") == 1
    assert f"Bounds {exact_rate(1e-3)} to {exact_rate(0.05)}" in bounds


def test_a_marker_beside_the_axis_is_said_but_not_drawn() -> None:
    svg = picture(descent(), lr=1e3)
    parsed(svg)
    assert "Marked learning rate 1000" in svg
    assert "<circle" not in svg


@pytest.mark.parametrize(("field", "value"), [("pick", "steepest"), ("lr", -1), ("lr", "0.1"), ("bounds", 3)])
def test_what_is_no_mark_is_refused(field: str, value: object) -> None:
    with pytest.raises(SettingsError, match=field):
        picture(descent(), **{field: value})


def test_is_made_without_plotly() -> None:
    code = (
        "import sys, numpy\n"
        "from lrwidget.history.record import History\n"
        "from lrwidget.plot.picture import picture\n"
        "picture(History(numpy.geomspace(1e-6, 1, 30), numpy.linspace(3, 1, 30)))\n"
        "sys.exit('plotly' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
