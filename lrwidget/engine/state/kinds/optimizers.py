"""Optimizers, schedulers and gradient scalers: objects whose attributes are their state, however large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from lrwidget.engine.state.kinds.objects import keep_object
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["OPTIMIZERS"]

_KINDS = (
    torch.optim.Optimizer,
    LRScheduler,
    ReduceLROnPlateau,
    getattr(torch.amp, "GradScaler", torch.cuda.amp.GradScaler),
)


def _keep(walk: Walk, met: Met) -> None:
    # Nothing in there is anybody's data or notes, even if a function refers to it.
    keep_object(walk, met._replace(way=met.way._replace(by_function=False)))


OPTIMIZERS = Kind("optimizers", lambda kind: issubclass(kind, _KINDS), _keep)
