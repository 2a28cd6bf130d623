"""What a fastai Learner's callbacks mean for a sweep: some are options of ours, some cannot be had."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.errors import LRWidgetWarning, SettingsError, SetupError

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["callback_options", "has"]

# A step goes through these; what is asked at other times shows, saves, or ends a fit.
HOOKS = (
    "before_batch",
    "after_pred",
    "after_loss",
    "before_backward",
    "after_backward",
    "before_step",
    "after_step",
)
REFUSED = {
    "DistributedTrainer": "several processes would have to sweep together. Find the rate in one",
    "ParallelTrainer": "it swaps the model for the time of a fit. Find the rate on one GPU",
    "ModelToHalf": "it swaps the model for the time of a fit. Use learn.to_fp16()",
    "NonNativeMixedPrecision": "it swaps the parameters for the time of a fit. Use learn.to_fp16()",
}


def has(learn: Any, name: str) -> bool:
    """Whether a callback of fastai's own of this name is on the Learner."""
    return any(_fastais_name(callback) == name for callback in learn.cbs)


def callback_options(learn: Any, device: torch.device, given: Container[str] = ()) -> dict[str, Any]:
    """Return the options of :class:`~lrwidget.engine.options.Options` that a Learner's callbacks stand for.

    ``GradientClip``, ``GradientAccumulation`` and ``MixedPrecision`` are options. Others that take part in
    single steps are left out, and a warning names them.

    Parameters
    ----------
    learn : fastai.learner.Learner
    device : torch.device
        Where the sweep will be.
    given : container of str
        Options that need not be found.

    Raises
    ------
    SetupError
        For a callback whose way of training a sweep cannot take.
    SettingsError
        When it is not known how many batches are accumulated.
    """
    options: dict[str, Any] = {}
    left_out: list[str] = []
    told: list[str] = []
    for callback in learn.cbs:
        name = _fastais_name(callback)
        if name in REFUSED:
            raise SetupError(f"the Learner's callback {name} cannot take part in a sweep: {REFUSED[name]}.")
        if name == "GradientClip" and callback.norm_type == 2:
            options["clip_grad_norm"] = callback.max_norm
        elif name == "GradientAccumulation":
            if "accumulation_steps" not in given:
                options["accumulation_steps"], more = _batches_a_step(callback.n_acc, learn.dls.train)
                told += more
        elif name == "MixedPrecision":
            found, more = _precision(callback, device)
            options |= found
            told += more
        elif name != "CastToTensor" and any(_takes_part(callback, hook) for hook in HOOKS):
            left_out.append(type(callback).__name__)
    if left_out:
        told.append(
            f"the sweep is without {', '.join(left_out)}: callbacks are not run in it, because not all that "
            "they do could be undone. If training is very different with them, use learn.lr_find()."
        )
    for text in told:
        warnings.warn(text, LRWidgetWarning, stacklevel=3)
    return options


def _fastais_name(callback: Any) -> str:
    """Return the name of a callback of fastai's own; of another, even one derived from it, nothing."""
    kind = type(callback)
    return kind.__name__ if kind.__module__.partition(".")[0] == "fastai" else ""


def _takes_part(callback: Any, hook: str) -> bool:
    # Not hasattr: a callback answers for its Learner, and that for its model.
    return hook in vars(callback) or hasattr(type(callback), hook)


def _batches_a_step(samples: int, loader: Any) -> tuple[int, list[str]]:
    """Return how many batches hold so many samples, and what is to be told of that."""
    size = getattr(loader, "bs", None) or getattr(loader, "batch_size", None)
    if not size:
        raise SettingsError(
            f"GradientAccumulation(n_acc={samples}) counts samples, and the training loader does not say how "
            "many there are in a batch. Give the number of batches: accumulation_steps=..."
        )
    batches = math.ceil(samples / size)
    if batches * size == samples:
        return batches, []
    return batches, [
        f"GradientAccumulation(n_acc={samples}) with batches of {size} makes gradients "
        f"{batches * size / samples:.3g} times those of the sweep, which takes the mean of {batches} "
        f"batches: make n_acc a multiple of {size}."
    ]


def _precision(callback: Any, device: torch.device) -> tuple[dict[str, Any], list[str]]:
    """Return the options of mixed precision, and what is to be told of it."""
    half = callback.amp_mode.value == "fp16"
    if device.type != "cuda":
        return {}, [
            f"fastai's {'to_fp16()' if half else 'to_bf16()'} works on CUDA devices only: on {device} the "
            "sweep, as the fit, is in full precision."
        ]
    if not half:
        return {"autocast": torch.bfloat16}, []
    settings = {key: value for key, value in callback.kwargs.items() if key != "enabled"}
    return {"autocast": torch.float16, "grad_scaler": torch.amp.GradScaler("cuda", **settings)}, []
