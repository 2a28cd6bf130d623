"""Sweeps on a simulated accelerator. Run as a program: ``python -m tests.accelerator.scenes``.

Each scene is a function; those called ``breaks_...`` return a way to break the package, the name of a scene
that must fail then, and so show that the scene would notice.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
import warnings
from collections import UserDict
from contextlib import contextmanager

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest, Snapshot, capture, devices
from lrwidget.engine.data.transfer import Feeder, feeder_for
from lrwidget.engine.footprint import still_to_come
from lrwidget.engine.state import places, staging, tensors
from lrwidget.engine.state.tensors import TensorStore
from lrwidget.engine.step import loss_stream
from lrwidget.engine.step.loss_stream import DeviceStream, PeriodicStream, stream_for
from lrwidget.errors import LRWidgetWarning, RestoreError
from tests.accelerator.device import sim
from tests.engine.states import assert_same_state, full_state

SIM = torch.device("sim:0")
OTHER = torch.device("sim:1")


class Net(nn.Module):
    """Dropout, running statistics, a frozen layer, and a step of its own on the second device."""

    def __init__(self):
        super().__init__()
        self.frozen = nn.Linear(12, 12).requires_grad_(False)
        self.first = nn.Linear(12, 16)
        self.norm = nn.BatchNorm1d(16)
        self.drop = nn.Dropout(0.2)
        self.last = nn.Linear(16, 3)
        self.register_buffer("elsewhere", torch.zeros(5))

    def forward(self, x):
        self.elsewhere.add_(torch.rand(5, device=self.elsewhere.device))
        return self.last(self.drop(torch.relu(self.norm(self.first(self.frozen(x))))))


class World:
    def __init__(self, warm=True):
        torch.manual_seed(0)
        self.model = Net().to(SIM)
        self.model.elsewhere = self.model.elsewhere.to(OTHER)
        self.optimizer = torch.optim.AdamW([p for p in self.model.parameters() if p.requires_grad], lr=1e-3)
        self.criterion = nn.CrossEntropyLoss()
        draw = torch.Generator().manual_seed(1)
        pairs = [(torch.randn(8, 12, generator=draw), torch.rand(8, generator=draw)) for _ in range(5)]
        self.loader = [(x, (3 * y).long()) for x, y in pairs]
        if warm:
            self.train([1e-3] * 3)

    def train(self, rates):
        """Return the losses of a plain loop that waits for everything."""
        losses = []
        self.model.train()
        for step, rate in enumerate(rates):
            x, y = (part.to(SIM) for part in self.loader[step % len(self.loader)])
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return losses

    def state(self):
        state = full_state(self.model, self.optimizer)
        return _on_host(state) | {f"random {index}": sim.get_rng_state(index) for index in range(2)}

    def test(self, **options):
        options = {"num_iter": 30, "end_lr": 1e-2, "start_lr": 1e-5, "diverge_th": None} | options
        return RangeTest(self.model, self.optimizer, self.criterion, self.loader, **options)


def _on_host(state):
    if isinstance(state, dict):
        return {key: _on_host(value) for key, value in state.items()}
    if isinstance(state, list):
        return [_on_host(value) for value in state]
    return state.cpu() if isinstance(state, torch.Tensor) else state


def _swept(world=None, **options):
    world = world or World()
    before = world.state()
    test = world.test(**options)
    history = test.run()
    assert_same_state(before, world.state())
    return test, history, world


def _is_the_plain_loop(**options):
    _, history, world = _swept(**options)
    assert len(history) == 30
    assert history.loss.tolist() == world.train(history.lr.tolist())


# Scenes


def a_sweep_on_the_device_leaves_no_trace_and_has_the_losses_of_a_plain_loop():
    _is_the_plain_loop()
    _is_the_plain_loop(snapshot="device")


def from_the_host_and_from_disk():
    for place in ("host", "disk"):
        _, history, _ = _swept(snapshot=place)
        assert set(history.receipt["snapshot_bytes"]) == {place}


def evaluation_on_the_device_leaves_no_trace_and_waits_for_nothing():
    world = World()
    for options in ({"fixed_batches": 2}, {"val_loader": world.loader[:2]}):
        _, history, _ = _swept(world, **options)
        assert len(history) == 30
    world.optimizer = torch.optim.SGD(world.model.parameters(), lr=0.1)
    world.loader = [[part.to(SIM) for part in batch] for batch in world.loader]
    with world.test(num_iter=40, fixed_batches=2) as test:
        next(test)
        next(test)
        waits = sim.waits
        while test.steps_done < 40:
            test._sweep.advance()
        assert sim.waits == waits


def what_an_evaluation_moves_on_the_device_is_put_back_without_a_wait():
    world = World()
    world.loader = [[part.to(SIM) for part in batch] for batch in world.loader]
    world.optimizer = torch.optim.SGD(world.model.parameters(), lr=0.1)
    memory = torch.zeros(4, device=SIM)
    sim.seen = []  # which no sweep looks into

    def step_fn(batch):
        memory.add_(1)
        if not torch.is_grad_enabled():
            sim.seen.append(memory.clone())
        return world.criterion(world.model(batch[0]), batch[1])

    options = {"step_fn": step_fn, "num_iter": 40, "fixed_batches": 2}
    with RangeTest(world.model, world.optimizer, None, world.loader, **options) as test:
        next(test)
        next(test)
        waits = sim.waits
        while test.steps_done < 40:
            test._sweep.advance()
        assert sim.waits == waits
    counts = [one[0].item() for one in sim.seen]
    assert counts == [step + k for step in range(1, 41) for k in (1, 2)]
    assert memory.tolist() == [0.0] * 4


def a_fresh_optimizer_is_fresh_again():
    _swept(World(warm=False))


def generators_of_both_devices_come_back():
    world = World()
    before = [sim.get_rng_state(index) for index in range(2)]

    def step_fn(batch):
        for index in range(2):
            torch.rand(3, device=f"sim:{index}")
        return world.criterion(world.model(batch[0]), batch[1])

    RangeTest(world.model, world.optimizer, None, world.loader, step_fn=step_fn, num_iter=4).run()
    assert all(torch.equal(one, sim.get_rng_state(index)) for index, one in enumerate(before))


def a_device_that_only_replicas_use_has_its_generator_kept():
    model = nn.Linear(3, 1).to(SIM)
    before = sim.get_rng_state(1)
    snapshot = Snapshot(model, torch.optim.SGD(model.parameters(), lr=0.1))
    torch.rand(3, device=OTHER)
    snapshot.restore()
    assert torch.equal(before, sim.get_rng_state(1))


def losses_arrive_in_order_and_late():
    stream = stream_for(torch.ones((), device=SIM), 200)
    assert isinstance(stream, DeviceStream)
    known, behind = [], 0
    for number in range(200):
        stream.push(torch.full((), float(number), device=SIM))
        known += stream.ready()
        behind = max(behind, number + 1 - len(known))
    assert behind > 0
    assert known + stream.drain() == [float(number) for number in range(200)]


def a_step_waits_for_nothing():
    world = World()
    world.loader = [[part.to(SIM) for part in batch] for batch in world.loader]
    world.optimizer = torch.optim.SGD(world.model.parameters(), lr=0.1, momentum=0.9)
    test = world.test(num_iter=40)
    with test:
        next(test)
        waits = sim.waits
        while test.steps_done < 40:
            test._sweep.advance()
        assert sim.waits == waits


def a_batch_from_the_host_is_not_waited_for():
    world = World()
    world.optimizer = torch.optim.SGD(world.model.parameters(), lr=0.1, momentum=0.9)
    for accumulated in (1, 2):
        with world.test(num_iter=40, accumulation_steps=accumulated) as test:
            next(test)
            waits = sim.waits
            while test.steps_done < 40:
                test._sweep.advance()
            assert sim.waits == waits


def a_buffer_that_the_device_has_not_read_yet_is_not_written_to():
    """The step computes on another device than the batches lie on, and so does not see that they come."""
    model = nn.ModuleList([nn.Linear(3, 1).to(SIM), nn.Linear(3, 1).to(OTHER)])
    optimizer = torch.optim.SGD(model[1].parameters(), lr=0.1)
    buffer = torch.zeros(3)
    sim.seen = []

    def loader():
        for number in range(100):
            buffer.fill_(number)
            yield buffer

    def update_fn(batch):
        sim.seen.append(batch)
        for parameter in model[1].parameters():
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        return 1.0

    RangeTest(model, optimizer, None, loader, update_fn=update_fn, num_iter=9, end_lr=1e-3).run()
    assert [batch[0].item() for batch in sim.seen] == list(range(9))


def what_a_loader_writes_into_one_buffer_again_and_again_is_read_in_time():
    world = World()
    batches = world.loader

    class Reusing:
        def __iter__(self):
            x, y = torch.empty(8, 12), torch.empty(8, dtype=torch.long)
            for one, other in batches:
                x.copy_(one)
                y.copy_(other)
                yield x, y

    world.loader = Reusing()
    history = world.test().run()
    world.loader = batches
    assert history.loss.tolist() == world.train(history.lr.tolist())


def mappings_of_plain_tensors_take_the_side_stream():
    class Encoding(UserDict):
        def to(self, device):
            raise AssertionError("moved as a whole")

    feed = feeder_for(SIM)
    assert isinstance(feed, Feeder)
    taken = []
    feed._side, side = _Spy(feed._side, taken), feed._side
    batch = Encoding({"input_ids": torch.arange(6), "mask": torch.ones(6), "names": ["a"]})
    moved = feed(batch)
    assert taken == [batch]
    assert type(moved) is Encoding
    assert moved["input_ids"].device == SIM
    assert moved["input_ids"].tolist() == list(range(6))
    assert batch["input_ids"].device.type == "cpu"
    assert side is not None


class _Spy:
    def __init__(self, side, taken):
        self._side, self._taken = side, taken

    def copy(self, batch):
        self._taken.append(batch)
        return self._side.copy(batch)

    def mark(self):
        return self._side.mark()


def a_copy_on_the_host_takes_little_pinned_memory_and_any_size():
    taken = []
    pinned = devices.pinned_memory

    def counted(size):
        taken.append(size)
        return pinned(size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "pinned_memory", counted)
        patch.setattr(staging, "SIZE", 4096)
        kinds = [
            torch.randn(5000),
            torch.randn(3, 7).t(),
            torch.randn(30, 40)[::3, ::2],
            torch.randn(9).bfloat16(),
            torch.tensor([True, False]),
            torch.randn(700, dtype=torch.complex64),
            torch.arange(2000),
            torch.tensor(1.5),
            torch.zeros(0, 3),
        ]
        there = [one.to(SIM) for one in kinds]
        there[1] = kinds[1].t().to(SIM).t()
        whole = torch.zeros(30, 40, device=SIM)
        there[2] = whole[::3, ::2]
        there[2].copy_(kinds[2])
        store = TensorStore("host")
        for number, one in enumerate(there):
            store.add(one, str(number))
        store.save()
        for one in there:
            one.zero_()
        assert store.give_back() == []
        assert all(torch.equal(one.cpu(), other) for one, other in zip(there, kinds, strict=True))
        assert sum(taken) <= 4 * 4096
        assert there[1].stride() == kinds[1].stride()


def frozen_tensors_on_the_device_are_not_written_and_small_changes_are_undone():
    frozen, trained = torch.randn(300, 200, device=SIM), torch.randn(20, 20, device=SIM)
    huge = torch.randn(5_000_000, device=SIM)
    values = frozen.cpu()
    for change in (False, True):
        store = TensorStore("host")
        store.add(frozen, "frozen", frozen=True)
        store.add(huge, "huge", frozen=True)
        store.add(trained, "trained")
        store.save()
        trained.zero_()
        if change:
            frozen.data.mul_(2)
        version = frozen._version
        assert store.give_back() == []
        assert store.written == 4 * 400 + (4 * 60_000 if change else 0)
        assert change or frozen._version == version
        assert torch.equal(frozen.cpu(), values)
    store = TensorStore()
    store.add(huge, "huge", frozen=True)
    store.save()
    assert store.held == {}
    huge.data[123] += 1
    (failure,) = store.give_back()
    assert failure.label == "huge"


def out_of_memory_takes_the_copy_to_the_host_and_begins_again():
    world = World(warm=False)
    before = world.state()
    size = sum(p.numel() * 4 for p in world.model.parameters())
    seen = []
    # Room for the copy, and not for the state of the optimizer as well: as if "auto" had thought otherwise.
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        patch.setattr(places, "DEVICE_SHARE", 1e9)
        with sim.only(size + 5000):
            test = world.test(callback=seen.append)
            history = test.run()
    told = [one for one in caught if issubclass(one.category, LRWidgetWarning)]
    assert len(told) == 1
    assert "begun again" in str(told[0].message)
    assert 'snapshot="host"' in str(told[0].message)
    assert "sim:0" in history.receipt["began_again"]
    assert set(history.receipt["snapshot_bytes"]) == {"host"}
    assert len(history) == 30
    assert [point.index for point in seen] == list(range(30))
    assert_same_state(before, world.state())
    assert history.loss.tolist() == world.train(history.lr.tolist())


def out_of_memory_later_or_as_asked_is_an_error_and_all_comes_back():
    for options, room in (({"snapshot": "device"}, 7000), ({"snapshot": "host"}, 100)):
        world = World(warm=False)
        before = world.state()
        with sim.only(room), pytest.raises(torch.OutOfMemoryError):
            world.test(**options).run()
        assert_same_state(before, world.state())


def what_is_still_to_come_is_left_room_for():
    model = nn.Linear(500, 500).to(SIM)
    optimizer = torch.optim.Adam(model.parameters())
    size = 500 * 501 * 4
    assert still_to_come(model, optimizer).by_device() == {SIM: 3 * size}
    # A quarter of 5 is more than one; of 5 - 3 it is less.
    for free, place in ((5 * size, "host"), (8 * size, "device")):
        with sim.only(free):
            assert Snapshot(model, optimizer).held == {place: size}
    model(torch.randn(2, 500, device=SIM)).sum().backward()
    optimizer.step()
    assert still_to_come(model, optimizer).by_device() == {}
    with sim.only(17 * size):
        assert Snapshot(model, optimizer).held == {"device": 4 * size, "host": 8}


def a_device_that_answers_no_more_keeps_nothing_else_from_coming_back():
    model = nn.Linear(4, 4).to(SIM)
    model.register_buffer("here", torch.randn(5))
    value, state = model.here.clone(), torch.get_rng_state()
    snapshot = Snapshot(model, torch.optim.SGD(model.parameters(), lr=0.1))
    model.here.zero_()
    torch.rand(3)
    sim.failing = True
    try:
        snapshot.restore()
    except RestoreError as error:
        text = str(error)
    finally:
        sim.failing = False
    assert "sim:0 (RuntimeError: sim error: device-side assert triggered)" in text
    assert "advice" not in text
    assert torch.equal(model.here, value)
    assert torch.equal(torch.get_rng_state(), state)


def a_thread_is_given_no_context_that_it_would_not_have():
    sim.contexts.clear()
    state = capture()
    assert (state.streams, state.current) == ((), ())
    assert _in_a_thread(state, lambda: sim.current_stream(1).stream_id) == 0
    assert sim.contexts == set()


def a_stream_that_was_set_follows_into_the_thread():
    stream = sim.Stream(SIM)
    with sim.stream(stream):
        state = capture()
    sim.contexts.clear()
    found = _in_a_thread(state, lambda: (sim.current_stream(0), sim.current_stream(1), sim.current_device()))
    assert found == (stream, sim.default_stream(1), 0)
    assert 1 not in sim.contexts
    with sim.device(1):
        state = capture()
    assert _in_a_thread(state, sim.current_device) == 1


def _in_a_thread(state, work):
    result = []

    def run():
        with state.applied():
            result.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def paged_state_is_waited_for():
    device, paged = torch.arange(4.0, device=SIM), torch.zeros(4)
    paged.is_paged, paged.page_deviceid = True, 0
    paged.copy_(device, non_blocking=True)  # stands for a kernel that writes to the host's memory
    store = TensorStore()
    store.add(paged, "state")
    store.save()
    paged.copy_(device * 2, non_blocking=True)
    assert store.give_back() == []
    sim.synchronize(0)
    assert paged.tolist() == [0.0, 1.0, 2.0, 3.0]


def without_queues_every_copy_is_waited_for():
    """As on MPS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "has_queues", lambda device: False)
        assert isinstance(stream_for(torch.ones((), device=SIM), 3), PeriodicStream)
        _is_the_plain_loop()
        _swept(snapshot="host")


