"""A model sharded by FSDP2 can be trained after a sweep with evaluations."""

import socket
import subprocess
import sys

import pytest
import torch

SCRIPT = """
import sys, torch, torch.distributed as dist
from torch import nn
dist.init_process_group("gloo", init_method=sys.argv[1], rank=0, world_size=1)
from torch.distributed.fsdp import fully_shard
from torch.distributed.device_mesh import init_device_mesh
from lrwidget.engine import RangeTest

mesh = init_device_mesh("cpu", (1,))
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
fully_shard(model[0], mesh=mesh)
fully_shard(model, mesh=mesh)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
batches = [(torch.randn(8, 10), torch.randn(8, 1))]
before = [p.full_tensor().clone() for p in model.parameters()]
assert len(RangeTest(model, optimizer, nn.MSELoss(), batches, batches, num_iter=4, end_lr=1e-2).run()) == 4
assert all(torch.equal(a, p.full_tensor()) for a, p in zip(before, model.parameters()))
nn.MSELoss()(model(batches[0][0]), batches[0][1]).backward()
optimizer.step()
dist.destroy_process_group()
print("trained on")
"""


@pytest.mark.skipif(
    not torch.distributed.is_available(), reason="PyTorch was built without torch.distributed"
)
def test_it_trains_on_after_an_evaluated_sweep(tmp_path):
    fsdp = pytest.importorskip("torch.distributed.fsdp")
    if not hasattr(fsdp, "fully_shard"):
        pytest.skip("this PyTorch has no FSDP2")
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, f"tcp://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "trained on" in done.stdout, done.stderr[-2000:]
