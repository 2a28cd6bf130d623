"""One training step, and one evaluation."""

from __future__ import annotations

import inspect
import math
import warnings
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.data.moving import copied
from lrwidget.engine.data.transfer import feeder_for
from lrwidget.engine.devices import float_dtype
from lrwidget.engine.rates.optimizers import needs_closure, parts_of
from lrwidget.engine.step.compiling import can_be_compiled, compile_
from lrwidget.engine.step.evaluation import Evaluation
from lrwidget.engine.step.losses import Outcome, check_loss, check_metric, outcome
from lrwidget.engine.step.scaler import Scaler
from lrwidget.engine.step.watch import check_reach, writes_to
from lrwidget.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from lrwidget.engine.plan import Plan
    from lrwidget.engine.step.losses import LossFunction

__all__ = ["Stepper"]

# What optimizers say that differentiate the gradients themselves.
GRADIENT_OF_GRADIENT = ("create_graph", "does not have a grad_fn", "does not have grad_fn")


class Stepper:
    """Takes training steps and evaluates, always in the same way.

    What it returns is a tensor on the device, nobody having waited for it: the loss, of no dimensions; with a
    metric both, of shape (2,).

    An optimizer whose ``step`` needs a closure gets one that computes loss and gradients anew on the same
    batches. One that asks for it only when it steps first (sharpness-aware minimization) gets it then, beside
    the gradients; one that asks for gradients that can be differentiated (AdaHessian), those.

    Parameters
    ----------
    plan : Plan
    device : torch.device
        Where batches go.
    around_evaluation : iterable of callables
        Context managers of each evaluation: see :class:`~lrwidget.engine.step.evaluation.Evaluation`.
    """

    def __init__(
        self,
        plan: Plan,
        device: torch.device,
        around_evaluation: Iterable[Callable[[], AbstractContextManager[object]]] = (),
    ) -> None:
        self._plan = plan
        self._optimizers = parts_of(plan.optimizer)
        # A step that is not compiled is looked up when it is taken: it may be replaced on the way.
        self._compiled_steps = {
            index: compile_(one.step, plan.compiled)
            for index, one in enumerate(self._optimizers)
            if plan.compiled and can_be_compiled(one, plan.grad_scaler)
        }
        self._wants_closure = any(map(needs_closure, self._optimizers))
        self._loss_of = _in_precision(plan.loss_function(), device, plan.autocast)
        self._feed = feeder_for(device)
        self._parts = plan.settings.accumulation_steps
        self._scaler = None if plan.grad_scaler is None else Scaler(plan.grad_scaler, self._optimizers)
        self._clips = plan.clip_grad_norm is not None or plan.clip_grad_value is not None
        self._checked = self._metric_checked = self._evaluated = False
        # Found out at the first step.
        self._stepped = False
        self._also_closure: set[int] = set()
        self._create_graph = False
        self._evaluation: Evaluation | None = None
        if plan.evaluates:
            self._evaluation = Evaluation(plan.model, self._measure, plan.eval_mode, around_evaluation)

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
            When the very first loss is no scalar, has no gradient, reaches no parameter of the optimizer or
            is not finite; when the metric is no single number.
        """
        try:
            if self._plan.update_fn is not None:
                row: torch.Tensor | None = self._update(self._feed(draw()))
            elif self._wants_closure:
                row = self._closure_step(self._several(draw))
            elif self._stepped:
                row = self._plain_step(draw)
            else:
                row = self._first_step(draw)
        finally:
            # Inside an autocast of the caller's, casts of the weights would outlive the step, and the next
            # one would compute with the old weights.
            torch.clear_autocast_cache()
        self._feed.settle()  # the evaluation may draw as well, into the same memory
        return row

    def evaluate(self, batches: Iterable[tuple[Any, int]]) -> torch.Tensor:
        """Return the mean loss (and metric) over ``(batch, samples)``, weighted by samples."""
        assert self._evaluation is not None
        return self._evaluation(batches)

    def _first_step(self, draw: Callable[[], Any]) -> torch.Tensor | None:
        """Take a step, and find out whether the loss reaches the optimizer, and how that wants to step."""
        batches = self._several(draw)  # they may be needed again
        before = writes_to(self._plan.optimizer)
        row, total = self._gradients(batches)
        if writes_to(self._plan.optimizer) == before:  # nobody stepped on the way
            check_reach(self._optimizers)
        if self._scaler is not None:
            stepped = self._scaled_step(total)
            self._stepped = True
            return row if stepped else None
        self._clip()
        for index, optimizer in enumerate(self._optimizers):
            self._step_as_it_wants(index, self._compiled_steps.get(index, optimizer.step), batches)
        self._stepped = True
        return row

    def _plain_step(self, draw: Callable[[], Any]) -> torch.Tensor | None:
        if self._also_closure:
            return self._step_with_closures(draw)
        # Handed over with no name here: a batch is let go of before the optimizers step.
        row, total = self._gradients((self._feed(draw()),) if self._parts == 1 else self._one_by_one(draw))
        if self._scaler is not None:
            return row if self._scaled_step(total) else None
        if self._clips:
            self._clip()
        if self._compiled_steps:
            for index, optimizer in enumerate(self._optimizers):
                self._compiled_steps.get(index, optimizer.step)()
        else:
            for optimizer in self._optimizers:
                optimizer.step()
        return row

    def _step_with_closures(self, draw: Callable[[], Any]) -> torch.Tensor:
        """Step where the first step has found optimizers that ask for a closure beside the gradients."""
        batches = self._several(draw)
        row, _ = self._gradients(batches)
        self._clip()
        for index, optimizer in enumerate(self._optimizers):
            step = self._compiled_steps.get(index, optimizer.step)
            if index in self._also_closure:
                step(self._closure(batches))
            else:
                step()
        return row

    def _scaled_step(self, total: torch.Tensor) -> bool:
        """Have the scaler step; return whether the loss is to be recorded: not that of a skipped step."""
        assert self._scaler is not None
        stepped = self._scaler.step(self._clip if self._clips else None)
        return stepped or not math.isfinite(total.item())

    def _step_as_it_wants(self, index: int, step: Callable[..., Any], batches: Any) -> None:
        """Step for the first time, and as the optimizer wants it if it complains."""
        try:
            step()
        except Exception as error:
            text = str(error)
            if _asks_for_closure(self._optimizers[index], text):
                self._also_closure.add(index)
                step(self._closure(batches))
            elif any(words in text for words in GRADIENT_OF_GRADIENT) and not self._create_graph:
                self._create_graph = True
                self._gradients(batches)
                self._clip()
                step()
            else:
                raise

    def _one_by_one(self, draw: Callable[[], Any]) -> Iterator[Any]:
        """Yield the batches of a step, each drawn when the one before it is done with."""
        for _ in range(self._parts):
            self._feed.settle()
            yield self._feed(draw())

    def _several(self, draw: Callable[[], Any]) -> list[Any]:
        """Return the batches of a step, held at once: a loader may fill one buffer again and again."""
        if self._parts == 1:
            return [self._feed(draw())]
        return [self._feed(copied(draw())) for _ in range(self._parts)]

    def _gradients(self, batches: Iterable[Any]) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute the gradients of the mean loss; return what is recorded of it, and the loss alone."""
        for optimizer in self._optimizers:
            optimizer.zero_grad()  # with no argument: wrappers may take none
        parts = self._parts
        total: torch.Tensor | None = None
        metrics: torch.Tensor | None = None
        for batch in batches:
            made = outcome(self._loss_of(batch))
            loss = made.loss
            if not self._checked:
                check_loss(loss)
                self._checked = True
            # Before the step, which may change what the output is a view of.
            metric = None if self._plan.metric is None else self._metric_of(made, loss)
            if parts > 1:
                loss = loss / parts  # a new tensor: the user's own is left as it is
                metric = None if metric is None else metric / parts
            self._backward(loss if self._scaler is None else self._scaler.scaled(loss))
            loss = loss.detach()
            if self._plan.compiled:
                loss = loss.clone()  # a graph's next run writes its outputs where this one's are
            total = loss if total is None else total + loss
            metrics = metric if metrics is None or metric is None else metrics + metric
        assert total is not None  # accumulation_steps is at least 1
        return (total if metrics is None else _row(total, metrics)), total

    def _backward(self, loss: torch.Tensor) -> None:
        if not self._create_graph:
            loss.backward()  # type: ignore[no-untyped-call]
            return
        with warnings.catch_warnings():  # of a cycle: the next step drops these gradients
            warnings.filterwarnings("ignore", r"Using backward\(\) with create_graph=True")
            loss.backward(create_graph=True)  # type: ignore[no-untyped-call]

    def _closure(self, batches: Any) -> Callable[[], torch.Tensor]:
        """Return what computes loss and gradients anew on the same batches."""

        def closure() -> torch.Tensor:
            with torch.enable_grad():
                loss = self._gradients(batches)[1]
                self._clip()
            return loss

        return closure

    def _closure_step(self, batches: list[Any]) -> torch.Tensor:
        """Step with optimizers that evaluate the loss several times, all on the same batches."""
        first: torch.Tensor | None = None

        def closure() -> torch.Tensor:
            nonlocal first
            row, loss = self._gradients(batches)
            if first is None:
                first = row.clone()
                if not self._stepped:
                    check_reach(self._optimizers)
            self._clip()
            return loss

        for optimizer in self._optimizers:
            optimizer.step(closure)  # type: ignore[arg-type]  # LBFGS takes tensors, whatever the base class says
        if first is None:
            raise SetupError(
                f"{type(self._optimizers[0]).__name__}.step(closure) did not call the closure, so there is "
                "no loss to record. Pass update_fn=..., a function that takes the whole step."
            )
        self._stepped = True
        return first

    def _update(self, batch: Any) -> torch.Tensor:
        """Let the user's own function take the whole step."""
        assert self._plan.update_fn is not None
        made = outcome(self._plan.update_fn(batch))
        loss = made.loss
        if not isinstance(loss, torch.Tensor):
            # On the host, whatever device the caller's new tensors are made on.
            loss = torch.as_tensor(loss, dtype=torch.float64, device="cpu") if _is_number(loss) else loss
        if not self._checked:
            check_loss(loss, needs_gradient=False)
            self._checked = True
        loss = loss.detach()
        return _row(loss, self._metric_of(made, loss))

    def _measure(self, batch: Any) -> torch.Tensor:
        """Return the loss (and metric) of a batch, without training on it."""
        made = outcome(self._loss_of(batch))
        if not self._evaluated:
            check_loss(made.loss, needs_gradient=False, finite=False)
            self._evaluated = True
        loss = made.loss.detach()
        return _row(loss, self._metric_of(made, loss))

    def _metric_of(self, made: Outcome, loss: torch.Tensor) -> torch.Tensor | None:
        """Return the metric as a tensor beside the loss; None when there is none to compute."""
        if self._plan.metric is None:
            return None
        with torch.no_grad():
            value = self._plan.metric(made.output, made.target)
        if not self._metric_checked:
            check_metric(value, made)
            self._metric_checked = True
        return torch.as_tensor(value, device=loss.device).detach()

    def _clip(self) -> None:
        if not self._clips:
            return
        norm, value = self._plan.clip_grad_norm, self._plan.clip_grad_value
        parameters = [
            p for optimizer in self._optimizers for g in optimizer.param_groups for p in g["params"]
        ]
        if value is not None:
            torch.nn.utils.clip_grad_value_(parameters, value)
        if norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, norm)


def _in_precision(loss_of: LossFunction, device: torch.device, dtype: torch.dtype | None) -> LossFunction:
    """Return the loss function under autocast to a dtype; None = as it is."""
    if dtype is None:
        return loss_of

    def under_autocast(batch: Any) -> Any:
        with torch.autocast(device.type, dtype=dtype):
            return loss_of(batch)

    return under_autocast


def _asks_for_closure(optimizer: Any, text: str) -> bool:
    """Return whether a step that failed with a text could have been given a closure, and wanted one."""
    try:
        takes = "closure" in inspect.signature(optimizer.step).parameters
    except (TypeError, ValueError):
        return False
    return takes and "closure" in text.lower()


def _row(loss: torch.Tensor, metric: torch.Tensor | None) -> torch.Tensor:
    """Return what is recorded of a step: the loss itself, or loss and metric side by side."""
    if metric is None:
        return loss
    return torch.stack([_wide(loss), _wide(metric)])


def _is_number(value: object) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool)


def _wide(loss: torch.Tensor) -> torch.Tensor:
    return loss.reshape(()).to(float_dtype(loss.device))
