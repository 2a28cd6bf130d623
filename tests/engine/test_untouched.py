"""What an evaluation changes is put back at once, and what cannot be is no secret."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from lrwidget.engine import RangeTest
from lrwidget.engine.state import untouched
from lrwidget.engine.state.untouched import Untouched
from lrwidget.errors import RestoreError


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


def _seen(step_fn, model=None, **options):
    """Sweep over four steps, each evaluated on one batch."""
    model = model or nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    options = {"step_fn": step_fn, "fixed_batches": 1, "num_iter": 8, "end_lr": 1e-5, **options}
    return RangeTest(model, optimizer, None, [torch.ones(3, 2)] * 4, **options).run()


def test_a_large_memory_is_put_back_as_a_small_one_is():
    bank, model, seen = torch.zeros(20_000_000), nn.Linear(2, 1), []  # 80 MB

    def step_fn(batch):
        bank[-1] += 1
        seen.append((torch.is_grad_enabled(), bank[-1].item()))
        return model(batch).square().mean()

    _seen(step_fn, model)
    assert [count for trained, count in seen if trained] == list(range(1, 9))
    assert bank[-1] == 0


def test_what_is_too_large_to_be_put_back_each_time_is_no_secret(monkeypatch):
    bank, table, model = torch.zeros(100), torch.ones(100), nn.Linear(2, 1)
    monkeypatch.setattr(untouched, "_LARGE", 300)
    monkeypatch.setattr(untouched, "free_bytes", lambda device: 0)

    def looks(batch):
        return (model(batch) + table[0]).square().mean()

    def writes(batch):
        bank[0] += 1
        return looks(batch)

    assert len(_seen(looks, model)) == 8
    with pytest.raises(RestoreError, match=r"evaluation wrote to step_fn: bank, .*is_grad_enabled"):
        _seen(writes, model)
    assert bank[0] == 0


def test_a_buffer_that_is_written_only_late_is_put_back():
    class Late(nn.Linear):
        def __init__(self):
            super().__init__(2, 1)
            self.register_buffer("count", torch.zeros(()))
            self.register_buffer("table", None)
            self.looks = []

        def forward(self, x):
            if not torch.is_grad_enabled() and len(seen) > 10:
                self.count.data += 1  # which nothing counts as a write
                self.table = torch.ones(3)
                self.register_buffer("more", torch.ones(2))
            seen.append((torch.is_grad_enabled(), self.count.item(), self.table is None, len(self._buffers)))
            return super().forward(x)

    seen = []
    model = Late()
    _seen(lambda batch: model(batch).square().mean(), model)
    assert {one[1:] for one in seen if one[0]} == {(0.0, True, 2)}
    assert {one[1:] for one in seen[11:] if not one[0]} == {(1.0, False, 3)}


def test_a_sign_of_zero_is_put_back():
    mark, seen, model = torch.zeros(2), [], nn.Linear(2, 1)

    def step_fn(batch):
        if torch.is_grad_enabled():
            seen.append(torch.signbit(mark).tolist())
        else:
            mark.neg_()
        return model(batch).square().mean()

    _seen(step_fn, model)
    assert seen == [[False, False]] * 8


def _seed():
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    torch.manual_seed(5)


def test_the_second_of_two_normal_numbers_is_the_trainings():
    """NumPy makes two at once, and holds the second where a look at its memory does not find it."""
    model, normal = nn.Linear(2, 1), np.random.normal

    def drawn(looks_from, **options):
        _seed()
        normal()
        trained, looked = [], []

        def step_fn(batch):
            if torch.is_grad_enabled():
                trained.append(normal() if len(trained) == 7 else None)
            else:
                looked.append(normal() if len(trained) > looks_from else None)
            return model(batch).square().mean()

        _seen(step_fn, model, **options)
        return trained, [one for one in looked if one is not None]

    plain, _ = drawn(0, fixed_batches=None)
    for looks_from in (0, 1, 2):
        trained, looked = drawn(looks_from)
        assert trained == plain
        assert looked == looked[:1] * (8 - looks_from)


def test_noise_that_is_drawn_only_late_is_no_noise_of_the_trainings():
    for draw in (np.random.random, random.random, torch.rand(()).uniform_):
        model, trained, looked = nn.Linear(2, 1), [], []

        def step_fn(batch, draw=draw, model=model, trained=trained, looked=looked):
            if torch.is_grad_enabled():
                trained.append(float(draw()) if len(trained) == 7 else None)
            elif len(trained) > 5:
                looked.append(float(draw()))
            return model(batch).square().mean()

        _seed()
        first = float(draw())
        _seed()
        _seen(step_fn, model)
        assert trained[-1] == first
        assert len(set(looked)) == 1


def test_what_cannot_be_put_back_is_raised_and_all_else_is_put_back():
    things = {"n": 1}
    untouched = Untouched([("things", things)], [])
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
