"""Lightning: the module's own ``training_step``, the trainer's precision, clipping and accumulation.

Before a fit, by eye::

    w = lrwidget.integrations.lightning.widget(module, trainer, train_loader)
    w  # press Run, then Accept: trainer.fit(module, train_loader) trains with that rate

Within a fit, by itself::

    trainer = Trainer(callbacks=[lrwidget.integrations.lightning.LearningRateFinder(num_iter=100)])

Module, trainer, callbacks, loggers and datamodule are after a sweep what they were before. Accept writes
the rate to ``module.lr``, ``module.learning_rate`` and the same two of ``module.hparams``, whichever exist,
because ``trainer.fit`` calls ``configure_optimizers`` anew. Modules of ``pytorch_lightning`` work just the
same.

In a sweep nothing is logged, and neither callbacks nor the module's hooks around single batches are called,
but for those that :mod:`lrwidget.integrations.lightning.loop` names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lrwidget.integrations.lightning.before_fit import widget

if TYPE_CHECKING:
    from lrwidget.integrations.lightning.finder import LearningRateFinder

__all__ = ["LearningRateFinder", "widget"]


def __getattr__(name: str) -> Any:
    # A class of Lightning's is its base, so it is made when it is asked for.
    if name == "LearningRateFinder":
        return importlib.import_module("lrwidget.integrations.lightning.finder").LearningRateFinder
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
