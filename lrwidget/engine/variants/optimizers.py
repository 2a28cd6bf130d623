"""Another optimizer for the same parameters, and whether options can be changed in the one there is."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from lrwidget._validate import real, said, shown
from lrwidget.engine.checks import kind
from lrwidget.engine.rates.optimizers import as_one, needs_closure, parts_of
from lrwidget.errors import SettingsError, SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrwidget.engine.rates.optimizers import AnyOptimizer

__all__ = ["check_options", "is_optimizer", "made_optimizer", "option_names"]

#: What stands in param groups and is no option of theirs, or is what the sweep itself writes.
_NO_OPTIONS = frozenset({"params", "param_names", "name", "lr", "initial_lr", "max_lr", "min_lr", "lr_scale"})
#: What each group of a new optimizer takes over, where the groups of the old one differ in it.
_TAKEN_OVER = ("lr", "weight_decay")


def is_optimizer(thing: Any) -> bool:
    """Return whether a thing is an optimizer, or a list of them."""
    parts = thing if isinstance(thing, (list, tuple)) else [thing]
    return bool(parts) and all(
        not isinstance(one, type) and hasattr(one, "param_groups") and callable(getattr(one, "step", None))
        for one in parts
    )


def option_names(optimizer: AnyOptimizer) -> list[str]:
    """Return the options that an optimizer's param groups hold."""
    names: dict[str, None] = {}
    for group in optimizer.param_groups:
        names |= dict.fromkeys(name for name in group if isinstance(name, str) and name not in _NO_OPTIONS)
    return list(names)


def made_optimizer(
    given: Any, old: AnyOptimizer, options: Mapping[str, Any]
) -> tuple[AnyOptimizer, list[str]]:
    """Return an optimizer for the parameters of another one, and the options that it was made with.

    Parameters
    ----------
    given : class, callable or optimizer
        A class is called with the parameters and those of the ``options`` that it takes; a function with the
        parameters. They come as a list of tensors; where the old optimizer has several groups, as a list of
        groups, each with the rate and the weight decay of its own where these differ.
    old : torch.optim.Optimizer, or several as one
    options : mapping
        Of the variant.

    Raises
    ------
    SetupError
        When it is none of these, cannot be made, or is no optimizer then.
    """
    if is_optimizer(given):
        return as_one(given), []
    if not callable(given):
        raise SetupError(
            f"optimizer must be an optimizer's class, or a function of the parameters that returns one; got "
            f'{kind(given)}. For example {{"optimizer": torch.optim.AdamW, "weight_decay": 0.1}}.'
        )
    called: dict[str, Any] = {}
    if isinstance(given, type):
        taken = _parameters_of(given)
        called = {name: value for name, value in options.items() if name in taken}
        lr = taken.get("lr")
        if lr is not None and lr.default is inspect.Parameter.empty:
            called["lr"] = next((float(g["lr"]) for g in old.param_groups if g.get("lr")), 1e-3)
    name = getattr(given, "__name__", type(given).__name__)
    try:
        made = given(_handed(old), **called)
    except Exception as error:
        raise SetupError(f"its optimizer cannot be made: {shown(name)} raises {said(error)}.") from error
    if not is_optimizer(made):
        raise SetupError(
            f"its optimizer must be a torch.optim.Optimizer, or a list of them; {shown(name)} returns "
            f"{kind(made)}."
        )
    return as_one(made), list(called)


def _handed(old: AnyOptimizer) -> list[Any]:
    groups = old.param_groups
    if len(groups) == 1:
        return list(groups[0]["params"])
    own = [
        name
        for name in _TAKEN_OVER
        if all(name in group for group in groups) and len({float(group[name]) for group in groups}) > 1
    ]
    return [
        {"params": list(group["params"])} | {name: float(group[name]) for name in own} for group in groups
    ]


def _parameters_of(made: type) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(made).parameters)
    except (TypeError, ValueError):  # written in another language
        return {}


def check_options(optimizer: AnyOptimizer, options: Mapping[str, Any]) -> None:
    """Raise SettingsError when an option cannot be changed so: by trying it on a parameter that is nobody's.

    It is tried in PyTorch's own optimizers alone: of another nobody knows what making it does.
    """
    for name, value in options.items():
        _check_kind(name, value, optimizer)
    for part in parts_of(optimizer):
        own: Any = type(part)
        if not own.__module__.startswith("torch.optim") or needs_closure(part):
            continue
        wanted = {name: value for name, value in options.items() if name in part.param_groups[0]}
        if not wanted:
            continue
        taken = _parameters_of(own)
        held = {name: value for name, value in part.param_groups[0].items() if name in taken}
        held = {name: value for name, value in held.items() if name != "params"}
        try:
            _rehearse(own, held, {}, stepped=True)
        except Exception:  # noqa: BLE001 - one that no made-up gradient suits
            continue
        text = ", ".join(f"{name}={shown(value)}" for name, value in wanted.items())
        try:
            own([_parameter()], **(held | wanted))
        except Exception as error:
            raise SettingsError(f"{own.__name__} does not take {text}: {said(error)}.") from error
        try:
            _rehearse(own, held, wanted, stepped=bool(part.state))
        except Exception as error:
            raise SettingsError(
                f"{text} cannot be changed in an {own.__name__} that has stepped already: its state has no "
                'place for it. Give the variant an optimizer of its own: {"optimizer": '
                f"torch.optim.{own.__name__}, ...}}."
            ) from error


def _check_kind(name: str, value: Any, optimizer: AnyOptimizer) -> None:
    """Raise SettingsError where an option is yes or no, or a number, and the value is not."""
    for group in optimizer.param_groups:
        held = group.get(name)
        if isinstance(held, bool) and not isinstance(value, bool):
            raise SettingsError(f"{name} must be True or False; got {shown(value)}.")
        if (
            isinstance(held, (int, float))
            and not isinstance(held, bool)
            and not isinstance(value, torch.Tensor)
        ):
            real(name, value)


def _rehearse(own: Any, held: Mapping[str, Any], wanted: Mapping[str, Any], *, stepped: bool) -> None:
    """Make an optimizer, change its options, and step; ``stepped`` = also before that."""
    stand_in = own([_parameter()], **held)
    # Not by way of the hooks, which may be the user's.
    step = getattr(own.step, "__wrapped__", own.step)
    if stepped:
        step(stand_in)
    stand_in.param_groups[0].update(wanted)
    step(stand_in)


def _parameter() -> torch.nn.Parameter:
    parameter = torch.nn.Parameter(torch.ones(2, 2))
    parameter.grad = torch.ones(2, 2)
    return parameter
