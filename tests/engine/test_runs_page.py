"""The code of docs/runs.md runs, from top to bottom, and leaves everything as it was."""

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tests.oracle.oracle import Oracle
from tests.project.files import ROOT
from tests.project.test_docs import blocks


@pytest.mark.slow
def test_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    digits = load_digits()
    data = TensorDataset(torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target))
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    given = {
        "torch": torch,
        "model": model,
        "optimizer": torch.optim.AdamW(model.parameters()),
        "criterion": nn.CrossEntropyLoss(),
        "train_loader": DataLoader(data, batch_size=32, shuffle=True),
    }
    oracle = Oracle({name: given[name] for name in ("model", "optimizer", "train_loader")})
    for block in blocks((ROOT / "docs" / "runs.md").read_text(encoding="utf-8")):
        exec(compile(block, "docs/runs.md", "exec"), given)
    assert not oracle.differences()
    printed = capsys.readouterr().out
    assert "wd 0.0001 " in printed
    assert (
        "('AdamW', 'SGD, momentum 0.9', 'AdamW, wd 0.1', 'batch 128', 'seed 2', 'to 1, 60 steps')" in printed
    )
    assert given["comparison"].runs.names == ("wd 0", "wd 0.0001", "wd 0.01", "wd 1")
    assert given["comparison"].stop_reason == "stopped"
    assert given["closer"].lr.size > 100
