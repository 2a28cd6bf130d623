"""The test that CONTRIBUTING.md shows as an example is one, and passes."""

from __future__ import annotations

from typing import Any

from tests.browser.lab import Lab
from tests.docs.pages import blocks
from tests.project.files import ROOT

SETUP = """
import torch
from torch import nn
from lrwidget import LRWidget

model = nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.MSELoss()
x = torch.randn(64, 8)
loader = [(part, part.sum(1, keepdim=True)) for part in x.split(8)]
"""


def test_the_example_passes(lab: Lab) -> None:
    (shown,) = blocks(ROOT / "CONTRIBUTING.md")
    names: dict[str, Any] = {"SETUP": SETUP}
    exec(compile(shown.code, "CONTRIBUTING.md", "exec"), names)
    names["test_run_draws"](lab)
