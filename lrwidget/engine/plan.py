"""What a sweep works with: everything the user passed in, in one frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrwidget.engine import checks
from lrwidget.engine.step import LossFunction, loss_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import torch

    from lrwidget.core.settings import Settings

__all__ = ["Plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """The arguments of a :class:`~lrwidget.engine.range_test.RangeTest`, as they came."""

    settings: Settings
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    criterion: Callable[..., Any] | None
    train_loader: Iterable[Any]
    val_loader: Iterable[Any] | None
    val_batches: int | None
    fixed_batches: int | None
    step_fn: LossFunction | None
    device: torch.device | str | int | None
    autocast: torch.dtype | None
    grad_scaler: Any
    callback: Callable[..., object] | None

    @property
    def loaders(self) -> list[Iterable[Any]]:
        """The loaders there are, the training loader first."""
        return [loader for loader in (self.train_loader, self.val_loader) if loader is not None]

    def loss_function(self) -> LossFunction:
        """Return the way from a batch to its loss."""
        return self.step_fn or loss_function(self.model, self.criterion)

    def check(self) -> torch.device:
        """Return the device batches go to, once all that came fits together; nothing is touched.

        Raises
        ------
        SettingsError, SetupError, LoaderError
            When something does not fit.
        """
        checks.check_options(
            val_loader=self.val_loader,
            val_batches=self.val_batches,
            fixed_batches=self.fixed_batches,
            callback=self.callback,
            autocast=self.autocast,
            grad_scaler=self.grad_scaler,
        )
        checks.check_objects(self.model, self.optimizer, self.criterion, self.step_fn)
        checks.check_loader(self.train_loader, "train_loader")
        if self.val_loader is not None:
            checks.check_loader(self.val_loader, "val_loader")
        return checks.device_of(self.model, self.criterion, self.device)
