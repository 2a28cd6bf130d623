"""What the reader of a page has already: a model and data, and what a chapter of a page speaks of besides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import lrwidget
from lrwidget import LRWidget
from tests.docs.person import use

Names = dict[str, Any]


def usual(folder: Path) -> Names:
    """A classifier of digits, its optimizer, its data."""
    torch.manual_seed(0)
    digits = load_digits()
    x, y = torch.tensor(digits.images / 16, dtype=torch.float32), torch.tensor(digits.target)
    data, held_out = TensorDataset(x[:1400], y[:1400]), TensorDataset(x[1400:], y[1400:])
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loader = DataLoader(data, batch_size=32, shuffle=True)
    return {
        "LRWidget": LRWidget,
        "config": {"lr": 0.1},
        "criterion": nn.CrossEntropyLoss(),
        "epochs": 2,
        "loader": loader,
        "lr_schedule": np.linspace(0.1, 0.01, 50),
        "lrwidget": lrwidget,
        "model": model,
        "optimizer": optimizer,
        "scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100),
        "torch": torch,
        "train": train,
        "train_loader": loader,
        "val_loader": DataLoader(held_out, batch_size=100),
        "x_train": x[:1400],
        "y_train": y[:1400],
    }


def train(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    model(torch.zeros(2, 8, 8)).square().sum().backward()
    optimizer.step()


# -- chapters ----------------------------------------------------------------------------------------------


def lightning(folder: Path) -> Names:
    from tests.integrations import lightning_world as world

    module, loader = world.Net(), world.loader(size=640, batch_size=32, shuffle=True)
    module.train_dataloader = lambda: loader
    module.lr = 0.1
    trainer = world.trainer(default_root_dir=folder)
    return {"module": module, "trainer": trainer, "train_loader": loader, "Trainer": world.pl.Trainer}


def ignite(folder: Path) -> Names:
    from ignite.engine import create_supervised_trainer

    given = usual(folder)
    trainer = create_supervised_trainer(given["model"], given["optimizer"], given["criterion"])
    return {**given, "trainer": trainer, "create_supervised_trainer": create_supervised_trainer}


def transformers(folder: Path) -> Names:
    from tests.integrations import transformers_world as world

    return {"trainer": world.trainer(folder, world.bert(), world.sentences())}


def accelerate(folder: Path) -> Names:
    from accelerate import Accelerator

    from tests.integrations.accelerate_world import forget_accelerators

    forget_accelerators()
    given, accelerator = usual(folder), Accelerator(cpu=True)
    ready = accelerator.prepare(*(given[name] for name in ("model", "optimizer", "train_loader")))
    return {**given, **dict(zip(("model", "optimizer", "train_loader"), ready, strict=True)),
            "accelerator": accelerator}  # fmt: skip


def trainer_and_accelerator(folder: Path) -> Names:
    return {**accelerate(folder), **transformers(folder)}


def recorded(folder: Path) -> Names:
    """What three engines recorded."""
    from ignite.handlers import FastaiLRFinder
    from lightning.pytorch.tuner import Tuner
    from torch_lr_finder import LRFinder

    mine, other, module = usual(folder), ignite(folder), lightning(folder)
    lr_finder = LRFinder(
        mine["model"], torch.optim.AdamW(mine["model"].parameters(), 1e-6), mine["criterion"]
    )
    lr_finder.range_test(mine["train_loader"], end_lr=1, num_iter=20)
    ignite_finder = FastaiLRFinder()
    to_save = {"model": other["model"], "optimizer": other["optimizer"]}
    with ignite_finder.attach(other["trainer"], to_save, num_iter=100, end_lr=10.0) as trainer:
        trainer.run(other["train_loader"])
    finder = Tuner(module["trainer"]).lr_find(module["module"], module["train_loader"], num_training=20)
    return {"lr_finder": lr_finder, "ignite_finder": ignite_finder, "finder": finder}


def bank(folder: Path) -> Names:
    """A step of one's own, with a memory that nothing leads to."""
    given = usual(folder)
    memory_bank = torch.zeros(10, 10)

    def update(batch: Any) -> torch.Tensor:
        given["optimizer"].zero_grad()
        output = given["model"](batch[0])
        loss = given["criterion"](output, batch[1])
        loss.backward()
        given["optimizer"].step()
        memory_bank.add_(output.detach().mean(0))
        return loss.detach()

    return {**given, "update": update, "memory_bank": memory_bank, "balance": {"seen": 0}}


