"""Batches reach the device in order, with every bit, and only so many at a time."""

from collections import OrderedDict, UserDict, deque
from typing import NamedTuple

import pytest
import torch

from lrwidget.engine.data.moving import move
from lrwidget.engine.data.transfer import Feeder
from tests.engine.worlds import cnn_world

CPU = torch.device("cpu")


class Queue:
    """Stands in for a second stream: what is marked is done when it is waited for."""

    def __init__(self):
        self.marked, self.done, self.copied = 0, 0, deque()

    def copy(self, batch):
        self.copied.append(batch)
        return move(batch, CPU)

    def settle(self):
        pass

    def mark(self):
        self.marked += 1
        return Event(self, self.marked)


class Event:
    def __init__(self, queue, number):
        self.queue, self.number = queue, number

    def synchronize(self):
        self.queue.done = self.number


def test_order_and_bits_are_kept():
    batches = list(cnn_world().loader)
    feed = Feeder(CPU, Queue(), 1e9)
    for batch in batches:
        images, targets = feed(batch)
        assert torch.equal(images, batch[0])
        assert torch.equal(targets, batch[1])


def test_no_more_batches_wait_than_there_is_room_for():
    queue = Queue()
    batch = (torch.zeros(250),)  # 1000 bytes
    feed = Feeder(CPU, queue, 4500)
    for _ in range(50):
        feed(batch)
        # Copied and not known to be used up, this one included.
        assert len(queue.copied) - queue.done <= 4


def test_the_device_always_has_a_step_to_do():
    queue = Queue()
    feed = Feeder(CPU, queue, 0)
    for _ in range(20):
        feed((torch.zeros(250),))
        # The step before this one is never waited for.
        assert queue.marked == 0 or queue.done < queue.marked


class Pair(NamedTuple):
    x: torch.Tensor
    more: object


class Own:
    """Moves itself."""

    def __init__(self):
        self.x = torch.zeros(2)

    def to(self, device):
        return self


@pytest.mark.parametrize(
    "make",
    [
        lambda: (torch.zeros(2, device="meta"), torch.zeros(2)),
        Own,
        lambda: (torch.zeros(2), Own()),
        lambda: Pair(torch.zeros(2), Own()),
        lambda: (torch.zeros(2).to_sparse(), torch.zeros(2)),
        lambda: {"x": torch.zeros(2), "more": [Own()]},
    ],
    ids=["on a device", "own", "own in a tuple", "own in a named tuple", "sparse", "own in a dict"],
)
def test_what_may_still_be_in_the_making_takes_the_plain_way(make):
    queue = Queue()
    Feeder(torch.device("meta"), queue, 1e9)(make())
    assert not queue.copied


class Encoding(UserDict):
    """Moves itself as a whole, if it is asked to, as a tokenizer's output does."""

    def to(self, device):
        raise AssertionError


def test_mappings_and_named_tuples_of_plain_tensors_take_the_side_stream():
    for batch in (
        Encoding({"input_ids": torch.zeros(2), "words": ["a"]}),
        OrderedDict(x=torch.zeros(2)),
        Pair(torch.zeros(2), {"y": torch.zeros(3)}),
    ):
        queue = Queue()
        moved = Feeder(CPU, queue, 1e9)(batch)
        assert len(queue.copied) == 1
        assert type(moved) is type(batch)


def test_constants_beside_the_tensors_change_nothing():
    queue = Queue()
    batch = {"x": [torch.zeros(2), None], "name": "a", "scale": 0.5}
    assert Feeder(CPU, queue, 1e9)(batch) == batch
    assert list(queue.copied) == [batch]
