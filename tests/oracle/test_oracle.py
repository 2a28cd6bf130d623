"""The oracle sees what it is there to see: each kind of change, made by hand."""

import array
import collections
import contextvars
import dataclasses
import enum
import functools
import io
import itertools
import multiprocessing
import queue
import random
import types
import weakref
from multiprocessing import shared_memory

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from tests.oracle.oracle import Difference, Oracle, portrait_differences

pytestmark = [
    pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta"),
    pytest.mark.filterwarnings("ignore:.*quantize_per_tensor"),
    pytest.mark.filterwarnings("ignore:.*[qQ]uantized:UserWarning"),
]
CHANGES = {}
_opened = []


@pytest.fixture(autouse=True)
def _closed():
    yield
    while _opened:
        _opened.pop().close()


def change(make):
    """Add a maker of (thing, what changes it)."""
    CHANGES[make.__name__] = make
    return make


class _Slots:
    __slots__ = ("later", "n")

    def __init__(self):
        self.n = 0


class _Hidden:
    def __init__(self):
        self.__n = 0

    @property
    def n(self):
        return self.__n

    def move(self):
        self.__n += 1


class _Total:
    total = 0
    seen: list = []  # noqa: RUF012 - shared is what is tested


class _Child(_Total):
    pass


class _Colour(enum.Enum):
    RED = 1
    BLUE = 2


_number = 0
_bank = [torch.zeros(2)]
_module = types.ModuleType("users_helper")
_module.x = 0


def _step_with_globals(batch):
    return batch + _number + len(_bank) + _module.x


@change
def an_attribute():
    thing = types.SimpleNamespace(n=0)
    return thing, lambda: setattr(thing, "n", 1)


@change
def an_attribute_that_is_new():
    thing = types.SimpleNamespace()
    return thing, lambda: setattr(thing, "n", 1)


@change
def an_attribute_that_goes():
    thing = types.SimpleNamespace(n=1)
    return thing, lambda: delattr(thing, "n")


@change
def true_in_the_place_of_one():
    thing = types.SimpleNamespace(n=1)
    return thing, lambda: setattr(thing, "n", True)


@change
def minus_zero():
    thing = [0.0]
    return thing, lambda: thing.__setitem__(0, -0.0)


@change
def an_equal_list_that_is_another():
    thing = types.SimpleNamespace(a=[1])
    return thing, lambda: setattr(thing, "a", [1])


@change
def an_enumeration():
    thing = {"colour": _Colour.RED}
    return thing, lambda: thing.update(colour=_Colour.BLUE)


@change
def what_a_member_of_an_enumeration_carries():
    _Colour.BLUE.seen = 0
    return {"colour": _Colour.BLUE}, lambda: setattr(_Colour.BLUE, "seen", _Colour.BLUE.seen + 1)


@change
def what_a_member_of_an_enumeration_that_is_named_carries():
    _Colour.RED.seen = 0
    return _Colour, lambda: setattr(_Colour.RED, "seen", _Colour.RED.seen + 1)


@change
def an_object_and_nothing_more():
    thing = [object()]
    return thing, lambda: thing.__setitem__(0, object())


@change
def a_large_tensor():
    thing = torch.zeros(300_000)
    return thing, lambda: thing[299_999].add_(1)


@change
def one_bit_of_a_large_array():
    thing = np.zeros(300_000)
    return thing, lambda: thing.__setitem__(7, -0.0)


@change
def a_large_array_that_cannot_be_written_to():
    memory = np.zeros(300_000)
    thing = memory[:]
    thing.flags.writeable = False
    return thing, lambda: memory.__setitem__(7, 1)


@change
def a_slot():
    thing = _Slots()
    return thing, lambda: setattr(thing, "n", 1)


@change
def a_slot_that_was_empty():
    thing = _Slots()
    return thing, lambda: setattr(thing, "later", 1)


@change
def what_a_property_hides():
    thing = _Hidden()
    return thing, thing.move


@change
def an_attribute_of_a_class():
    return _Child(), lambda: setattr(_Total, "total", _Total.total + 1)


@change
def a_list_of_a_class():
    return _Child(), lambda: _Child.seen.append(1)


@change
def a_class_of_an_object():
    thing = _Total()
    return thing, lambda: setattr(thing, "__class__", _Child)


@change
def a_method_that_was_replaced():
    thing = _Hidden()
    return thing, lambda: setattr(thing, "move", print)


@change
def a_dataclass():
    made = dataclasses.make_dataclass("State", [("n", int)])(0)
    return made, lambda: setattr(made, "n", 1)


@change
def forty_deep():
    inmost = [0]
    thing = functools.reduce(lambda inner, _: [inner], range(40), inmost)
    return thing, lambda: inmost.append(1)


