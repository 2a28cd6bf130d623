"""What the documents show of fastai runs beside the real one."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import lrwidget
from tests.docs.pages import blocks, docstring_blocks, pages
from tests.docs.person import try_out
from tests.fastai.learner_world import World

SHOWN = [block for path in pages() for block in blocks(path) if block.wants_fastai]


@pytest.fixture
def learn(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    learn = World(tmp_path).learn
    with learn.no_bar(), learn.no_logging(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it loads from its checkpoint names old modules of numpy
        yield learn


def test_the_pages_speak_of_it() -> None:
    assert len(SHOWN) >= 4


def test_what_the_pages_show_of_it_runs(learn):
    names = {"learn": learn}
    for block in SHOWN:
        if "from_fastai" in block.code:
            learn.lr_find(show_plot=False)
        try_out(block, names)


@pytest.mark.parametrize("block", [one for one in docstring_blocks() if one.wants_fastai], ids=str)
def test_what_a_docstring_shows_of_it_runs(learn, block, tmp_path: Path):
    try_out(block, {"lrwidget": lrwidget, "learn": learn})
    assert learn.lr != 1e-3
