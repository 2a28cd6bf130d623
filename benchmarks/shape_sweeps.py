"""Which sweeps docs/reading-curves.md shows: the shapes that people meet, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import evaluation_tasks as tasks
from lrwidget import History, RangeTest
from lrwidget.history.settings import Settings

CRITERION = nn.CrossEntropyLoss()
KEPT = {"fixed_batches": 4}


@dataclass(frozen=True)
class Swept:
    """One sweep that is shown: the name it is kept by, its title, what was swept, what is judged."""

    name: str
    title: str
    what: str
    sweep: Callable[[], History]
    on: str = "loss"
    drawn: bool = True


# -- what is trained ---------------------------------------------------------------------------------------


def cnn(classes: int = 10) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inside, outside in ((1, 16), (16, 32)):
        layers += [nn.Conv2d(inside, outside, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, classes))


def images() -> TensorDataset:
    x, y = tasks.rows().tensors
    return TensorDataset(x[:, None], y)


def batches(data: TensorDataset, size: int = 32) -> DataLoader[Any]:
    return DataLoader(data, size, shuffle=True, drop_last=True)


def trained(
    model: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader[Any], steps: int, criterion: Any
) -> None:
    for x, y in islice(chain.from_iterable(repeat(loader)), steps):
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()


# -- sweeps ------------------------------------------------------------------------------------------------


def digits(make: Any = torch.optim.AdamW, *, steps: int = 0, **options: Any) -> History:
    """Sweep a small convolutional network, perhaps after some steps of training at 1e-3."""
    torch.manual_seed(0)
    model, loader = cnn(), batches(images())
    optimizer = make(model.parameters(), lr=1e-3)
    trained(model, optimizer, loader, steps, CRITERION)
    return RangeTest(model, optimizer, CRITERION, loader, **options).run()


def momentum(parameters: Any, lr: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=lr, momentum=0.9)


def table(**options: Any) -> History:
    """Sweep a perceptron on ten columns of numbers, in batches of 8."""
    torch.manual_seed(0)
    model = tasks.perceptron()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return RangeTest(model, optimizer, nn.MSELoss(), batches(tasks.diabetes(), 8), **options).run()


def fast_bias(**options: Any) -> History:
    """Sweep a perceptron whose last bias, in a group of its own, has 200 times the others' rate."""
    torch.manual_seed(0)
    model, data = tasks.perceptron(), tasks.diabetes()
    x, y = data.tensors
    *others, bias = model.parameters()
    groups = [{"params": others, "lr": 1e-3}, {"params": [bias], "lr": 0.2}]
    optimizer = torch.optim.Adam(groups)
    return RangeTest(
        model, optimizer, nn.MSELoss(), batches(TensorDataset(x, y + 3)), diverge_th=None, **KEPT, **options
    ).run()


def without_bias(settings: Settings) -> list[list[float]]:
    """Vary the first group's rate; the second one stands still."""
    return [list(settings.rates), [0.0] * settings.num_iter]


def bias_alone(settings: Settings) -> list[list[float]]:
    """Vary the second group's rate; the first one stands still."""
    return [[0.0] * settings.num_iter, list(settings.rates)]


def unet(mode: str) -> History:
    """Sweep a UNet with batch normalisation after 10 steps."""
    torch.manual_seed(1)
    model, criterion, loader = tasks.UNet(), nn.BCEWithLogitsLoss(), batches(tasks.discs())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    trained(model, optimizer, loader, 10, criterion)
    return RangeTest(model, optimizer, criterion, loader, eval_mode=mode, **KEPT).run()


def new_head(ratio: float) -> History:
    """Sweep a network trained on the digits 0 to 4, with a new head for 5 to 9 and a slower body."""
    x, y = images().tensors
    torch.manual_seed(0)
    model, low = cnn(5), batches(TensorDataset(x[y < 5], y[y < 5]))
    trained(model, torch.optim.AdamW(model.parameters(), lr=1e-3), low, 200, CRITERION)
    model[-1] = nn.Linear(128, 5)
    head, body = model[-1].parameters(), model[:-1].parameters()
    optimizer = torch.optim.AdamW([{"params": head, "lr": 1e-3}, {"params": body, "lr": 1e-3 * ratio}])
    high = batches(TensorDataset(x[y >= 5], y[y >= 5] - 5))
    return RangeTest(model, optimizer, CRITERION, high, **KEPT).run()


