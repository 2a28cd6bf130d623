"""One training step, and one evaluation."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.data.transfer import feeder_for
from lrwidget.engine.devices import float_dtype
from lrwidget.engine.rates.optimizers import AnyOptimizer, needs_closure, parts_of
from lrwidget.engine.step.compiling import Compiled, compile_
from lrwidget.engine.step.losses import LossFunction, Outcome, check_loss, check_metric, outcome
from lrwidget.engine.step.scaler import Scaler
from lrwidget.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import nn

__all__ = ["Stepper"]

AS_IT_IS = nullcontext()


class Stepper:
    """Takes training steps and evaluates, always in the same way.

    What it returns is a tensor on the device, nobody having waited for it: the loss, of no dimensions; with a
    metric both, of shape (2,).

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer, or several as one
        One whose ``step`` needs a closure gets one that computes loss and gradients anew on the same batches.
    loss_of : callable
        Takes a batch on the device, returns its loss: a tensor of one element, with a gradient.
    device : torch.device
    accumulation_steps : int
        Batches per step.
    autocast : torch.dtype or None
    grad_scaler : torch.amp.GradScaler or None
    update_fn : callable or None
        Does the whole step; see :class:`~lrwidget.engine.options.Options`.
    metric : callable or None
    clip_grad_norm, clip_grad_value : float or None
    compiled : bool or str
        Of the optimizers' steps; ``loss_of`` is taken as it is.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: AnyOptimizer,
        loss_of: LossFunction,
        device: torch.device,
        *,
        accumulation_steps: int = 1,
        autocast: torch.dtype | None = None,
        grad_scaler: Any = None,
        update_fn: Callable[[Any], Any] | None = None,
        metric: Callable[[Any, Any], Any] | None = None,
        clip_grad_norm: float | None = None,
        clip_grad_value: float | None = None,
        compiled: Compiled = False,
    ) -> None:
        self._model = model
        self._optimizers = parts_of(optimizer)
        self._compiled_steps = [compile_(one.step, compiled) for one in self._optimizers if compiled]
        self._wants_closure = any(map(needs_closure, self._optimizers))
        self._loss_of = loss_of
        self._device = device
        self._feed = feeder_for(device)
        self._accumulation_steps = accumulation_steps
        self._autocast = autocast
        self._scaler = None if grad_scaler is None else Scaler(grad_scaler, self._optimizers)
        self._update_fn = update_fn
        self._metric = metric
        self._clip_norm = clip_grad_norm
        self._clip_value = clip_grad_value
        self._clips = clip_grad_norm is not None or clip_grad_value is not None
        self._checked = self._metric_checked = False

    @property
    def skipped(self) -> int:
        """Steps that the scaler has skipped."""
        return 0 if self._scaler is None else self._scaler.skipped

    def train(self, draw: Callable[[], Any]) -> torch.Tensor | None:
        """Take one step on the next batches; return the loss (and metric) from before it, detached.

        Returns
        -------
        torch.Tensor or None
            Mean over the step's batches; None when the scaler skipped the step because of overflow.

        Raises
        ------
        LossError
            When the very first loss is no scalar, has no gradient or is not finite; when the metric is no
            single number.
        """
        if self._update_fn is not None:
            return self._update(self._feed(draw()))
        parts = range(self._accumulation_steps)
        if self._wants_closure:
            return self._closure_step([self._feed(draw()) for _ in parts])
        row, total = self._gradients(self._feed(draw()) for _ in parts)
        if self._scaler is not None:
            stepped = self._scaler.step(self._clip if self._clips else None)
            return row if stepped or not math.isfinite(total.item()) else None
        self._clip()
        for step in self._compiled_steps or [optimizer.step for optimizer in self._optimizers]:
            step()
        return row

    def evaluate(self, batches: Iterable[tuple[Any, int]]) -> torch.Tensor:
        """Return the mean loss (and metric) over ``(batch, samples)``, weighted by samples.

        In evaluation mode. Every module's training flag is put back as it was.
        """
        model = self._model
        flags = [(module, module.training) for module in model.modules()]
        was_training = model.training
        rows: list[Any] = []
        counts: list[int] = []
        model.eval()
        try:
            # Not inference mode, which is hardly faster: what a model computes once and keeps (a table of
            # positions) could never be trained with again.
            with torch.no_grad():
                for batch, count in batches:
                    with self._precision():
                        made = outcome(self._loss_of(batch))
                    loss = made.loss.detach()
                    rows.append(_taken(_row(loss, self._metric_of(made, loss))))
                    counts.append(count)
        finally:
            # Through train() first: some modules do more there than set the flag.
            model.train(was_training)
            for module, training in flags:
                if module.training != training:
                    module.training = training
        return (_mean_on_host if isinstance(rows[0], list) else _mean_on_device)(rows, counts)

    def _gradients(self, batches: Iterable[Any]) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the gradients of the mean loss; return what is recorded of it, and the loss alone."""
        for optimizer in self._optimizers:
            optimizer.zero_grad()  # with no argument: wrappers may take none
        parts = self._accumulation_steps
        total: torch.Tensor | None = None
        metrics: torch.Tensor | None = None
        for batch in batches:
            with self._precision():
                made = outcome(self._loss_of(batch))
            loss = made.loss
            if not self._checked:
                check_loss(loss)
                self._checked = True
            # Before the step, which may change what the output is a view of.
            metric = self._metric_of(made, loss)
            if parts > 1:
                loss = loss / parts  # a new tensor: the user's own is left as it is
                metric = None if metric is None else metric / parts
            (loss if self._scaler is None else self._scaler.scaled(loss)).backward()
            loss = loss.detach()
            total = loss if total is None else total + loss
            metrics = metric if metrics is None or metric is None else metrics + metric
        assert total is not None  # accumulation_steps is at least 1
        return _row(total, metrics), total

    def _closure_step(self, batches: list[Any]) -> torch.Tensor:
        """Step with optimizers that evaluate the loss several times, all on the same batches."""
        first: torch.Tensor | None = None

        def closure() -> torch.Tensor:
            nonlocal first
            row, loss = self._gradients(batches)
            self._clip()
            first = row.clone() if first is None else first
            return loss

        for optimizer in self._optimizers:
            optimizer.step(closure)  # type: ignore[arg-type]  # LBFGS takes tensors, whatever the base class says
        if first is None:
            raise SetupError(
                f"{type(self._optimizers[0]).__name__}.step(closure) did not call the closure, so there is "
                "no loss to record. Pass update_fn=..., a function that takes the whole step."
            )
        return first

    def _update(self, batch: Any) -> torch.Tensor:
        """Let the user's own function take the whole step."""
        assert self._update_fn is not None
        made = outcome(self._update_fn(batch))
        loss = made.loss
        if not isinstance(loss, torch.Tensor):
            loss = torch.as_tensor(loss, dtype=torch.float64) if _is_number(loss) else loss
        if not self._checked:
            check_loss(loss, needs_gradient=False)
            self._checked = True
        loss = loss.detach()
        return _row(loss, self._metric_of(made, loss))

    def _metric_of(self, made: Outcome, loss: torch.Tensor) -> torch.Tensor | None:
        """Return the metric as a tensor beside the loss; None when there is none to compute."""
        if self._metric is None:
            return None
        with torch.no_grad():
            value = self._metric(made.output, made.target)
        if not self._metric_checked:
            check_metric(value, made)
            self._metric_checked = True
        return torch.as_tensor(value, device=loss.device).detach()

    def _precision(self) -> AbstractContextManager[object]:
        if self._autocast is None:
            return AS_IT_IS
        return torch.autocast(self._device.type, dtype=self._autocast)

    def _clip(self) -> None:
        if not self._clips:
            return
        parameters = [
            p for optimizer in self._optimizers for g in optimizer.param_groups for p in g["params"]
        ]
        if self._clip_value is not None:
            torch.nn.utils.clip_grad_value_(parameters, self._clip_value)
        if self._clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, self._clip_norm)


