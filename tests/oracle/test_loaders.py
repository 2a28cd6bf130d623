"""Every kind of loader gives, after a sweep, the batches that it would have given without one."""

import collections
import functools
import random

import numpy as np
import pytest
import torch
import torchdata.nodes as tn
from torch.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    IterableDataset,
    RandomSampler,
    Subset,
    WeightedRandomSampler,
    get_worker_info,
)
from torchdata.stateful_dataloader import StatefulDataLoader

from tests.oracle.passes import WHEN, check_loader
from tests.oracle.worlds import Samples

pytestmark = pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")

LOADERS = {}


def kind(make=None, **rules):
    """Add a maker of a loader."""
    if make is None:
        return functools.partial(kind, **rules)
    LOADERS[make.__name__] = (make, rules)
    return make


def _noise(x):
    return x + torch.rand(()) + random.random() + np.random.rand()  # noqa: NPY002 - users do


@kind
def shuffled():
    return DataLoader(Samples(), batch_size=4, shuffle=True)


@kind
def with_noise_from_all_the_global_generators():
    return DataLoader(Samples(_noise), batch_size=4, shuffle=True)


@kind
def with_two_workers():
    return DataLoader(Samples(_noise), batch_size=4, shuffle=True, num_workers=2)


@kind
def with_a_worker_that_stays():
    return DataLoader(Samples(_noise), batch_size=4, shuffle=True, num_workers=1, persistent_workers=True)


class Counting(Samples):
    """Counts what was drawn, in each worker for itself, and lets the data follow the count."""

    drawn = 0

    def __getitem__(self, index):
        self.drawn += 1
        x, y = super().__getitem__(index)
        return x * self.drawn, y


@kind
def with_a_worker_that_starts_anew_and_counts():
    return DataLoader(Counting(), batch_size=4, shuffle=True, num_workers=1)


@kind
def with_a_dataset_that_counts():
    return DataLoader(Counting(), batch_size=4, shuffle=True)


@kind
def weighted():
    sampler = WeightedRandomSampler(torch.arange(1.0, 13), 12, generator=torch.Generator().manual_seed(1))
    return DataLoader(Samples(), batch_size=4, sampler=sampler)


@kind
def with_a_sampler_of_batches():
    sampler = RandomSampler(Samples(), generator=torch.Generator().manual_seed(1))
    return DataLoader(Samples(), batch_sampler=BatchSampler(sampler, 4, drop_last=False))


@kind
def of_parts_of_joined_data():
    data = ConcatDataset([Subset(Counting(), range(6)), Samples(_noise)])
    return DataLoader(data, batch_size=4, shuffle=True)


class Buckets:
    """Batches of samples of like length, shuffled anew in each pass: no class of torch's."""

    def __init__(self):
        self.passes, self.draws = 0, random.Random(0)
        self.buckets = collections.defaultdict(list)
        for index in range(12):
            self.buckets[index % 3].append(index)

    def __len__(self):
        return 3

    def __iter__(self):
        self.passes += 1
        order = list(self.buckets)
        self.draws.shuffle(order)
        for one in order:
            self.draws.shuffle(self.buckets[one])  # in place: the next pass begins from here
            yield list(self.buckets[one])


@kind
def with_buckets_of_no_torch_class():
    return DataLoader(Samples(), batch_sampler=Buckets())


class Stream(IterableDataset):
    def __init__(self, seed=0):
        self.draws, self.passes = np.random.default_rng(seed), 0

    def __iter__(self):
        self.passes += 1
        info = get_worker_info()
        for index in range(info.id if info else 0, 12, info.num_workers if info else 1):
            yield torch.full((6,), index + self.passes + float(self.draws.random())), torch.tensor(index % 3)


@kind
def of_a_stream():
    return DataLoader(Stream(), batch_size=4)


@kind
def of_a_stream_in_two_workers():
    return DataLoader(Stream(), batch_size=2, num_workers=2)


@kind
def of_a_stream_in_a_worker_that_stays():
    return DataLoader(Stream(), batch_size=4, num_workers=1, persistent_workers=True)


@kind
def of_streams_in_a_row():
    return DataLoader(ChainDataset([Stream(0), Stream(1)]), batch_size=4)


class Consumed(IterableDataset):
    """A stream that goes on where the last pass was left, and begins anew at its end."""

    def __init__(self):
        self.at = 0

    def __iter__(self):
        while self.at < 12:
            self.at += 1
            yield torch.full((6,), float(self.at)), torch.tensor(self.at % 3)
        self.at = 0


