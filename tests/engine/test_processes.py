"""Several processes are refused before anything is touched; a group of one is swept as ever."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch
from torch import distributed, nn

from lrwidget import LRWidget, RangeTest
from tests.engine.states import assert_same_state, full_state, random_state
from tests.processes import in_processes, raised

pytestmark = pytest.mark.skipif(
    not distributed.is_available() or sys.platform == "win32", reason="needs torch.distributed with gloo"
)


def _net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))


def _batches() -> list[Any]:
    draw = torch.Generator().manual_seed(1)
    return [(torch.randn(16, 6, generator=draw), torch.randn(16, 1, generator=draw)) for _ in range(3)]


def _of_two(rank: int) -> Any:
    distributed.init_process_group("gloo")
    model = nn.parallel.DistributedDataParallel(_net())
    optimizer = torch.optim.AdamW(model.parameters())
    entered = []

    class Around:
        def __enter__(self) -> None:
            entered.append(rank)

        def __exit__(self, *_: Any) -> None:
            pass

    def drawn() -> Any:
        entered.append("a batch")
        return iter(_batches())

    loader = type("Loader", (), {"__iter__": lambda _: drawn()})()
    before = full_state(model, optimizer), random_state()
    errors = [
        raised(RangeTest(model, optimizer, nn.MSELoss(), loader, num_iter=3, around=Around).run),
        raised(lambda: LRWidget(model, optimizer, nn.MSELoss(), loader, num_iter=3).run()),
    ]
    for old, new in zip(before, (full_state(model, optimizer), random_state()), strict=True):
        assert_same_state(old, new)
    nn.MSELoss()(model(_batches()[0][0]), _batches()[0][1]).backward()  # the others still answer
    distributed.destroy_process_group()
    return errors, entered


def test_two_processes_are_refused_at_once_and_nothing_is_touched(tmp_path: Any) -> None:
    for errors, entered in in_processes(_of_two, tmp_path):
        for error in errors:
            assert error.startswith("SetupError: this training is spread over 2 processes")
            assert "Find the rate in a single process first" in error
            assert "accumulation_steps=2" in error
        assert entered == []


def _losses(model: Any, optimizer: Any, **options: Any) -> Any:
    def swept() -> Any:
        test = RangeTest(model, optimizer, nn.MSELoss(), _batches(), num_iter=6, end_lr=0.1, **options)
        return test.run().loss.tolist()

    losses = swept()
    assert swept() == losses  # the second sweep finds what the first one found
    return losses


def _whole(tensor: Any) -> Any:
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def _alone(rank: int) -> Any:
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    distributed.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (1,))
    ways = {"train": {}, "fixed": {"fixed_batches": 2}, "val": {"val_loader": _batches()[:2]}}
    found: dict[str, Any] = {}
    for way, options in ways.items():
        plain = _net()
        found[way] = {"plain": _losses(plain, torch.optim.AdamW(plain.parameters()), **options)}
        wrapped = nn.parallel.DistributedDataParallel(_net())
        sharded = _net()
        fully_shard(sharded[0], mesh=mesh)
        fully_shard(sharded, mesh=mesh)
        for name, model in (("ddp", wrapped), ("fsdp", sharded)):
            optimizer = torch.optim.AdamW(model.parameters())
            before = [_whole(p).detach().clone() for p in model.parameters()]
            found[way][name] = _losses(model, optimizer, **options)
            assert all(torch.equal(a, _whole(p)) for a, p in zip(before, model.parameters(), strict=True))
            assert not optimizer.state
            x, y = _batches()[0]  # and it trains on
            nn.MSELoss()(model(x), y).backward()
            optimizer.step()
    distributed.destroy_process_group()
    return found


def test_a_group_of_one_is_swept_with_ddp_and_fsdp(tmp_path: Any) -> None:
    (found,) = in_processes(_alone, tmp_path, count=1)
    for way, losses in found.items():
        assert len(losses["plain"]) == 6
        for name in ("ddp", "fsdp"):
            assert losses[name] == pytest.approx(losses["plain"], rel=1e-5), (way, name)
