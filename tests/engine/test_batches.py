"""Batches: moved in any shape, drawn once for evaluation, given back untouched."""

from collections import OrderedDict, UserDict, namedtuple
from dataclasses import dataclass, field

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence
from torch.utils.data import DataLoader

from lrwidget.engine import RangeTest
from lrwidget.engine.data.batches import BatchStream, Exhausted, FixedBatches
from lrwidget.engine.data.moving import map_tensors, move, sample_count, tensors_in
from lrwidget.errors import LoaderError
from tests.engine.worlds import ONE, Weight, cnn_world, half_square

CPU = torch.device("cpu")
META = torch.device("meta")  # the one other device there is everywhere

Pair = namedtuple("Pair", "x y")


@dataclass(frozen=True)
class Frozen:
    x: torch.Tensor
    name: str
    inner: list = field(default_factory=list, init=False)


class Graph:
    """Moves itself in place, as PyG's do."""

    def __init__(self, x):
        self.x = x

    def to(self, device):
        self.x = self.x.to(device)
        return self


def _shapes():
    x = torch.ones(3, 2)
    return [
        x,
        (x, x),
        [x, "name", 3, None],
        {"input": x, "nested": {"deep": [x, (x,)]}},
        OrderedDict(a=x),
        UserDict(a=x),
        Pair(x, [x]),
        Frozen(x, "name"),
        Graph(x),
        (Graph(x), Pair(x, x)),
    ]


@pytest.mark.parametrize("batch", _shapes(), ids=lambda batch: type(batch).__name__)
def test_every_shape_is_moved_and_keeps_its_kind(batch):
    moved = move(batch, META)
    assert type(moved) is type(batch)
    found = list(tensors_in(moved)) or [moved.x]
    assert {tensor.device for tensor in found} <= {META}
    assert {tensor.device for tensor in list(tensors_in(batch)) or [batch.x]} == {CPU}


def test_containers_are_new_and_tensors_are_not():
    x = torch.ones(2)
    batch = {"x": x, "list": [x]}
    moved = move(batch, CPU)
    assert moved is not batch
    assert moved["list"] is not batch["list"]
    assert moved["x"] is x


def test_packed_sequences_move_as_they_know_how():
    packed = pack_sequence([torch.ones(3, 2), torch.ones(2, 2)])
    moved = move(packed, META)
    assert moved.data.device == META
    assert moved.batch_sizes.device == CPU


def test_a_copy_leaves_what_is_no_tensor_alone():
    graph = Graph(torch.ones(1))
    assert map_tensors((graph, "a"), torch.clone) == (graph, "a")


@pytest.mark.parametrize(
    ("batch", "count"),
    [
        (torch.ones(4, 2), 4),
        ((torch.ones(4, 2), torch.ones(3)), 3),
        ((torch.ones(4, 2), "a"), 4),
        ({"input": torch.ones(4, 2), "labels": torch.ones(5)}, 5),
        ({"input": torch.ones(4, 2)}, 4),
        (torch.tensor(1.0), 1),
        ("nothing", 1),
    ],
)
def test_samples_are_counted_by_the_target(batch, count):
    assert sample_count(batch) == count


def test_the_stream_starts_over_until_nothing_comes():
    stream = BatchStream([1, 2])
    stream.require()
    assert [stream.draw() for _ in range(5)] == [1, 2, 1, 2, 1]
    assert list(stream.one_by_one(None)) == [2]
    stream.close()
    left = [1, 2]
    stream = BatchStream(type("Loader", (), {"__iter__": lambda self: iter(left)})())
    assert stream.draw() == 1
    left.clear()
    with pytest.raises(Exhausted):
        stream.draw()


def test_a_first_batch_that_is_required_is_not_lost():
    stream = BatchStream([1, 2, 3])
    stream.require()
    assert list(stream.one_by_one(2)) == [1, 2]
    assert stream.draw() == 3


def test_a_loader_that_is_its_own_iterator_is_refused():
    class Own:
        def __iter__(self):
            return self

    with pytest.raises(TypeError):
        BatchStream(Own())
    Own.__next__ = lambda self: 1
    with pytest.raises(LoaderError, match="train_loader is a Own"):
        BatchStream(Own())


def test_workers_end_with_the_sweep(monkeypatch):
    world = cnn_world(num_workers=1, persistent_workers=True)
    made = []
    original = DataLoader._get_iterator

    def spying(loader):
        made.append(original(loader))
        return made[-1]

    monkeypatch.setattr(DataLoader, "_get_iterator", spying)
    RangeTest(*world, num_iter=8).run()  # more than one pass
    assert len(made) == 1
    assert not any(worker.is_alive() for worker in made[0]._workers)


