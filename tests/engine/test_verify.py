"""A sweep that verifies itself: what a keeper forgets is named, and nothing else."""

import dataclasses
import gc
import importlib
import types
import weakref
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from lrwidget.engine import RangeTest
from lrwidget.engine.state.walk import Kinds
from lrwidget.engine.verification import verification
from lrwidget.errors import LRWidgetWarning, RestoreError, SettingsError, SetupError
from tests.engine.worlds import cnn_world, seed_all
from tests.oracle.judge import listening
from tests.oracle.test_mutants import MODULE, TABLE, TOLD_BY
from tests.oracle.test_user_objects import WORLDS
from tests.setups.table import SETUPS

RATES = {"start_lr": 1e-3, "end_lr": 0.1, "num_iter": 5, "diverge_th": None}


def _sweep(world, **options):
    model, optimizer, criterion, loader = world
    return RangeTest(model, optimizer, criterion, loader, **{**RATES, "verify": True, **options})


def _forget(monkeypatch, name):
    kinds = getattr(importlib.import_module(MODULE), TABLE)
    assert name in {kind.name for kind in kinds}
    forgetful = [dataclasses.replace(kind, keep=None) if kind.name == name else kind for kind in kinds]
    monkeypatch.setattr(f"{MODULE}.{TABLE}", Kinds(forgetful))


def _heard(test):
    with listening() as said:
        history = test.run()
    return history.receipt["differs"], said.warnings


# -- what a keeper forgets -------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOLD_BY)
def test_what_a_keeper_forgets_is_named(name, monkeypatch):
    make, rules = WORLDS[TOLD_BY[name]]
    _forget(monkeypatch, name)
    seed_all(0)
    world = make()
    world.begin("mid-pass")
    try:
        with listening() as said:
            options = {key: value for key, value in rules.items() if key not in {"may_be_named", "notes"}}
            history = world.sweep(verify=True, **options)
    finally:
        for end in world.also.get("closing", ()):
            end.close()
    differs = history.receipt["differs"]
    assert differs
    (warning,) = [text for text in said.warnings if "verify=True" in text]
    assert differs[0] in warning


def test_the_line_says_where_and_from_what_to_what(monkeypatch):
    model, optimizer, criterion, loader = cnn_world()
    bank = {"seen": 0, "mean": torch.zeros(2)}

    def step(batch):
        bank["seen"] += 1
        bank["mean"].add_(1)
        return criterion(model(batch[0]), batch[1])

    _forget(monkeypatch, "dicts")
    differs, heard = _heard(_sweep((model, optimizer, None, loader), step_fn=step))
    assert "step_fn's bank['seen']: 0 -> 5" in differs
    (text,) = heard
    assert "history.receipt['differs'] names all" in text


def test_a_warning_names_the_first_few_and_counts_the_rest(monkeypatch):
    model, optimizer, criterion, loader = cnn_world()
    counts = {f"count_{index}": 0 for index in range(9)}

    def step(batch):
        counts.update({name: count + 1 for name, count in counts.items()})
        return criterion(model(batch[0]), batch[1])

    _forget(monkeypatch, "dicts")
    differs, (text,) = _heard(_sweep((model, optimizer, None, loader), step_fn=step))
    assert sum("count_" in line for line in differs) == 9
    assert sum(line in text for line in differs) == 5
    assert f"and {len(differs) - 5} more" in text


def test_large_tensors_and_arrays_are_seen_as_well(monkeypatch):
    model, optimizer, criterion, loader = cnn_world()
    large, array = torch.zeros(600_000), np.zeros(600_000)
    held = types.SimpleNamespace(large=large, turned=torch.zeros(800, 900).t(), array=array)

    def step(batch):
        with torch.no_grad():
            held.large[599_999] += 1
            held.turned[3, 4].neg_()
        held.array[7] += 1
        return criterion(model(batch[0]), batch[1])

    _forget(monkeypatch, "tensors")
    differs, _ = _heard(_sweep((model, optimizer, None, loader), step_fn=step))
    assert any(line.startswith("step_fn's held.large value") for line in differs)
    assert any(line.startswith("step_fn's held.turned value") for line in differs)
    assert not any("held.array" in line for line in differs)  # which the keeper did not forget


def test_what_the_way_out_changes_is_seen():
    world = cnn_world()

    @contextmanager
    def around():
        yield
        world.model.left_by_around = 1

    differs, _ = _heard(_sweep(world, around=around))
    assert "model.left_by_around: nothing -> 1" in differs


class _Stubborn(nn.Linear):
    """Its further state cannot be set."""

    def __init__(self):
        super().__init__(4, 3)
        self.calls = 0

    def get_extra_state(self):
        return self.calls

    def set_extra_state(self, state):
        self.calls = -1
        raise ValueError("no")

    def forward(self, x):
        self.calls += 1
        return super().forward(x)


