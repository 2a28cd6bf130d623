"""What a range test lets go of: copies and batches when the sweep is over, the rest with its last name."""

import gc
import weakref
from contextlib import suppress

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.state.tensors import TensorStore
from tests.engine.worlds import World, cnn_world


class Watched:
    """A world, its batches, and the copies that are made of its tensors, all of them watched."""

    def __init__(self, monkeypatch, **options):
        self.refs, self.copies, self.batches = [], [], []
        self.world = cnn_world(warm=True)
        model, optimizer, criterion, loader = self.world
        self.world = World(model, optimizer, criterion, self._watched(loader))
        self.refs += map(weakref.ref, (model, optimizer, criterion, loader, *model.parameters()))
        save = TensorStore.save

        def watch(store):
            save(store)
            self.copies += [weakref.ref(kept.copy) for kept in store._kept]

        monkeypatch.setattr(TensorStore, "save", watch)
        self.test = RangeTest(*self.world, num_iter=12, end_lr=1e-3, diverge_th=None, **options)

    def _watched(self, loader):
        batches = self.batches  # not the watch itself: what a loader refers to is given back

        class Batches:
            def __iter__(self):
                for batch in loader:
                    batches.extend(map(weakref.ref, batch))
                    yield batch

        return Batches()

    @staticmethod
    def alive(refs):
        gc.collect()
        return [type(thing).__name__ for ref in refs if (thing := ref()) is not None]


def run(test):
    test.run()


def leave_early(test):
    with test:
        for point in test:
            if point.index == 4:
                break


def stop_and_restore(test):
    test.start()
    next(test)
    test.stop()
    test.restore()


@pytest.mark.parametrize("use", [run, leave_early, stop_and_restore])
@pytest.mark.parametrize("options", [{}, {"fixed_batches": 2}])
def test_after_a_sweep_no_copy_and_no_batch_is_left_though_the_test_still_is(use, options, monkeypatch):
    watched = Watched(monkeypatch, **options)
    use(watched.test)
    assert len(watched.copies) > 20
    assert watched.batches
    assert watched.alive(watched.copies + watched.batches) == []
    history, watched.test, watched.world = watched.test.history, None, None
    assert watched.alive(watched.refs) == []
    assert len(history) > 0


def test_one_that_is_dropped_in_mid_sweep_gives_back_and_lets_go(monkeypatch):
    watched = Watched(monkeypatch)
    before = [parameter.detach().clone() for parameter in watched.world.model.parameters()]
    for _ in range(4):
        next(watched.test)
    watched.test = None
    assert watched.alive(watched.copies + watched.batches) == []
    assert all(map(torch.equal, before, watched.world.model.parameters()))
    watched.world = None
    assert watched.alive(watched.refs) == []


def test_a_failed_one_keeps_no_copies_and_dies_with_its_error(monkeypatch):
    watched = Watched(monkeypatch)
    calls = []

    def fail(*_):
        calls.append(1)
        if len(calls) == 5:
            raise ValueError("out of order")

    handle = watched.world.model.register_forward_hook(fail)
    with pytest.raises(ValueError, match="out of order") as caught:
        watched.test.run()
    handle.remove()
    assert watched.alive(watched.copies) == []
    watched.test = watched.world = handle = None
    del caught
    assert watched.alive(watched.refs + watched.batches) == []


def test_one_that_was_never_started_lets_go(monkeypatch):
    watched = Watched(monkeypatch)
    watched.test = watched.world = None
    assert watched.alive(watched.refs) == []


def test_many_sweeps_leave_as_many_tensors_as_one():
    world = cnn_world(warm=True)

    def tensors():
        RangeTest(*world, num_iter=8, end_lr=1e-3, fixed_batches=1).run()
        gc.collect()
        # Plain ones: another test's compiled or nested tensors may be about, and cannot be asked for a size.
        found = [thing for thing in gc.get_objects() if type(thing) in {torch.Tensor, nn.Parameter}]
        return len(found), sum(tensor.nbytes for tensor in found)

    assert len({tensors() for _ in range(4)}) == 1


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("place", ["device", "host", "disk"])
def test_on_a_gpu_the_allocator_returns_to_where_it_was(place):
    model = nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, 8)).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    data = [(torch.randn(64, 512), torch.randint(0, 8, (64,))) for _ in range(4)]
    world = World(model, optimizer, nn.CrossEntropyLoss(), [(x.cuda(), y.cuda()) for x, y in data])
    world.train(2)
    model.zero_grad(set_to_none=True)

    def sweep(fails=False):
        def fail(point):
            if fails and point.index == 5:
                raise ValueError("out of order")

        test = RangeTest(*world, num_iter=10, end_lr=1e-3, snapshot=place, callback=fail)
        with suppress(ValueError):
            test.run()
        del test
        gc.collect()
        torch.cuda.synchronize()
        return torch.cuda.memory_allocated()

    sweep()  # what libraries keep for good from their first use on
    before = torch.cuda.memory_allocated()
    assert [sweep(fails) for fails in (False, True, False)] == [before] * 3
