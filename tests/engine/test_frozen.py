"""What is not trained is looked at rather than copied, and a change to it is undone or named."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.state import frozen
from lrwidget.engine.state.fingerprints import fingerprints
from lrwidget.engine.state.tensors import TensorStore
from lrwidget.errors import RestoreError

MEGABYTE = 2**20


def _large(megabytes=20, **options):
    return torch.randn(megabytes * MEGABYTE // 4, **options)


def _store(frozen_ones, trained=(), place="auto"):
    store = TensorStore(place)
    for name, tensor in trained:
        store.add(tensor, name)
    for name, tensor in frozen_ones:
        store.add(tensor, name, frozen=True)
    store.save()
    return store


def test_a_large_frozen_tensor_is_not_copied_and_small_ones_are():
    named = [("embedding", _large()), *((f"norm {n}", torch.randn(100)) for n in range(10))]
    store = _store(named, [("head", torch.randn(50))])
    assert store.held == {"host": 4 * (50 + 10 * 100)}
    for _, tensor in named[1:]:
        tensor.zero_()
    assert store.give_back() == []
    assert all(tensor.abs().sum() > 0 for _, tensor in named[1:])
    assert store.written == 10 * 400


@pytest.mark.parametrize("way", ["counted", "data", "one bit", "sign of zero", "swapped", "all signs"])
def test_a_change_of_what_was_not_copied_is_named(way):
    table = _large()
    table[7] = 0.0
    store = _store([("model.codebook", table), ("model.other", _large(16))])
    if way == "counted":
        table[3] += 1
    elif way == "data":
        table.data[-1] += 1
    elif way == "one bit":
        table.data.view(torch.int32)[12345] ^= 1
    elif way == "sign of zero":
        table.data[7] = -0.0
    elif way == "swapped":
        table.data[[100, 200_000]] = table.data[[200_000, 100]]
    else:
        table.data.neg_()
    (failure,) = store.give_back()
    assert failure.label == "model.codebook"
    assert "keep=" in str(failure)
    assert "changed by the sweep" in str(failure)


def test_what_was_written_to_and_written_back_is_as_it_was():
    table = _large()
    store = _store([("table", table)])
    table.add_(0)
    value = table[0].item()
    table[0] = 5
    table[0] = value
    assert store.give_back() == []


def test_frozen_memory_that_was_swapped_comes_back_without_a_copy():
    layer = nn.Linear(4000, 2000, bias=False).requires_grad_(False)
    address, first = layer.weight.data_ptr(), layer.weight[0].clone()
    store = _store([("weight", layer.weight)])
    layer.weight.data = torch.zeros_like(layer.weight)
    assert store.give_back() == []
    assert layer.weight.data_ptr() == address
    assert torch.equal(layer.weight[0], first)


def test_an_average_of_the_model_is_copied_and_given_back():
    student = [torch.randn(1000, 1000) for _ in range(3)]
    teacher = [one.clone() for one in student]
    momentum = [one.clone() for one in student]
    values = [one.clone() for one in teacher]
    named = [(f"teacher {n}", one) for n, one in enumerate([*teacher, *momentum])]
    store = _store([*named, ("huge", _large(100))], [(f"student {n}", one) for n, one in enumerate(student)])
    for one in (*teacher, *momentum):
        one.mul_(0.9)
    assert store.give_back() == []
    assert all(torch.equal(one, other) for one, other in zip(teacher + momentum, values * 2, strict=True))


def test_no_more_than_two_twins_are_copied():
    one = torch.randn(3000, 1000)
    store = _store([(f"layer {n}", torch.randn(3000, 1000)) for n in range(12)], [("trained", one)])
    size = 3000 * 1000 * 4
    # One is small enough to be copied anyway.
    assert store.held == {"host": size * (1 + frozen.TWINS + 1)}


def test_what_is_named_is_copied_whatever_its_size():
    table = _large()
    store = TensorStore()
    store.add(table, "model.table", frozen=True)
    store.add(table, "keep[0]", frozen=False)
    store.add(table, "again", frozen=True)
    store.save()
    assert store.held == {"host": 20 * MEGABYTE}
    table.zero_()
    assert store.give_back() == []
    assert table.abs().sum() > 0


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.complex128, torch.int8, torch.bool]
)
@pytest.mark.parametrize("form", ["plain", "turned", "sliced", "odd", "empty", "scalar"])
def test_a_fingerprint_is_of_the_bits_and_of_their_places(dtype, form):
    base = torch.randn(1001, 7).mul(9).to(dtype)
    tensor = {
        "plain": base,
        "turned": base.t(),
        "sliced": base[::3, 1:5],
        "odd": base.reshape(-1)[1:],
        "empty": base[:0],
        "scalar": base[0, 0],
    }[form]
    (first,) = fingerprints([tensor])
    assert fingerprints([tensor.clone(), tensor]) == [fingerprints([tensor.clone()])[0], first]
    if tensor.numel():
        changed = tensor.clone()
        last = (-1,) * changed.dim()
        changed[last] = 1 - int(changed[last].item() != 0)
        assert fingerprints([changed])[0] != fingerprints([tensor.clone()])[0]


def test_fingerprints_of_random_changes_all_differ():
    """Signs, pairs that cancel in a plain sum, neighbours exchanged: two thousand changes, none unseen."""
    draw = torch.Generator().manual_seed(0)
    base = torch.randn(4096, generator=draw)
    seen = {fingerprints([base])[0]}
    for number in range(2000):
        changed = base.clone()
        at = torch.randint(0, 4096, (2,), generator=draw)
        kind = number % 4
        if kind == 0:
            changed[at] = -changed[at]
        elif kind == 1:
            bits = changed.view(torch.int32)
            bits[at[0]] += 1 + number
            bits[at[1]] -= 1 + number
        elif kind == 2:
            changed[at] = changed[at.flip(0)]
        else:
            changed.view(torch.int32)[at] ^= -(2**31)
        if not torch.equal(changed, base):
            (now,) = fingerprints([changed])
            assert now not in seen, (kind, at)


# Whole sweeps

MEMORY = """
import resource, sys, torch
from torch import nn
from lrwidget.engine import RangeTest

