"""What is too large to be copied or entered is watched or named: nothing is passed over in silence."""

import array
import io
import warnings
from multiprocessing import shared_memory

import numpy as np
import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest, Snapshot
from lrwidget.engine.state import keeper
from lrwidget.errors import LRWidgetWarning, RestoreError


@pytest.fixture
def world():
    model = nn.Linear(2, 1)
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


@pytest.fixture
def no_room(monkeypatch):
    """Nothing of more than a few bytes is copied unasked."""
    monkeypatch.setattr(keeper, "OTHERS_BUDGET", 100)
    monkeypatch.setattr(keeper, "DATA_BUDGET", 100)


def _snapshot(world, thing, **options):
    def step_fn(batch):
        return thing

    return Snapshot(*world, functions=[("step_fn", step_fn)], **options)


# -- arrays of objects -------------------------------------------------------------------------------------


def test_objects_in_an_array_of_many_come_back(world):
    boxes = np.empty(20_000, dtype=object)
    boxes[:] = [{"n": number} for number in range(20_000)]
    snapshot = _snapshot(world, boxes)
    boxes[15_000]["n"] = "changed"
    snapshot.restore()
    assert boxes[15_000]["n"] == 15_000


def test_an_array_of_too_many_objects_is_named_and_entered_if_the_user_names_it(world):
    boxes = np.empty(100_001, dtype=object)
    boxes[:] = [{"n": 1}] * 100_000 + [{"n": 2}]
    with pytest.warns(LRWidgetWarning, match=r"step_fn: thing .*100,001 items.*keep=\[it\]"):
        snapshot = _snapshot(world, boxes)
    assert len(snapshot.not_kept) == 1
    snapshot.restore()
    snapshot = _snapshot(world, boxes, keep=[boxes])
    assert snapshot.not_kept == []
    boxes[-1]["n"] = "changed"
    snapshot.restore()
    assert boxes[-1]["n"] == 2


def test_an_object_far_back_in_a_long_container_is_named(world):
    for make in (list, tuple, lambda items: dict(enumerate(items))):
        with pytest.warns(LRWidgetWarning, match=r"step_fn: thing .*150,001 items"):
            _snapshot(world, make([*range(150_000), [1]]))
        assert _snapshot(world, make(range(150_000))).not_kept == []


def test_an_array_of_many_numbers_as_objects_is_nothing_to_warn_of(world):
    numbers = np.empty(200_000, dtype=object)
    numbers[:] = 1.5
    assert _snapshot(world, numbers).not_kept == []


def test_objects_in_an_array_that_is_not_to_be_written_to_come_back(world):
    boxes = np.empty(2, dtype=object)
    boxes[:] = [{"n": 1}, {"n": 2}]
    boxes.flags.writeable = False
    snapshot = _snapshot(world, boxes)
    boxes[1]["n"] = "changed"
    snapshot.restore()
    assert boxes[1]["n"] == 2


def test_objects_in_the_fields_of_records_come_back(world):
    records = np.zeros(3, dtype=[("number", "i4"), ("thing", object)])
    box = records[1]["thing"] = {"n": 1}
    snapshot = _snapshot(world, records)
    box["n"], records[0]["number"], records[1]["thing"] = 2, 7, None
    snapshot.restore()
    assert records[1]["thing"] is box
    assert box == {"n": 1}
    assert records[0]["number"] == 0


# -- what is only watched ----------------------------------------------------------------------------------


def _block():
    block = shared_memory.SharedMemory(create=True, size=100_000)
    return block, lambda: block.buf.__setitem__(slice(1000, 90_000), b"\1" * 89_000)


def _frame():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"x": np.zeros(20_000), "name": ["a"] * 20_000})
    return frame, lambda: frame.__setitem__("x", 1.0)


def _column_added():
    frame, _ = _frame()
    return frame, lambda: frame.insert(0, "new", 1)


def _turned():
    data = np.asfortranarray(np.zeros((1000, 50)))
    return data, lambda: data.__setitem__((slice(1, None), slice(1, None)), 1.0)


def _every_other():
    data = np.zeros((1000, 50))[::2, 1::3]
    return data, lambda: data.__setitem__(slice(1, None), 1.0)


def _numbers():
    numbers = array.array("d", bytes(80_000))
    return numbers, lambda: numbers.__setitem__(slice(5, None), array.array("d", [1.0]) * 9_995)


def _bytes():
    data = bytearray(80_000)
    return data, lambda: data.extend(b"more")


def _in_memory():
    file = io.BytesIO(bytes(80_000))
    file.seek(7)
    return file, lambda: file.write(b"\1" * 70_000)


MAKERS = (_block, _frame, _column_added, _turned, _every_other, _numbers, _bytes, _in_memory)


@pytest.mark.parametrize("make", [_block, _frame, _column_added, _turned, _every_other])
def test_what_was_written_to_and_not_copied_is_told(world, no_room, make):
    thing, write = make()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        snapshot = _snapshot(world, thing)
        snapshot.restore()  # nothing was written
        snapshot = _snapshot(world, thing)
        write()
        with pytest.raises(RestoreError, match=r"step_fn: thing .*written to.*keep=\[it\]"):
            snapshot.restore()
    if isinstance(thing, shared_memory.SharedMemory):
        thing.close()  # nobody holds on to its memory
        thing.unlink()


@pytest.mark.parametrize("make", MAKERS)
def test_what_the_user_names_is_copied_however_large(world, no_room, make):
    thing, write = make()
    contents = {
        shared_memory.SharedMemory: lambda: bytes(thing.buf),
        io.BytesIO: lambda: (thing.getvalue(), thing.tell()),
    }.get(type(thing), lambda: thing.tobytes() if hasattr(thing, "tobytes") else bytes(thing))
    if not isinstance(thing, (np.ndarray, bytearray, array.array, io.BytesIO, shared_memory.SharedMemory)):
        contents = thing.to_csv
    before = contents()
    snapshot = _snapshot(world, thing, keep=[thing])
    write()
    assert contents() != before
    snapshot.restore()
    assert contents() == before
    if isinstance(thing, shared_memory.SharedMemory):
        thing.close()
        thing.unlink()


def test_a_table_whose_cells_cannot_be_compared_is_named(world, no_room):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"x": [[number] for number in range(10_000)]})
    model, optimizer = world

    def step_fn(batch):
        assert len(frame)
        return model(batch).square().mean()

    with pytest.warns(LRWidgetWarning, match=r"step_fn: frame .*table.*keep=\[it\]"):
        history = RangeTest(model, optimizer, None, [torch.ones(3, 2)] * 4, step_fn=step_fn, num_iter=3).run()
    assert [line.partition(" (")[0] for line in history.receipt["not_kept"]] == ["step_fn: frame"]