def test_what_could_not_be_given_back_is_named_as_well():
    model = _Stubborn()
    loader = DataLoader([(torch.ones(4), 1)] * 8, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    test = _sweep((model, optimizer, nn.CrossEntropyLoss(), loader))
    with listening() as said, pytest.raises(RestoreError):
        test.run()
    assert "model.calls: 0 -> -1" in test.history.receipt["differs"]
    assert any("model.calls: 0 -> -1" in text for text in said.warnings)


# -- the whole keeper ------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [0, 3], ids=["fresh", "mid-training"])
@pytest.mark.parametrize(
    "name", ["hooks_of_every_kind", "ema_copy_updated_in_the_step", "a_loader_with_a_generator", "lbfgs"]
)
def test_a_whole_keeper_leaves_nothing(name, before):
    setup = SETUPS[name]()
    setup.train(before)
    history = setup.test(verify=True).run()
    assert history.receipt["differs"] == []


@pytest.mark.parametrize("stay", [False, True])
def test_with_workers_as_well(stay):
    model, optimizer, criterion, loader = cnn_world()
    workers = DataLoader(loader.dataset, batch_size=5, shuffle=True, num_workers=2, persistent_workers=stay)
    next(iter(workers))
    differs, heard = _heard(_sweep((model, optimizer, criterion, workers)))
    assert (differs, heard) == ([], [])
    del workers


def test_after_an_error_as_well():
    model, optimizer, criterion, loader = cnn_world(warm=True)
    calls = {"n": 0}

    def step(batch):
        calls["n"] += 1
        if calls["n"] == 3:
            raise ValueError("mine")
        return criterion(model(batch[0]), batch[1])

    test = _sweep((model, optimizer, None, loader), step_fn=step)
    with pytest.raises(ValueError, match="mine"):
        test.run()
    assert test.history.receipt["differs"] == []
    assert calls == {"n": 0}


def test_what_is_left_after_an_error_is_named_beside_it(monkeypatch):
    model, optimizer, _, loader = cnn_world(warm=True)
    calls = {"n": 0}

    def step(batch):
        calls["n"] += 1
        raise ValueError("mine")

    _forget(monkeypatch, "dicts")
    test = _sweep((model, optimizer, None, loader), step_fn=step)
    with (
        pytest.warns(LRWidgetWarning, match=r"calls\['n'\]: 0 -> 1"),
        pytest.raises(ValueError, match="mine"),
    ):
        test.run()


def test_after_a_stop_as_well():
    test = _sweep(cnn_world(warm=True))
    for point in test:
        if point.index == 1:
            test.stop()
    assert test.stop_reason == "stopped"
    assert test.history.receipt["differs"] == []


def test_after_a_close_within_a_block_as_well():
    with _sweep(cnn_world(warm=True)) as test:
        next(test)
        assert "differs" not in test.history.receipt  # nothing has been given back yet
    assert test.history.receipt["differs"] == []


# -- the rules -------------------------------------------------------------------------------------


def test_notes_and_hooks_that_were_added_are_no_difference():
    model, optimizer, criterion, loader = cnn_world()
    losses = []
    model.register_forward_hook(lambda *_: None)

    def step(batch):
        loss = criterion(model(batch[0]), batch[1])
        losses.append(loss.item())
        return loss

    test = _sweep((model, optimizer, None, loader), step_fn=step)
    for point in test:
        if point.index == 1:  # as from another cell
            model.register_forward_pre_hook(lambda *_: None)
            model.head.register_full_backward_hook(lambda *_: None)
            next(model.parameters()).register_hook(lambda grad: grad)
    assert test.history.receipt["differs"] == []
    assert len(losses) == 5
    assert any("losses" in line for line in test.history.receipt["notes"])


def test_what_is_named_as_not_kept_is_not_named_again():
    model, optimizer, criterion, loader = cnn_world()
    scales = (1 / n for n in range(1, 99))

    def step(batch):
        return criterion(model(batch[0]), batch[1]) * next(scales)

    differs, (warning,) = _heard(_sweep((model, optimizer, None, loader), step_fn=step))
    assert "scales" in warning
    assert "cannot give them back" in warning
    assert differs == []


# -- the walk itself -------------------------------------------------------------------------------


class _AskedError(Exception):
    pass


def _tell(self, *rest):
    raise _AskedError("the walk has called what a user wrote")


class _Shy:
    """Raises whenever it is asked for something."""

    __len__ = __iter__ = __eq__ = __hash__ = __getattr__ = __repr__ = __bool__ = __reduce_ex__ = _tell
    n = property(_tell)

    def __init__(self):
        object.__setattr__(self, "_n", 1)

    @property
    def __class__(self):
        raise _AskedError("the walk has asked for the class")


class _ShyDict(dict):
    __len__ = __iter__ = keys = values = items = __getitem__ = __contains__ = _tell


class _ShyList(list):
    __len__ = __iter__ = __getitem__ = __eq__ = __hash__ = _tell


class _ShySet(set):
    __len__ = __iter__ = __contains__ = _tell


class _ShyNumber(float):
    __repr__ = __eq__ = __hash__ = _tell


class _ShyLoader(DataLoader):
    __len__ = __iter__ = _tell


class _ShyTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise _AskedError("the walk has called a tensor's own function")


@pytest.mark.parametrize(
    "make",
    [
        _Shy,
        lambda: _ShyDict(a=1),
        lambda: _ShyList([1, [2]]),
        lambda: _ShySet([1]),
        lambda: _ShyNumber(1.5),
        lambda: _ShyLoader([1]),
        lambda: torch.zeros(3).as_subclass(_ShyTensor),
        object,
        lambda: {_Shy: _Shy()},
        lambda: np.zeros(3).view(type("Own", (np.ndarray,), {"__eq__": _tell, "__len__": _tell})),
    ],
)
def test_the_walk_calls_nothing_that_a_user_wrote(make):
    thing = make()
    picture = verification.Picture({"thing": thing}, steps=None)
    assert picture.differences() == []
    assert not any("reading it" in node.parts for node in picture._nodes.values())


def test_a_function_that_computes_something_else_now_is_seen():
    def step(x):
        return x + 1

    def other(x):
        return x * 2

    other.__code__ = other.__code__.replace(co_name="step")
    picture = verification.Picture({"step": step})
    assert picture.differences() == []
    step.__code__ = other.__code__
    assert [one.path for one in picture.differences()] == ["step code"]


def test_the_walk_draws_nothing_and_makes_no_attribute():
    world = cnn_world(own_generator=True, warm=True)
    states = torch.get_rng_state(), world.loader.generator.get_state()
    attributes = {name: set(vars(module)) for name, module in world.model.named_modules()}
    loader = set(vars(world.loader))
    picture = verification.Picture(
        {"model": world.model, "optimizer": world.optimizer, "train_loader": world.loader}
    )
    picture.differences()
    assert torch.equal(states[0], torch.get_rng_state())
    assert torch.equal(states[1], world.loader.generator.get_state())
    assert attributes == {name: set(vars(module)) for name, module in world.model.named_modules()}
    assert loader == set(vars(world.loader))


class _Held:
    pass


def test_it_keeps_nothing_of_a_generator_alive():
    def batches():
        for _ in range(2):
            held = _Held()
            yield held
            del held
            yield None

    opened = batches()
    gone = weakref.ref(next(opened))
    picture = verification.Picture({"opened": opened})
    assert any("'s held" in str(path) for path in picture.paths)
    next(opened)
    del picture
    gc.collect()
    assert gone() is None


def test_a_strange_object_does_not_end_a_sweep(monkeypatch):
    world = cnn_world()
    world.model.strange = memoryview(b"abc")
    world.model.strange.release()
    assert _sweep(world).run().receipt["differs"] == []


def test_losses_are_those_of_a_sweep_that_does_not_look():
    looked = _sweep(cnn_world()).run()
    plain = _sweep(cnn_world(), verify=False).run()
    assert looked.loss.tolist() == plain.loss.tolist()


def test_without_it_nothing_is_looked_at(monkeypatch):
    monkeypatch.setattr("lrwidget.engine.sweep.Verification", _tell)
    history = _sweep(cnn_world(), verify=False).run()
    assert "differs" not in history.receipt


def test_nothing_is_held_once_it_has_looked():
    world = cnn_world()
    test = _sweep(world)
    test.run()
    model = weakref.ref(world.model)
    del world, test
    gc.collect()
    assert model() is None


@pytest.mark.parametrize("value", [1, 0, None, "yes", "True", [], np.bool_(True), torch.tensor(True)])
def test_another_value_is_refused_by_name(value):
    test = _sweep(cnn_world(), verify=value)
    with pytest.raises(SettingsError, match=r"^verify must be True or False; got "):
        test.run()


def test_a_sweep_that_is_refused_says_nothing_of_it():
    model, optimizer, _, loader = cnn_world()
    test = _sweep((model, optimizer, "no criterion", loader))
    with listening() as said, pytest.raises(SetupError, match="criterion"):
        test.run()
    assert said.warnings == []


def test_a_sweep_that_fails_before_its_first_step_names_what_it_could_not_keep_once():
    class Failing(Dataset):
        opened = None

        def __len__(self):
            return 4

        def __getitem__(self, index):
            next(self.opened)
            raise ValueError("mine")

    model, optimizer, criterion, _ = cnn_world()
    data = Failing()
    data.opened = (scale for scale in range(9))
    test = _sweep((model, optimizer, criterion, DataLoader(data)))
    with listening() as said, pytest.raises(ValueError, match="mine"):
        test.run()
    receipt = test.history.receipt
    assert next(data.opened) == 1  # it has moved
    assert any("opened" in line for line in receipt["not_kept"])
    assert receipt["differs"] == []
    assert sum("opened" in text for text in said.warnings) == 1


def test_what_methods_of_an_own_loader_change_comes_back():
    model, optimizer, criterion, loader = cnn_world()
    passes = {"begun": 0}

    class Own(DataLoader):
        def __iter__(self):
            passes["begun"] += 1
            return super().__iter__()

    test = _sweep((model, optimizer, criterion, Own(loader.dataset, batch_size=5)))
    with listening():
        test.run()
    assert passes == {"begun": 0}
    assert test.history.receipt["differs"] == []
