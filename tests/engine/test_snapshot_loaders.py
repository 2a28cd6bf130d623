"""Loaders and samplers repeat themselves after a restore."""

import hashlib
import random
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, Sampler, TensorDataset

from lrwidget.engine import Snapshot
from lrwidget.errors import LRWidgetWarning, RestoreError
from tests.engine.worlds import small_world as _plain


@pytest.fixture
def world():
    return _plain()


class _Shuffling(Sampler):
    """A sampler with a counter, a list shuffled in place, and generators of three kinds."""

    def __init__(self, n):
        self.order, self.epoch = list(range(n)), 0
        self.python, self.numpy = random.Random(1), np.random.default_rng(1)
        self.torch, self.legacy = torch.Generator().manual_seed(1), np.random.RandomState(1)

    def __iter__(self):
        self.epoch += 1
        self.python.shuffle(self.order)
        self.numpy.shuffle(self.order)
        start = int(torch.randint(9, (), generator=self.torch)) + self.legacy.randint(9)
        return iter(self.order[start % 7 :] + self.order[: start % 7])

    def __len__(self):
        return len(self.order)


@pytest.mark.parametrize("nested", [False, True])
def test_samplers_repeat_themselves(world, nested):
    data = TensorDataset(torch.arange(20.0))
    sampler = _Shuffling(20)
    if nested:
        loader = DataLoader(data, batch_sampler=BatchSampler(sampler, 4, drop_last=False))
    else:
        loader = DataLoader(data, batch_size=4, sampler=sampler)
    snapshot = Snapshot(*world, loaders=[loader])
    first = [batch[0].tolist() for batch in loader]
    snapshot.restore()
    assert [batch[0].tolist() for batch in loader] == first
    assert sampler.epoch == 1


def test_a_generator_of_a_random_sampler_repeats_itself(world):
    data = TensorDataset(torch.arange(20.0))
    sampler = RandomSampler(data, generator=torch.Generator().manual_seed(2))
    loader = DataLoader(data, sampler=sampler)
    snapshot = Snapshot(*world, loaders=[loader])
    first = [batch[0].item() for batch in loader]
    snapshot.restore()
    assert [batch[0].item() for batch in loader] == first


class _Stateful:
    def __init__(self):
        self._position = np.array([0])  # state that only state_dict knows to be state

    def __iter__(self):
        self._position[0] += 1
        yield torch.rand(1)

    def state_dict(self):
        torch.rand(1)  # reading the state may itself draw
        return {"position": self._position}

    def load_state_dict(self, state):
        self._position = state["position"].copy()


def test_loaders_with_a_state_dict_get_it_back(world):
    loader = _Stateful()
    before = torch.get_rng_state()
    snapshot = Snapshot(*world, loaders=[loader])
    list(loader)
    snapshot.restore()
    assert loader.state_dict()["position"].tolist() == [0]
    torch.set_rng_state(before)


class _Digesting(DataLoader):
    """A DataLoader with a part that cannot be seen into, of which its own state tells."""

    def __init__(self, **options):
        super().__init__(torch.arange(4.0), **options)
        self.drawn, self.digest = [], hashlib.sha256()

    def __iter__(self):
        for batch in super().__iter__():
            self.digest.update(batch.numpy())
            self.drawn.append(batch.numpy().tobytes())
            yield batch

    def state_dict(self):
        return {"drawn": self.drawn}

    def load_state_dict(self, state):
        self.drawn, self.digest = state["drawn"], hashlib.sha256(b"".join(state["drawn"]))


def test_a_dataloader_that_can_tell_its_state_is_asked_for_what_cannot_be_seen(world):
    loader = _Digesting()
    next(iter(loader))
    before = loader.digest.hexdigest()
    snapshot = Snapshot(*world, loaders=[loader])
    assert snapshot.not_kept == []
    list(loader)
    snapshot.restore()
    assert loader.digest.hexdigest() == before


class _Hashing(Sampler):
    def __init__(self):
        self.digest = hashlib.sha256()

    def __iter__(self):
        self.digest.update(b"again")
        return iter(range(4))

    def __len__(self):
        return 4


def test_a_dataloader_does_not_speak_for_what_it_was_handed(world):
    with pytest.warns(LRWidgetWarning, match=r"train_loader\.sampler\.digest"):
        Snapshot(*world, loaders=[_Digesting(sampler=_Hashing())]).restore()


class _Pair(NamedTuple):
    x: torch.Tensor
    y: torch.Tensor


def _paired(samples):
    return _Pair(torch.stack([x for x, _ in samples]), torch.stack([y for _, y in samples]))


def test_a_named_tuple_of_the_users_own_is_nothing_to_warn_of(world):
    data = TensorDataset(torch.arange(4.0), torch.arange(4.0))
    assert Snapshot(*world, loaders=[DataLoader(data, collate_fn=_paired)]).not_kept == []


class _Images(torch.utils.data.Dataset):
    def __init__(self, count):
        self.images = torch.zeros(count)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index]


def test_little_data_comes_back_and_much_is_not_copied_but_watched(world):
    few, many = _Images(10), _Images(10_000_000)
    loaders = [DataLoader(few), DataLoader(many)]
    held = Snapshot(*world, loaders=loaders).held["host"]
    assert held < 10_000
    snapshot = Snapshot(*world, loaders=loaders)
    few.images += 1
    snapshot.restore()
    assert few.images.sum() == 0
    snapshot = Snapshot(*world, loaders=loaders)
    many.images[3] = 1
    with pytest.raises(RestoreError, match=r"val_loader\.dataset\.images .*written to.*keep=\[it\]"):
        snapshot.restore()
    snapshot = Snapshot(*world, loaders=loaders, keep=[many.images])
    many.images[3] = 2
    snapshot.restore()
    assert many.images[3] == 1
