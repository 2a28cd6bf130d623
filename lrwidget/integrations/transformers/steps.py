"""What a Trainer makes a loss of."""

from __future__ import annotations

import inspect
from collections.abc import MutableMapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lrwidget.engine.data.moving import target_of
from lrwidget.engine.placement import placed
from lrwidget.integrations.borrowed import kept
from lrwidget.integrations.transformers.batches import ITEMS
from lrwidget.integrations.transformers.preparation import is_placed_by, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PACKAGES", "Steps"]

#: Whose objects a sweep borrows.
PACKAGES = ("transformers", "accelerate", "trl")


class Steps:
    """What a Trainer makes a loss of, and how it must stand for that.

    Parameters
    ----------
    trainer : transformers.Trainer
    optimizer : torch.optim.Optimizer
    accumulation : int
        Batches per step.
    with_output : bool
        Return the model's output too.
    """

    def __init__(self, trainer: Any, optimizer: Any, accumulation: int, *, with_output: bool) -> None:
        self._trainer = trainer
        self._optimizer = optimizer
        self._accumulation = accumulation
        self._with_output = with_output
        parameters = inspect.signature(trainer.compute_loss).parameters.values()
        self._takes_items = any(p.name == "num_items_in_batch" or p.kind is p.VAR_KEYWORD for p in parameters)
        self._model: Any = None
        self._begun = False

    @contextmanager
    def around(self) -> Iterator[None]:
        """Have the model where and as it is trained inside the block, and all as it was afterwards."""
        trainer, model = self._trainer, self._trainer.model
        roots = [trainer, getattr(model, "config", None), getattr(model, "generation_config", None)]
        device = torch.device(trainer.args.device)
        with ExitStack() as stack:
            stack.enter_context(kept(roots, PACKAGES, attributes_of=model.modules()))
            stack.callback(setattr, self, "_model", None)
            if is_placed_by(trainer) and any(p.device != device for p in model.parameters()):
                stack.enter_context(placed(model, self._optimizer, device))
            stack.enter_context(set_up(trainer))
            trainer.current_gradient_accumulation_steps = self._accumulation
            # As train() does: forward under autocast, outputs in float32, compiled, or over several GPUs.
            spread = trainer.args.n_gpu > 1 and not any(
                getattr(model, name, False) for name in ("is_loaded_in_8bit", "is_loaded_in_4bit")
            )
            self._model = nn.DataParallel(model) if spread else trainer.accelerator.prepare_model(model)
            self._begun = False
            yield

    def loss(self, batch: Any) -> Any:
        """Return a batch's loss; with the output, if that is wanted: ``(loss, output, target)``."""
        trainer, training = self._trainer, torch.is_grad_enabled()
        items = batch.pop(ITEMS, None) if isinstance(batch, MutableMapping) else None
        target = target_of(batch)
        if training and not self._begun:
            self._model.train()  # the whole of it, layers in evaluation mode too, as training_step() does
            self._begun = True
        # An optimizer that averages weights swaps them for training and evaluation.
        swap = getattr(self._optimizer, "train" if training else "eval", None)
        if callable(swap):
            swap()
        asked: dict[str, Any] = {"return_outputs": True} if self._with_output else {}
        if self._takes_items:
            asked["num_items_in_batch"] = items if training else None
        inputs = trainer._prepare_inputs(batch)  # noqa: SLF001 - what train() calls, and subclasses override
        with trainer.compute_loss_context_manager():
            made = trainer.compute_loss(self._model, inputs, **asked)
        loss, output = made if self._with_output else (made, None)
        loss = loss.mean() if trainer.args.n_gpu > 1 else loss
        if training and self._accumulation > 1 and self._is_scaled(items):
            loss = loss * self._accumulation  # by which the step divides it once more
        return (loss, output, target) if self._with_output else loss

    def _is_scaled(self, items: Any) -> bool:
        """Return whether the loss is a part of the whole step's, rather than the batch's own mean."""
        trainer = self._trainer
        told = getattr(trainer, "loss_is_scaled_for_ga", None)
        if told is not None:
            return bool(told)
        by_model = getattr(trainer, "model_accepts_loss_kwargs", False) and items is not None
        return by_model or getattr(trainer, "compute_loss_func", None) is not None