def a_tensor_on_the_wrong_device_is_noticed():
    for stranger in (torch.ones(3), torch.ones(3, device=OTHER)):
        with pytest.raises(RuntimeError, match=r"same device|one device"):
            torch.ones(3, device=SIM) + stranger
        with pytest.raises(RuntimeError, match=r"same device|one device"):
            torch.stack([torch.ones(3, device=SIM), stranger])


# Ways to break the package, and the scenes that notice


def _nothing(*_, **__):
    return None


BREAKS = {
    "events that are not waited for": (
        [(devices.Mark, "synchronize", _nothing)],
        "from_the_host_and_from_disk",
    ),
    "losses read before they are there": (
        [(devices.Mark, "query", lambda self: True)],
        "losses_arrive_in_order_and_late",
    ),
    "losses read before they are there, seen by a sweep": (
        [(devices.Mark, "query", lambda self: True), (devices.Mark, "synchronize", _nothing)],
        "a_sweep_on_the_device_leaves_no_trace_and_has_the_losses_of_a_plain_loop",
    ),
    "batches read before they are there": (
        [(devices.Mark, "hold_back", _nothing)],
        "a_sweep_on_the_device_leaves_no_trace_and_has_the_losses_of_a_plain_loop",
    ),
    "a buffer written to while it is copied": (
        [(devices.Mark, "synchronize", _nothing), (devices.Mark, "query", lambda self: True)],
        "a_buffer_that_the_device_has_not_read_yet_is_not_written_to",
    ),
    "the buffer of losses on the wrong device": (
        [
            (
                loss_stream,
                "_buffer",
                lambda count, device, width: torch.full((count, width) if width else (count,), float("nan")),
            )
        ],
        "a_sweep_on_the_device_leaves_no_trace_and_has_the_losses_of_a_plain_loop",
    ),
    "no generator of a device": (
        [(devices, "generators", lambda every, **_: iter(()))],
        "generators_of_both_devices_come_back",
    ),
    "only the generators of the tensors' devices": (
        [(devices, "in_use", list)],
        "a_device_that_only_replicas_use_has_its_generator_kept",
    ),
    "contexts on every device": (
        [
            (
                devices,
                "own_streams",
                lambda: [(torch.device("sim", index), sim.current_stream(index)) for index in range(2)],
            )
        ],
        "a_thread_is_given_no_context_that_it_would_not_have",
    ),
    "paged memory read at once": (
        [(tensors, "_writers", lambda every: [])],
        "paged_state_is_waited_for",
    ),
    "a step that asks for its loss": (
        [(devices, "has_queues", lambda device: False)],
        "a_step_waits_for_nothing",
    ),
    "frozen tensors always written": (
        [(tensors, "_as_their_fingerprints", lambda marked: (set(), {}))],
        "frozen_tensors_on_the_device_are_not_written_and_small_changes_are_undone",
    ),
    "no room left for what is to come": (
        [(tensors.TensorStore, "coming", property(lambda self: {}, _nothing))],
        "what_is_still_to_come_is_left_room_for",
    ),
}


@contextmanager
def broken(name):
    with pytest.MonkeyPatch.context() as patch:
        for owner, attribute, value in BREAKS[name][0]:
            patch.setattr(owner, attribute, value, raising=False)
        yield


SCENES = {
    name: thing
    for name, thing in list(globals().items())
    if callable(thing)
    and getattr(thing, "__module__", "") == __name__
    and not isinstance(thing, type)
    and not name.startswith("_")
    and name != "broken"
}


def _outcome(work):
    try:
        work()
    except Exception:  # noqa: BLE001 - told by the process that asked
        return traceback.format_exc()
    return None


def main():
    """Print what became of each scene, and of the scene that each way to break the package must fail."""
    results = {name: _outcome(scene) for name, scene in SCENES.items()}
    for name, (_, scene) in BREAKS.items():
        with broken(name):
            results[f"break: {name}"] = _outcome(SCENES[scene])
    print(json.dumps(results))
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)  # threads of autograd's would look for a device that is gone


if __name__ == "__main__":
    main()
