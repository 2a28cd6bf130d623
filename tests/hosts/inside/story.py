"""What the user's code of every host imports: something to sweep, and a way to tell what the kernel holds.

What is told goes into a file and not over the host's wires, so that no host needs a way of asking its
kernel, and a wire that is clogged is seen as such.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

#: Seconds for each step of a sweep that is to be stopped on the way.
SLOW_STEP = 0.3

_told: dict[str, Any] = {}
_lock = threading.Lock()


def parts() -> tuple[nn.Module, torch.optim.Optimizer, nn.Module, DataLoader[Any]]:
    """Return a small model, its optimizer, a criterion and a loader."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    x = torch.randn(512, 8)
    loader = DataLoader(TensorDataset(x, 2 * x.sum(1, keepdim=True) + 3), batch_size=128)
    return model, torch.optim.SGD(model.parameters(), lr=0.5), nn.MSELoss(), loader


def slowly(_point: object) -> None:
    """Give somebody the time to press Stop."""
    time.sleep(SLOW_STEP)


def watch(widget: Any, optimizer: torch.optim.Optimizer) -> None:
    """Keep telling what the widget and the optimizer hold, from a thread that waits for no cell."""

    def look() -> None:
        while True:
            tell(
                state=widget.state,
                lr=widget.lr,
                accepted=widget.accepted_lr,
                optimizer=float(optimizer.param_groups[0]["lr"]),
                stop_reason=getattr(widget, "stop_reason", None),
                looked=time.time(),
            )
            time.sleep(0.1)

    threading.Thread(target=look, daemon=True).start()


def tell(**facts: Any) -> None:
    """Add to what the test reads."""
    path = Path(os.environ["LRWIDGET_STORY"])
    with _lock:
        _told.update(facts)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(_told, default=str))
        fresh.replace(path)
