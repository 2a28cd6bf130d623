"""What ``configure_optimizers`` returned, in any of the forms that Lightning takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrwidget.errors import SetupError

__all__ = ["one_optimizer"]


def one_optimizer(configured: Any) -> tuple[Any, list[Any]]:
    """Return the optimizer and the schedulers that ``configure_optimizers`` returned, in whatever form.

    Raises
    ------
    SetupError
        When there is no optimizer, or more than one.
    """
    optimizers, schedulers = _configured(configured)
    if len(optimizers) != 1:
        raise SetupError(
            f"configure_optimizers() gave {len(optimizers)} optimizers, and a range test sweeps the rate of "
            "one. Sweep one at a time: LRWidget(module, optimizer, None, loader, step_fn=...), step_fn being "
            "a function from a batch to that optimizer's loss."
            if optimizers
            else f"configure_optimizers() must return an optimizer; got {type(configured).__name__}. Return "
            "one, or a dict with the key 'optimizer', or ([optimizer], [scheduler])."
        )
    schedulers = [entry["scheduler"] if isinstance(entry, Mapping) else entry for entry in schedulers]
    # A fit may have wrapped it; the wrapper asks for the trainer at every step.
    return getattr(optimizers[0], "_optimizer", optimizers[0]), schedulers


def _configured(configured: Any) -> tuple[list[Any], list[Any]]:
    if _is_optimizer(configured):
        return [configured], []
    if isinstance(configured, Mapping):
        scheduler = configured.get("lr_scheduler")
        return [configured["optimizer"]], [] if scheduler is None else [scheduler]
    if not isinstance(configured, (list, tuple)):
        return [], []
    if len(configured) == 2 and isinstance(configured[0], (list, tuple)):
        optimizers, schedulers = configured
        return list(optimizers), list(schedulers) if isinstance(schedulers, (list, tuple)) else [schedulers]
    parts = [_configured(part) for part in configured]
    return [one for some, _ in parts for one in some], [one for _, some in parts for one in some]


def _is_optimizer(value: Any) -> bool:
    return hasattr(value, "param_groups") and callable(getattr(value, "step", None))
