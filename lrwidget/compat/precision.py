"""Mixed precision as pytorch-lr-finder is told about it, and the way from a batch to its loss."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.compat.loaders import split
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

__all__ = ["check_amp", "loss_of", "training_precision"]


def check_amp(backend: str | None, grad_scaler: Any) -> None:
    """Raise SettingsError unless the backend is None, or "torch" with a scaler.

    "apex" is an unknown backend where it cannot be imported, and refused where it can.
    """
    if not backend:
        return
    if backend == "apex" and _can_import("apex.amp"):
        raise SettingsError(
            'amp_backend="apex" is not supported: apex changes model and optimizer when it is initialised. '
            'Use amp_backend="torch" with amp_config={"device_type": "cuda", "dtype": torch.float16} and '
            'grad_scaler=torch.amp.GradScaler("cuda").'
        )
    if backend != "torch":
        raise SettingsError(f"Unknown amp backend: {backend}")
    if grad_scaler is None:
        raise SettingsError("`grad_scaler` is required when using `torch.amp`")


def loss_of(
    model: nn.Module, criterion: Callable[..., Any], backend: str | None, config: Mapping[str, Any] | None
) -> Callable[[Any], Any]:
    """Return the way from a batch to its loss, ``criterion(model(inputs), labels)``.

    Parameters
    ----------
    model : torch.nn.Module
    criterion : callable
    backend : {"torch", None}
    config : mapping or None
        Arguments of ``torch.amp.autocast``, which holds around training losses only; None = the type of the
        model's device, and that device's usual precision.
    """

    def loss(batch: Any) -> Any:
        inputs, labels = split(batch)
        # Without gradients it is an evaluation.
        with training_precision(model, backend if torch.is_grad_enabled() else None, config):
            return criterion(model(inputs), labels)

    return loss


def training_precision(
    model: nn.Module, backend: str | None, config: Mapping[str, Any] | None
) -> AbstractContextManager[object]:
    """Return what a training loss is computed under; the arguments are those of :func:`loss_of`."""
    if backend != "torch":
        return nullcontext()
    own = {"device_type": next(model.parameters()).device.type} if config is None else config
    return torch.amp.autocast(**own)


def _can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
