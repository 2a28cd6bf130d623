"""The benchmark of compiled steps still runs, at a tiny size."""

from __future__ import annotations

import pytest
import torch

from benchmarks import compiled, text


def test_a_compiled_step_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = torch.compile
    monkeypatch.setattr(torch, "compile", lambda f, mode: whole(f, backend="eager"))
    found = compiled.measure("SGD, momentum", "cpu", True, steps=4, rounds=1)
    assert found.differs < 1e-5
    assert "compiled=True" in text.plain(compiled.shown([found]))
