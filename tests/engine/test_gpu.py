"""The same on a GPU, where losses come late. Runs where there is one."""

import time

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest, capture
from lrwidget.engine.data.transfer import feeder_for
from lrwidget.engine.state import places, staging
from lrwidget.engine.state.tensors import TensorStore
from lrwidget.engine.step.loss_stream import DeviceStream, stream_for
from lrwidget.errors import LRWidgetWarning
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import cnn_world

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]


def _cuda_world():
    world = cnn_world()
    world.model.cuda()
    world.optimizer = torch.optim.AdamW(world.model.parameters(), lr=1e-3)
    return world


def test_a_sweep_on_the_gpu_leaves_no_trace_and_diverges_at_the_same_point():
    world = _cuda_world()
    before = full_state(world.model, world.optimizer) | {"cuda": torch.cuda.get_rng_state()}
    first = RangeTest(*world, num_iter=60, end_lr=1e5).run()
    after = full_state(world.model, world.optimizer) | {"cuda": torch.cuda.get_rng_state()}
    assert_same_state(before, after)
    seen = []

    def step_fn(batch):
        loss = world.criterion(world.model(batch[0]), batch[1])
        seen.append(loss.item())
        return loss

    RangeTest(
        world.model, world.optimizer, None, world.loader, step_fn=step_fn, num_iter=60, end_lr=1e5
    ).run()
    assert first.loss.tolist() == pytest.approx(seen[: len(first)], rel=1e-4, nan_ok=True)


def test_losses_arrive_in_order_while_the_device_is_behind():
    stream = stream_for(torch.ones((), device="cuda"), 200)
    assert isinstance(stream, DeviceStream)
    known = []
    for i in range(200):
        torch.cuda._sleep(1_000_000)
        stream.push(torch.full((), float(i), device="cuda"))
        known += stream.ready()
    assert known + stream.drain() == [float(i) for i in range(200)]


def test_pushing_and_asking_never_waits():
    stream = DeviceStream(32, torch.device("cuda"))
    loss = torch.ones((), device="cuda")
    stream.push(loss)
    stream.drain()
    torch.cuda._sleep(2_000_000_000)  # about a second
    began = time.perf_counter()
    for _ in range(20):
        stream.push(loss)
        stream.ready()
    assert time.perf_counter() - began < 0.3
    torch.cuda.synchronize()


def test_a_snapshot_that_does_not_fit_waits_on_the_host(monkeypatch):
    monkeypatch.setattr(places, "free_bytes", lambda device: 0 if device.type == "cuda" else 1e12)
    layer = nn.Linear(100, 100).cuda()
    value, address = layer.weight.detach().clone(), layer.weight.data_ptr()
    store = TensorStore()
    store.add(layer.weight, "weight")
    store.save()
    assert store.held == {"host": 40_000}
    layer.weight.data.zero_()
    assert store.give_back() == []
    assert torch.equal(layer.weight, value)
    assert layer.weight.data_ptr() == address


@pytest.mark.parametrize("place", ["host", "disk", "device"])
def test_values_of_every_kind_and_size_come_back(place):
    """Larger than a piece of pinned memory, turned, with gaps, of odd sizes, sparse."""
    kinds = [
        torch.randn(5000, 3000),
        torch.randn(300, 700).t(),
        torch.randn(30, 40)[::3, ::2],
        torch.randn(9).bfloat16(),
        torch.tensor([True, False, True]),
        torch.randn(700, dtype=torch.complex64),
        torch.tensor(1.5),
        torch.zeros(0, 3),
    ]
    there = [one.cuda() for one in kinds]
    whole = torch.zeros(30, 40, device="cuda")
    there[2] = whole[::3, ::2]
    there[2].copy_(kinds[2])
    graph = torch.eye(5).to_sparse().cuda()
    store = TensorStore(place)
    for number, one in enumerate([*there, graph]):
        store.add(one, str(number))
    store.save()
    torch.cuda._sleep(50_000_000)
    for one in (*there, graph):
        one.zero_()
    assert store.give_back() == []
    assert all(torch.equal(one.cpu(), other) for one, other in zip(there, kinds, strict=True))
    assert torch.equal(graph.to_dense().cpu(), torch.eye(5))


def test_a_copy_on_the_host_takes_little_pinned_memory():
    stats = getattr(torch.cuda, "host_memory_stats", None)
    if stats is None:
        pytest.skip("this PyTorch does not count pinned memory")
    before = stats().get("allocated_bytes.peak", 0)
    layer = nn.Linear(10_000, 10_000).cuda()  # 400 MB
    store = TensorStore("host")
    store.add(layer.weight, "weight")
    store.save()
    assert stats().get("allocated_bytes.peak", 0) - before <= 4 * staging.SIZE
    assert store.give_back() == []


