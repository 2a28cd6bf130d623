"""A small task that the real Accelerate has prepared, and the loop that its users write."""

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.integrations.accelerate import widget
from tests.engine.states import full_state, random_state
from tests.integrations.marks import marks

RATES = [1e-3 * 1.4**step for step in range(24)]


def forget_accelerators():
    """Let the next Accelerator be the first one: they share their state."""
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


class World:
    """A prepared model with batch norm and dropout, a warmed-up Adam of two groups, a shuffled loader."""

    def __init__(self, samples=96, scaler=None, **options):
        self.accelerator = Accelerator(cpu=True, **options)
        self.accelerator.scaler = scaler
        torch.manual_seed(1)
        model = nn.Sequential(
            nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 3)
        )
        groups = [
            {"params": model[0].parameters(), "lr": 1e-3},
            {"params": [*model[1].parameters(), *model[4].parameters()], "lr": 5e-4},
        ]
        x = torch.randn(samples, 6)
        loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=8, shuffle=True)
        optimizer = torch.optim.Adam(groups)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 / (1 + step))
        self.criterion = nn.CrossEntropyLoss()
        self.model, self.optimizer, self.loader, self.scheduler = self.accelerator.prepare(
            model, optimizer, loader, scheduler
        )

    def widget(self, criterion=None, **settings):
        settings = {"lr_schedule": RATES} | settings
        return widget(
            self.accelerator, self.model, self.optimizer, criterion or self.criterion, self.loader, **settings
        )

    def train(self, rates=None, passes=99):
        """Return the losses of Accelerate's own loop, at given rates or at the optimizer's."""
        losses, part, done = [], [], 0
        for _ in range(passes):
            self.model.train()
            for x, y in self.loader:
                if rates is not None:
                    if done == len(rates):
                        return losses
                    for group, ratio in zip(self.optimizer.param_groups, (1, 0.5), strict=True):
                        group["lr"] = rates[done] * ratio
                with self.accelerator.accumulate(self.model):
                    loss = self.criterion(self.model(x), y)
                    self.accelerator.backward(loss)
                    self.optimizer.step()
                    self.optimizer.zero_grad()
                part.append(loss.item())
                if self.accelerator.sync_gradients:
                    losses.append(sum(part) / len(part))
                    part, done = [], done + 1
        return losses

    def state(self):
        accelerator = self.accelerator
        return {
            **full_state(self.model, self.optimizer.optimizer),
            "random": random_state(),
            "accelerator": marks(accelerator),
            "its state": marks(accelerator.state),
            "gradients": marks(accelerator.gradient_state),
            "loader": marks(self.loader),
            "optimizer": marks(self.optimizer),
            "scaler": self.accelerator.scaler and self.accelerator.scaler.state_dict(),
            "scheduler": marks(self.scheduler),
            "inner scheduler": marks(self.scheduler.scheduler),
        }
