"""The benchmark still runs: every part but the browser's, at tiny sizes. No times are asserted."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from tests.bench import live, page, run, sweeps, table, tasks, ticks, wire
from tests.bench.measure import Sample, Spread, ratios


def test_every_contender_does_the_same_work_and_is_in_the_table() -> None:
    task = tasks.make("tiny")
    found = sweeps.compare(task, steps=5, repeats=2)
    text = table.comparison(found)
    for name in (sweeps.BARE, sweeps.AGAIN, sweeps.HEADLESS, sweeps.UNSEEN, sweeps.PEER):
        assert len(found.samples[name]) == 2
        assert name in text


def test_other_work_is_noticed() -> None:
    task = tasks.make("tiny")
    lrs = sweeps.sweep_rates(5)
    named = {
        sweeps.BARE: lambda: sweeps.bare(task, lrs, item=True),
        "half the steps": lambda: sweeps.headless(task, 2),
    }
    with pytest.raises(AssertionError, match="half the steps on tiny MLP does other work"):
        sweeps.check_same_work(task, named)


@pytest.mark.parametrize("name", tasks.MAKERS)
def test_tasks_begin_anew(name: str) -> None:
    task = tasks.make(name)
    lrs = sweeps.sweep_rates(2)
    runs = []
    for _ in range(2):
        task.reset()
        runs.append(sweeps.bare(task, lrs, item=True))
    assert runs[0] == runs[1]


def test_snapshot_table() -> None:
    found = sweeps.keep(tasks.make("tiny"), repeats=2)
    assert found.megabytes == pytest.approx(874 * 4 * 2 / 1e6)  # parameters and gradients; SGD keeps nothing
    assert "tiny MLP, cpu" in table.kept([found])


def test_live_comparison_without_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "wait_for_page", lambda view: None)
    task = tasks.make("tiny")
    found = live.compare(task, sweeps.widget(task, 5), steps=5, repeats=2)
    samples = {
        name: [Sample(**each) for each in found] for name, found in json.loads(json.dumps(found)).items()
    }
    assert sweeps.LIVE_THREAD in table.comparison(sweeps.Comparison("tiny", "cpu", 5, samples))


def test_cells_of_the_page_are_python() -> None:
    for cell in (page.SETUP, page.WIDGET, page.COMPARE, page.RUN):
        compile(cell, "cell", "exec")


def test_bytes_of_a_sweep() -> None:
    found, opening = wire.measure(40, 20.0)
    assert opening > 1_000_000  # plotly.js
    assert found.messages[wire.POINTS] == 14  # 13 ticks of 3 points, and the last
    assert found.a_point(wire.POINTS) > 16  # rate and loss are 8 bytes each
    thinned, _ = wire.measure(40, 20.0, every=2)
    assert thinned.messages[wire.POINTS] == 15
    assert thinned.bytes[wire.POINTS] == pytest.approx(found.bytes[wire.POINTS], rel=0.2)
    assert "40 steps of 20 ms" in table.traffic([found], opening)


def frame(message_type: str, content: dict[str, Any]) -> bytes:
    """A frame as JupyterLab's server sends it."""
    parts = [
        b"iopub",
        *(json.dumps(p).encode() for p in ({"msg_type": message_type}, {}, {}, content)),
        b"buffer",
    ]
    ends = [8 * (len(parts) + 2)]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return struct.pack(f"<{len(ends) + 1}Q", len(ends), *ends) + b"".join(parts)


@pytest.mark.parametrize(
    ("message_type", "data", "kind"),
    [
        ("comm_open", {"state": {}}, wire.OPENING),
        ("comm_msg", {"method": "custom", "content": {}}, wire.POINTS),
        ("comm_msg", {"method": "update", "state": {"_snapshot": {}}}, wire.SNAPSHOTS),
        ("comm_msg", {"method": "update", "state": {"value": 1}}, wire.STATUS),
        ("status", {}, "other"),
    ],
)
def test_kinds_of_frames(message_type: str, data: dict[str, Any], kind: str) -> None:
    received = page.Received()
    received._take(frame(message_type, {"data": data}))
    assert received.messages == {kind: 1}
    assert kind in table.arrived(received, received)


def test_publications_and_paints() -> None:
    assert "20 points" in table.publications([ticks.measure(20, 3, repeats=2)])
    paint = page.Paint(100.0, 200.0, 50.0)
    assert "200 [200, 200]" in table.painting([paint], [paint, paint])


def test_import_table() -> None:
    assert "lrwidget" in table.imports(ticks.import_times(1))


def test_spread_and_ratio() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(1.5, 2.0, 2.5)
    fast, slow = Sample(1.0, 1.0, 1.0), Sample(2.0, 3.0, 3.0)
    assert ratios([slow], [fast]).middle == 2
    assert ratios([slow], [fast], "cpu").middle == 3


def test_efforts_are_what_they_say() -> None:
    assert run.DEFAULT.rounds >= 7
    assert run.QUICK.rounds < run.DEFAULT.rounds