def closeness(made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
    """Return minus the squared maximum mean discrepancy of two sets, by a Gaussian kernel of width 2."""

    def kernel(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return torch.exp(-torch.cdist(one, other).square() / 8).mean()

    return 2 * kernel(made, real) - kernel(made, made) - kernel(real, real)


def gan() -> History:
    """Sweep a generator of digits and its judge, both at the same rate."""
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid())
    judge = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1))
    makes, judges = (
        torch.optim.Adam(part.parameters(), lr=1e-3, betas=(0.5, 0.999)) for part in (generator, judge)
    )
    everything = images().tensors[0].flatten(1)

    def update(batch: Any) -> Any:
        real = batch[0].flatten(1)
        fake = generator(torch.randn(len(real), 8))
        judges.zero_grad()
        loss = functional.softplus(-judge(real)).mean() + functional.softplus(judge(fake.detach())).mean()
        loss.backward()
        judges.step()
        makes.zero_grad()
        functional.softplus(-judge(fake)).mean().backward()
        makes.step()
        with torch.no_grad():
            return loss.detach(), generator(torch.randn(256, 8)), everything

    both = nn.ModuleList([generator, judge])
    return RangeTest(
        both, [judges, makes], None, batches(images()), update_fn=update, metric=closeness, start_lr=1e-5
    ).run()


