"""The benchmark still runs: every part but the browser's, at tiny sizes. No times are asserted."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from math import isnan, prod
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import (
    compiled,
    contest,
    document,
    effort,
    live,
    machine,
    memory,
    page,
    results,
    run,
    scaling,
    smooth,
    snapshots,
    sweeps,
    table,
    tasks,
    text,
    ticks,
    trials,
    validation,
    wire,
)
from benchmarks.apart import has_fastai
from benchmarks.measure import Sample, Spread, ratios
from benchmarks.results import Results


def tiny_comparison(name: str = "tiny MLP") -> sweeps.Comparison:
    """Made-up rounds of every contender."""
    names = (sweeps.BARE, *contest.HERE, sweeps.AGAIN, sweeps.LIVE, sweeps.LIVE_THREAD)
    rounds = [Sample(0.1, 0.1, 0.1), Sample(0.2, 0.2, 0.2)]
    return sweeps.Comparison(name, "cpu", 5, dict.fromkeys(names, rounds))


def test_every_engine_does_the_same_work_and_is_in_the_table() -> None:
    found = contest.compare("tiny", "cpu", 5, 1, contest.HERE)
    shown = text.plain(sweeps.shown(found))
    for name in (sweeps.BARE, sweeps.AGAIN, *contest.HERE):
        assert len(found.samples[name]) == contest.TINY_ROUNDS
        assert name in shown


@pytest.mark.skipif(not has_fastai(), reason="fastai has no folder")
def test_fastai_is_compared_in_a_process_of_its_own() -> None:
    (found,) = contest.beside_fastai(["tiny"], "cpu", 6, 1)  # it takes no fewer steps than 6
    assert set(found.samples) == {sweeps.BARE, sweeps.HEADLESS, contest.FASTAI, sweeps.AGAIN}
    here = tiny_comparison(found.task)
    (rows,) = contest.joined([here, found])
    assert [name for name, _, each in rows if each is found] == [contest.FASTAI]


def test_trials_do_the_work_of_the_bare_loop() -> None:
    found = trials.compare("tiny", "cpu", 4, 2)
    assert found.steps == 12
    assert set(found.samples) == {sweeps.BARE, trials.TRIALS, sweeps.AGAIN}
    assert "tiny MLP" in text.plain(trials.shown([found]))


def test_other_work_is_noticed() -> None:
    task = tasks.make("tiny")
    lrs = sweeps.sweep_rates(5)
    named = {
        sweeps.BARE: lambda: sweeps.bare(task, lrs, item=True),
        "fewer steps": lambda: sweeps.bare(task, lrs[:2], item=True),
    }
    with pytest.raises(AssertionError, match="fewer steps on tiny MLP took 2 steps, not 5"):
        sweeps.check_same_work(task, named)
    named["other rates"] = lambda: sweeps.bare(task, [0.5] * 5, item=True)
    del named["fewer steps"]
    with pytest.raises(AssertionError, match="other rates on tiny MLP does other work"):
        sweeps.check_same_work(task, named)


@pytest.mark.parametrize("workers", [0, 2])
def test_validation_sees_the_same_losses_in_every_way(workers: int) -> None:
    found = validation.compare("small MLP", workers, "cpu", 3, 1, most=80)
    shown = text.plain(validation.shown(found))
    assert f"small MLP, {workers} workers, cpu, 3 steps" in shown
    assert {validation.ONCE, validation.PEER} <= set(found.samples)


@pytest.mark.parametrize("kind", snapshots.KINDS)
def test_copies_are_as_large_as_asked(kind: str) -> None:
    found = snapshots.measure(kind, 1e5, "cpu", 2)
    assert found.size == pytest.approx(1e5, rel=0.05)
    assert found.tensors == (20 if kind == snapshots.FEW else 5 * 161)
    assert found.held == 1
    assert kind in text.plain(snapshots.shown([found]))


def test_the_many_tensors_are_those_of_a_resnet_50() -> None:
    assert sum(prod(shape) for shape in snapshots.resnet50_shapes()) == 25_557_032


def test_the_largest_copy_leaves_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "free_bytes", lambda device: 3e8)
    assert snapshots.sizes("cpu", (1e6, 1e7, 1e9)) == [1e6, 1e7, pytest.approx(1e8)]
    assert snapshots.sizes("cpu", (1e6, 9e7)) == [1e6, 9e7]  # hardly larger is not worth the time
    monkeypatch.setattr(scaling, "free_bytes", lambda device: 1e9)
    assert scaling.fitting((1e4, 1e9), "cpu") == [1e4]


def test_growth() -> None:
    found = scaling.Growth(
        [scaling.by_steps(steps, "cpu", 2) for steps in (3, 6)],
        [scaling.by_parameters(count, "cpu", 2) for count in (100, 10_000)],
    )
    assert [each.size for each in found.steps] == [3, 6]
    assert [each.size for each in found.parameters] == [100, 10_000]
    steps, parameters = map(text.plain, scaling.shown(found))
    assert "exponent" in steps
    assert "10 k" in parameters


def test_exponents() -> None:
    assert scaling.exponent([1, 10, 100], [3, 30, 300]) == pytest.approx(1)
    assert scaling.exponent([1, 10, 100], [3, -1, 30_000]) == pytest.approx(2)
    assert isnan(scaling.exponent([1, 10], [-1, 5]))


def test_a_peak_of_memory_is_seen() -> None:
    before = memory.mark()
    torch.zeros(10_000_000).add_(1)
    seen = memory.peak()
    assert seen == 0 or seen - before > 30_000_000


@pytest.mark.parametrize("name", tasks.MAKERS)
def test_tasks_begin_anew(name: str) -> None:
    task = tasks.make(name)
    lrs = sweeps.sweep_rates(2)
    runs = []
    for _ in range(2):
        task.reset()
        runs.append(sweeps.bare(task, lrs, item=True))
    assert runs[0] == runs[1]


def made_up() -> Results:
    spread = Spread(0.9, 1.0, 1.1)
    copied = snapshots.Copied(snapshots.FEW, "cpu", 20, 10**6, 2, *[spread] * 6, held=1.0, peak=0.0)
    grown = [scaling.Grown(size, 3, "cpu", 2, spread, spread, spread, spread) for size in (10**7, 10**8)]
    validated = {name: [Sample(1, 1, 1)] for name in (sweeps.BARE, sweeps.AGAIN, validation.PEER)}
    tried = {name: [Sample(3, 3, 3)] for name in (sweeps.BARE, trials.TRIALS, sweeps.AGAIN)}
    return Results(
        machine.this(),
        engines=[tiny_comparison(), tiny_comparison("digits CNN")],
        validation=[sweeps.Comparison("small MLP, 0 workers", "cpu", 5, validated)],
        snapshots=[copied],
        scaling=scaling.Growth(grown, grown),
        live=[tiny_comparison()],
        smooth=[smooth.Smoothness("100 steps", 2.0, (61.0,), 9, (20.0, 30.0), 0.4, 70.0, (9.0,), (30.0,))],
        drags=[smooth.Drag("100 points", (9.0, 12.0), (4.0, 6.0))],
        compiled=[compiled.CompiledStep("AdamW", "cpu", "True", 400.0, 420.0, 300.0, 12.0, 1e-7)],
        trials=[sweeps.Comparison("digits CNN", "cpu", 300, tried)],
        page=[text.Table("First paint", ["", "ms"], [["controls", "250"]])],
    )


def test_results_come_back_from_their_file_and_parts_are_kept(tmp_path: Path) -> None:
    found = made_up()
    results.save(tmp_path / "bench.json", found)
    back = results.load(tmp_path / "bench.json")
    assert back == found
    other = results.merged(back, found.machine, {"snapshots": []})
    assert other == replace(found, snapshots=[])
    assert results.merged(None, found.machine, {}).scaling is None


def test_the_page_and_its_pictures(tmp_path: Path) -> None:
    page, *images = document.write(made_up(), tmp_path / "benchmarks.md")
    shown = page.read_text()
    assert len(images) == 6
    for image in images:
        assert f"images/{image.name}" in shown
        assert image.exists()
    assert "machine without a GPU" in shown or "GPU:" in shown
    for row in (
        "| Lightning | 1.00 [1.00, 1.00] | 1.00 [1.00, 1.00] | 1.00 | +0 |",
        "| 4 large tensors, cpu | 1 MB |",
        "| 100 M |",
        "| 100 steps | 2.0 | 1 | 61 | 9 | 30 |",
        "| AdamW, cpu, compiled=True | 400 | 420 (1.05) | 300 (0.75) | 12 | 1e-07 |",
        "| digits CNN | 300 of 10.0 ms | 1.000 [1.000, 1.000] | 1.03, reached | 1.000 |",
        "| controls | 250 |",
    ):
        assert row in shown
    part, *none = document.write(Results(machine.this()), tmp_path / "benchmarks.md")
    assert none == []
    assert "images/" not in part.read_text()


def test_live_comparison_without_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "wait_for_page", lambda view: None)
    task = tasks.make("tiny")
    found = live.compare(task, sweeps.widget(task, 5), steps=5, repeats=2)
    samples = {
        name: [Sample(**each) for each in found] for name, found in json.loads(json.dumps(found)).items()
    }
    assert sweeps.LIVE_THREAD in text.plain(sweeps.shown(sweeps.Comparison("tiny", "cpu", 5, samples)))


def test_cells_of_the_page_are_python() -> None:
    for cell in (page.SETUP, page.BARE, page.WIDGET, page.COMPARE, page.RUN):
        compile(cell, "cell", "exec")


def test_bytes_of_a_sweep() -> None:
    found, opening = wire.measure(40, 20.0)
    assert opening > 1_000_000  # plotly.js
    assert found.messages[wire.POINTS] == 13  # of 13 ticks of 3 points all but the first, and the last point
    assert (
        found.messages[wire.SNAPSHOTS] == 6
    )  # empty, at the first tick, at 6, 12 and 24 points, and the end
    assert found.a_point(wire.POINTS) > 16  # rate and loss are 8 bytes each
    thinned, _ = wire.measure(40, 20.0, every=2)
    assert thinned.messages[wire.POINTS] == 13
    assert thinned.bytes[wire.POINTS] == pytest.approx(found.bytes[wire.POINTS], rel=0.2)
    assert "40 steps of 20 ms" in text.plain(table.traffic([found], opening))


def frame(message_type: str, content: dict[str, Any], cause: str = "execute_request") -> bytes:
    """A frame as JupyterLab's server sends it."""
    parts = [
        b"iopub",
        *(json.dumps(p).encode() for p in ({"msg_type": message_type}, {"msg_type": cause}, {}, content)),
        b"buffer",
    ]
    ends = [8 * (len(parts) + 2)]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return struct.pack(f"<{len(ends) + 1}Q", len(ends), *ends) + b"".join(parts)


