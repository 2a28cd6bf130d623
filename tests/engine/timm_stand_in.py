"""A scheduler of the rate after timm's, which need not be installed: the same attributes, the same course."""

from __future__ import annotations

import math


class CosineLRScheduler:
    """Cosine without restarts, after a linear warm-up; it counts nothing, ``step(t)`` is told the step."""

    def __init__(self, optimizer, t_initial, lr_min=0.0, warmup_t=0, warmup_lr_init=0.0):
        self.optimizer, self.param_group_field = optimizer, "lr"
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_values = [group["initial_lr"] for group in optimizer.param_groups]
        self.t_initial, self.lr_min = t_initial, lr_min
        self.warmup_t, self.warmup_lr_init = warmup_t, warmup_lr_init
        self.update_groups(self.base_values)
        if warmup_t:
            self.warmup_steps = [(value - warmup_lr_init) / warmup_t for value in self.base_values]
            self.update_groups([warmup_lr_init] * len(self.base_values))
        else:
            self.warmup_steps = [1 for _ in self.base_values]

    def update_groups(self, values):
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            group["lr"] = value * group["lr_scale"] if "lr_scale" in group else value

    def step(self, epoch, metric=None):
        if epoch < self.warmup_t:
            self.update_groups([self.warmup_lr_init + epoch * step for step in self.warmup_steps])
            return
        turn = 1 + math.cos(math.pi * epoch / self.t_initial)
        self.update_groups([self.lr_min + 0.5 * (base - self.lr_min) * turn for base in self.base_values])
