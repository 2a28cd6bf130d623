"""LightningModules: of which of Lightning's two packages, and whether one loss is theirs."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from lrwidget.errors import SetupError

__all__ = ["check_module", "installed", "package_of"]

ROOTS = ("lightning.pytorch", "pytorch_lightning")


def package_of(module: Any) -> str:
    """Return which of Lightning's two packages a module's class is made with.

    Raises
    ------
    ImportError
        When it is of neither, and neither is installed.
    SetupError
        When it is of neither.
    """
    for kind in type(module).__mro__:
        for root in ROOTS:
            if kind.__module__.startswith(root) and hasattr(module, "training_step"):
                return root
    installed()
    raise SetupError(
        f"module must be a LightningModule; got a {type(module).__name__}. For a plain torch.nn.Module use "
        "LRWidget(model, optimizer, criterion, loader)."
    )


def installed() -> str:
    """Return which of Lightning's two packages there is.

    Raises
    ------
    ImportError
        When there is neither.
    """
    for root in sorted(ROOTS, key=lambda root: root not in sys.modules):  # the one in use first
        try:
            importlib.import_module(root)
        except ImportError:
            continue
        return root
    raise ImportError("lrwidget.integrations.lightning needs Lightning: pip install lightning")


def check_module(module: Any) -> None:
    """Raise SetupError for a module that takes its own steps."""
    if not module.automatic_optimization:
        raise SetupError(
            f"{type(module).__name__}.automatic_optimization is False: its training_step takes the "
            "optimizer's steps itself, so there is no one loss to sweep. Sweep one optimizer at a time with "
            "LRWidget(module, optimizer, None, loader, step_fn=...), step_fn being a function from a batch "
            "to that optimizer's loss."
        )
