"""A small task with a real Engine as its trainer."""

import torch
from ignite.engine import Engine, Events, create_supervised_trainer
from ignite.engine.events import EventEnum
from ignite.metrics import RunningAverage
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrwidget.integrations.ignite import widget
from tests.engine.states import full_state, random_state
from tests.integrations.marks import marks

RATES = [1e-3 * 1.4**step for step in range(24)]
PASS = 8


class Custom(EventEnum):
    LOSS_KNOWN = "loss_known"


class World:
    """A supervised trainer, run for a little already, with handlers that count their calls."""

    def __init__(self, *, warm=True, **options):
        torch.manual_seed(1)
        self.model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.Dropout(0.2), nn.Linear(12, 3))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        x = torch.randn(8 * PASS, 6)
        self.loader = DataLoader(TensorDataset(x, x[:, :3].argmax(1)), batch_size=8, shuffle=True)
        self.criterion = nn.CrossEntropyLoss()
        self.losses = losses = []

        def loss_of(output, target):
            if self.fails is not None and len(losses) == 14:
                raise self.fails
            loss = self.criterion(output, target)
            losses.append(loss.item())  # a list that a function names: its notes, which stay
            return loss

        self.loss = loss_of
        self.trainer = create_supervised_trainer(self.model, self.optimizer, self.loss, **options)
        self.calls, self.fails = [], None
        for event in (Events.STARTED, Events.ITERATION_COMPLETED, Events.EPOCH_COMPLETED):
            self.trainer.add_event_handler(event, lambda: self.calls.append(1))
        RunningAverage(output_transform=float).attach(self.trainer, "mean") if not options else None
        if warm:
            self.trainer.run(self.loader, max_epochs=2)
            self.losses.clear()

    def widget(self, **settings):
        return widget(
            self.trainer, self.model, self.optimizer, self.loader, **({"lr_schedule": RATES} | settings)
        )

    def run_at(self, rates):
        """Return the losses of the Engine's own run."""
        losses = []
        at_rate = iter(rates)

        @self.trainer.on(Events.ITERATION_STARTED)
        def set_rate():
            for group in self.optimizer.param_groups:
                group["lr"] = next(at_rate)

        @self.trainer.on(Events.ITERATION_COMPLETED)
        def record(engine):
            losses.append(engine.state.output)

        self.trainer.run(self.loader, max_epochs=len(rates) // PASS)
        return losses

    def state(self):
        return {
            **full_state(self.model, self.optimizer),
            "random": random_state(),
            "trainer": marks(self.trainer),
            "its state": marks(self.trainer.state),
            "calls": len(self.calls),
        }


def own_trainer(world, shape, fires=False):
    """A trainer of the user's own, whose function returns ``shape(loss, output, target)``."""

    iterations = world.iterations = []

    def update(engine, batch):
        assert engine.state.batch is batch
        assert engine.state.dataloader is world.loader
        assert engine.state.epoch_length == PASS
        assert engine.state.epoch == 1
        iterations.append(engine.state.iteration)
        world.model.train()
        world.optimizer.zero_grad()
        output = world.model(batch[0])
        loss = world.criterion(output, batch[1])
        if fires:
            engine.fire_event(Custom.LOSS_KNOWN)
        loss.backward()
        world.optimizer.step()
        return shape(loss, output, batch[1])

    world.trainer = Engine(update)
    if fires:
        world.trainer.register_events(*Custom)
        world.trainer.add_event_handler(Custom.LOSS_KNOWN, lambda: world.calls.append(1))
