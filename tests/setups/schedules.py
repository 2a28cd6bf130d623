"""Setups with schedulers attached, warm-ups that begin at 0 included."""

import torch
from torch import nn
from torch.optim import lr_scheduler as sched

from tests.setups.digits import loader, mlp
from tests.setups.setup import Setup, plain_step, setup, supervised


def _scheduled(attach):
    model, criterion = mlp(), nn.CrossEntropyLoss()
    groups = [{"params": model[1].parameters()}, {"params": model[4].parameters(), "lr": 0.1}]
    optimizer = torch.optim.SGD(groups, lr=0.05, momentum=0.9)
    scheduler = attach(optimizer)
    step = plain_step(optimizer, supervised(model, criterion))
    return Setup(
        model, optimizer, criterion, loader(), step, also={"scheduler": scheduler}, scheduler=scheduler
    )


def warm_up(optimizer):
    return sched.LambdaLR(optimizer, lambda step: min(1.0, step / 4))


def linear(optimizer):
    return sched.LinearLR(optimizer, start_factor=0.25, total_iters=6)


def cosine(optimizer):
    return sched.CosineAnnealingLR(optimizer, T_max=20)


def one_cycle(optimizer):
    return sched.OneCycleLR(optimizer, max_lr=[0.1, 0.2], total_steps=40)


def cyclic(optimizer):
    return sched.CyclicLR(optimizer, base_lr=[0.01, 0.02], max_lr=[0.1, 0.2], step_size_up=4)


def warm_up_then_cosine(optimizer):
    parts = [sched.LinearLR(optimizer, 0.1, total_iters=3), sched.CosineAnnealingLR(optimizer, T_max=20)]
    return sched.SequentialLR(optimizer, parts, milestones=[3])


def chained(optimizer):
    return sched.ChainedScheduler([sched.ConstantLR(optimizer, 0.5, 3), sched.ExponentialLR(optimizer, 0.9)])


KINDS = (warm_up, linear, cosine, one_cycle, cyclic, warm_up_then_cosine, chained)


def _add(kind):
    def make():
        return _scheduled(kind)

    make.__name__ = f"{kind.__name__}_scheduler"
    setup(make)


for _kind in KINDS:
    _add(_kind)


class _OnPlateau:
    """Steps with a loss, as ReduceLROnPlateau wants it."""

    def __init__(self, optimizer):
        self.inner = sched.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
        self.losses = iter([2, 2, 1, 3, 3] * 9)

    def step(self):
        self.inner.step(next(self.losses))

    def state_dict(self):
        return self.inner.state_dict()


@setup
def reduce_on_plateau_scheduler():
    return _scheduled(_OnPlateau)
