"""Optimizers of other packages: what they keep in objects, attributes, low-bit tensors comes back."""

import importlib
import sys
import types
import unittest.mock

import pytest
import torch
from torch import nn

from tests.oracle.worlds import World, check_world

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*add_:UserWarning"),
    pytest.mark.filterwarnings("ignore:Using backward.. with create_graph"),
]

OPTIMIZERS = {}


def optimizer(make):
    """Add a maker of an optimizer of a model's parameters."""
    OPTIMIZERS[make.__name__] = make
    return make


def _of(package, name, **options):
    """Add an optimizer by its name."""

    def make(model):
        return getattr(importlib.import_module(package), name)(model.parameters(), **{"lr": 1e-3, **options})

    OPTIMIZERS[f"{package}.{name}"] = make


@optimizer
def galore(model):
    """Its projectors are plain objects in the optimizer's state."""
    stand_ins = {
        f"bitsandbytes{rest}": types.ModuleType("stand-in") for rest in ("", ".optim", ".optim.optimizer")
    }
    stand_ins["bitsandbytes.optim.optimizer"].Optimizer2State = object
    with unittest.mock.patch.dict(sys.modules, stand_ins):  # its 8-bit twin alone wants it
        from galore_torch.adamw import AdamW

    matrices = [p for p in model.parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if p.ndim != 2]
    low = {"rank": 2, "update_proj_gap": 2, "scale": 0.25, "proj_type": "std"}
    return AdamW([{"params": others}, {"params": matrices, **low}], lr=1e-2, no_deprecation_warning=True)


@optimizer
def lookahead(model):
    from torch_optimizer import Lookahead

    return Lookahead(torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9), k=2)


@optimizer
def lookahead_of_another_package(model):
    from pytorch_optimizer import Lookahead

    return Lookahead(torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9), k=2)


@optimizer
def eight_bits(model):
    from torchao.optim import AdamW8bit

    return AdamW8bit(model.parameters(), lr=1e-2)


@optimizer
def four_bits(model):
    from torchao.optim import AdamW4bit

    return AdamW4bit(model.parameters(), lr=1e-2)


_of("torch_optimizer", "Shampoo")
_of("torch_optimizer", "Adahessian")
_of("pytorch_optimizer", "Shampoo", preconditioning_compute_steps=1)
_of("pytorch_optimizer", "ScalableShampoo", start_preconditioning_step=2, preconditioning_compute_steps=2)
_of("pytorch_optimizer", "SOAP", precondition_frequency=2)
_of("pytorch_optimizer", "Ranger21", num_iterations=20)
_of("pytorch_optimizer", "Prodigy", lr=1.0)
_of("pytorch_optimizer", "AdEMAMix")
_of("pytorch_optimizer", "SophiaH")
_of("prodigyopt", "Prodigy", lr=1.0)
_of("dadaptation", "DAdaptAdam", lr=1.0)
_of("dadaptation", "DAdaptSGD", lr=1.0)
_of("lion_pytorch", "Lion")
_of("schedulefree", "AdamWScheduleFree")
_of("schedulefree", "SGDScheduleFree")

SECOND_ORDER = {"torch_optimizer.Adahessian", "pytorch_optimizer.SophiaH"}


@pytest.fixture(autouse=True)
def _nothing_compiled():
    """Low-bit optimizers compile their step, which takes half a minute."""
    with torch.compiler.set_stance("force_eager"):
        yield


@pytest.mark.parametrize("mode", ["fresh", "mid-training"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_its_state_comes_back(name, mode):
    def make():
        wide = name.endswith("bits")  # such state is kept for large parameters only
        model = nn.Sequential(nn.Linear(6, 1024 if wide else 8), nn.Tanh(), nn.Dropout(0.1))
        model.append(nn.Linear(1024, 8) if wide else nn.Identity()).append(nn.Linear(8, 3))
        made = World(model=model, optimizer=OPTIMIZERS[name](model))
        if hasattr(made.optimizer, "train"):
            made.optimizer.train()
        if name in SECOND_ORDER:
            made.update_fn = made.options["update_fn"] = _with_graph(made)
        return made

    check_world(make, mode)


def _with_graph(world):
    def update_fn(batch):
        world.optimizer.zero_grad()
        loss = world.loss_of(batch)
        loss.backward(create_graph=True)
        world.optimizer.step()
        for p in world.model.parameters():
            p.grad = None
        return loss.item()

    return update_fn
