"""Setups with ``torch.compile``: a model, an optimizer's step, a whole step."""

import sysconfig
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.setups.digits import cnn, loader, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


def compiled_model(backend, plain=None):
    plain, criterion = plain or cnn(), nn.CrossEntropyLoss()
    model = torch.compile(plain, backend=backend)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(model, optimizer, criterion, loader(), step, also={"plain": plain})


def compiled_optimizer_step(backend, lr=1e-3):
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    step = torch.compile(optimizer.step, backend=backend)

    def update(batch):
        optimizer.zero_grad()
        loss = criterion(model(batch[0]), batch[1])
        loss.backward()
        step()
        return loss.detach()

    return Setup(model, optimizer, None, loader(), lambda draw: update(draw()).item(), {"update_fn": update})


def compiled_step(backend, lr=1e-3):
    """Forward, backward and the optimizer's step in one compiled function."""
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    @torch.compile(backend=backend)
    def step(x, y):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    def update(batch):
        return step(*batch).detach()

    return Setup(model, optimizer, None, loader(), lambda draw: update(draw()).item(), {"update_fn": update})


def needs_a_compiler():
    """Skip where inductor cannot build its kernels: no C++ compiler, or no headers of Python's."""
    from torch._inductor import cpp_builder, exc

    try:
        cpp_builder.get_cpp_compiler()
    except exc.InvalidCxxCompiler:
        pytest.skip("there is no C++ compiler")
    if not (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
        pytest.skip("there are no headers of Python's")


@setup
def compiled_model_eager():
    return compiled_model("eager")


@setup
def compiled_model_aot_eager():
    return compiled_model("aot_eager")


@setup
def compiled_model_inductor():
    needs_a_compiler()
    return compiled_model("inductor", mlp())


@setup
def compiled_optimizer_step_in_its_place():
    """``optimizer.step`` is replaced by its compiled self; the sweep then calls that."""
    model, criterion = mlp(), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    optimizer.step = torch.compile(optimizer.step, backend="eager")
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(model, optimizer, criterion, loader(), step, rounded=True)


@setup
def compiled_step_with_a_rate_that_is_a_tensor():
    return compiled_step("eager", torch.tensor(1e-3))
