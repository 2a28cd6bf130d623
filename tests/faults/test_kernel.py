"""A kernel that is shut down in the middle of a sweep takes everything of it along."""

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import psutil
from jupyter_client.manager import start_new_kernel

SWEEP = """
import multiprocessing, os, time, torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from lrwidget import LRWidget

class Slow(Dataset):
    def __len__(self):
        return 400
    def __getitem__(self, index):
        time.sleep(0.001)
        return torch.randn(4), torch.randn(1)

model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
loader = DataLoader(Slow(), batch_size=4, num_workers=2)
w = LRWidget(model, optimizer, nn.MSELoss(), loader, end_lr=1e-3, num_iter=100_000, snapshot="disk")
w.start()
while w.history is None or len(w.history) < 5:
    time.sleep(0.001)
print("processes", os.getpid(), *[child.pid for child in multiprocessing.active_children()])
"""


def _until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = monotonic() + seconds
    while not condition() and monotonic() < deadline:
        sleep(0.01)
    return condition()


def test_nothing_is_left_of_a_kernel_that_is_shut_down(tmp_path: Path) -> None:
    said: list[str] = []
    manager, client = start_new_kernel(env=os.environ | {"TMPDIR": str(tmp_path), "OMP_NUM_THREADS": "1"})
    try:
        reply = client.execute_interactive(
            SWEEP, timeout=120, output_hook=lambda message: said.append(message["content"].get("text", ""))
        )
        assert reply["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    processes = [int(number) for number in "".join(said).split()[1:]]
    assert len(processes) == 3
    assert _until(lambda: not any(map(psutil.pid_exists, processes)))
    left = [path.name for path in tmp_path.iterdir() if not path.name.startswith("torchinductor_")]
    assert not left  # but for the empty folder that PyTorch makes itself when it is imported