def swept(folder: Path) -> Names:
    """A widget that has swept."""
    given = usual(folder)
    parts = (given[name] for name in ("model", "optimizer", "criterion", "train_loader"))
    widget = LRWidget(*parts, fixed_batches=4)
    use(widget)
    return {**given, "w": widget}


def two_groups(folder: Path) -> Names:
    given = usual(folder)
    *others, bias = given["model"].parameters()
    given["optimizer"] = torch.optim.Adam([{"params": others}, {"params": [bias], "lr": 0.1}], lr=1e-3)
    return given


def gan(folder: Path) -> Names:
    given = usual(folder)
    generator = nn.Sequential(nn.Linear(8, 64), nn.Sigmoid())
    judge = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
    optimizers = [torch.optim.Adam(part.parameters()) for part in (judge, generator)]

    def gan_step(batch: Any) -> Any:
        made = generator(torch.randn(len(batch[0]), 8))
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = judge(made.detach()).mean() - judge(batch[0]).mean()
        loss.backward()
        (-judge(made).mean()).backward(inputs=list(generator.parameters()))
        for optimizer in optimizers:
            optimizer.step()
        return loss.detach(), made.detach(), batch[0].flatten(1)

    def closeness(made: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        return -(made.mean(0) - real.mean(0)).square().sum()

    return {**given, "networks": nn.ModuleList([judge, generator]), "optimizers": optimizers,
            "gan_step": gan_step, "closeness": closeness}  # fmt: skip


def bandit(folder: Path) -> Names:
    given = usual(folder)
    policy = nn.Linear(1, 4)
    optimizer = torch.optim.Adam(policy.parameters())

    def play_and_learn(_: None) -> Any:
        choice = torch.distributions.Categorical(logits=policy(torch.ones(64, 1)))
        action = choice.sample()
        rewards = action.float() + torch.randn(64)
        loss = -(choice.log_prob(action) * (rewards - rewards.mean())).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach(), rewards, None

    return {**given, "policy": policy, "optimizer": optimizer, "play_and_learn": play_and_learn}


def marimo(folder: Path) -> Names:
    """As much of marimo as the page speaks of; `make hosts` drives the real one."""
    held: list[Any] = [None]
    state = (lambda: held[0], lambda value: held.__setitem__(0, value))
    return {**usual(folder), "mo": SimpleNamespace(
        ui=SimpleNamespace(anywidget=lambda widget: widget), state=lambda _: state,
    )}  # fmt: skip


def solara(folder: Path) -> Names:
    """As much of Solara as the page speaks of; `make hosts` drives the real one."""
    return {**usual(folder), "solara": SimpleNamespace(
        component=lambda page: page, use_memo=lambda make, _: make(), display=lambda _: None,
    )}  # fmt: skip


#: By page and heading: what is given from there on.
CHAPTERS: dict[tuple[str, str], Callable[[Path], Names]] = {
    ("README.md", "You come from another finder, or train with a framework"): lightning,
    ("README.md", "Your own step, precision, clipping, a metric"): usual,
    ("README.md", "Cyclical schedules"): swept,
    ("hosts.md", "marimo"): marimo,
    ("hosts.md", "Solara"): solara,
    ("migration.md", "Lightning"): lightning,
    ("migration.md", "ignite"): ignite,
    ("migration.md", "Athena"): usual,
    ("migration.md", "transformers and accelerate"): trainer_and_accelerator,
    ("migration.md", "What differs in numbers"): usual,
    ("migration.md", "Recorded sweeps"): recorded,
    ("reading-curves.md", "Two valleys"): two_groups,
    ("reading-curves.md", "It never blows up"): usual,
    ("reading-curves.md", "GANs"): gan,
    ("reading-curves.md", "Reinforcement learning"): bandit,
    ("reliability.md", "What is not given back"): bank,
}

#: For code in docstrings, by file.
FILES: dict[str, Callable[[Path], Names]] = {
    "lrwidget/integrations/accelerate.py": accelerate,
    "lrwidget/integrations/ignite.py": ignite,
    "lrwidget/integrations/lightning/__init__.py": lightning,
    "lrwidget/integrations/transformers/__init__.py": transformers,
    "lrwidget/widget/lrwidget.py": swept,
}
