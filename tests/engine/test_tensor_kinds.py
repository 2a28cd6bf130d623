"""Tensors of every kind come back: made of others, sparse, quantized, in memory that must not be written."""

import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest, Snapshot
from lrwidget.engine.state import memory, tensors
from lrwidget.engine.state.failures import Failure, told
from lrwidget.engine.state.tensors import TensorStore
from tests.engine.worlds import ONE, Weight, half_square
from tests.processes import in_processes


def _stored(*kept, place="auto", **options):
    store = TensorStore(place)
    for number, tensor in enumerate(kept):
        store.add(tensor, f"tensor {number}", **options)
    store.save()
    return store


# Memory that must not be written to


def _mapped(kind, folder):
    path = folder / "table.bin"
    np.arange(10_000, dtype=np.float32).tofile(path)
    size = 100 if kind.startswith("small") else 10_000
    table = np.memmap(path, dtype=np.float32, mode="r", shape=(size // 10, 10))
    tensor = torch.frombuffer(table, dtype=torch.float32).reshape(size // 10, 10)
    return {
        "turned": tensor.t,
        "sliced": lambda: tensor[::3, 1::2],
        "expanded": lambda: tensor[0].expand(9, 10),
    }.get(kind.partition(" ")[2], lambda: tensor)()


KINDS = ["small", "large", "small turned", "large turned", "large sliced", "large expanded"]


def test_a_table_that_is_mapped_to_be_read_only_is_never_written_to(tmp_path):
    """To write there ends the process, so it is another one that tries."""
    script = f"""
        import warnings, pathlib
        warnings.simplefilter("ignore")
        import torch
        from tests.engine.test_tensor_kinds import KINDS, _mapped
        from tests.engine.worlds import ONE, Weight, half_square
        from lrwidget.engine import RangeTest

        for kind in KINDS:
            model = Weight()
            model.register_buffer("table", _mapped(kind, pathlib.Path({str(tmp_path)!r})))
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            for place in ("auto", "disk"):
                print(kind, place, flush=True)
                RangeTest(model, optimizer, half_square, ONE, num_iter=3, end_lr=1e-2, snapshot=place).run()
        print("alive")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout} {done.stderr[-2000:]}"
    assert done.stdout.endswith("alive\n")


@pytest.mark.parametrize("shape", [(3,), (40, 50)])
@pytest.mark.parametrize("view", ["plain", "turned", "sliced"])
def test_what_was_not_changed_is_not_written_whatever_its_size(shape, view):
    whole = torch.randn(shape)
    tensor = {"plain": whole, "turned": whole.t() if whole.dim() > 1 else whole, "sliced": whole[::2]}[view]
    store = _stored(tensor, torch.zeros(2, dtype=torch.complex64), torch.ones(3).bfloat16())
    version = whole._version
    assert store.give_back() == []
    assert store.written == 0
    assert whole._version == version


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex128, torch.float16, torch.bool, torch.int8])
def test_a_change_past_the_counter_is_seen_in_any_form(dtype):
    for form in (lambda t: t, torch.t, lambda t: t[::2], lambda t: t.conj() if t.is_complex() else t):
        base = torch.ones(6, 4, dtype=dtype)
        tensor = form(base)
        store = _stored(tensor)
        base.data.zero_()
        assert store.give_back() == []
        assert tensor.abs().sum().item() == tensor.numel() if dtype != torch.bool else tensor.all()


# One failure among many


class _Strange(torch.Tensor):
    """Cannot be written to any more."""


def _fails(*_, **__):
    raise RuntimeError("device-side assert triggered\nand a page\nof advice" + "x" * 1000)


def test_a_wait_that_fails_keeps_nothing_from_being_given_back(monkeypatch):
    model = nn.Linear(40, 40)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = _Counting()
    snapshot = Snapshot(model, optimizer, loaders=[loader])
    values, state = model.weight.detach().clone(), torch.get_rng_state()
    torch.rand(3)
    loader.passes = 5
    with torch.no_grad():
        model.weight.zero_()
    monkeypatch.setattr(tensors, "_writers", lambda every: [torch.device("cuda", 7)])
    monkeypatch.setattr(tensors.devices, "synchronize", _fails)
    with pytest.raises(Exception, match="cuda:7") as caught:
        snapshot.restore()
    assert type(caught.value).__name__ == "RestoreError"
    assert torch.equal(model.weight, values)
    assert torch.equal(torch.get_rng_state(), state)
    assert loader.passes == 0


class _Counting:
    def __init__(self):
        self.passes = 0

    def __iter__(self):
        self.passes += 1
        return iter([])


def test_one_tensor_that_cannot_be_written_is_named_and_the_others_come_back(monkeypatch):
    many = [torch.randn(5) for _ in range(20)]
    values = [tensor.clone() for tensor in many]
    store = _stored(*many)
    for tensor in many:
        tensor.zero_()
    copy_ = torch.Tensor.copy_

    def copied(self, source, *more, **options):
        if self.data_ptr() == many[7].data_ptr():
            _fails()
        return copy_(self, source, *more, **options)

    monkeypatch.setattr(tensors, "_copy_many", _fails)
    monkeypatch.setattr(torch.Tensor, "copy_", copied)
    failed = store.give_back()
    assert [failure.label for failure in failed] == ["tensor 7"]
    for number, (tensor, value) in enumerate(zip(many, values, strict=True)):
        assert torch.equal(tensor, value) == (number != 7)


def test_two_thousand_failures_are_told_in_a_few_lines():
    failures = [Failure(f"model.{n}.weight", RuntimeError("bad\n" + "y" * 300)) for n in range(2000)]
    text = told(failures)
    assert text.startswith("model.0.weight (RuntimeError: bad); model.1.weight")
    assert text.endswith("and 1,995 more")
    assert "\n" not in text
    long = told([Failure("w", ValueError("z" * 5000)), Failure("v", KeyboardInterrupt())])
    assert len(long) < 300
    assert long.endswith("v (KeyboardInterrupt)")
    assert "more" not in long


# Sparse


def _layouts():
    dense = torch.tensor([[0.0, 1.0, 0.0, 2.0], [3.0, 0.0, 0.0, 0.0]])
    yield "coo", dense.to_sparse()
    yield (
        "uncoalesced",
        torch.sparse_coo_tensor([[0, 0, 1], [1, 1, 0]], [1.0, 2.0, 3.0], (2, 4), check_invariants=True),
    )
    yield "hybrid", torch.sparse_coo_tensor([[0, 1]], torch.randn(2, 3), (2, 3), check_invariants=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield "csr", dense.to_sparse_csr()
        yield "csc", dense.to_sparse_csc()
        yield "bsr", dense.to_sparse_bsr((1, 2))


def _all_of(sparse):
    return [part.clone() for part in memory.sparse_parts(sparse)]


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("change", ["values", "everything", "indices", "replaced", "nothing"])
@pytest.mark.parametrize("layout", ["coo", "uncoalesced", "hybrid", "csr", "csc", "bsr"])
@pytest.mark.parametrize("place", ["auto", "disk"])
def test_a_sparse_tensor_gets_its_indices_and_values_back(layout, change, place):
    tensor = dict(_layouts())[layout]
    before, parts = _all_of(tensor), memory.sparse_parts(tensor)
    addresses = [part.data_ptr() for part in parts]
    coalesced = tensor.is_coalesced() if tensor.layout == torch.sparse_coo else None
    store = _stored(tensor, place=place)
    assert store.held == {"disk" if place == "disk" else "host": memory.nbytes(parts)}
    with torch.no_grad():
        if change == "values":
            parts[-1].mul_(7)
        elif change == "indices":
            parts[0].zero_()
        elif change == "everything" and tensor.layout in (torch.sparse_coo, torch.sparse_csr):
            tensor.zero_()
        elif change == "replaced":
            tensor.data = tensor.clone() * 2
    assert store.give_back() == []
    assert all(torch.equal(one, other) for one, other in zip(before, _all_of(tensor), strict=True))
    if change != "everything" or layout != "csr":  # which PyTorch gives no way to
        assert [part.data_ptr() for part in memory.sparse_parts(tensor)] == addresses
    if coalesced is not None:
        assert tensor.is_coalesced() == coalesced


def test_a_sparse_buffer_and_a_sparse_gradient_come_back():
    table = nn.Embedding(4, 2, sparse=True)
    table.register_buffer("graph", torch.tensor([[0.0, 1.0], [2.0, 0.0]]).to_sparse())
    optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.1)
    table(torch.tensor([1])).sum().backward()
    gradient, graph = table.weight.grad, table.graph
    dense = gradient.to_dense().clone(), graph.to_dense().clone()
    for change in (
        lambda: table.zero_grad(set_to_none=False),
        lambda: table(torch.tensor([2])).sum().backward(),
        graph.zero_,
    ):
        snapshot = Snapshot(table, optimizer)
        change()
        snapshot.restore()
        assert table.weight.grad is gradient
        assert table.graph is graph
        assert torch.equal(gradient.to_dense(), dense[0])
        assert torch.equal(graph.to_dense(), dense[1])


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
@pytest.mark.parametrize("held_as", ["attribute", "buffer", "parameter"])
def test_a_nested_tensor_comes_back_however_it_is_held_and_written_to(layout, held_as):
    def double_parts(model):
        for part in model.nested.unbind():
            part.mul_(2)

    def rebind(model):
        model.nested = type(model).fresh()

    for change in (lambda model: model.nested.mul_(2), double_parts, rebind):
        if held_as == "parameter" and change is rebind:
            continue

        class Ragged(Weight):
            @staticmethod
            def fresh():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # PyTorch calls them a prototype
                    return torch.nested.nested_tensor([torch.ones(2), torch.ones(3) * 3], layout=layout)

        model, nested = Ragged(), Ragged.fresh()
        if held_as == "buffer":
            model.register_buffer("nested", nested)
        else:
            model.nested = nn.Parameter(nested) if held_as == "parameter" else nested
        held = model.nested
        snapshot = Snapshot(model, torch.optim.SGD([model.w], lr=0.1))
        with torch.no_grad():
            change(model)
        snapshot.restore()
        assert model.nested is held
        assert [part.tolist() for part in model.nested.unbind()] == [[1, 1], [3, 3, 3]]


def test_a_quantized_tensor_comes_back():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantized = torch.quantize_per_tensor(torch.randn(5, 4), 0.1, 3, torch.qint8)
    values = quantized.dequantize()
    store = _stored(quantized)
    assert store.held == {"host": 5 * 4}
    quantized.copy_(torch.zeros(5, 4))
    assert store.give_back() == []
    assert torch.equal(values, quantized.dequantize())


# Made of others


class Halves(torch.Tensor):
    """Made of two tensors, as the state of low-bit optimizers and sharded tensors are made of theirs."""

    @staticmethod
    def __new__(cls, low, high):
        return torch.Tensor._make_wrapper_subclass(cls, (2, *low.shape), dtype=low.dtype, device=low.device)

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __tensor_flatten__(self):
        return ["low", "high"], None

    @classmethod
    def __tensor_unflatten__(cls, inner, context, size, stride):
        return cls(inner["low"], inner["high"])

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        if function is torch.ops.aten.detach.default:
            return cls(args[0].low, args[0].high)
        raise NotImplementedError(f"{function} of Halves")  # as torchao's low-bit state knows no clone


@pytest.mark.parametrize("place", ["host", "disk"])
def test_a_tensor_made_of_others_is_kept_as_these_and_where_it_should_be(place):
    low, high = torch.randn(300), torch.randn(300)
    tensor = Halves(low, high)
    values = low.clone(), high.clone()
    store = _stored(tensor, place=place)
    assert store.held == {place: 2 * 300 * 4}
    low.zero_()
    tensor.high = torch.zeros(300)
    assert store.give_back() == []
    assert tensor.low is low
    assert tensor.high is high
    assert torch.equal(low, values[0])
    assert torch.equal(high, values[1])


def test_made_of_others_in_the_state_of_an_optimizer():
    model = Weight()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    inner = torch.randn(4), torch.randn(4)
    values = [part.clone() for part in inner]
    optimizer.state[model.w]["halves"] = Halves(*inner)

    def step_fn(batch):
        inner[0].zero_()
        optimizer.state[model.w]["halves"].high = torch.zeros(4)
        return half_square(model(batch[0]), batch[1])

    RangeTest(model, optimizer, None, ONE, step_fn=step_fn, num_iter=3, end_lr=1e-2).run()
    kept = optimizer.state[model.w]["halves"]
    assert kept.high is inner[1]
    assert all(torch.equal(one, other) for one, other in zip(values, inner, strict=True))


def test_a_subclass_with_a_memory_of_its_own_is_plain_memory():
    class Named(torch.Tensor):
        pass

    tensor = torch.randn(50, 40).as_subclass(Named)
    values = tensor.clone()
    store = _stored(tensor, place="disk")
    assert store.held == {"disk": 50 * 40 * 4}
    tensor.zero_()
    assert store.give_back() == []
    assert isinstance(tensor, Named)
    assert torch.equal(tensor, values)


def _sharded(rank):
    from torch import distributed
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    distributed.init_process_group("gloo")
    model = nn.Linear(1000, 1000, bias=False)
    fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = model.weight.to_local().clone()
    memory_of = model.weight.to_local().data_ptr()
    snapshot = Snapshot(model, optimizer, place="disk")
    held = snapshot.held
    model(torch.ones(2, 1000)).sum().backward()
    optimizer.step()
    model.reshard()
    changed = not torch.equal(model.weight.to_local(), before)
    snapshot.restore()
    same = torch.equal(model.weight.to_local(), before) and model.weight.to_local().data_ptr() == memory_of
    distributed.destroy_process_group()
    return held, changed, same


@pytest.mark.skipif(
    not torch.distributed.is_available() or sys.platform == "win32",
    reason="needs torch.distributed with gloo",
)
def test_of_a_tensor_that_is_spread_over_processes_each_keeps_its_part_where_it_should_be(tmp_path):
    for held, changed, same in in_processes(_sharded, tmp_path):
        assert held == {"disk": 1000 * 1000 * 4 // 2}
        assert changed
        assert same
