"""torchdata's loader, which can be resumed: a sweep neither moves its place nor has it resume."""

import pytest
import torch
from torch import nn
from torchdata.stateful_dataloader import StatefulDataLoader

from lrwidget.engine import RangeTest
from tests.engine.worlds import seed_all
from tests.setups.digits import digits, mlp

pytestmark = pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")


def _loader(workers=0):
    seed_all()
    more = {"num_workers": 1, "persistent_workers": True} if workers else {}
    return StatefulDataLoader(digits(), batch_size=8, shuffle=True, **more)


def _sweep(loader, on):
    if on:
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        history = RangeTest(model, optimizer, nn.CrossEntropyLoss(), loader, num_iter=7).run()
        assert len(history) == 7


def _labels(batches):
    return [y.tolist() for _, y in batches]


def _before_the_first_pass(loader, sweep):
    _sweep(loader, sweep)
    return _labels(loader)


def _after_its_state_was_asked_for(loader, sweep):
    loader.state_dict()
    _sweep(loader, sweep)
    return _labels(loader)


def _within_a_pass(loader, sweep):
    seen = []
    for index, (_, y) in enumerate(loader):
        if index == 2:
            _sweep(loader, sweep)
        seen.append(y.tolist())
    return seen


def _after_a_pass_that_was_left(loader, sweep):
    for _ in loader:
        break
    _sweep(loader, sweep)
    return _labels(loader)


def _resumed_from_a_checkpoint(loader, sweep):
    for index, _ in enumerate(loader):
        if index == 1:
            break
    state = loader.state_dict()
    loader.load_state_dict(state)
    _sweep(loader, sweep)
    return _labels(loader)


@pytest.mark.parametrize(
    ("when", "workers"),
    [
        (_before_the_first_pass, 0),
        (_after_its_state_was_asked_for, 0),
        (_within_a_pass, 0),
        (_within_a_pass, 1),
        (_after_a_pass_that_was_left, 0),
        (_resumed_from_a_checkpoint, 0),
        (_resumed_from_a_checkpoint, 1),
    ],
)
def test_it_gives_the_batches_it_would_have_given(when, workers):
    def seen(sweep):
        loader = _loader(workers)
        first = when(loader, sweep)
        return first, _labels(loader), loader.state_dict()["_snapshot" if workers else "_num_yielded"] is None

    assert seen(sweep=True) == seen(sweep=False)
    assert len(seen(sweep=True)[1]) == 5
