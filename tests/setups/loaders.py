"""Setups of loaders: streams, seeded samplers, workers that stay, loaders with a state of their own."""

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, RandomSampler, WeightedRandomSampler

from tests.setups.digits import digits, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


def _with(loader, **also):
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(model, optimizer, criterion, loader, step, also=also)


class _Stream(IterableDataset):
    """Digits in another order each time, with noise, from a generator of its own."""

    def __init__(self):
        self.draws, self.passes = torch.Generator().manual_seed(4), 0

    def __iter__(self):
        self.passes += 1
        for index in torch.randperm(40, generator=self.draws).tolist():
            x, y = digits()[index]
            yield x + 0.1 * torch.randn(x.shape, generator=self.draws), y


@setup
def a_stream_of_samples():
    stream = _Stream()
    return _with(DataLoader(stream, batch_size=8), draws=stream.draws, stream=[stream.passes])


@setup
def a_loader_with_a_generator():
    draws = torch.Generator().manual_seed(1)
    return _with(DataLoader(digits(), batch_size=8, shuffle=True, generator=draws), draws=draws)


@setup
def samplers_with_generators():
    draws = torch.Generator().manual_seed(2)
    weights = digits().tensors[1].double() + 1
    sampler = WeightedRandomSampler(weights, 40, generator=draws)
    return _with(DataLoader(digits(), batch_size=8, sampler=sampler), draws=draws)


@setup
def a_sampler_that_draws_again():
    sampler = RandomSampler(digits(), replacement=True, num_samples=24)
    return _with(DataLoader(digits(), batch_size=8, sampler=sampler))


@setup
def workers_that_stay():
    return _with(DataLoader(digits(), batch_size=8, shuffle=True, num_workers=1, persistent_workers=True))


@setup
def an_own_loader_of_whole_batches():
    class Loader:
        """No DataLoader at all: the data in memory, an order drawn for each pass."""

        def __init__(self):
            self.x, self.y = digits().tensors
            self.passes = 0

        def __iter__(self):
            self.passes += 1
            for rows in torch.randperm(40).split(8):
                yield self.x[rows], self.y[rows]

    return _with(Loader())


@setup
def a_stateful_loader():
    from torchdata.stateful_dataloader import StatefulDataLoader

    return _with(StatefulDataLoader(digits(), batch_size=8, shuffle=True))


@setup
def a_stateful_loader_with_a_generator():
    from torchdata.stateful_dataloader import StatefulDataLoader

    draws = torch.Generator().manual_seed(2)
    return _with(StatefulDataLoader(digits(), batch_size=8, shuffle=True, generator=draws), draws=draws)
