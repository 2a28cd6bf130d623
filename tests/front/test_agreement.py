"""What page and kernel must say alike, compared: rates as text, and the numbers of a sweep."""

from __future__ import annotations

import json
import math
import subprocess
from typing import Any

import numpy as np
import pytest

from lrwidget._text import exact_rate, format_rate, rounded
from tests.front.harness import world
from tests.front.test_front import FRONT, node_path

READ = "import { text } from 'node:stream/consumers'; const given = JSON.parse(await text(process.stdin));"


def asked(script: str, given: object) -> Any:
    """What a script of the page's side prints, as JSON, about ``given``."""
    ran = subprocess.run(
        [node_path("node"), "--input-type=module", "--eval", READ + script],
        cwd=FRONT,
        input=json.dumps(given),
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def rates() -> list[float]:
    """Rates of every size, those that people choose, and those that are hard to round."""
    rng = np.random.default_rng(0)
    some = 10 ** rng.uniform(-12, 6, 2000)
    chosen = [float(f"{digits}e{exponent}") for digits in range(1, 100) for exponent in range(-9, 5)]
    halves = [k / 2**n for k in range(1, 64, 2) for n in range(12)]
    edges = [10.0**n * by for n in range(-8, 7) for by in (0.9994, 0.9995, 0.99949999999999, 1.0005)]
    near = [math.nextafter(rate, to) for rate in (1e-3, 1e4, 9995.0, 9.995e-4) for to in (0.0, math.inf)]
    odd = [0.0, -0.0, -0.03125, -1e-7, 5e-324, 1e-310, 2.2250738585072014e-308, 1.7976931348623157e308]
    return [*map(float, some), *chosen, *halves, *edges, *near, *odd]


def test_rates_are_written_alike() -> None:
    given = rates()
    script = (
        "import { formatRate, exactRate, roundRate } from './format.js';"
        "console.log(JSON.stringify(given.map((lr) => [formatRate(lr), formatRate(lr, 2), exactRate(lr)])))"
    )
    written = asked(script, given)
    wrong = [
        (lr, page, kernel)
        for lr, page in zip(given, written, strict=True)
        if page != (kernel := [format_rate(lr), format_rate(lr, 2), exact_rate(lr)])
    ]
    assert wrong == []


def test_rates_are_rounded_alike_and_are_then_what_is_written() -> None:
    given = [lr for lr in rates() if 1e-300 < abs(lr) < 1e300]
    script = (
        "import { roundRate } from './format.js';"
        "console.log(JSON.stringify(given.map((lr) => roundRate(lr))))"
    )
    by_page = asked(script, given)
    assert by_page == [rounded(lr, 3) for lr in given]
    assert [exact_rate(lr) for lr in by_page] == [format_rate(lr) for lr in given]


@pytest.mark.parametrize("what", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_rate_is_written_alike(what: str) -> None:
    script = (
        "import { formatRate } from './format.js'; console.log(JSON.stringify(formatRate(Number(given))))"
    )
    assert asked(script, what) == format_rate(float(what.lower().replace("infinity", "inf")))


@pytest.mark.parametrize("metric", [False, True])
@pytest.mark.parametrize("points", [100, 600])
def test_the_page_has_the_kernels_numbers_after_every_frame(points: int, metric: bool) -> None:
    made = world(linear=False, metric=metric, points=points, noise=0.03)
    script = """
        import { Series } from './series.js';
        const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
        const series = new Series();
        const outcomes = given.frames.map(({ head, buffers }) => series.take(head, buffers.map(bytes)));
        const fields = ['lr', 'loss', 'curveLr', 'smoothed', 'change', 'metric', 'smoothedMetric'];
        const packed = (numbers) => Buffer.from(numbers.slice().buffer).toString('base64');
        const numbers = fields.map((field) => packed(series.get(field)));
        console.log(JSON.stringify({ outcomes, numbers, axes: series.axes }));
    """
    page = asked(script, {"frames": made["frames"]})
    assert set(page["outcomes"]) == {"taken"}
    assert [text for text in page["numbers"] if text] == made["snapshot"]["buffers"]
    assert page["axes"] == made["snapshot"]["head"]["axes"]