class Adapted(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(1000, 1000, bias=False) for _ in range(50))
        self.down = nn.ModuleList(nn.Linear(1000, 5, bias=False) for _ in range(50))
        self.up = nn.ModuleList(nn.Linear(5, 1000, bias=False) for _ in range(50))
        self.layers.requires_grad_(False)

    def forward(self, x):
        for layer, down, up in zip(self.layers, self.down, self.up):
            x = torch.tanh(layer(x) + up(down(x)))
        return x

torch.set_num_threads(1)
torch.manual_seed(0)
model = Adapted()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
batch = torch.randn(8, 1000), torch.randn(8, 1000)
criterion = nn.MSELoss()
if sys.argv[1] == "swept":
    history = RangeTest(model, optimizer, criterion, [batch], num_iter=4).run()
    assert len(history) == 4
else:
    for _ in range(4):
        optimizer.zero_grad()
        criterion(model(batch[0]), batch[1]).backward()
        optimizer.step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads how Linux counts memory")
def test_adapters_on_a_large_frozen_model_take_a_tenth_more_memory_than_their_training():
    """50 million frozen parameters, half a million trained."""

    def peak(how):
        done = subprocess.run([sys.executable, "-c", MEMORY, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert peak("swept") <= 1.1 * peak("trained")


class _WithTeacher(nn.Module):
    def __init__(self):
        super().__init__()
        self.student = nn.Linear(1500, 1500)
        self.teacher = nn.Linear(1500, 1500).requires_grad_(False)
        self.codebook = nn.Parameter(torch.randn(9000, 1000), requires_grad=False)


def _distilled(model, batch):
    with torch.no_grad():
        for one, other in zip(model.teacher.parameters(), model.student.parameters(), strict=True):
            one.mul_(0.9).add_(other, alpha=0.1)
    return (model.student(batch) - model.teacher(batch)).square().mean()


def _distillation(change=None, **options):
    model = _WithTeacher()
    optimizer = torch.optim.SGD(model.student.parameters(), lr=0.1)

    def step_fn(batch):
        if change:
            change(model)
        return _distilled(model, batch)

    return model, RangeTest(
        model, optimizer, None, [torch.randn(4, 1500)], step_fn=step_fn, num_iter=3, end_lr=1e-3, **options
    )


def test_the_teacher_of_a_model_comes_back():
    model, test = _distillation()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    history = test.run()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    batch = 4 * 4 * 1500
    assert history.receipt["snapshot_bytes"] == {"host": 2 * 4 * 1500 * 1501 + batch}
    assert history.receipt["footprint"]["looked_at"] == 36_000_000


def test_a_codebook_that_the_step_writes_to_is_named_and_comes_back_when_it_is_kept():
    def change(model):
        model.codebook.data[5] = 0.0

    _, test = _distillation(change)
    with pytest.raises(RestoreError, match=r"model\.codebook .*keep=\[\.\.\.\]"):
        test.run()
    model, test = _distillation()
    keep = [model.codebook]
    value = model.codebook.detach().clone()
    optimizer = torch.optim.SGD(model.student.parameters(), lr=0.1)

    def step_fn(batch):
        change(model)
        return _distilled(model, batch)

    RangeTest(model, optimizer, None, [torch.randn(4, 1500)], step_fn=step_fn, num_iter=3, keep=keep).run()
    assert torch.equal(model.codebook, value)