class Poles:
    """Poles on carts (Barto, Sutton and Anderson 1983), 16 at a time, to be kept upright for 40 steps."""

    def play(self, policy: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss of REINFORCE and for how long poles stood, on average."""
        state, standing = 0.1 * (torch.rand(16, 4) - 0.5), torch.ones(16)
        chances, stood = [], []
        for _ in range(40):
            choice = torch.distributions.Categorical(logits=policy(state))
            action = choice.sample()
            chances.append(choice.log_prob(action))
            stood.append(standing)
            state = self.after(state, action)
            standing = standing * ((state[:, 2].abs() < 0.21) & (state[:, 0].abs() < 2.4))
        alive = torch.stack(stood)
        returns = alive.flip(0).cumsum(0).flip(0)
        advantage = (returns - returns.sum() / alive.sum()) / (returns.std() + 1e-6)
        return -(torch.stack(chances) * advantage * alive).sum() / alive.sum(), alive.sum(0).mean()

    def after(self, state: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        _, speed, angle, turning = state.unbind(1)
        cosine, sine = angle.cos(), angle.sin()
        push = (20 * action - 10 + 0.05 * turning.square() * sine) / 1.1
        turn = (9.8 * sine - cosine * push) / (0.5 * (4 / 3 - 0.1 * cosine.square() / 1.1))
        moves = torch.stack([speed, push - 0.05 * turn * cosine / 1.1, turning, turn], 1)
        return state + 0.02 * moves


def stood(mean: torch.Tensor, _: None) -> torch.Tensor:
    return mean


def reinforce(seed: int) -> History:
    torch.manual_seed(seed)
    policy, poles = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2)), Poles()
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-3)

    def update(_: None) -> Any:
        optimizer.zero_grad()
        loss, mean = poles.play(policy)
        loss.backward()
        optimizer.step()
        return loss.detach(), mean, None

    return RangeTest(policy, optimizer, None, [None], update_fn=update, metric=stood, start_lr=1e-5).run()


# -- what is shown -----------------------------------------------------------------------------------------

_CNN = "CNN on digits"
_POLES = "REINFORCE on cart-pole, Adam"

SHAPES: dict[str, tuple[Swept, ...]] = {
    "textbook": (
        Swept("textbook", "the loss", f"{_CNN}, AdamW, `fixed_batches=4`", lambda: digits(**KEPT)),
    ),
    "flat": (
        Swept(
            "flat", "up to 0.001", f"{_CNN}, plain SGD, `end_lr=1e-3`",
            lambda: digits(torch.optim.SGD, end_lr=1e-3),
        ),
        Swept(
            "flat-mended", "up to 10", "the same, `end_lr=10, fixed_batches=4`",
            lambda: digits(torch.optim.SGD, **KEPT),
        ),
    ),
    "noisy": (
        Swept("noisy", "training batches", "MLP on a table, AdamW, batches of 8", table),
        Swept("noisy-mended", "four kept batches", "the same, `fixed_batches=4`", lambda: table(**KEPT)),
        Swept(
            "noisy-300", "300 steps", "the same, `num_iter=300` instead",
            lambda: table(num_iter=300), drawn=False,
        ),
    ),
    "two-valleys": (
        Swept("two-valleys", "both groups vary", "MLP, Adam, last bias at 200 times the rate", fast_bias),
        Swept(
            "two-valleys-others", "the others alone", "the others alone, the bias held by `group_schedules`",
            lambda: fast_bias(group_schedules=without_bias),
        ),
        Swept(
            "two-valleys-bias", "the bias alone", "the bias alone, the others held",
            lambda: fast_bias(group_schedules=bias_alone),
        ),
    ),
    "no-blow-up": (
        Swept(
            "no-blow-up", "up to 0.03", f"{_CNN}, SGD with momentum, `end_lr=0.03`",
            lambda: digits(momentum, end_lr=0.03, **KEPT),
        ),
        Swept("no-blow-up-mended", "up to 10", "the same, `end_lr=10`", lambda: digits(momentum, **KEPT)),
    ),
    "from-the-start": (
        Swept(
            "from-the-start", "from 0.005", f"{_CNN}, AdamW, `start_lr=5e-3`",
            lambda: digits(start_lr=5e-3, **KEPT),
        ),
        Swept("from-the-start-mended", "from 1e-6", "the same, `start_lr=1e-6`",
              lambda: digits(start_lr=1e-6, **KEPT)),
    ),
    "batch-norm": (
        Swept("batch-norm", 'eval_mode="eval"', 'UNet after 10 steps, Adam, `eval_mode="eval"`',
              lambda: unet("eval")),
        Swept("batch-norm-mended", "the default", "the same, by the batch's own statistics",
              lambda: unet("batch_stats")),
    ),
    "warm-start": (
        Swept("warm-start-fresh", "fresh", f"{_CNN}, AdamW, fresh", lambda: digits(**KEPT)),
        Swept("warm-start", "after 200 steps", "the same after 200 steps at 1e-3",
              lambda: digits(steps=200, **KEPT)),
    ),
    "fine-tuning": (
        Swept("fine-tuning", "one rate for all", "trained body, new head, AdamW, one rate",
              lambda: new_head(1)),
        Swept("fine-tuning-slower", "the body at a tenth", "the same, the body at a tenth of the head's rate",
              lambda: new_head(0.1)),
    ),
    "gan": (
        Swept("gan", "the judge's loss", "generator and judge of digits, Adam: the judge's loss", gan),
        Swept("gan", "closeness to real digits", "the same sweep: `metric=closeness`", gan, on="metric"),
    ),
    "reinforcement": (
        Swept("reinforcement-1", "the loss", f"{_POLES}: the loss, seed 1", lambda: reinforce(1)),
        Swept("reinforcement-1", "steps that a pole stood", "the same sweep: `metric=stood`",
              lambda: reinforce(1), on="metric"),
        Swept("reinforcement-2", "", "seed 2: the loss", lambda: reinforce(2), drawn=False),
        Swept("reinforcement-2", "", "seed 2: `metric=stood`", lambda: reinforce(2), "metric", drawn=False),
        Swept("reinforcement-3", "", "seed 3: the loss", lambda: reinforce(3), drawn=False),
        Swept("reinforcement-3", "", "seed 3: `metric=stood`", lambda: reinforce(3), "metric", drawn=False),
    ),
}  # fmt: skip
