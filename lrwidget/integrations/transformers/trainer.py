"""A widget for a Trainer."""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import MutableMapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lrwidget.engine.checks import check_processes
from lrwidget.engine.data.batches import BatchStream
from lrwidget.engine.data.moving import target_of
from lrwidget.engine.placement import placed
from lrwidget.errors import LRWidgetWarning, SetupError
from lrwidget.integrations.borrowed import kept, kept_random
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.lrwidget import LRWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["widget"]

PACKAGES = ("transformers", "accelerate")
# Whose overrides of training_step compute the very same loss.
KNOWN = ("transformers", "trl")
# Rides along in a batch: by how many items the losses of its step are divided.
ITEMS = "lrwidget: num_items_in_batch"


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
    _check(trainer)
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

    @contextmanager
    def around(self) -> Iterator[None]:
        """Have the model where and as it is trained inside the block, and all as it was afterwards."""
        trainer, model = self._trainer, self._trainer.model
        roots = [trainer, getattr(model, "config", None)]
        device = torch.device(trainer.args.device)
        with ExitStack() as stack:
            stack.enter_context(kept(roots, PACKAGES, attributes_of=model.modules()))
            stack.callback(setattr, self, "_model", None)
            if trainer.place_model_on_device and any(p.device != device for p in model.parameters()):
                stack.enter_context(placed(model, self._optimizer, device))
            # As train() does: forward under autocast, outputs in float32, or spread over several GPUs.
            spread = trainer.args.n_gpu > 1
            self._model = nn.DataParallel(model) if spread else trainer.accelerator.prepare_model(model)
            yield

    def loss(self, batch: Any) -> Any:
        """Return a batch's loss; with the output, if that is wanted: ``(loss, output, target)``."""
        trainer, training = self._trainer, torch.is_grad_enabled()
        items = batch.pop(ITEMS, None) if isinstance(batch, MutableMapping) else None
        target = target_of(batch)
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


class Batches:
    """A Trainer's batches, those of one step counted together as ``train()`` does.

    Parameters
    ----------
    loader : iterable
    trainer : transformers.Trainer
    accumulation : int
        Batches per step.
    """

    def __init__(self, loader: Any, trainer: Any, accumulation: int) -> None:
        self._loader = loader
        self._trainer = trainer
        self._accumulation = accumulation

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[Any]:
        stream = BatchStream(self._loader)
        try:
            drawn = stream.one_by_one(None)
            while step := self._next_step(drawn):
                yield from step
        finally:
            stream.close()

    def _next_step(self, drawn: Iterator[Any]) -> list[Any]:
        collect = getattr(self._trainer, "get_batch_samples", None)  # from transformers 4.46 on
        if collect is None:
            return list(islice(drawn, self._accumulation))
        where = (self._trainer.args.device,) if "device" in inspect.signature(collect).parameters else ()
        batches, items = collect(drawn, self._accumulation, *where)
        if items is not None and len(batches) != self._accumulation:
            # The rest of a pass: the engine's step goes on into the next one.
            items = items * self._accumulation / max(len(batches), 1)
        for batch in batches:
            if items is not None and isinstance(batch, MutableMapping):
                batch[ITEMS] = items
        return list(batches)


def _check(trainer: Any) -> None:
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
            "the Trainer spreads its model by DeepSpeed or FSDP, and a sweep could not give that back. Find "
            "the rate with a Trainer that does neither, and train as you like."
        )
    if trainer.train_dataset is None and type(trainer).get_train_dataloader in {
        getattr(kind, "get_train_dataloader", None) for kind in kinds if kind.__module__.startswith(PACKAGES)
    }:
        raise SetupError("there is nothing to train on: make the Trainer with train_dataset=...")
    owner = next(kind for kind in kinds if "training_step" in vars(kind))
    if owner.__module__.partition(".")[0] not in KNOWN:
        warnings.warn(
            f"{owner.__name__}.training_step is not called in a sweep, which takes its loss from "
            "compute_loss. Where both differ, so may the best rate.",
            LRWidgetWarning,
            stacklevel=3,
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
