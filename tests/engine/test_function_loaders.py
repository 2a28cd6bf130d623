"""Functions as loaders, all data in one batch, and what is mistaken for a loader."""

import functools

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from lrwidget.engine import RangeTest
from lrwidget.errors import LoaderError, LRWidgetWarning, SetupError
from tests.engine.states import assert_same_state, full_state
from tests.engine.worlds import seed_all

RATES = {"start_lr": 1e-4, "end_lr": 1e-1, "num_iter": 7, "diverge_th": None}


def _model():
    seed_all()
    model = nn.Linear(4, 2)
    return model, torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()


def _batches(n=3):
    draw = torch.Generator().manual_seed(5)
    return [(torch.randn(8, 4, generator=draw), torch.randint(0, 2, (8,), generator=draw)) for _ in range(n)]


def _losses(loader, val_loader=None, **options):
    history = RangeTest(*_model(), loader, val_loader, **RATES, **options).run()
    return history.loss.tolist(), history.stop_reason


def test_a_generator_function_is_one_pass_a_call():
    calls = []

    def passes():
        calls.append(1)
        yield from _batches()

    assert _losses(passes) == _losses(_batches())
    assert len(calls) == 3  # 7 steps of passes of 3


def test_functions_that_return_an_iterator_or_a_loader_are_one_pass_a_call():
    assert _losses(lambda: iter(_batches())) == _losses(_batches())
    x, y = (torch.cat(part) for part in zip(*_batches(), strict=True))
    assert _losses(lambda: DataLoader(TensorDataset(x, y), 8)) == _losses(DataLoader(TensorDataset(x, y), 8))


@pytest.mark.parametrize("kind", [tuple, list])
def test_a_function_that_returns_a_batch_is_endless(kind):
    data, drawn = _batches(), []

    def get_batch(split="train"):
        drawn.append(split)
        return kind(data[(len(drawn) - 1) % 3])

    assert _losses(get_batch) == _losses(data)
    assert len(drawn) == 7
    drawn.clear()
    assert _losses(functools.partial(get_batch, "train")) == _losses(data)
    drawn.clear()
    assert _losses(lambda: get_batch("train")) == _losses(data)


def test_a_function_that_draws_at_random_leaves_the_random_state_alone():
    x, y = torch.randn(64, 4), torch.randint(0, 2, (64,))
    own = torch.Generator().manual_seed(1)

    def get_batch():
        at = torch.randint(64, (8,))
        also = torch.randint(64, (8,), generator=own)
        return x[at] + x[also], y[at]

    world = _model()
    before, state = torch.get_rng_state(), own.get_state()
    RangeTest(*world, get_batch, fixed_batches=2, **RATES).run()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(own.get_state(), state)


def test_a_function_whose_iterator_ends_ends_the_sweep():
    left = iter(_batches(4))
    losses, reason = _losses(lambda: next(left))
    assert (len(losses), reason) == (4, "exhausted")
    assert _losses(lambda: next(left)) == (losses, "exhausted"), "the iterator stood still meanwhile"
    list(left)
    with pytest.raises(LoaderError, match="train_loader is empty"):
        _losses(lambda: next(left))


def test_dicts_tensors_and_objects_are_batches_too():
    model, optimizer, criterion = _model()
    (x, y), *_ = _batches()
    for made, step in (
        ({"x": x, "y": y}, lambda b: criterion(model(b["x"]), b["y"])),
        (x, lambda b: model(b).square().mean()),
        (None, lambda b: criterion(model(x), y)),
    ):
        test = RangeTest(model, optimizer, None, lambda made=made: made, step_fn=step, **RATES)
        assert len(test.run()) == 7


def test_an_endless_function_to_validate_on_is_bounded_and_told():
    drawn = []

    def get_batch():
        drawn.append(1)
        return _batches(1)[0]

    with pytest.warns(LRWidgetWarning, match="first 100 batches of val_loader.*val_batches"):
        history = RangeTest(*_model(), _batches(), get_batch, **RATES).run()
    assert history.receipt["evaluation_batches"] == 100
    assert len(drawn) <= 101
    assert len(_losses(_batches(), get_batch, val_batches=3)[0]) == 7


def test_all_data_in_one_batch():
    model, optimizer, criterion = _model()
    (x, y), *_ = _batches()
    whole = RangeTest(model, optimizer, criterion, [(x, y)], **RATES).run()
    own = RangeTest(
        model, optimizer, None, [None], step_fn=lambda _: criterion(model(x), y), fixed_batches=1, **RATES
    ).run()
    assert own.loss[:-1] == pytest.approx(whole.loss[1:])  # evaluated after the step, not before it


class Rows(Dataset):
    def __len__(self):
        return 16

    def __getitem__(self, index):
        return torch.randn(4), 1


class Lines(IterableDataset):
    def __iter__(self):
        return iter(_batches())


def _refused(match, kind=LoaderError, **changes):
    model, optimizer, criterion = _model()
    before = full_state(model, optimizer)
    given = {"criterion": criterion, "train_loader": _batches()} | changes
    with pytest.raises(kind, match=match):
        RangeTest(model, optimizer, **given).start()
    assert_same_state(before, full_state(model, optimizer))


@pytest.mark.parametrize("name", ["train_loader", "val_loader"])
def test_what_is_mistaken_for_a_loader(name):
    x, y = torch.randn(32, 4), torch.randint(0, 2, (32,))
    wrap = r"wrap it, DataLoader\(dataset, batch_size=32"
    _refused(rf"{name} got a Dataset \(TensorDataset\).*{wrap}", **{name: TensorDataset(x, y)})
    _refused(rf"{name} got a Dataset \(Rows\).*{wrap}", **{name: Rows()})
    whole = r"All data in one batch is \[\(x, y\)\]"
    _refused(rf"{name} got a tuple of 2 tensors.*{whole}", **{name: (x, y)})
    _refused(rf"{name} got a list of 2 tensors.*{whole}", **{name: [x, y]})
    _refused(rf"{name} got a Tensor of shape \(32, 4\).*{whole}", **{name: x})
    _refused(rf"{name} got a ndarray of shape \(32, 4\)", **{name: x.numpy()})
    _refused(f"{name} is a function that wants split", **{name: lambda split: 1})
    _refused("got the class DataLoader", **{name: DataLoader})


def test_what_only_looks_like_it_is_taken():
    assert len(_losses(Lines())[0]) == 7
    model, optimizer, _ = _model()
    for rows in (torch.randn(3, 8, 4), [torch.randn(8, 4), torch.randn(8, 4)], np.random.randn(3, 8, 4)):  # noqa: NPY002

        def step(batch):
            return model(torch.as_tensor(batch, dtype=torch.float32)).square().mean()

        assert len(RangeTest(model, optimizer, None, rows, step_fn=step, **RATES).run()) == 7


def test_a_class_instead_of_an_object():
    _refused(
        r"criterion is the class CrossEntropyLoss, not an object.*CrossEntropyLoss\(\)", SetupError,
        criterion=nn.CrossEntropyLoss,
    )  # fmt: skip
    model, _, criterion = _model()
    with pytest.raises(SetupError, match=r"optimizer must be .*got the class SGD"):
        RangeTest(model, torch.optim.SGD, criterion, _batches()).start()
    with pytest.raises(SetupError, match=r"model must be .*got the class Linear"):
        RangeTest(nn.Linear, torch.optim.SGD(model.parameters(), lr=1), criterion, _batches()).start()