def _taken(row: torch.Tensor) -> list[float] | torch.Tensor:
    """Return the numbers of a row on the host; on a device a copy: its memory may be used for the next."""
    if row.device.type == "cpu":
        return row.reshape(-1).tolist()
    return row.reshape(-1).to(_wide_dtype(row), copy=True)


def _mean_on_host(rows: list[list[float]], counts: list[int]) -> torch.Tensor:
    """Return the mean in double precision, weighted by samples: a scalar, or loss and metric."""
    # In the order of the batches, as a loop by hand adds them up: every bit is the same.
    totals = [0.0] * len(rows[0])
    for row, count in zip(rows, counts, strict=True):
        totals = [total + value * count for total, value in zip(totals, row, strict=True)]
    mean = torch.tensor(totals, dtype=torch.float64) / sum(counts)
    return mean if len(totals) > 1 else mean[0]


def _mean_on_device(rows: list[torch.Tensor], counts: list[int]) -> torch.Tensor:
    """Return the same in a few kernels, not a few a batch; no number goes up or down."""
    torch._foreach_mul_(rows, counts)  # what torch.optim itself scales with
    mean = torch.stack(rows).sum(0) / sum(counts)
    return mean if mean.numel() > 1 else mean[0]


def _row(loss: torch.Tensor, metric: torch.Tensor | None) -> torch.Tensor:
    """Return what is recorded of a step: the loss itself, or loss and metric side by side."""
    if metric is None:
        return loss
    return torch.stack([_wide(loss), _wide(metric)])


def _is_number(value: object) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool)


def _wide(loss: torch.Tensor) -> torch.Tensor:
    return loss.reshape(()).to(_wide_dtype(loss))


def _wide_dtype(loss: torch.Tensor) -> torch.dtype:
    return float_dtype(loss.device)
