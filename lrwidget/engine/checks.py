"""Whether model, optimizer, criterion and loaders fit together. Looks at everything, touches nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.utils.data import IterableDataset

from lrwidget._validate import floats, real, said, shown
from lrwidget.engine.data.batches import empty, once_only
from lrwidget.engine.data.functions import FunctionLoader, wanted_arguments
from lrwidget.engine.data.kept_batches import length_of
from lrwidget.engine.devices import named
from lrwidget.engine.rates.groups import group_ratios
from lrwidget.engine.rates.optimizers import needs_closure, parts_of
from lrwidget.engine.spies import is_spy
from lrwidget.errors import LoaderError, SettingsError, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lrwidget.engine.plan import Plan
    from lrwidget.history.settings import Settings

__all__ = ["check_model", "check_objects", "check_processes", "device_named", "kind"]


# Float32 ends at 3.4e38, and Adam divides the rate by .1 in its first step.
_HIGHEST = 1e37


def check_objects(plan: Plan) -> torch.device:
    """Return the device batches go to, once all that came fits together; nothing is touched.

    Raises
    ------
    SettingsError, SetupError, LoaderError
        When something does not fit.
    """
    check_model(plan.model)
    parameters = list(plan.model.parameters())  # walked through once: it takes as long as all these checks
    _check_trained(plan, parameters)
    _check_highest(plan.optimizer, plan.settings)
    _check_closures(plan)
    _check_group_schedules(plan.schedules, plan.optimizer, plan.settings.num_iter)
    # With a criterion a batch is a pair at least, so that tensors in a row are no batches.
    pairs = plan.criterion is not None and plan.step_fn is None and plan.update_fn is None
    _check_loader(plan.train_loader, "train_loader", pairs=pairs)
    if plan.val_loader is not None:
        pairs = plan.criterion is not None and plan.step_fn is None
        _check_loader(plan.val_loader, "val_loader", pairs=pairs)
    return _device_of(parameters, plan.criterion, plan.device)


def _check_trained(plan: Plan, parameters: list[nn.Parameter]) -> None:
    """Raise SetupError unless the model, of these parameters, can be trained by the optimizer."""
    optimizer, criterion, step_fn = plan.optimizer, plan.criterion, plan.step_fn or plan.update_fn
    for part in parts_of(optimizer):
        if isinstance(part, type) or not (
            hasattr(part, "param_groups") and callable(getattr(part, "step", None))
        ):
            raise SetupError(
                f"optimizer must be a torch.optim.Optimizer, or a list of them; got {kind(part)}."
            )
    if step_fn is not None and not callable(step_fn):
        raise SetupError(f"step_fn must be a function from a batch to its loss; got {kind(step_fn)}.")
    if isinstance(criterion, type) and issubclass(criterion, nn.Module):
        name = criterion.__name__
        raise SetupError(
            f"criterion is the class {name}, not an object of it: write {name}(), with parentheses."
        )
    if criterion is not None and not callable(criterion):
        raise SetupError(f"criterion must be a function of (output, target), or None; got {kind(criterion)}.")
    if any(is_lazy(tensor) for tensor in chain(parameters, plan.model.buffers())):
        raise SetupError(
            "the model has lazy parameters without a shape yet. Run one batch through it, and make the "
            "optimizer after that."
        )
    if any(parameter.is_meta for parameter in parameters):
        raise SetupError(
            "the model is on the meta device, and so holds no values. Call model.to_empty(device=...) and "
            "load or draw its weights, before making the optimizer."
        )
    if any(parameter.is_inference() for parameter in parameters):
        raise SetupError(
            "the model was made in torch.inference_mode(), and so can never be trained. Make it, and the "
            "optimizer, outside of that."
        )
    if not any(parameter.requires_grad for parameter in parameters):
        raise SetupError(
            f"the model has no trainable parameters ({len(parameters)} in all). Set "
            "requires_grad=True on those to be trained."
        )
    _check_owners(parameters, optimizer, criterion, step_fn)
    for part in parts_of(optimizer):
        for number, group in enumerate(part.param_groups):
            _check_rate(part, number, group.get("lr"))


def check_processes(planned: int = 1) -> None:
    """Raise SetupError where several processes train together, or a trainer plans to start several."""
    group = torch.distributed
    count = group.get_world_size() if group.is_available() and group.is_initialized() else 1
    count = max(count, planned)
    if count > 1:
        raise SetupError(
            f"this training is spread over {count} processes, which would stop and restore at different "
            "steps and then wait for each other for ever, so a sweep runs in one. Find the rate in a single "
            "process first, without torchrun and init_process_group: it carries over, as long as a step "
            f"takes as many samples as all {count} take together (accumulation_steps={count} makes up for "
            "the others)."
        )


def check_model(model: Any) -> None:
    """Raise SetupError unless the model is one."""
    if not isinstance(model, nn.Module):
        raise SetupError(f"model must be a torch.nn.Module; got {kind(model)}.")


def _check_rate(optimizer: Any, number: int, lr: Any) -> None:
    where = f"{type(optimizer).__name__} has"
    if lr is None:
        raise SetupError(
            f"{where} no lr in its param_groups[{number}]: it sets its own rate, "
            "and there is none to test. Give it one, for example lr=1e-3, and switch its own off."
        )
    try:
        rate = float(lr.detach()) if isinstance(lr, torch.Tensor) else real("lr", lr)
    except Exception:  # noqa: BLE001 - a tensor of several elements, on no device, or no number at all
        rate = math.nan
    if not 0 <= rate < math.inf:
        raise SetupError(
            f"{where} lr={shown(lr)} in its param_groups[{number}]: it must be a finite number, 0 or more."
        )


def _check_owners(parameters: list[nn.Parameter], optimizer: Any, criterion: Any, step_fn: Any) -> None:
    """Raise SetupError when the optimizer holds other parameters than the model's and the criterion's."""
    held = [p for group in optimizer.param_groups for p in group["params"]]
    if not held:
        raise SetupError("the optimizer holds no parameters. Make it with model.parameters().")
    if step_fn is not None:
        return
    own = {id(p) for p in parameters}
    if isinstance(criterion, nn.Module) and not is_spy(criterion):
        own |= {id(p) for p in criterion.parameters()}
    foreign = sum(id(p) not in own for p in held)
    if foreign:
        raise SetupError(
            f"{foreign} of the {len(held)} parameters that the optimizer holds are not the model's. "
            "The model, or a layer of it, was probably made anew after the optimizer: make the optimizer "
            "again, after the last change to the model. (If it trains something else too, pass step_fn.)"
        )


def _device_of(
    parameters: list[nn.Parameter], criterion: Any, device: torch.device | str | int | None
) -> torch.device:
    """Return where batches go: the device asked for, else that of the model's first parameter.

    Raises
    ------
    SetupError
        When the model, or the criterion, is somewhere else.
    """
    places = {parameter.device for parameter in parameters}
    if device is None:
        chosen = parameters[0].device
    else:
        chosen = named(device_named(device))
        if places != {chosen}:
            raise SetupError(
                f"device is {str(chosen)!r}, but the model is on {_listed(places)}. The model is never "
                f"moved for you: call model.to({str(chosen)!r}) before making the optimizer, or leave "
                "device out."
            )
    if isinstance(criterion, nn.Module) and not is_spy(criterion):
        # A tensor without dimensions works together with any device.
        away = {t.device for t in chain(criterion.parameters(), criterion.buffers()) if t.dim()} - places
        if away:
            raise SetupError(
                f"the criterion holds tensors on {_listed(away)}, but the model is on {_listed(places)}. "
                f"Call criterion.to({str(chosen)!r})."
            )
    return chosen


def _check_highest(optimizer: Any, settings: Settings) -> None:
    """Raise SettingsError when a param group would be given a rate that no optimizer can step with."""
    highest = settings.end_lr * max(group_ratios(optimizer), default=1.0)
    if highest > _HIGHEST:
        what = "end_lr=" if settings.lr_schedule is None else "the highest rate, "
        example = "end_lr=10" if settings.lr_schedule is None else "10"
        raise SettingsError(
            f"{what}{settings.end_lr:g} takes a param group to {highest:g}, and PyTorch steps with at most "
            f"{_HIGHEST:g}. Give a lower one, for example {example}."
        )


def _check_loader(loader: Any, name: str, *, pairs: bool) -> None:
    """Raise LoaderError unless the loader has batches and can start over. Does not begin it."""
    if hasattr(loader, "__next__"):
        raise LoaderError(once_only(loader, name))
    if isinstance(loader, FunctionLoader):
        wanted = wanted_arguments(loader.function)
        if wanted:
            raise LoaderError(
                f"{name} is a function that wants {', '.join(wanted)}: it is called with no argument. Pass "
                f'one that wants none, for example {name}=lambda: get_batch("train").'
            )
        return
    # A tensor without dimensions has __iter__ all the same, and so has every class of lists.
    if (
        not (hasattr(loader, "__iter__") or hasattr(loader, "__getitem__"))
        or isinstance(loader, (str, bytes, bytearray, type))
        or (isinstance(loader, (torch.Tensor, np.ndarray)) and not loader.ndim)
    ):
        raise LoaderError(
            f"{name} must be a DataLoader or a list of batches; got {kind(loader)}. (Or a function without "
            "arguments that gives batches.)"
        )
    if _is_dataset(loader):
        what = "" if type(loader).__name__ == "Dataset" else f" ({type(loader).__name__})"
        raise LoaderError(
            f"{name} got a Dataset{what}, whose items are samples: wrap it, DataLoader(dataset, "
            "batch_size=32, shuffle=True); with batch_size=None if its items are batches already."
        )
    # Not a list of somebody's own kind, which may do more than hold its items.
    in_a_row = type(loader) in {list, tuple} and len(loader) > 1 and all(map(_is_array, loader))
    if pairs and (in_a_row or _is_array(loader)):
        what = (
            f"a {type(loader).__name__} of {len(loader)} tensors"
            if in_a_row
            else f"{kind(loader)} of shape {tuple(loader.shape)}"
        )
        raise LoaderError(
            f"{name} got {what}, whose parts are no batches (inputs, targets). All data in one batch is "
            "[(x, y)]; batches of 32 are DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)."
        )
    if length_of(loader) == 0:  # None: it will be seen when the first batch is drawn
        raise LoaderError(empty(name))


def _is_dataset(loader: Any) -> bool:
    """Return whether a loader is a dataset whose items are looked up, PyTorch's or another library's."""
    if isinstance(loader, IterableDataset) or not hasattr(loader, "__getitem__"):
        return False
    return any(one.__name__ == "Dataset" for one in type(loader).__mro__)


def _is_array(thing: Any) -> bool:
    return isinstance(thing, (torch.Tensor, np.ndarray))


def device_named(device: Any) -> torch.device:
    """Return the device of a name, or raise SettingsError."""
    try:
        if isinstance(device, bool):
            raise TypeError
        return torch.device(device)
    except Exception as error:
        raise SettingsError(
            f"device must be a torch.device, or a name as in 'cuda:0' or 'cpu'; got {kind(device)}."
        ) from error


def _listed(devices: Iterable[torch.device]) -> str:
    return " and ".join(sorted(map(str, devices)))


def kind(value: object) -> str:
    """Return how an error names what came."""
    return (
        f"{shown(value)} of type {type(value).__name__}"
        if isinstance(value, (str, int, float))
        else f"the class {value.__name__}"
        if isinstance(value, type)
        else f"a {type(value).__name__}"
    )


def _check_group_schedules(schedules: Any, optimizer: Any, num_iter: int) -> None:
    """Raise SettingsError unless there is a list of rates for each param group."""
    if schedules is None:
        return
    groups = len(optimizer.param_groups)
    form = f"group_schedules must hold {num_iter} rates, 0 or more, for each of the {groups} param groups"
    try:
        if isinstance(schedules, Mapping):
            raise TypeError
        lengths = [len(schedules[index]) for index in range(len(schedules))]
        if lengths != [num_iter] * groups:
            raise SettingsError(f"got {len(lengths)} lists, of lengths {shown(lengths)}")
        rates = [rate for index in range(groups) for rate in floats("one", schedules[index])]
        if not all(0 <= rate < math.inf for rate in rates):
            raise SettingsError("got one that is negative or not finite")
    except SettingsError as error:
        raise SettingsError(f"{form}; {said(error)}.") from error
    except Exception as error:  # no lists at all
        raise SettingsError(f"{form}; got {shown(schedules)}.") from error


def _check_closures(plan: Plan) -> None:
    """Raise SetupError when a scaler or a compiler is to go with an optimizer whose step needs a closure."""
    for optimizer in parts_of(plan.optimizer):
        if plan.compiled and needs_closure(optimizer):
            raise SetupError(
                f"{type(optimizer).__name__} needs a closure in each step, which cannot be compiled. Leave "
                "compiled out."
            )
        if plan.grad_scaler is not None and plan.update_fn is None and needs_closure(optimizer):
            raise SetupError(
                f"{type(optimizer).__name__} needs a closure in each step, which a gradient scaler cannot "
                "give it. Train in bfloat16 or float32 without a scaler, or pass update_fn, a function that "
                "takes the whole step."
            )
