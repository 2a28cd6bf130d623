"""Accelerate: a prepared model, its precision, gradient scaler and accumulation.

::

    model, optimizer, train_loader = accelerator.prepare(model, optimizer, train_loader)
    w = lrwidget.integrations.accelerate.widget(accelerator, model, optimizer, criterion, train_loader)
    w  # press Run, then Accept: the optimizer holds that rate

Accelerator, gradient state and loaders are after a sweep what they were before.

A step takes ``accelerator.gradient_accumulation_steps`` batches, always. Accelerate itself takes fewer at the
end of a pass when its loader's length is no multiple of that.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.step.losses import LossFunction, Outcome, loss_function, outcome
from lrwidget.errors import SetupError
from lrwidget.integrations.borrowed import kept
from lrwidget.integrations.frameworks import framework
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.lrwidget import LRWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["widget"]

# What accelerate.DistributedType calls one process, or plain data parallelism, in which each holds it all.
PLAIN = ("NO", "MULTI_CPU", "MULTI_GPU", "MULTI_MLU", "MULTI_MUSA", "MULTI_NPU", "MULTI_SDAA", "MULTI_XPU")


def widget(  # noqa: PLR0917 - the accelerator, and then what LRWidget takes
    accelerator: Any,
    model: torch.nn.Module,
    optimizer: Any,
    criterion: Callable[..., Any] | None,
    train_loader: Iterable[Any],
    val_loader: Iterable[Any] | None = None,
    **settings: Any,
) -> LRWidget:
    """Return a widget that sweeps a prepared model as a loop with ``accelerator.backward`` would train it.

    Parameters
    ----------
    accelerator : accelerate.Accelerator
        Of one process, or of plain data parallelism: then every process makes the widget and calls ``run()``
        and ``accept()``. The loss recorded is the mean over all processes, so that all stop at the same step.
    model, optimizer
        As ``accelerator.prepare`` returned them.
    criterion : callable or None
        ``criterion(model(x), y)`` for batches ``(x, y)``. None = the model's output has ``.loss``.
    train_loader, val_loader
        As ``accelerator.prepare`` returned them.
    **settings
        Those of :class:`~lrwidget.LRWidget`: ``start_lr``, ``end_lr``, ``num_iter``, ``rule``, ``step_fn``,
        ``metric``, ... A ``scheduler`` may be a prepared one. ``accumulation_steps`` is the accelerator's
        when left out.

    Returns
    -------
    LRWidget

    Raises
    ------
    ImportError
        When accelerate is not installed.
    SetupError
        When model or optimizer is not prepared; for DeepSpeed, FSDP, XLA and Megatron-LM.
    SettingsError
        When a setting cannot work, or is one that the accelerator decides.
    """
    wrapper = framework("accelerate.optimizer", "accelerate").AcceleratedOptimizer
    refuse_own({name: value for name, value in settings.items() if name != "step_fn"}, "the accelerator")
    if not isinstance(accelerator, framework("accelerate", "accelerate").Accelerator):
        raise SetupError(
            f"accelerator must be an accelerate.Accelerator; got a {type(accelerator).__name__}. To train "
            "without one use LRWidget(model, optimizer, criterion, loader)."
        )
    _check_kind(accelerator)
    if not isinstance(optimizer, wrapper):
        raise SetupError(_unprepared("optimizer", optimizer))
    if not _is_prepared(accelerator, model):
        raise SetupError(_unprepared("model", model))
    step_fn = settings.pop("step_fn", None)
    if accelerator.num_processes > 1:
        step_fn = _shared(accelerator, step_fn or loss_function(model, criterion))
    settings.setdefault("accumulation_steps", accelerator.gradient_accumulation_steps)
    return LRWidget(
        model,
        # What does the work: the wrapper steps only when the accelerator's own count says so.
        optimizer.optimizer,
        criterion,
        train_loader,
        val_loader,
        scheduler=_unwrapped(settings.pop("scheduler", None)),
        step_fn=step_fn,
        grad_scaler=accelerator.scaler,
        around=partial(kept, [accelerator], ["accelerate"]),
        **settings,
    )


def _check_kind(accelerator: Any) -> None:
    kind = str(accelerator.distributed_type.value)
    if kind not in PLAIN:
        raise SetupError(
            f"the accelerator's distributed_type is {kind}: it spreads model or optimizer over processes or "
            "takes the steps itself, and a sweep could not give them back. Find the rate on one process, or "
            "with plain data parallelism (DDP)."
        )


def _is_prepared(accelerator: Any, model: Any) -> bool:
    # Nothing public tells. The list holds what is inside of wrappers for several processes.
    return getattr(model, "_is_accelerate_prepared", False) or any(
        prepared is model
        for prepared in accelerator._models  # noqa: SLF001
    )


def _unprepared(name: str, value: object) -> str:
    return (
        f"{name} must be as accelerator.prepare returned it; got a {type(value).__name__} that it did not. "
        "First: model, optimizer, train_loader = accelerator.prepare(model, optimizer, train_loader)."
    )


def _unwrapped(scheduler: Any) -> Any:
    """Return the schedulers inside those that are prepared, whose base rates Accept updates."""
    if isinstance(scheduler, (list, tuple)):
        return [_unwrapped(one) for one in scheduler]
    wrapper = framework("accelerate.scheduler", "accelerate").AcceleratedScheduler
    return scheduler.scheduler if isinstance(scheduler, wrapper) else scheduler


def _shared(accelerator: Any, loss_of: LossFunction) -> LossFunction:
    """Return a loss function whose value is the mean over all processes, its gradient this one's own."""

    def step_fn(batch: Any) -> Outcome:
        made = outcome(loss_of(batch))
        mean = accelerator.reduce(made.loss.detach().clone(), reduction="mean")
        return made._replace(loss=_valued(made.loss, mean))

    return step_fn


class _Valued(torch.autograd.Function):
    """A tensor with another one's value, and its own gradient."""

    @staticmethod
    def forward(ctx: Any, own: torch.Tensor, value: torch.Tensor) -> torch.Tensor:  # noqa: ARG004
        """Return the value."""
        return value

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:  # noqa: ARG004
        """Pass the gradient on to the tensor itself."""
        return gradient, None


_valued: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = _Valued.apply