HEAD = {"kind": "frame", "first": 3, "curve_first": 0}


@pytest.mark.parametrize(
    ("message_type", "data", "kind"),
    [
        ("comm_open", {"state": {}}, wire.OPENING),
        ("comm_msg", {"method": "custom", "content": {"kind": "plotly"}}, wire.OPENING),
        ("comm_msg", {"method": "custom", "content": HEAD}, wire.POINTS),
        ("comm_msg", {"method": "custom", "content": HEAD | {"first": 0}}, wire.SNAPSHOTS),
        ("comm_msg", {"method": "custom", "content": {"kind": "answer"}}, wire.STATE),
        ("comm_msg", {"method": "update", "state": {"_state": {}}}, wire.STATE),
        ("display_data", {"text/html": '<div class="lrwidget-static">'}, page.SAVED),
        ("display_data", {"text/html": "<p>"}, "other"),
        ("status", {}, "other"),
    ],
)
def test_kinds_of_frames(message_type: str, data: dict[str, Any], kind: str) -> None:
    received = page.Received()
    received._take(frame(message_type, {"data": data}))
    assert received.messages == {kind: 1}
    assert sum(received.of_cell.values()) == (message_type != "status")
    assert kind in text.plain(table.arrived({"a sweep": received}))
    received.taken()
    received._take(frame(message_type, {"data": data}, "comm_msg"))
    assert not received.of_cell


