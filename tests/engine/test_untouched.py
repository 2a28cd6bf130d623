"""What an evaluation changes is put back at once, and what cannot be is no secret."""

import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.state.untouched import Untouched


def test_memories_counters_and_captured_variables_are_not_changed_by_looking():
    bank, hidden, counts, seen = [], torch.zeros(2), {"n": 0}, []
    model = nn.Linear(2, 1)
    model.calls = 0

    def step_fn(batch):
        nonlocal hidden
        hidden = hidden + 1
        bank.append(batch)
        counts["n"] += 1
        model.calls += 1
        seen.append((torch.is_grad_enabled(), hidden[0].item(), len(bank), counts["n"], model.calls))
        return model(batch).square().mean()

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    data = [torch.ones(3, 2)] * 4
    RangeTest(model, optimizer, None, data, step_fn=step_fn, fixed_batches=2, num_iter=4, end_lr=1e-5).run()
    trained = [each[1:] for each in seen if each[0]]
    assert trained == [(n, n, n, n) for n in range(1, 5)], "evaluations in between are not counted"
    looked = [each[1:] for each in seen if not each[0]]
    assert looked == [(n + k,) * 4 for n in range(1, 5) for k in (1, 2)]


def test_what_cannot_be_put_back_is_raised_and_all_else_is_put_back():
    things = {"n": 1}
    untouched = Untouched([("things", things)])
    with untouched():
        things["n"] = 2
    assert things == {"n": 1}

    class Failing:
        label = "failing"

        def take(self):
            pass

        def give_back(self):
            raise OSError("no way back")

    untouched._moved.insert(0, Failing())
    with pytest.raises(OSError, match="no way back"), untouched():
        things["n"] = 2
    assert things == {"n": 1}