@change
def two_thousand_deep():
    inmost = {"n": 0}
    thing = functools.reduce(lambda inner, _: {"in": inner}, range(2000), inmost)
    return thing, lambda: inmost.update(n=1)


@change
def a_list_in_a_tuple_in_a_tuple():
    inner = []
    return ((inner,),), lambda: inner.append(1)


@change
def a_named_tuple():
    point = collections.namedtuple("point", "x")
    thing = [point(1)]
    return thing, lambda: thing.__setitem__(0, point(2))


@change
def a_set():
    thing = {1, 2}
    return thing, lambda: thing.add(3)


@change
def an_object_in_a_frozen_set():
    thing = _Hidden()
    return frozenset([thing]), thing.move


@change
def a_counter():
    thing = collections.Counter("ab")
    return thing, lambda: thing.update("a")


@change
def a_dict_that_gives_defaults():
    thing = collections.defaultdict(list)
    return thing, lambda: thing["a"]


@change
def the_order_of_a_dict():
    thing = {"a": 1, "b": 2}
    return thing, lambda: thing.update(a=thing.pop("a"))


@change
def the_order_that_a_dict_keeps_itself():
    thing = collections.OrderedDict(a=1, b=2)
    return thing, lambda: thing.move_to_end("a")


@change
def a_dict_keyed_by_tensors():
    key = torch.zeros(2)
    return {key: 1}, lambda: key.add_(1)


@change
def the_attribute_of_a_kind_of_dict():
    thing = type("Own", (dict,), {})(a=1)
    return thing, lambda: setattr(thing, "n", 1)


@change
def a_bounded_deque():
    thing = collections.deque([1, 2], maxlen=2)
    return thing, lambda: thing.append(3)


@change
def an_array_of_python():
    thing = array.array("f", [0.0])
    return thing, lambda: thing.append(1.0)


@change
def bytes_that_can_change():
    thing = bytearray(2)
    return thing, lambda: thing.__setitem__(1, 7)


@change
def a_simple_queue():
    thing = queue.SimpleQueue()
    return thing, lambda: thing.put(1)


@change
def a_number_that_processes_share():
    thing = multiprocessing.Value("i", 0)
    return thing, lambda: setattr(thing, "value", 1)


@change
def numbers_that_processes_share():
    thing = multiprocessing.Array("d", [0.0, 1.0])
    return thing, lambda: thing.__setitem__(0, 1.0)


@change
def memory_that_processes_share():
    thing = shared_memory.SharedMemory(create=True, size=8)
    _opened.append(thing)
    thing.unlink()
    return thing, lambda: thing.buf.__setitem__(0, 1)


@change
def a_weak_reference():
    held = _Hidden()
    return [weakref.ref(held), held.move], held.move


@change
def a_weak_dict():
    held = _Hidden()
    thing = weakref.WeakKeyDictionary({held: [0]})
    return (thing, held.move), lambda: thing[held].append(1)


@change
def a_context_variable():
    thing = contextvars.ContextVar("n")
    return thing, lambda: thing.set(3)


@change
def a_file():
    thing = io.BytesIO(b"one\ntwo\n")
    return thing, thing.readline


@change
def a_file_on_disk():
    thing = open(__file__)  # noqa: SIM115, PTH123 - open is what is tested
    _opened.append(thing)
    return thing, thing.readline


@change
def a_generator():
    def count():
        yield from range(3)

    thing = count()
    return thing, lambda: next(thing)


@change
def what_a_generator_holds():
    def hold(bank):
        yield 1
        yield bank

    bank = []
    thing = hold(bank)
    next(thing)
    return thing, lambda: bank.append(1)


@change
def a_counting_iterator():
    thing = itertools.count()
    return thing, lambda: next(thing)


@change
def an_iterator_that_goes_round():
    thing = itertools.cycle([1, 2])
    return thing, lambda: next(thing)


@change
def an_iterator_of_a_list():
    thing = iter([1, 2])
    return thing, lambda: next(thing)


@change
def iterators_in_iterators():
    thing = zip(itertools.count(), map(int, itertools.chain([1, 2], [3])), strict=False)
    return thing, lambda: next(thing)


@change
def random_numbers_of_python():
    thing = random.Random(0)
    return thing, thing.random


@change
def random_numbers_of_numpy():
    thing = np.random.default_rng(0)
    return thing, thing.random


@change
def random_numbers_of_old_numpy():
    thing = np.random.RandomState(0)
    return thing, thing.rand


@change
def random_numbers_spawned():
    thing = np.random.default_rng(0)
    return thing, lambda: thing.spawn(1)


