"""What a sweep works with: everything the user passed in, in one frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lrwidget.engine.data.functions import as_loader
from lrwidget.engine.rates.optimizers import AnyOptimizer, as_one
from lrwidget.engine.step.compiling import Compiled, compile_
from lrwidget.engine.step.losses import LossFunction, loss_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import torch

    from lrwidget.curves.stop import Robust
    from lrwidget.engine.options import GroupSchedules
    from lrwidget.engine.state.places import Place
    from lrwidget.engine.step.evaluation import EvalMode
    from lrwidget.history.settings import Settings

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """The arguments of a :class:`~lrwidget.engine.range_test.RangeTest`, as they came.

    It is handed on whole. Those with a default are the options, and are explained in
    :class:`~lrwidget.engine.options.Options`.
    """

    settings: Settings
    model: torch.nn.Module
    optimizer: AnyOptimizer
    criterion: Callable[..., Any] | None
    train_loader: Iterable[Any]
    val_loader: Iterable[Any] | None
    val_batches: int | None = None
    redraw_val: bool = False
    fixed_batches: int | None = None
    eval_mode: EvalMode = "batch_stats"
    eval_batch_size: int | None = None
    step_fn: LossFunction | None = None
    update_fn: Callable[[Any], Any] | None = None
    metric: Callable[[Any, Any], Any] | None = None
    group_schedules: GroupSchedules | None = None
    robust: Robust = True
    clip_grad_norm: float | None = None
    clip_grad_value: float | None = None
    device: torch.device | str | int | None = None
    autocast: torch.dtype | None = None
    grad_scaler: Any = None
    compiled: Compiled = False
    keep: Sequence[object] = ()
    snapshot: Place = "auto"
    verify: bool = False
    around: Callable[[], AbstractContextManager[object]] | None = None
    callback: Callable[..., object] | None = None

    @property
    def loaders(self) -> list[Iterable[Any]]:
        """The loaders there are, the training loader first."""
        return [loader for loader in (self.train_loader, self.val_loader) if loader is not None]

    @property
    def evaluates(self) -> bool:
        """Whether the loss is told by evaluations, after each step, and not by the step itself."""
        return self.val_loader is not None or self.fixed_batches is not None

    @property
    def metric_name(self) -> str | None:
        """What the metric's curve is called; None = there is no metric."""
        if self.metric is None:
            return None
        name = getattr(self.metric, "__name__", type(self.metric).__name__)
        plain = name.strip("_") if isinstance(name, str) else ""  # an object may call itself anything
        return "metric" if plain in ("", "<lambda>") else plain

    def functions(self) -> list[tuple[str, object]]:
        """Return what else the sweep calls, each with its name: what they refer to may change with them."""
        return [
            (name, function)
            for name in ("step_fn", "update_fn", "metric")
            if (function := getattr(self, name)) is not None
        ]

    def loss_function(self) -> LossFunction:
        """Return the way from a batch to its loss."""
        way = self.step_fn or loss_function(self.model, self.criterion)
        return compile_(way, self.compiled) if self.compiled else way

    @cached_property
    def schedules(self) -> Sequence[Sequence[float]] | None:
        """Return the rates of each param group; None = the groups keep their ratios."""
        given = self.group_schedules
        return given(self.settings) if callable(given) else given


def make_plan(options: Mapping[str, Any], **given: Any) -> Plan:
    """Return a plan of the options and of what has no default."""
    given["optimizer"] = as_one(given["optimizer"])
    for name in ("train_loader", "val_loader"):
        given[name] = as_loader(given[name])
    return Plan(**given, **options)