def test_a_training_iterator_that_can_be_closed_is():
    closed = []

    class Loader:
        def __iter__(self):
            try:
                while True:
                    yield ONE[0]
            finally:
                closed.append(True)

    model = Weight()
    RangeTest(model, torch.optim.SGD(model.parameters(), lr=1), half_square, Loader(), num_iter=3).run()
    assert closed == [True]


def test_evaluation_batches_are_drawn_once_and_are_the_same_in_every_step():
    world = cnn_world()
    seen = []

    def step_fn(batch):
        if not world.model.training:
            seen.append(batch[1].tolist())
        return world.criterion(world.model(batch[0]), batch[1])

    batches, drawn = list(world.loader)[:3], []

    class HeldOut:
        def __iter__(self):
            for batch in batches:
                drawn.append(1)
                yield batch

    RangeTest(
        world.model,
        world.optimizer,
        None,
        world.loader,
        HeldOut(),
        step_fn=step_fn,
        num_iter=4,
        val_batches=2,
    ).run()
    assert len(drawn) == 2
    assert seen == [batch[1].tolist() for batch in batches[:2]] * 4


def test_the_mean_is_weighted_by_samples():
    model = Weight(2.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    ones = torch.ones(8, dtype=torch.float64)
    held_out = [(ones[:6], ones[:6]), (3 * ones[:2], ones[:2])]
    history = RangeTest(
        model, optimizer, half_square, [(ones, ones)], held_out, lr_schedule=[1e-12, 2e-12]
    ).run()
    assert history.loss[0] == pytest.approx((6 * 2 + 2 * 18) / 8)


def test_a_model_that_writes_into_its_input_spoils_no_fixed_batch():
    class Writing(Weight):
        def forward(self, x):
            return self.w * x.sub_(1)

    model = Writing()
    held_out = [(3 * torch.ones(2, dtype=torch.float64), torch.zeros(2))]
    train = [(torch.full((2,), 2.0, dtype=torch.float64), torch.zeros(2)) for _ in range(4)]
    history = RangeTest(
        model,
        torch.optim.SGD(model.parameters(), lr=1),
        half_square,
        train,
        held_out,
        end_lr=1e-6,
        num_iter=4,
    ).run()
    assert history.loss == pytest.approx([2.0] * 4, rel=1e-4)
    assert held_out[0][0].tolist() == [3.0, 3.0]


def test_a_step_function_may_take_batches_apart():
    model = Weight()
    batch = {"x": torch.ones(2, dtype=torch.float64), "labels": torch.zeros(2)}

    def step_fn(batch):
        batch.pop("labels")
        return half_square(model(batch.pop("x")), None)

    for options in ({}, {"val_loader": [batch]}, {"fixed_batches": 1}):
        test = RangeTest(
            model,
            torch.optim.SGD(model.parameters(), lr=1),
            None,
            [batch],
            step_fn=step_fn,
            num_iter=4,
            **options,
        )
        assert test.run().stop_reason == "completed"
    assert set(batch) == {"x", "labels"}


def test_batches_beyond_the_budget_wait_on_the_host():
    batches = [torch.ones(10), torch.ones(10), torch.ones(10)]
    fixed = FixedBatches(batches, META, budget=80)
    assert [lent._batch.device.type for lent in fixed._kept] == ["meta", "meta", "cpu"]
    assert [(batch.device.type, count) for batch, count in fixed] == [("meta", 10)] * 3
    assert len(fixed) == 3


class _Output(OrderedDict):
    """As transformers' ModelOutput."""

    @property
    def loss(self):
        return self.get("loss")


class _Computes(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.w = nn.Parameter(torch.ones(()))
        self.kind = kind

    def forward(self, x, labels=None):
        return self.kind(loss=(self.w * x - labels).square().mean())


@pytest.mark.parametrize("kind", [_Output, dict], ids=["attribute", "key"])
@pytest.mark.parametrize("shape", [dict, UserDict, tuple])
def test_models_that_compute_their_own_loss(kind, shape):
    model = _Computes(kind)
    x, y = torch.ones(3), torch.zeros(3)
    batch = (x, y) if shape is tuple else shape(x=x, labels=y)
    history = RangeTest(model, torch.optim.SGD(model.parameters(), lr=1), None, [batch], num_iter=3).run()
    assert history.loss[0] == 1
