"""A widget for a Trainer."""

from __future__ import annotations

from typing import Any

import torch

from lrwidget.integrations.borrowed import kept, kept_random
from lrwidget.integrations.refusals import refuse_own
from lrwidget.integrations.transformers.batches import Batches
from lrwidget.integrations.transformers.kinds import check_optimizer, check_trainer
from lrwidget.integrations.transformers.steps import PACKAGES, Steps
from lrwidget.widget.lrwidget import LRWidget

__all__ = ["widget"]


def widget(trainer: Any, **settings: Any) -> LRWidget:
    """Return a widget that sweeps a Trainer's model as ``trainer.train()`` would train it.

    Parameters
    ----------
    trainer : transformers.Trainer
        Its ``per_device_train_batch_size``, ``gradient_accumulation_steps``, ``max_grad_norm``, ``bf16`` and
        ``fp16``, label smoothing and device are the sweep's. Without an optimizer of its own it is asked for
        one by ``create_optimizer()``, once, here, and has none afterwards.
    **settings
        Those of :class:`~lrwidget.LRWidget`: ``start_lr``, ``end_lr``, ``num_iter``, ``rule``,
        ``fixed_batches``, ``val_loader`` (``trainer.get_eval_dataloader()``, with ``val_batches``), ... A
        ``metric`` is called with the model's output and the batch's labels.

    Returns
    -------
    LRWidget

    Raises
    ------
    ImportError
        When transformers is not installed.
    SetupError
        For anything but a Trainer, several processes, DeepSpeed or FSDP, or no training data.
    SettingsError
        When a setting cannot work, or is one that the trainer decides.
    """
    refuse_own(settings, "the Trainer")
    check_trainer(trainer)
    args = trainer.args
    # One that train() made itself is made anew by the next one.
    scheduler = None if getattr(trainer, "_created_lr_scheduler", False) else trainer.lr_scheduler
    accumulation = settings.setdefault("accumulation_steps", args.gradient_accumulation_steps)
    if args.max_grad_norm:
        settings.setdefault("clip_grad_norm", float(args.max_grad_norm))
    with kept_random(torch.device(args.device)), kept([trainer], PACKAGES):
        trainer.create_optimizer()
        # A train() before this has wrapped it, in what steps only when the accelerator says so.
        optimizer = trainer.optimizer
        optimizer = optimizer.optimizer if _is_accelerated(optimizer) else optimizer
        loader = trainer.get_train_dataloader()
    check_optimizer(optimizer)
    steps = Steps(trainer, optimizer, accumulation, with_output=settings.get("metric") is not None)
    return LRWidget(
        trainer.model,
        optimizer,
        None,
        Batches(loader, trainer, accumulation),
        step_fn=steps.loss,
        grad_scaler=getattr(trainer.accelerator, "scaler", None),
        around=steps.around,
        scheduler=scheduler,
        write_to=_places(trainer),
        **settings,
    )


def _is_accelerated(optimizer: Any) -> bool:
    return type(optimizer).__module__.startswith("accelerate")


def _places(trainer: Any) -> list[tuple[Any, str]]:
    """Return where ``trainer.train()`` takes the rate of a new optimizer from."""
    places: list[tuple[Any, str]] = [(trainer.args, "learning_rate")]
    made_with = getattr(trainer, "optimizer_cls_and_kwargs", None)
    if made_with is not None and "lr" in made_with[1]:
        places.append((made_with[1], "lr"))
    return places
