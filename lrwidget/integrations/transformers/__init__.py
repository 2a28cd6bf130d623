"""transformers: a Trainer's own ``compute_loss``, batches, optimizer groups, precision and clipping.

::

    w = lrwidget.integrations.transformers.widget(trainer, fixed_batches=8)
    w  # press Run, then Accept: trainer.train() trains with that rate

The trainer, its accelerator and the model are after a sweep what they were before. Accept writes the rate
to ``trainer.args.learning_rate``, from which ``trainer.train`` makes its optimizer, and to the optimizer that
the Trainer was given, if it was given one.

The loss is that of ``compute_loss``, label smoothing and overrides included, with activation checkpointing,
noisy embeddings and special tokens as in ``train()``. Trainers whose loss is no function of a batch are
refused: trl's for GRPO, RLOO, online DPO, GKD and their like. Callbacks are not called, nor is an overridden
``training_step``, which takes its own step backwards.
"""

from lrwidget.integrations.transformers.trainer import widget

__all__ = ["widget"]
