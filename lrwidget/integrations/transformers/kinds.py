"""Which Trainers can be swept: those whose loss is a function of a batch."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from lrwidget.engine.checks import check_processes
from lrwidget.errors import LRWidgetWarning, SetupError

__all__ = ["check_optimizer", "check_trainer"]

# Whose overrides of training_step compute the very same loss.
KNOWN = ("transformers", "trl")
# trl's trainers whose compute_loss takes a batch as the loader gives it. Others of trl's write new samples
# first, score them, and go on from there for several steps.
OF_A_BATCH = (
    "SFTTrainer",
    "DPOTrainer",
    "KTOTrainer",
    "RewardTrainer",
    "CPOTrainer",
    "ORPOTrainer",
    "BCOTrainer",
    "PRMTrainer",
    "TPOTrainer",
)
# Names under which such trainers are also found in other packages.
ONLINE = (
    "GRPOTrainer",
    "RLOOTrainer",
    "OnlineDPOTrainer",
    "NashMDTrainer",
    "XPOTrainer",
    "GKDTrainer",
    "PPOTrainer",
    "PPOv2Trainer",
)
# Values of TrainingArguments.optim that step while gradients are computed.
IN_BACKWARD = ("lomo", "adalomo")


def check_trainer(trainer: Any) -> None:
    """Raise unless this is a Trainer that trains in one process, on something."""
    kinds = type(trainer).__mro__
    if not any(kind.__module__.startswith("transformers.trainer") for kind in kinds):
        try:
            importlib.import_module("transformers")
        except ImportError:
            raise ImportError(
                "lrwidget.integrations.transformers needs transformers: pip install transformers accelerate"
            ) from None
        raise SetupError(
            f"trainer must be a transformers.Trainer; got a {type(trainer).__name__}. For a model alone use "
            "LRWidget(model, optimizer, None, loader)."
        )
    check_processes(trainer.args.world_size)
    if trainer.is_deepspeed_enabled or trainer.is_fsdp_enabled:
        raise SetupError(
            "the Trainer spreads its model over processes by DeepSpeed or FSDP, which a sweep could not "
            "give back. Find the rate with a Trainer that does neither, and train as you like."
        )
    optim = str(getattr(trainer.args.optim, "value", trainer.args.optim))
    if optim in IN_BACKWARD:
        raise SetupError(
            f"optim={optim!r} steps inside of the backward pass with a rate that it is handed there, so a "
            "sweep cannot set it. Find the rate with another optimizer, or by training at several."
        )
    if trainer.train_dataset is None and type(trainer).get_train_dataloader in {
        getattr(kind, "get_train_dataloader", None) for kind in kinds if kind.__module__.startswith(KNOWN)
    }:
        raise SetupError("there is nothing to train on: make the Trainer with train_dataset=...")
    _check_loss(kinds)
    _warn_of_what_is_left_out(trainer)
    owner = next(kind for kind in kinds if "training_step" in vars(kind))
    if owner.__module__.partition(".")[0] not in KNOWN:
        warnings.warn(
            f"{owner.__name__}.training_step is not called in a sweep, which takes its loss from "
            "compute_loss. Where both differ, so may the best rate.",
            LRWidgetWarning,
            stacklevel=4,
        )


def check_optimizer(optimizer: Any) -> None:
    """Raise SetupError for an optimizer that stands for others, which hooks step in the backward pass."""
    if any(kind.__name__ == "LayerWiseDummyOptimizer" for kind in type(optimizer).__mro__):
        raise SetupError(
            "a layer-wise optim steps one optimizer for each parameter inside of the backward pass, and the "
            "Trainer shows none of them. Find the rate with the same optim that is not layer-wise."
        )


def _check_loss(kinds: tuple[type, ...]) -> None:
    """Raise SetupError when the loss is not one of a batch, but of what the model makes of it first."""
    trls = (kind for kind in kinds if kind.__module__.partition(".")[0] == "trl")
    nearest = next((kind for kind in trls if not kind.__name__.startswith("_")), None)
    online = next((kind for kind in kinds if kind.__name__ in ONLINE), None)
    if online is None and (nearest is None or nearest.__name__ in OF_A_BATCH):
        return
    name = (online or nearest).__name__  # type: ignore[union-attr]  # one of them there is
    raise SetupError(
        f"a {name} trains on what its model writes, or on what its own training_step makes of a batch: its "
        "loss is no function of a batch, and says little about the rate. Find a rate on the same model with "
        "supervised batches (an SFTTrainer), and begin below it, or train at several."
    )


def _warn_of_what_is_left_out(trainer: Any) -> None:
    args = trainer.args
    told = []
    if getattr(args, "use_liger_kernel", False):
        told.append(
            "use_liger_kernel: the sweep puts no such kernels in, as they could not be taken out again. "
            "Losses are the same to rounding, and take more memory."
        )
    if getattr(args, "activation_offloading", False):
        told.append("activation_offloading: the sweep is without it, and takes more memory.")
    if getattr(args, "auto_find_batch_size", False):
        told.append(
            f"auto_find_batch_size: the sweep takes batches of {trainer._train_batch_size}. Should train() "  # noqa: SLF001
            "go on with smaller ones, sweep again after it: smaller batches want a lower rate."
        )
    for text in told:
        warnings.warn(text, LRWidgetWarning, stacklevel=4)
