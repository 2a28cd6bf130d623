"""Write learning rates into an optimizer, so that its parameter groups keep their ratios."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lrwidget.engine.optimizers import AnyOptimizer

__all__ = [
    "accept_rate",
    "flat_schedulers",
    "group_ratios",
    "read_place",
    "set_rate",
    "set_rates",
    "write_place",
]


def group_ratios(optimizer: AnyOptimizer) -> list[float]:
    """Return each group's rate divided by that of the first group whose rate is not zero.

    A group at rate 0 has ratio 0, and stays at 0. When all are at 0, as under a warm-up that has not begun,
    the groups' ``initial_lr`` decide; without those, every ratio is 1.
    """
    for key in ("lr", "initial_lr"):
        rates = [float(group.get(key, 0.0)) for group in optimizer.param_groups]
        reference = next((rate for rate in rates if rate), None)
        if reference is not None:
            return [rate / reference for rate in rates]
    return [1.0] * len(optimizer.param_groups)


def set_rate(optimizer: AnyOptimizer, ratios: Sequence[float], lr: float) -> None:
    """Set every group's rate to ``lr`` times its ratio; a rate that is a tensor is filled in place."""
    set_rates(optimizer, [lr * ratio for ratio in ratios])


def set_rates(optimizer: AnyOptimizer, rates: Sequence[float]) -> None:
    """Set each group's own rate; one that is a tensor is filled in place."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        _write(group, "lr", rate)


def read_place(where: Any, key: str) -> Any:
    """Return what a mapping, or an object's attribute, holds under a name."""
    return where[key] if isinstance(where, Mapping) else getattr(where, key)


def write_place(where: Any, key: str, value: Any) -> None:
    """Write into a mapping, or an object's attribute, under a name."""
    if isinstance(where, Mapping):
        where[key] = value  # type: ignore[index]  # one that can be written to
    else:
        setattr(where, key, value)


def accept_rate(
    optimizer: AnyOptimizer,
    lr: float,
    schedulers: Iterable[object] = (),
    places: Iterable[tuple[Any, str]] = (),
) -> str:
    """Put a chosen rate into an optimizer, and into the schedulers that steer it.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        Its groups keep their ratios (:func:`group_ratios`); ``initial_lr`` is updated where there is one.
    lr : float
        Rate of the first group that is not frozen; finite, greater than 0.
    schedulers : iterable
        Attached schedulers, whose ``base_lrs`` are updated; those inside a ``SequentialLR`` or
        ``ChainedScheduler`` too. One-cycle and cyclic schedulers carry rates of their own and are left
        alone, which the returned line says.
    places : iterable of (object, str)
        Where else the rate is written as it is: a mapping and a key, or an object and an attribute's name.
        What a training framework makes its next optimizer with, for example ``(hparams, "lr")``.

    Returns
    -------
    str
        What each group now holds, such as ``"lr = 0.0123"`` or ``"3 groups: 0.01, 0.001, 0 (frozen)"``.

    Raises
    ------
    SettingsError
        When the rate is not finite and positive.
    """
    if isinstance(lr, bool) or not isinstance(lr, Real) or not (math.isfinite(lr) and lr > 0):
        raise SettingsError(f"lr must be a finite number greater than 0; got {lr!r}. Give for example 0.01.")
    lr = float(lr)
    ratios = group_ratios(optimizer)
    rates = [lr * ratio for ratio in ratios]
    set_rate(optimizer, ratios, lr)
    cyclic = False
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        if "max_lr" in group:
            cyclic = True
        elif "initial_lr" in group:
            _write(group, "initial_lr", rate)
    for where, key in places:
        write_place(where, key, lr)
    for scheduler in flat_schedulers(schedulers):
        if hasattr(scheduler, "max_lrs"):
            cyclic = True
        elif not cyclic:
            _write_base_rates(scheduler, rates)
    text = _receipt(rates)
    if cyclic:
        text += "; the attached one-cycle or cyclic scheduler keeps its own rates: make it anew with this one"
    return text


def _write(group: dict[str, Any], key: str, rate: float) -> None:
    if isinstance(group.get(key), torch.Tensor):
        # The optimizer's kernels and captured graphs read this very tensor.
        with torch.no_grad():
            group[key].fill_(rate)
    else:
        group[key] = rate


def flat_schedulers(schedulers: Iterable[object]) -> list[Any]:
    """Return schedulers and those inside them (of a ``SequentialLR`` or ``ChainedScheduler``)."""
    found: list[Any] = []
    for scheduler in schedulers:
        found += [scheduler, *flat_schedulers(getattr(scheduler, "_schedulers", ()))]
    return found


def _write_base_rates(scheduler: Any, rates: list[float]) -> None:
    for name in ("base_lrs", "_last_lr"):
        old = getattr(scheduler, name, None)
        if isinstance(old, list) and len(old) == len(rates):
            for index, rate in enumerate(rates):
                if isinstance(old[index], torch.Tensor):
                    old[index].fill_(rate)
                else:
                    old[index] = rate


def _receipt(rates: list[float]) -> str:
    texts = [f"{rate:.6g}" if rate else "0 (frozen)" for rate in rates]
    return f"lr = {texts[0]}" if len(texts) == 1 else f"{len(texts)} groups: {', '.join(texts)}"
