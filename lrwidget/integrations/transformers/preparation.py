"""What ``train()`` does to model and trainer before its first step, and undone after a sweep.

The attributes of both are given back by whoever calls this; what is added besides, hooks, is taken off here.
"""

from __future__ import annotations

import importlib
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

__all__ = ["is_placed_by", "set_up"]


def is_placed_by(trainer: Any) -> bool:
    """Return whether ``train()`` moves the model to the trainer's device, if not the trainer did already."""
    args = trainer.args
    late = getattr(args, "fp16_full_eval", False) or getattr(args, "bf16_full_eval", False)
    return bool(trainer.place_model_on_device or (late and not getattr(trainer, "is_model_parallel", False)))


@contextmanager
def set_up(trainer: Any) -> Iterator[None]:
    """Have model and trainer as ``train()`` has them at its first step."""
    model = trainer.model
    before = _hooks(model)
    try:
        trainer.is_in_train = True
        _count(trainer)
        _checkpoint_activations(model, trainer.args)
        _align_tokens(trainer)
        _make_noise(trainer)
        yield
    finally:
        for table, keys in before:
            for key in [key for key in table if key not in keys]:
                del table[key]


def _hooks(model: nn.Module) -> list[tuple[dict[int, Any], set[int]]]:
    """Return every table of hooks, and what is in it now."""
    tables = [
        table
        for module in model.modules()
        for name, table in vars(module).items()
        if "_hooks" in name and isinstance(table, dict)
    ]
    return [(table, set(table)) for table in tables]


def _count(trainer: Any) -> None:
    """Have the trainer's state as at its first step, for losses that depend on how far training is."""
    state, args = trainer.state, trainer.args
    state.epoch = state.epoch or 0
    if state.max_steps <= 0:
        state.max_steps = args.max_steps
    if state.max_steps <= 0 and hasattr(trainer.train_dataset, "__len__"):
        step = args.train_batch_size * args.gradient_accumulation_steps
        state.max_steps = math.ceil(args.num_train_epochs * len(trainer.train_dataset) / step)


def _checkpoint_activations(model: Any, args: Any) -> None:
    if not hasattr(args, "activation_checkpointing"):  # in older versions
        if args.gradient_checkpointing:
            model.gradient_checkpointing_enable(
                gradient_checkpointing_kwargs=getattr(args, "gradient_checkpointing_kwargs", None)
            )
        return
    if not args.activation_checkpointing:
        return
    options = dict(args.activation_checkpointing_kwargs or {})
    own = {"every_n_layers": options.pop("every_n_layers", 1), "offload": options.pop("offload", False)}
    if hasattr(model, "activation_checkpointing_enable"):
        model.activation_checkpointing_enable(activation_checkpointing_kwargs=options or None, **own)
    else:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=options or None, **own)


def _align_tokens(trainer: Any) -> None:
    """Write a tokenizer's special tokens into the model's config: which one is padding can change a loss."""
    align = getattr(trainer, "_align_special_tokens", None)
    if align is not None:  # in older versions
        if getattr(trainer, "processing_class", None) is not None and hasattr(trainer.model, "config"):
            align()
        return
    align = getattr(importlib.import_module("transformers.trainer"), "align_special_tokens", None)
    kinds = tuple(
        getattr(importlib.import_module(f"transformers.{module}"), name)
        for module, name in (
            ("tokenization_utils_base", "PreTrainedTokenizerBase"),
            ("processing_utils", "ProcessorMixin"),
        )
    )
    tokens = getattr(trainer, "processing_class", None)
    if align is not None and isinstance(tokens, kinds) and hasattr(trainer.model, "config"):
        align(trainer.model, tokens)


def _make_noise(trainer: Any) -> None:
    """Have the embeddings noisy, if that was asked for (NEFTune, arXiv 2310.05914)."""
    alpha = getattr(trainer, "neftune_noise_alpha", None)
    if alpha is None:
        return
    activate = getattr(trainer, "_activate_neftune", None)
    if activate is not None:  # before transformers 5
        activate(trainer.model)
        return
    neftune = importlib.import_module("transformers.integrations.neftune")
    trainer.neftune_hook_handle = neftune.activate_neftune(trainer.model, alpha, trainer.accelerator)