def test_frozen_weights_are_looked_at_on_the_device_and_not_written():
    frozen, small = torch.randn(20_000_000, device="cuda"), torch.randn(100, device="cuda")
    for changed in (False, True):
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        store = TensorStore()
        store.add(frozen, "frozen", frozen=True)
        store.add(small, "small", frozen=True)
        store.save()
        assert store.held == {"device": 400}
        assert torch.cuda.max_memory_allocated() - before < 120e6  # a chunk, its weights and what makes these
        if changed:
            frozen.data[12_345_678] += 1
        assert [failure.label for failure in store.give_back()] == ["frozen"] * changed
        assert store.written == 0


def test_a_loader_may_write_into_its_pinned_buffer_again():
    feed = feeder_for(torch.device("cuda"))
    buffer = torch.empty(4_000_000).pin_memory()
    sums = []
    for number in range(20):
        buffer.fill_(number)
        moved = feed((buffer,))
        torch.cuda._sleep(5_000_000)
        sums.append(moved[0].mean())
        feed.settle()
    assert [total.item() for total in sums] == [float(number) for number in range(20)]


def test_a_thread_is_given_the_streams_that_were_set_and_no_others():
    assert capture().streams == ()
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        state = capture()
    assert [own for _, own in state.streams] == [stream]


def test_running_out_of_memory_takes_the_copy_to_the_host_and_begins_again():
    world = _cuda_world()
    before = full_state(world.model, world.optimizer) | {"cuda": torch.cuda.get_rng_state()}
    calls = []

    def step_fn(batch):
        calls.append(1)
        if len(calls) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 PiB")
        return world.criterion(world.model(batch[0]), batch[1])

    test = RangeTest(
        world.model, world.optimizer, None, world.loader, step_fn=step_fn, num_iter=5, end_lr=1e-4
    )
    with pytest.warns(LRWidgetWarning, match="begun again"):
        history = test.run()
    assert set(history.receipt["snapshot_bytes"]) == {"host"}
    assert len(history) == 5
    assert_same_state(before, full_state(world.model, world.optimizer) | {"cuda": torch.cuda.get_rng_state()})


def test_half_precision_with_a_scaler():
    world = _cuda_world()
    scaler = torch.amp.GradScaler("cuda", init_scale=2.0**40)
    history = RangeTest(*world, num_iter=10, end_lr=1e-3, autocast=torch.float16, grad_scaler=scaler).run()
    assert history.stop_reason == "completed"
    assert history.receipt["skipped_steps"] > 0
    assert scaler.get_scale() == 2.0**40


def test_no_step_waits_for_the_device():
    world = _cuda_world()
    batches = [[part.cuda() for part in batch] for batch in world.loader]
    test = RangeTest(world.model, world.optimizer, world.criterion, batches, num_iter=40, end_lr=1e-3)
    with test:
        next(test)
        torch.cuda.set_sync_debug_mode("error")
        try:
            while test.steps_done < 40:
                test._sweep.advance()
        finally:
            torch.cuda.set_sync_debug_mode("default")


def test_batches_from_the_host_are_copied_while_the_device_computes():
    device = torch.device("cuda")
    feed = feeder_for(device)
    batches = [(torch.randn(1000, 1000), torch.full((4,), float(i))) for i in range(20)]
    feed(batches[0])
    torch.cuda.synchronize()
    torch.cuda._sleep(2_000_000_000)  # about a second
    began = time.perf_counter()
    moved = feed(batches[1])
    assert time.perf_counter() - began < 0.5
    torch.cuda.synchronize()
    assert torch.equal(moved[0].cpu(), batches[1][0])
    sums = [(x.sum(), y) for x, y in map(feed, batches)]
    for (total, label), (x, y) in zip(sums, batches, strict=True):
        assert total.item() == pytest.approx(x.sum().item(), rel=1e-3, abs=1e-2)
        assert torch.equal(label.cpu(), y)


@pytest.mark.parametrize("how", [True, "reduce-overhead"])
def test_a_compiled_sweep_is_the_plain_one(how):
    plain = RangeTest(*_cuda_world(), num_iter=10, end_lr=1e-3).run()
    world = _cuda_world()
    before = full_state(world.model, world.optimizer)
    compiled = RangeTest(*world, num_iter=10, end_lr=1e-3, compiled=how).run()
    assert compiled.loss == pytest.approx(plain.loss, rel=1e-3)
    assert_same_state(before, full_state(world.model, world.optimizer))
