"""The soak's table and picture, from made-up moments; tests/browser/test_soak.py sweeps for real."""

from __future__ import annotations

import gc
from pathlib import Path

import matplotlib.image
import torch

from benchmarks import memory, soak
from benchmarks.soak import MB, Found, Moment


def moments(count: int) -> list[Moment]:
    kernel = {"rss": 400 * MB, "traced": 20 * MB, "objects": 9, "tensor bytes": 30}
    page = {"heap": 50 * MB, "buffers": 14 * MB, "nodes": 7, "listeners": 5}
    return [Moment(number, kernel, page) for number in range(0, count + 1, 25)]


def test_the_table_shows_the_chosen_moments() -> None:
    lines = soak.table(moments(100), "sweeps", (0, 50, 100)).splitlines()
    assert lines[0] == "| held | 0 sweeps | 50 sweeps | 100 sweeps |"
    assert lines[2] == "| kernel: rss, MB | 400.0 | 400.0 | 400.0 |"
    assert lines[-1] == "| page: listeners | 5 | 5 | 5 |"


def test_one_picture_a_theme(tmp_path: Path) -> None:
    paths = soak.draw(Found(moments(200), [], []), tmp_path)
    assert [path.name for path in paths] == ["soak-light.png", "soak-dark.png"]
    light, dark = map(matplotlib.image.imread, paths)
    assert light.shape == dark.shape
    assert (light != dark).any()


def test_what_a_process_holds_counts_its_tensors() -> None:
    for _ in range(5):  # of what other tests left in circles, some goes only when other things have gone
        gc.collect()
    before = memory.of_process()
    tensor = torch.zeros(1000)
    after = memory.of_process()
    assert after["tensors"] - before["tensors"] == 1
    assert after["tensor bytes"] - before["tensor bytes"] == tensor.nbytes
    assert after["rss"] > 0 or memory.resident() == 0
