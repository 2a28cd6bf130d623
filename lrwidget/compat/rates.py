"""pytorch-lr-finder's rates, to the last bit: from each group's own start to one common end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from lrwidget.history.settings import Settings

__all__ = ["first_rate", "group_schedules", "recorded_rates", "starting_rates"]


def starting_rates(optimizer: torch.optim.Optimizer, start_lr: Any) -> list[float]:
    """Return the rate at which each param group starts.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    start_lr : float, list of float, or None
        One rate for all groups, or one a group; None and 0 = each group's present one.

    Raises
    ------
    SettingsError
        When a list has another length than the groups.
    """
    groups = optimizer.param_groups
    if isinstance(start_lr, list) and start_lr:
        if len(start_lr) != len(groups):
            raise SettingsError(
                "Length of `new_lrs` is not equal to the number of parameter groups in the given optimizer"
            )
        return [float(rate) for rate in start_lr]
    if start_lr:
        return [float(start_lr)] * len(groups)
    return [float(group.get("lr") or 0.0) for group in groups]


def first_rate(starts: Sequence[float]) -> float:
    """Return the rate that the history starts with: that of the first group that is not at 0.

    Raises
    ------
    SettingsError
        When all are at 0.
    """
    for rate in starts:
        if rate:
            return rate
    raise SettingsError(
        "every param group's rate is 0, from where no rate is reached. Pass start_lr, for example "
        "start_lr=1e-7."
    )


def group_schedules(starts: Sequence[float], settings: Settings) -> list[list[float]]:
    """Return the rates of each param group.

    Parameters
    ----------
    starts : sequence of float
        Where each group starts; one at 0 stays there. Where the settings start elsewhere than the first of
        them that is not 0, because somebody typed another start, all are scaled alike.
    settings : Settings
    """
    first = first_rate(starts)
    if settings.start_lr != first:
        starts = [settings.start_lr * (start / first) for start in starts]
    return [_schedule(start, settings) for start in starts]


def recorded_rates(settings: Settings) -> list[float]:
    """Return the rates that the history shows: those of the first group that is not at 0."""
    return _schedule(settings.start_lr, settings)


def _schedule(start: float, settings: Settings) -> list[float]:
    end, last = settings.end_lr, settings.num_iter - 1
    if not start:
        return [0.0] * settings.num_iter
    fractions = [i / last for i in range(settings.num_iter)]
    # In this order, the last bit is theirs: the end may be missed by it.
    if settings.step_mode == "linear":
        return [start + fraction * (end - start) for fraction in fractions]
    return [start * (end / start) ** fraction for fraction in fractions]