def test_whose_code_is_at_work() -> None:
    """Our code in the first task, with what it calls of the browser; plotly's, called by us, in the other."""

    def node(number: int, script: str, *children: int) -> dict[str, Any]:
        return {"id": number, "callFrame": {"scriptId": script}, "children": children}

    profile = {
        "startTime": 5_000_000,
        "nodes": [node(1, "0", 2, 5), node(2, "7", 3, 4), node(3, "0"), node(4, "8"), node(5, "9")],
        "samples": [1, 2, 3, 5, 4, 4, 1],
        "timeDeltas": [0, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000],
    }
    scripts = {"7": smooth.OURS, "8": smooth.PLOTLYS}
    ours, plotlys = smooth.at_work(profile, scripts, 4.0, [(1005.0, 1040.0), (1045.0, 1100.0)])
    assert ours == pytest.approx((20, 0))
    assert plotlys == pytest.approx((0, 15))


def test_publications_and_paints() -> None:
    assert "20 points" in text.plain(table.publications([ticks.measure(20, 3, repeats=2)]))
    bare, paint = page.Paint(100.0, None, 1.0), page.Paint(140.0, 1000.0, 50.0)
    found = table.painting([(page.FIRST_BARE, bare), (page.FIRST, paint), (page.FIRST, paint)])
    assert [row[2:6] for row in found.rows] == [
        ["", "", "", ""],
        ["1.40", "1.5, reached", "860 [860, 860]", "700, missed"],
    ]
    assert [row[-1] for row in found.rows] == ["1", "2"]


def test_import_table() -> None:
    assert "lrwidget" in text.plain(table.imports(ticks.import_times(1)))


def test_spread_and_ratio() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(1.5, 2.0, 2.5)
    fast, slow = Sample(1.0, 1.0, 1.0), Sample(2.0, 3.0, 3.0)
    assert ratios([slow], [fast]).middle == 2
    assert ratios([slow], [fast], "cpu").middle == 3


def test_parts_are_printed_and_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    few = replace(
        effort.QUICK, sizes=(1e5,), grown_steps=(3, 6), parameters=(100, 1000), rounds=1, copy_rounds=1
    )
    assert [each.size for each in run.of_scaling(few)["scaling"].parameters][:2] == [100, 961]
    assert len(run.of_snapshots(few)["snapshots"]) >= 2
    printed = capsys.readouterr().out
    assert "3. Snapshot and restore" in printed
    assert "4. Growth" in printed