@change
def random_numbers_of_torch():
    thing = torch.Generator()
    return thing, lambda: torch.rand(1, generator=thing)


@change
def the_random_numbers_of_all():
    return None, random.random


@change
def an_array():
    thing = np.zeros(3)
    return thing, lambda: thing.__setitem__(1, 1)


@change
def the_mask_of_an_array():
    thing = np.ma.masked_array([1.0, 2.0], mask=[False, True])
    return thing, lambda: thing.mask.__setitem__(0, True)


@change
def an_attribute_of_an_array():
    thing = np.zeros(2).view(type("Own", (np.ndarray,), {}))
    return thing, lambda: setattr(thing, "n", 1)


@change
def objects_in_an_array():
    inner = [0]
    return np.array([inner, None], dtype=object), lambda: inner.append(1)


@change
def a_tensor():
    thing = torch.zeros(3)
    return thing, lambda: thing.add_(1)


@change
def one_bit_of_a_tensor():
    thing = torch.zeros(3)
    return thing, thing.neg_


@change
def a_tensor_with_other_memory():
    thing = torch.zeros(3)
    return thing, lambda: setattr(thing, "data", torch.zeros(3))


@change
def whether_a_tensor_is_trained():
    thing = nn.Parameter(torch.zeros(3))
    return thing, lambda: thing.requires_grad_(False)


@change
def a_gradient():
    thing = nn.Parameter(torch.zeros(3))
    return thing, lambda: thing.sum().backward()


@change
def an_equal_gradient_that_is_another():
    thing = nn.Parameter(torch.zeros(3))
    thing.sum().backward()
    return thing, lambda: setattr(thing, "grad", thing.grad.clone())


@change
def an_attribute_of_a_tensor():
    thing = torch.zeros(3)
    thing.mean_square = torch.zeros(3)
    return thing, lambda: thing.mean_square.add_(1)


@change
def a_hook_of_a_tensor():
    thing = nn.Parameter(torch.zeros(3))
    return thing, lambda: thing.register_hook(print)


@change
def what_a_hook_of_a_tensor_holds():
    thing, kept = nn.Parameter(torch.zeros(3)), []
    thing.register_post_accumulate_grad_hook(lambda p: kept.append(p.grad))
    return thing, lambda: kept.append(1)


@change
def a_sparse_tensor():
    thing = torch.eye(2).to_sparse()
    return thing, lambda: thing.mul_(2)


@change
def a_sparse_tensor_in_rows():
    thing = torch.eye(2).to_sparse_csr()
    return thing, lambda: thing.values().mul_(2)


@change
def a_quantized_tensor():
    thing = torch.quantize_per_tensor(torch.zeros(3), 0.1, 0, torch.qint8)
    return thing, lambda: thing.copy_(torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8))


@change
def a_complex_tensor_in_bfloat16_neighbourhood():
    thing = (torch.zeros(2, dtype=torch.complex64), torch.zeros(2, dtype=torch.bfloat16))
    return thing, lambda: thing[1].add_(1)


@change
def a_tensor_of_tensors():
    from torch.testing._internal.two_tensor import TwoTensor

    inner = torch.zeros(2)
    return TwoTensor(inner, torch.zeros(2)), lambda: inner.add_(1)


@change
def a_buffer():
    thing = nn.BatchNorm1d(2)
    return thing, lambda: thing(torch.randn(4, 2))


@change
def a_training_flag():
    thing = nn.Sequential(nn.Dropout())
    return thing, thing[0].eval


@change
def a_state_of_an_optimizer():
    p = nn.Parameter(torch.ones(2))
    p.grad = torch.ones(2)
    thing = torch.optim.Adam([p])
    return thing, thing.step


@change
def a_custom_attribute_of_an_optimizer():
    thing = torch.optim.SGD([nn.Parameter(torch.ones(2))], lr=0.1)
    return thing, lambda: setattr(thing, "rho", 0.5)


@change
def a_cell():
    n = 0

    def step():
        return n

    def move():
        nonlocal n
        n += 1

    return step, move


@change
def a_cell_of_a_function_in_a_partial_in_a_list():
    bank = []

    def step(x):
        return bank, x

    return [functools.partial(step, 1)], lambda: bank.append(1)


@change
def a_global():
    def move():
        global _number  # noqa: PLW0603 - is what is tested
        _number += 1

    return _step_with_globals, move


@change
def what_a_global_holds():
    return _step_with_globals, lambda: _bank[0].add_(1)


@change
def an_attribute_of_a_users_module():
    return _step_with_globals, lambda: setattr(_module, "x", _module.x + 1)


@change
def a_default():
    def step(x, seen=[]):  # noqa: B006 - is what is tested
        return seen

    return step, lambda: step(1).append(1)


