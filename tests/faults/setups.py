"""What is swept: one table of worlds, each with everything that one way of training has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn

from lrwidget import LRWidget, RangeTest
from tests.engine.worlds import seed_all
from tests.faults.parts import Loader, Net, Scaler, StatefulLoader, Surrounded, as_dict, tapped_optimizer
from tests.faults.taps import tap, tap_where
from tests.faults.watch import attributes_of

STEPS = 6
RATES = {"start_lr": 1e-3, "end_lr": 0.2, "num_iter": STEPS, "diverge_th": None}


@dataclass
class World:
    """One model and all that belongs to it; ``watch`` tells of what else must come back."""

    model: nn.Module
    optimizer: Any
    loader: Any
    criterion: Any = None
    val_loader: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    watch: dict[str, Callable[[], Any]] = field(default_factory=dict)

    def range_test(self) -> RangeTest:
        return self._made(RangeTest)

    def widget(self) -> LRWidget:
        return self._made(LRWidget)

    def _made(self, kind: Any) -> Any:
        return kind(
            self.model,
            self.optimizer,
            self.criterion,
            self.loader,
            self.val_loader,
            around=lambda: Surrounded(self.model),
            callback=lambda _: tap("callback"),
            **RATES,
            **self.options,
        )

    def train(self, steps: int) -> World:
        """Take ordinary steps of training before the sweep: state, gradients and counters are there."""
        self.model.train()
        for _, (x, y) in zip(range(steps), self.loader, strict=False):
            self.optimizer.zero_grad()
            self.criterion(self.model(x), y).backward()
            self.optimizer.step()
        return self


def cross_entropy(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return tap_where("loss", nn.functional.cross_entropy(output, target))


def accuracy(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return tap("metric", (output.argmax(1) == target).float().mean())


def _groups(model: nn.Module) -> list[dict[str, Any]]:
    head = list(model.last.parameters())
    body = [p for p in model.parameters() if all(p is not other for other in head)]
    return [{"params": body, "lr": 0.05}, {"params": head, "lr": 0.1, "weight_decay": 0.01}]


def plain(**loading: Any) -> World:
    seed_all()
    model = Net()
    sgd = tapped_optimizer(torch.optim.SGD, _groups(model), momentum=0.9)
    return World(model, sgd, Loader(**loading), cross_entropy)


def adam() -> World:
    seed_all()
    model = Net()
    optimizer = tapped_optimizer(torch.optim.AdamW, _groups(model), amsgrad=True)
    world = World(model, optimizer, Loader(), cross_entropy, options={"snapshot": "disk"})
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=[0.1, 0.2], total_steps=30)
    world.watch["scheduler"] = scheduler.state_dict
    world.train(3)
    scheduler.step()
    model.eval()
    return world


def scaled() -> World:
    world = plain()
    scaler = Scaler("cpu", init_scale=2.0**8, growth_interval=4)
    world.options = {
        "grad_scaler": scaler,
        "accumulation_steps": 2,
        "clip_grad_norm": 1.0,
        "clip_grad_value": 0.5,
    }
    world.watch["scaler"] = lambda: (scaler.state_dict(), scaler._per_optimizer_states.copy())
    return world.train(2)


def validated(**options: Any) -> World:
    world = plain()
    world.val_loader = Loader("validation batch drawn")
    world.options = {"metric": accuracy, "val_batches": 2, **options}
    return world


def dicts() -> World:
    world = plain(collate_fn=as_dict)

    def step_fn(batch: Any) -> torch.Tensor:
        output = world.model(batch["inputs"]["x"])
        return tap_where("loss", nn.functional.cross_entropy(output, batch["targets"]))

    world.criterion, world.options = None, {"step_fn": step_fn}
    return world


def stateful() -> World:
    seed_all()
    model = Net()
    optimizer = tapped_optimizer(torch.optim.RMSprop, _groups(model), momentum=0.5)
    generator = torch.Generator().manual_seed(5)
    loader = StatefulLoader(generator=generator, sampler=None, shuffle=True)
    return World(
        model, optimizer, loader, cross_entropy, watch={"within": lambda: attributes_of(loader.loader)}
    )


def lbfgs() -> World:
    seed_all()
    model = Net()
    optimizer = tapped_optimizer(torch.optim.LBFGS, model.parameters(), lr=0.1, max_iter=3, history_size=2)
    return World(model, optimizer, Loader(), cross_entropy)


def several() -> World:
    """Two optimizers, one warm and one that has never stepped, and a moving average that the step writes."""
    seed_all()
    model = Net()
    body, head = _groups(model)
    optimizers = [
        tapped_optimizer(torch.optim.Adam, [body]),
        tapped_optimizer(torch.optim.SGD, [head], momentum=0.9),
    ]
    average = [parameter.detach().clone() for parameter in model.parameters()]

    def step_fn(batch: Any) -> torch.Tensor:
        for mean, parameter in zip(average, model.parameters(), strict=True):
            mean.lerp_(parameter.detach(), 0.1)
        return cross_entropy(model(batch.x), batch.y)

    world = World(model, optimizers, Loader(), options={"step_fn": step_fn, "keep": [average]})
    world.watch["average"] = lambda: [mean.clone() for mean in average]
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter) if parameter.requires_grad else None
    optimizers[0].step()
    return world


def gan() -> World:
    seed_all()
    generator, critic = Net(), Net(3, 1)
    optimizers = [
        tapped_optimizer(torch.optim.Adam, generator.parameters()),
        tapped_optimizer(torch.optim.Adam, critic.parameters(), betas=(0.5, 0.9)),
    ]
    judged = nn.functional.binary_cross_entropy_with_logits

    def update_fn(batch: Any) -> torch.Tensor:
        real = nn.functional.one_hot(batch.y, 3).float()
        one = torch.ones(len(real), 1)
        fake = generator(batch.x)
        optimizers[1].zero_grad()
        loss = judged(critic(real), one) + judged(critic(fake.detach()), 0 * one)
        loss.backward()
        optimizers[1].step()
        optimizers[0].zero_grad()
        judged(critic(fake), one).backward()
        optimizers[0].step()
        return tap("loss", loss.detach())

    options = {"update_fn": update_fn}
    return World(nn.ModuleList([generator, critic]), optimizers, Loader(), options=options)


@dataclass(frozen=True)
class Setup:
    """One row: how the world is made, and what not every world has."""

    make: Callable[[], World]
    has: frozenset[str]


def _setup(make: Callable[[], World], *has: str, lacks: str = "") -> Setup:
    return Setup(make, frozenset({"a sampler", "a batch that moves itself", *has} - {lacks}))


SETUPS = {
    "SGD, dropout, batch norm": _setup(plain),
    "warm AdamW, a scheduler, a snapshot on disk": _setup(adam, "a change of mode"),
    "GradScaler, accumulation, clipping": _setup(scaled, "a scaler", "clipping"),
    "validation, a metric": _setup(validated, "a change of mode", "validation", "a metric"),
    "validation drawn anew": _setup(
        partial(validated, redraw_val=True), "a change of mode", "validation", "a metric"
    ),
    "`step_fn`, dict batches": _setup(dicts, lacks="a batch that moves itself"),
    "`update_fn`, two models": _setup(gan),
    "two optimizers, an average": _setup(several),
    "LBFGS": _setup(lbfgs),
    "a stateful loader": _setup(stateful, "a loader's state", lacks="a sampler"),
    "two workers": _setup(partial(plain, num_workers=2), "workers"),
    "a persistent worker": _setup(partial(plain, num_workers=1, persistent_workers=True), "workers"),
}
