"""Setups with ``torch.compile``: a model, a loss function, a whole step."""

import torch
from torch import nn

from tests.setups.digits import cnn, loader
from tests.setups.setup import Setup, plain_step, setup, supervised


def compiled_model(backend, **options):
    plain, criterion = cnn(), nn.CrossEntropyLoss()
    model = torch.compile(plain, backend=backend, **options)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(model, optimizer, criterion, loader(), step, also={"plain": plain})


def compiled_step(backend, *, lr=1e-3, foreach=None):
    """Forward, backward and the optimizer's step in one compiled function."""
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, foreach=foreach)

    @torch.compile(backend=backend)
    def update(x, y):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    def step(draw):
        return update(*draw()).item()

    return Setup(model, optimizer, criterion, loader(), step, {"update_fn": lambda batch: update(*batch)})


def compiled_optimizer_step(backend, *, lr=1e-3):
    model, criterion = cnn(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    compiled = torch.compile(optimizer.step, backend=backend)

    def update(batch):
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        compiled()
        return loss

    def step(draw):
        return update(draw()).item()

    return Setup(model, optimizer, criterion, loader(), step, {"update_fn": update})


@setup
def compiled_model_eager():
    return compiled_model("eager")


@setup
def compiled_model_aot_eager():
    return compiled_model("aot_eager")


@setup
def compiled_model_inductor():
    return compiled_model("inductor")


@setup
def compiled_step_eager():
    return compiled_step("eager")


@setup
def compiled_optimizer_step_eager():
    return compiled_optimizer_step("eager")