@kind
def of_a_stream_that_goes_on_where_it_was_left():
    return DataLoader(Consumed(), batch_size=4)


class Resumable(IterableDataset):
    """As Hugging Face's: a state to be loaded, and a resume at the next pass only when it was."""

    def __init__(self):
        self.state, self.resume, self.epoch = {"at": 0}, None, 0

    def state_dict(self):
        return dict(self.state)

    def load_state_dict(self, state):
        self.resume = state["at"]

    def __iter__(self):
        first, self.resume = self.resume or 0, None
        for at in range(first, 12):
            self.state["at"] = at + 1
            yield torch.full((6,), float(at)), torch.tensor(at % 3)


@kind
def of_a_stream_that_can_be_resumed():
    return DataLoader(Resumable(), batch_size=4)


class WantsArguments(Resumable):
    """As MosaicML's: its state cannot be asked for without more."""

    def state_dict(self, num_samples, from_beginning):
        return {"at": 0}


@kind
def of_a_stream_whose_state_wants_arguments():
    return DataLoader(WantsArguments(), batch_size=4)


@kind
def stateful():
    return StatefulDataLoader(Samples(_noise), batch_size=4, shuffle=True)


@kind
def stateful_with_a_worker():
    return StatefulDataLoader(Samples(), batch_size=4, shuffle=True, num_workers=1)


@kind
def stateful_with_a_stream_that_can_be_resumed():
    return StatefulDataLoader(Resumable(), batch_size=4)


@kind
def stateful_that_was_resumed():
    one = StatefulDataLoader(Samples(), batch_size=4, shuffle=True)
    batches = iter(one)
    next(batches)
    other = StatefulDataLoader(Samples(), batch_size=4, shuffle=True)
    other.load_state_dict(one.state_dict())
    return other


def _stacked(rows):
    return torch.stack([x for x, _ in rows]), torch.stack([y for _, y in rows])


@kind
def of_nodes():
    sampler = RandomSampler(Samples(), generator=torch.Generator().manual_seed(3))
    node = tn.Mapper(tn.SamplerWrapper(sampler), Samples().__getitem__)
    return tn.Loader(tn.Mapper(tn.Batcher(node, 4), _stacked))


@kind
def of_nodes_that_begin_anew_from_the_first_batch():
    node = tn.Batcher(tn.IterableWrapper(list(Samples())), 4, drop_last=False)
    return tn.Loader(tn.Mapper(node, _stacked), restart_on_stop_iteration=True)


@kind
def of_nodes_read_ahead():
    node = tn.Mapper(tn.Batcher(tn.IterableWrapper(list(Samples())), 4), _stacked)
    return tn.Loader(tn.Prefetcher(node, 2))


class Own:
    """No DataLoader at all: an order from its own generator for each pass, and a place in it."""

    def __init__(self):
        self.draws, self.place, self.order = torch.Generator().manual_seed(2), 0, None
        self.data = Samples()

    def __iter__(self):
        self.order = torch.randperm(12, generator=self.draws)
        for self.place in range(0, 12, 4):
            rows = self.order[self.place : self.place + 4]
            yield self.data.x[rows], self.data.y[rows]


@kind
def no_dataloader_at_all():
    return Own()


class Itself:
    """Its own iterator, begun anew by ``iter``."""

    def __init__(self):
        self.at, self.data = 0, Samples()

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at >= 12:
            raise StopIteration
        rows = slice(self.at, self.at + 4)
        self.at += 4
        return self.data.x[rows], self.data.y[rows]


@kind(may_be_refused=True)
def its_own_iterator():
    return Itself()


@kind
def a_list_of_batches():
    return list(DataLoader(Samples(), batch_size=4))


@kind
def a_function_that_yields():
    draws = np.random.default_rng(0)

    def batches():
        data = Samples()
        for rows in np.split(draws.permutation(12), 3):
            yield data.x[rows], data.y[rows]

    return batches


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("name", LOADERS)
def test_it_gives_what_it_would_have_given(name, when):
    make, rules = LOADERS[name]
    check_loader(make, when, **rules)


@pytest.mark.parametrize("when", ["fresh", "mid-pass"])
@pytest.mark.parametrize("name", ["shuffled", "of_a_stream", "of_nodes", "with_buckets_of_no_torch_class"])
def test_so_it_does_after_evaluation_on_kept_batches(name, when):
    make, rules = LOADERS[name]
    check_loader(make, when, **rules, fixed_batches=2)
