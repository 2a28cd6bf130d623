"""Whether the options of a range test can work and allow each other. Looks at all, touches nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, get_args

import torch

from lrwidget._validate import one_of, positive, shown, whole
from lrwidget.engine.checks import kind
from lrwidget.engine.state.places import Place
from lrwidget.engine.state.snapshot import can_be_kept
from lrwidget.engine.step.compiling import MODES
from lrwidget.engine.step.evaluation import EvalMode
from lrwidget.errors import SettingsError, SetupError

if TYPE_CHECKING:
    from lrwidget.engine.plan import Plan

__all__ = ["check_count", "check_options"]

_FUNCTIONS = {
    "callback": "one point",
    "update_fn": "a batch",
    "metric": "(output, target)",
    "around": "no argument, returning a context manager",
}


def check_options(plan: Plan) -> None:
    """Raise SettingsError or SetupError unless the options allow each other."""
    for name, takes in _FUNCTIONS.items():
        value = getattr(plan, name)
        if value is not None and not callable(value):
            raise SetupError(f"{name} must be a function of {takes}, or None; got {kind(value)}.")
    if not isinstance(plan.robust, (bool, str)) or plan.robust not in (True, False, "negative"):
        raise SettingsError(f'robust must be True, False or "negative"; got {shown(plan.robust)}.')
    if not isinstance(plan.compiled, (bool, str)) or plan.compiled not in (True, False, *MODES):
        modes = ", ".join(f'"{mode}"' for mode in MODES)
        raise SettingsError(
            f"compiled must be True, False, or a mode of torch.compile ({modes}); got {shown(plan.compiled)}."
        )
    if not isinstance(plan.redraw_val, bool):
        raise SettingsError(f"redraw_val must be True or False; got {shown(plan.redraw_val)}.")
    if not isinstance(plan.verify, bool):
        raise SettingsError(f"verify must be True or False; got {shown(plan.verify)}.")
    one_of("eval_mode", plan.eval_mode, get_args(EvalMode))
    _check_evaluation(plan)
    _check_update(plan)
    for name in ("clip_grad_norm", "clip_grad_value"):
        limit = getattr(plan, name)
        if limit is not None:
            advice = "Give for example 1.0, or None for no clipping."
            if positive(name, limit, advice) > torch.finfo(torch.float32).max:
                raise SettingsError(f"{name} is larger than any gradient; got {shown(limit)}. {advice}")
    autocast, grad_scaler = plan.autocast, plan.grad_scaler
    # PyTorch itself would only warn, and compute in full precision.
    if autocast is not None and not any(autocast is dtype for dtype in (torch.bfloat16, torch.float16)):
        raise SettingsError(
            "autocast must be a floating-point dtype of 16 bits, torch.bfloat16 or torch.float16, or None; "
            f"got {shown(autocast)}."
        )
    if grad_scaler is not None and not all(hasattr(grad_scaler, n) for n in ("scale", "step", "update")):
        raise SetupError(f"grad_scaler must be a torch.amp.GradScaler, or None; got {kind(grad_scaler)}.")
    _check_kept(plan)


def check_count(name: str, value: Any) -> None:
    """Raise SettingsError unless a count is None or at least 1."""
    if value is None:
        return
    try:
        whole(name, value, 1, sys.maxsize)
    except SettingsError as error:
        raise SettingsError(
            f"{name} must be a whole number, at least 1, or None; got {shown(value)}."
        ) from error


def _check_kept(plan: Plan) -> None:
    one_of("snapshot", plan.snapshot, get_args(Place))
    if not isinstance(plan.keep, (list, tuple)):
        raise SettingsError(
            "keep must be a list of what else is to be given back; "
            f"got {kind(plan.keep)}. For one thing: keep=[it]."
        )
    for index, thing in enumerate(plan.keep):
        if not can_be_kept(thing):
            raise SettingsError(
                f"keep[{index}] is {kind(thing)}, which holds nothing that can be given back. Name modules, "
                "optimizers, schedulers, generators, tensors, lists or dicts of these, or an object with "
                "attributes."
            )


def _check_evaluation(plan: Plan) -> None:
    val_batches, fixed_batches, val_loader = plan.val_batches, plan.fixed_batches, plan.val_loader
    check_count("val_batches", val_batches)
    check_count("fixed_batches", fixed_batches)
    check_count("eval_batch_size", plan.eval_batch_size)
    if val_batches is not None and val_loader is None:
        raise SettingsError(
            f"val_batches={val_batches} needs a val_loader, and there is none. Pass val_loader=..., or use "
            "fixed_batches to evaluate on batches of the training loader."
        )
    if fixed_batches is not None and val_loader is not None:
        raise SettingsError(
            f"fixed_batches={fixed_batches} and a val_loader exclude each other: only one loss is recorded. "
            "Leave one out; val_batches=... limits how much of the val_loader is used."
        )
    if plan.eval_batch_size is not None and (
        plan.redraw_val or (val_loader is None and fixed_batches is None)
    ):
        raise SettingsError(
            f"eval_batch_size={plan.eval_batch_size} needs batches that are drawn once and evaluated on: "
            "pass val_loader=... or fixed_batches=..., and not redraw_val=True."
        )
    if plan.redraw_val and val_loader is None:
        raise SettingsError("redraw_val=True needs a val_loader, and there is none. Pass val_loader=...")


def _check_update(plan: Plan) -> None:
    if plan.update_fn is None:
        return
    own = {
        "accumulation_steps": plan.settings.accumulation_steps != 1,
        "clip_grad_norm": plan.clip_grad_norm is not None,
        "clip_grad_value": plan.clip_grad_value is not None,
        "autocast": plan.autocast is not None,
        "compiled": plan.compiled is not False,
    }
    for name, given in own.items():
        if given:
            raise SettingsError(
                f"{name} and update_fn exclude each other: update_fn takes the whole step itself. Do it "
                "there, or pass step_fn, a function from a batch to its loss."
            )
