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

from lrwidget.engine.checks import check_processes
from lrwidget.errors import SetupError
from lrwidget.integrations.borrowed import kept
from lrwidget.integrations.frameworks import framework
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.lrwidget import LRWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import torch

__all__ = ["widget"]

# What accelerate.DistributedType calls one process, or plain data parallelism with as little as one.
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
        Of one process.
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
        When model or optimizer is not prepared; for several processes, DeepSpeed, FSDP, XLA and Megatron-LM.
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
    check_processes(accelerator.num_processes)
    _check_kind(accelerator)
    if not isinstance(optimizer, wrapper):
        raise SetupError(_unprepared("optimizer", optimizer))
    if not _is_prepared(accelerator, model):
        raise SetupError(_unprepared("model", model))
    settings.setdefault("accumulation_steps", accelerator.gradient_accumulation_steps)
    return LRWidget(
        model,
        # What does the work: the wrapper steps only when the accelerator's own count says so.
        optimizer.optimizer,
        criterion,
        train_loader,
        val_loader,
        scheduler=_unwrapped(settings.pop("scheduler", None)),
        grad_scaler=accelerator.scaler,
        around=partial(kept, [accelerator], ["accelerate"]),
        **settings,
    )


def _check_kind(accelerator: Any) -> None:
    kind = str(accelerator.distributed_type.value)
    if kind not in PLAIN:
        raise SetupError(
            f"the accelerator's distributed_type is {kind}: it spreads model or optimizer over processes or "
            "takes the steps itself, and a sweep could not give them back. Find the rate with a plain "
            "accelerator in one process."
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
