"""A fit of two processes: Lightning's own finder sweeps, and the fit goes on with the rate that was found."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed

from lrwidget import LRWidgetWarning
from lrwidget.integrations.lightning import LearningRateFinder, widget
from tests.integrations.lightning_world import RANGE, Net, loader, trainer
from tests.processes import in_processes, raised

FINDS = {**RANGE, "num_iter": 60}


def _fit_of_two(rank: int) -> Any:
    os.environ["TORCHELASTIC_RUN_ID"] = "as torchrun has it"
    os.chdir(os.environ["LRWIDGET_TEST_FOLDER"])
    finder, module = LearningRateFinder(**FINDS, fixed_batches=4), Net()
    fit = trainer(callbacks=[finder], devices=2, strategy="ddp", max_epochs=2)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        fit.fit(module, loader(size=6400, batch_size=64, shuffle=True))
    found = {
        "told": [str(each.message) for each in told if issubclass(each.category, LRWidgetWarning)],
        "suggested": finder.suggested_lr,
        "hparams": module.hparams.lr,
        "group": fit.optimizers[0].param_groups[0]["lr"],
        "points": len(finder.history),
        "range": [finder.history.settings.start_lr, finder.history.settings.end_lr],
        "steps": fit.global_step,
        "left": [path.name for path in Path().iterdir()],
        "weights": torch.cat([p.detach().flatten() for p in module.parameters()]),
    }
    found["widget"] = raised(lambda: widget(Net(), trainer(devices=2, strategy="ddp"), loader()))
    distributed.destroy_process_group()
    return found


def test_lightnings_own_finder_sweeps_and_a_warning_says_so(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("LRWIDGET_TEST_FOLDER", str(tmp_path / "work"))
    first, second = in_processes(_fit_of_two, tmp_path)
    assert second["told"] == []
    assert len(first["told"]) == 1, first["told"]
    (told,) = first["told"]
    assert told.startswith("2 processes train together, and this sweep runs in one: Lightning's own")
    for found in (first, second):
        assert found["suggested"] == found["hparams"] == found["group"] == first["suggested"]
        assert found["suggested"] is not None
        assert RANGE["start_lr"] < found["suggested"] < RANGE["end_lr"]
        assert 10 < found["points"] <= FINDS["num_iter"]
        assert found["range"] == pytest.approx([RANGE["start_lr"], RANGE["end_lr"]], rel=0.6)
        assert found["steps"] == 100
        assert found["left"] == []
        assert "SetupError: this training is spread over 2 processes" in found["widget"]
    assert torch.equal(first["weights"], second["weights"])
