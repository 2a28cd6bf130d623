"""One training setup: what its user has, the step they would write by hand, and all that training changes."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pytest
import torch
from torch import nn

from lrwidget import History
from lrwidget.engine import RangeTest
from tests.engine.states import assert_same_state, full_state, random_state
from tests.engine.worlds import seed_all

RATES = {"start_lr": 1e-4, "end_lr": 0.05, "num_iter": 7, "diverge_th": None}


@dataclass
class Setup:
    """What is swept, and how the same is trained with no sweep in sight.

    ``step(draw)`` takes one whole training step on the batches that ``draw()`` gives, and returns the loss
    from before it; None when a gradient scaler skipped it.
    """

    model: nn.Module
    optimizer: Any
    criterion: Any
    loader: Any
    step: Callable[[Callable[[], Any]], float | None]
    options: dict[str, Any] = field(default_factory=dict)
    # Whatever else has state: EMA copies, scalers, schedulers, generators, lists of what hooks have seen.
    also: dict[str, Any] = field(default_factory=dict)
    scheduler: Any = None  # stepped after each training step
    # Whether PyTorch computes differently after a sweep, in the last bit: it has then compiled the rate as a
    # variable, where a first compilation would have had the number in it.
    rounded: bool = False

    @property
    def optimizers(self) -> list[torch.optim.Optimizer]:
        given = self.optimizer
        return list(given) if isinstance(given, (list, tuple)) else [given]

    def test(self, **options: Any) -> RangeTest:
        return RangeTest(
            self.model, self.optimizer, self.criterion, self.loader, **{**RATES, **self.options, **options}
        )

    def train(self, steps: int) -> list[float]:
        """Train at the optimizers' own rates; return the losses."""
        draw, losses = endless(self.loader), []
        self.model.train()
        while len(losses) < steps:
            loss = self.step(lambda: next(draw))
            if loss is not None:
                losses.append(loss)
                if self.scheduler is not None:
                    self.scheduler.step()
        return losses

    def train_at(self, rates: Any) -> list[float]:
        """Train one step at each rate of the first group; the others keep their ratios. Return the losses."""
        groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        key = "lr" if any(group["lr"] for group in groups) else "initial_lr"  # a warm-up that has not begun
        own = [float(group[key]) for group in groups]
        first = next(rate for rate in own if rate)
        draw, losses = endless(self.loader), []
        self.model.train()
        for rate in rates:
            for group, mine in zip(groups, own, strict=True):
                write_rate(group, rate * (mine / first))
            while (loss := self.step(lambda: next(draw))) is None:
                pass
            losses.append(loss)
        return losses

    def state(self, *, identity: bool = True) -> dict[str, Any]:
        """Everything that training changes, to be compared bit for bit."""
        held = {"model": self.model, "criterion": self.criterion, "loader": self.loader, **self.also}
        held |= {f"optimizer {number}": optimizer for number, optimizer in enumerate(self.optimizers)}
        random = random_state()  # first: reading the others may draw
        state = {name: _state_of(thing, identity) for name, thing in held.items()}
        return {**state, "random": random}


def check_no_trace(make: Callable[[], Setup], before: int) -> History:
    """Check that two sweeps leave training as it would go on without; return what the first recorded."""
    plain = make()
    plain.train(before)
    expected = plain.train(5)

    one = make()
    one.train(before)
    state = one.state()
    first = one.test().run()
    assert_same_state(state, one.state())
    second = one.test().run()
    assert_same_state(state, one.state())
    again = one.train(5)
    if one.rounded:
        assert second.loss == pytest.approx(first.loss, rel=1e-5)
        assert again == pytest.approx(expected, rel=1e-5)
    else:
        assert second.loss.tolist() == first.loss.tolist()
        assert again == expected
        assert_same_state(plain.state(identity=False), one.state(identity=False))
    return first


SETUPS: dict[str, Callable[[], Setup]] = {}


def seeded(make: Callable[[], Setup]) -> Callable[[], Setup]:
    """Have a setup made anew, the same for the same seed."""

    @wraps(make)
    def made(seed: int = 0) -> Setup:
        seed_all(seed)
        return make()

    return made


def setup(make: Callable[[], Setup]) -> Callable[[], Setup]:
    """Add a setup to the table."""
    assert make.__name__ not in SETUPS
    SETUPS[make.__name__] = seeded(make)
    return SETUPS[make.__name__]


def plain_step(optimizers: Any, loss_of: Callable[[Any], torch.Tensor]) -> Callable[..., float]:
    """Return the step of most training loops."""
    several = optimizers if isinstance(optimizers, list) else [optimizers]

    def step(draw: Callable[[], Any]) -> float:
        for optimizer in several:
            optimizer.zero_grad()
        loss = loss_of(draw())
        loss.backward()
        for optimizer in several:
            optimizer.step()
        return loss.item()

    return step


def supervised(model: nn.Module, criterion: Any) -> Callable[[Any], torch.Tensor]:
    """Return the usual way from a batch to its loss."""
    return lambda batch: criterion(model(batch[0]), batch[1])


def endless(loader: Any) -> Any:
    while True:
        yield from loader


def write_rate(group: dict[str, Any], rate: float) -> None:
    if isinstance(group["lr"], torch.Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


def _state_of(thing: Any, identity: bool) -> Any:
    if isinstance(thing, nn.Module):
        state = full_state(thing, identity=identity)
        del state["random"]
        for part in state.values() if not identity else ():
            if isinstance(part, dict):
                part["plain"].pop("_torchdynamo_wrapper_id", None)
        return state
    if isinstance(thing, torch.optim.Optimizer):
        return full_state(nn.Module(), thing, identity=identity)["optimizer"]
    if isinstance(thing, torch.Generator):
        return thing.get_state().clone()
    if isinstance(thing, torch.Tensor):
        return thing.detach().clone()
    if isinstance(thing, torch.utils.data.DataLoader):
        generator = thing.generator
        return None if generator is None else generator.get_state().clone()
    if callable(getattr(thing, "state_dict", None)):
        return _plain(thing.state_dict())
    return _plain(copy.deepcopy(thing)) if isinstance(thing, (Mapping, list)) else None


def _plain(state: Any) -> Any:
    if isinstance(state, Mapping):
        return {key: _plain(value) for key, value in state.items() if not callable(value)}
    if isinstance(state, (list, tuple)):
        return [_plain(value) for value in state]
    return copy.deepcopy(state)
