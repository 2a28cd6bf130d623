"""The course of the rates that a scheduler takes, told by letting it run, and giving back what it moved."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrwidget._validate import said, shown
from lrwidget.engine.rates.optimizers import JoinedOptimizers
from lrwidget.engine.rates.schedulers import flat_schedulers, has_begun, is_cyclic
from lrwidget.engine.state.snapshot import Snapshot
from lrwidget.engine.threads.interrupts import deferred_interrupts
from lrwidget.errors import LRWidgetWarning, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrwidget.engine.plan import Plan

__all__ = ["check_scheduler", "shape_of"]

Shape = list[list[float]]


def check_scheduler(scheduler: Any) -> None:
    """Raise SettingsError unless it is a scheduler, a list of them, what makes one, or None."""
    for one in scheduler if isinstance(scheduler, (list, tuple)) else [scheduler]:
        if isinstance(one, ReduceLROnPlateau):
            raise SettingsError(
                "scheduler is a ReduceLROnPlateau, which goes by the loss, and so has no shape before the "
                "training. Leave it out."
            )
        if one is None or callable(getattr(one, "step", None)) or callable(one):
            continue
        raise SettingsError(
            "scheduler must be a scheduler of learning rates that is stepped after each step, a list of "
            f"them, or a function from the optimizer to one; got {shown(one)}."
        )


def shape_of(plan: Plan, scheduler: Any, steps: int) -> Shape:
    """Return the rate of each param group at each step, as parts of the trial's rate.

    The scheduler is stepped as often as it would be, and it, the optimizer and all else are given back. The
    trial's rate is what :func:`lrwidget.accept_rate` takes: of a scheduler that has not stepped yet the base
    rate, of one in the middle of its course the rate it is at, of a one-cycle or cyclic one its maximum.

    Raises
    ------
    SettingsError
        When it cannot be stepped so often, or gives no rate greater than 0.
    """
    # A class makes one too.
    made = isinstance(scheduler, type) or not (
        isinstance(scheduler, (list, tuple)) or callable(getattr(scheduler, "step", None))
    )
    with deferred_interrupts(), warnings.catch_warnings():
        warnings.simplefilter("ignore", LRWidgetWarning)  # the trials' own snapshots say it
        snapshot = Snapshot(
            plan.model,
            plan.optimizer,
            plan.criterion,
            functions=[("scheduler", scheduler)] if made else [],
            keep=[] if made else list(_several(scheduler)),
            place=plan.snapshot,
        )
        try:
            return _rehearsed(plan.optimizer, scheduler, steps, made=made)
        finally:
            snapshot.restore()


def _rehearsed(optimizer: Any, scheduler: Any, steps: int, *, made: bool) -> Shape:
    warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step", UserWarning)
    groups = optimizer.param_groups
    if made:
        given = list(optimizer.parts) if isinstance(optimizer, JoinedOptimizers) else optimizer
        try:
            scheduler = scheduler(given)
        except Exception as error:
            raise SettingsError(f"scheduler(optimizer) fails: {said(error)}.") from error
        check_scheduler(scheduler)
    attached = _several(scheduler)
    if not attached:
        raise SettingsError("scheduler(optimizer) must return a scheduler; got None.")
    reference = _reference(groups, flat_schedulers(attached))
    shape: Shape = []
    for step in range(steps):
        shape.append([float(group["lr"]) / reference for group in groups])
        if step + 1 == steps:
            break
        for one in attached:
            _step(one, steps)
    return shape


def _step(scheduler: Any, steps: int) -> None:
    try:
        scheduler.step()
    except Exception as error:
        raise SettingsError(
            f"scheduler ({type(scheduler).__name__}) cannot be stepped {steps} times without arguments, as "
            f"after each step of a trial: {said(error)}. Give fewer steps, one whose course is longer, or "
            "leave it out."
        ) from error


def _several(scheduler: Any) -> Sequence[Any]:
    if scheduler is None:
        return ()
    return scheduler if isinstance(scheduler, (list, tuple)) else (scheduler,)


def _reference(groups: list[dict[str, Any]], attached: list[Any]) -> float:
    """Return the rate that the trial's takes the place of: that of the first group that has one."""
    begun = any(map(has_begun, attached))
    cyclic = [list(map(float, one.max_lrs)) for one in attached if is_cyclic(one)]
    for number, group in enumerate(groups):
        if "max_lr" in group:
            rate = float(group["max_lr"])
        elif cyclic and number < len(cyclic[0]):
            rate = cyclic[0][number]
        else:
            now, base = float(group["lr"]), float(group.get("initial_lr", group["lr"]))
            rate = (now or base) if begun else base
        if rate > 0:
            return rate
    raise SettingsError(
        "scheduler has no rate greater than 0 to scale: every param group is at 0. Give the optimizer a rate."
    )