@change
def a_named_default():
    def step(x, *, seen={}):  # noqa: B006 - is what is tested
        return seen

    return step, lambda: step(1).update(a=1)


@change
def an_attribute_of_a_function():
    def step():
        pass

    return step, lambda: setattr(step, "calls", 1)


@change
def the_owner_of_a_method():
    thing = _Hidden()
    return thing.move, thing.move


@change
def a_step_named_within_a_lambda():
    return (lambda batch: [_step_with_globals(one) for one in batch]), lambda: _bank.append(0)


@change
def a_loader_in_mid_pass():
    thing = iter(DataLoader(range(8), batch_size=2, shuffle=True))
    next(thing)
    return thing, lambda: next(thing)


@change
def a_transform_of_a_dataset():
    draws = np.random.default_rng(0)

    class Data(torch.utils.data.Dataset):
        transform = staticmethod(lambda x: x + draws.random())

        def __len__(self):
            return 4

    return DataLoader(Data()), draws.random


@pytest.mark.parametrize("make", CHANGES.values(), ids=CHANGES)
def test_it_sees(make):
    thing, move = make()
    oracle = Oracle({"thing": thing})
    assert not oracle.differences()
    move()
    found = oracle.differences()
    assert found
    assert all(str(difference) for difference in found)


def test_it_looks_again_without_moving_anything():
    things = [make()[0] for make in CHANGES.values()]
    oracle = Oracle({"things": things})
    assert not oracle.differences()
    assert not oracle.differences()


def test_a_tensor_that_was_looked_at_can_still_grow():
    thing = torch.zeros(3)
    oracle = Oracle({"thing": thing})
    thing.resize_(100)
    assert oracle.differences()


def test_differences_can_be_read():
    model = nn.Linear(2, 1)
    model.stats = {"seen": [1, 2]}
    oracle = Oracle({"model": model})
    model.stats["seen"][1] = 5
    assert [str(one) for one in oracle.differences()] == ["model.stats['seen'][1]: 2 -> 5"]
    assert oracle.differences()[0].names == ["model", "stats", "seen"]


def test_what_is_back_as_it_was_is_no_difference():
    thing = {"t": torch.zeros(3), "l": [1]}
    oracle = Oracle({"thing": thing})
    thing["t"].add_(1)
    thing["l"].append(2)
    assert oracle.differences()
    thing["t"].zero_()
    thing["l"].pop()
    assert not oracle.differences()


class TestNotes:
    def _of(self, losses, item):
        def step_fn(batch):
            losses.append(batch)

        oracle = Oracle({"step_fn": step_fn, "elsewhere": types.SimpleNamespace(losses=losses)})
        step_fn(item)
        return oracle.differences()

    @pytest.mark.parametrize("item", [1.5, "text", (1, 2), {"loss": 0.5}, [1, [2]], None])
    def test_numbers_and_texts_added_to_a_list_are(self, item):
        found = self._of([0.1], item)
        assert found
        assert all(one.is_note for one in found)

    @pytest.mark.parametrize("item", [torch.zeros(1), np.zeros(1), object(), (1, {2: torch.zeros(1)})])
    def test_other_things_are_not(self, item):
        assert not any(one.is_note for one in self._of([], item))

    def test_what_is_added_to_a_list_that_changed_is_not(self):
        losses = [1.0]

        def step_fn(batch):
            losses[0] = 2.0
            losses.append(3.0)

        oracle = Oracle({"step_fn": step_fn})
        step_fn(0)
        assert not any(one.is_note for one in oracle.differences())

    def test_a_list_that_no_step_refers_to_has_none(self):
        model = nn.Linear(1, 1)
        model.seen = []
        oracle = Oracle({"model": model, "step_fn": lambda batch: model(batch) * 2})
        model.seen.append(1)
        assert [one.is_note for one in oracle.differences()] == [False]

    def test_a_kind_of_list_has_none(self):
        assert not any(one.is_note for one in self._of(type("Own", (list,), {})(), 1.0))


def test_portraits_of_like_worlds_are_equal_and_tell_where_they_are_not():
    def make(value):
        torch.manual_seed(0)
        model = nn.Linear(2, 1)
        optimizer = torch.optim.Adam(model.parameters())
        bank = {model.weight: [value]}
        return Oracle({"model": model, "optimizer": optimizer, "step_fn": lambda: bank}).portrait()

    assert not portrait_differences(make(1), make(1))
    (told,) = portrait_differences(make(1), make(2))
    assert "step_fn's bank" in told


def test_a_difference_is_told_in_one_line():
    assert str(Difference("model.n", "1", "2")) == "model.n: 1 -> 2"
