"""Everything a sweep could change, in a form that can be compared bit for bit."""

import pickle
import random

import numpy as np
import torch
from torch import nn

from lrwidget.engine import Snapshot


def full_state(model, optimizer=None, criterion=None, *, identity=True, extra=()):
    """Return the state as nested dicts; ``identity`` adds which objects hold it, and where in memory."""
    state = {"random": random_state(), "extra": [thing() for thing in extra]}
    for label, root in (("model", model), ("criterion", criterion)):
        if isinstance(root, nn.Module):
            for name, module in root.named_modules():
                state[f"{label}.{name}"] = _module(module, identity)
    if optimizer is not None:
        state["optimizer"] = _optimizer(optimizer, identity)
    return state


def random_state():
    return {
        "python": repr(random.getstate()),
        "numpy": pickle.dumps(np.random.get_state()),  # noqa: NPY002 - its repr takes ten times as long as a step
        "torch": torch.get_rng_state().clone(),
    }


def assert_same_state(before, after, path="state"):
    assert type(before) is type(after), f"{path}: {type(before)} became {type(after)}"
    if isinstance(before, dict):
        assert list(before) == list(after), f"{path}: keys {list(before)} became {list(after)}"
        for key in before:
            assert_same_state(before[key], after[key], f"{path}[{key!r}]")
    elif isinstance(before, (list, tuple)):
        assert len(before) == len(after), f"{path}: {len(before)} entries became {len(after)}"
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            assert_same_state(one, other, f"{path}[{index}]")
    elif isinstance(before, torch.Tensor):
        assert before.dtype == after.dtype, f"{path}: {before.dtype} became {after.dtype}"
        assert torch.equal(_strided(before), _strided(after)), f"{path}: values differ"
    else:
        assert before == after, f"{path}: {before!r} became {after!r}"


def _strided(tensor):
    return tensor if tensor.layout == torch.strided else tensor.to_dense()


def _tensor(tensor, identity):
    if tensor is None:
        return None
    held = {"value": tensor.detach().clone()}
    if identity:
        held |= {"id": id(tensor), "address": tensor.data_ptr() if tensor.layout == torch.strided else 0}
    return held


def _module(module, identity):
    plain = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, (bool, int, float, str, type(None)))
    }
    return {
        "plain": plain,
        "parameters": {
            name: {
                "tensor": _tensor(p, identity),
                "grad": None if p is None else _tensor(p.grad, identity),
                "requires_grad": None if p is None else p.requires_grad,
            }
            for name, p in module._parameters.items()
        },
        "buffers": {name: _tensor(b, identity) for name, b in module._buffers.items()},
        "not persistent": sorted(module._non_persistent_buffers_set),
        "modules": [(name, id(child) if identity else None) for name, child in module._modules.items()],
        "extra": module.get_extra_state()
        if type(module).get_extra_state is not nn.Module.get_extra_state
        else None,
    }


def _optimizer(optimizer, identity):
    def value(item):
        if isinstance(item, torch.Tensor):
            return _tensor(item, identity)
        if isinstance(item, list):
            return [value(one) for one in item]
        return item

    groups = [
        {
            key: [id(p) if identity else None for p in item] if key == "params" else value(item)
            for key, item in g.items()
        }
        for g in optimizer.param_groups
    ]
    held = [p for g in optimizer.param_groups for p in g["params"]]
    states = [
        {key: value(item) for key, item in optimizer.state[p].items()} if p in optimizer.state else None
        for p in held
    ]
    plain = {
        name: item
        for name, item in vars(optimizer).items()
        if isinstance(item, (bool, int, float, str, type(None)))
    }
    return {"groups": groups, "state": states, "size": len(optimizer.state), "plain": plain}


def check_comes_back(model, optimizer, change, **more):
    before = full_state(model, optimizer, more.get("criterion"))
    snapshot = Snapshot(model, optimizer, **more)
    change()
    snapshot.restore()
    assert_same_state(before, full_state(model, optimizer, more.get("criterion")))
