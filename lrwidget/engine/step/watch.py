"""With which rate the optimizer really stepped, and whether it did.

A sweep writes the rates and lets somebody's code train. Code that writes a rate of its own before it steps,
steps another optimizer, or never steps, would be swept all the same, and the curve would show nothing.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

from lrwidget.engine.rates.groups import write_rate
from lrwidget.engine.rates.optimizers import parts_of
from lrwidget.engine.step.compiling import is_compiling
from lrwidget.errors import LossError, SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lrwidget.engine.rates.optimizers import AnyOptimizer

__all__ = ["StepWatch", "check_reach", "writes_to"]

#: Calls of a step function that may go by without a step: it may gather the gradients of several batches.
MOST_WITHOUT_STEP = 16
# Numbers of the parameters that are compared, to see whether anything moved.
SAMPLE = 2**16
# Where libraries keep gradients beside, or instead of, ``.grad``.
OTHER_GRADIENTS = ("main_grad", "decoupled_grad")


class StepWatch:
    """Writes the rates, and looks at what became of them.

    A rate that is still what was written costs a look after each step, and nothing else. One that is not was
    moved before the step, or after it, which is harmless: from then on a hook looks at every step. Where
    somebody else steps, hooks look at the first steps too; never inside of what ``torch.compile`` has made,
    which would be compiled anew.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer, or several as one
    update_fn : callable or None
        Who steps, if it is not the sweep itself.
    """

    def __init__(self, optimizer: AnyOptimizer, update_fn: Callable[..., Any] | None = None) -> None:
        self._optimizer = optimizer
        self._update_fn = update_fn
        self._given: list[tuple[dict[str, Any], Any, int]] = []
        self._remove: Callable[[], None] | None = None
        self._suspicious = False
        self._calls = 0
        self._others: set[str] = set()
        self._complaint: Exception | None = None
        self._stepped = update_fn is None
        if update_fn is not None:
            self._before = _Sample(optimizer)
            if not _holds_compiled(update_fn):
                self._arm()

    def set(self, rates: Sequence[float]) -> None:
        """Write each group's rate.

        Raises
        ------
        SetupError
            When a step before this one has added a group, or taken one away.
        """
        groups = self._optimizer.param_groups
        if len(groups) != len(rates):
            raise SetupError(
                f"the optimizer ({_kinds(self._optimizer)}) has {len(groups)} param groups, where it had "
                f"{len(rates)} when the sweep began: a step adds groups or takes some away "
                "(add_param_group, layers unfrozen on the way), and a sweep has no rate for them. Leave that "
                "out while a sweep is on; to sweep the groups too, add them before it."
            )
        given: list[tuple[dict[str, Any], Any, int]] = []
        for group, rate in zip(groups, rates, strict=True):
            if type(group.get("lr")) is float:  # nearly every one, and in every step
                group["lr"] = rate
                given.append((group, rate, 0))
            else:
                write_rate(group, "lr", rate)
                lr = group["lr"]
                given.append((group, lr, lr._version if isinstance(lr, torch.Tensor) else 0))  # noqa: SLF001
        self._given = given

    def look(self) -> None:
        """Look at what has become of the rates, after a step.

        Raises
        ------
        SetupError, LossError
            When the optimizer stepped with another rate, or nobody has stepped it for long, or its parameters
            had no gradients.
        """
        if self._stepped and self._remove is None and not self._suspicious:
            for group, lr, _ in self._given:
                if group.get("lr") is not lr or type(lr) is not float:
                    break
            else:
                return  # nearly every step
        self._calls += 1
        moved = None if self._suspicious else self._moved()
        if moved is not None:
            self._suspicious = True
            self._arm()
        if self._complaint is not None:
            raise self._complaint
        if self._stepped:
            if not self._suspicious:
                self.close()
        elif self._calls >= MOST_WITHOUT_STEP:
            self.finish()

    def finish(self) -> None:
        """Raise SetupError unless the optimizer has stepped, as far as can be told."""
        if self._stepped or not self._calls or (not self._others and self._before.moved()):
            return
        times = f"{self._calls} calls of update_fn"
        if self._others:
            raise SetupError(
                f"in {times} the optimizer that is swept ({_kinds(self._optimizer)}) never stepped, but "
                f"{' and '.join(sorted(self._others))} did: the rates of the sweep were used by nobody. Pass "
                "the optimizer that update_fn steps; it was perhaps made anew since."
            )
        raise SetupError(
            f"in {times} nobody stepped the optimizer ({_kinds(self._optimizer)}), and none of its "
            "parameters has changed. update_fn must do the whole step itself: zero_grad, backward and "
            f"optimizer.step(), at least once in {MOST_WITHOUT_STEP} calls. A function that only computes "
            "the loss is a step_fn."
        )

    def close(self) -> None:
        """Look no more."""
        remove, self._remove = self._remove, None
        if remove is not None:
            remove()

    def _arm(self) -> None:
        if self._remove is None and not _holds_compiled(self._update_fn, self._optimizer):
            self._remove = register_optimizer_step_pre_hook(self._see).remove

    def _see(self, stepping: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        """Note that some optimizer is about to step, here or in another thread."""
        if is_compiling():
            return
        # A wrapper and the optimizer in it have the very same groups.
        groups = {id(group) for group in stepping.param_groups}
        own = [number for number, entry in enumerate(self._given) if id(entry[0]) in groups]
        if not own:
            if _shares_parameters(stepping, self._optimizer):
                self._others.add(type(stepping).__name__)
            return
        first, self._stepped = not self._stepped, True
        moved = self._moved(own)
        if moved is not None and self._complaint is None:
            self._complaint = SetupError(_foreign_rate(*moved, by_update=self._update_fn is not None))
        elif first and self._update_fn is not None and not (args[1:] or kwargs):
            self._complaint = self._complaint or _unreached([stepping])

    def _moved(self, numbers: Sequence[int] | None = None) -> tuple[int, Any, Any] | None:
        """Return the first group whose rate is not what was written: its number, and both rates."""
        for number in range(len(self._given)) if numbers is None else numbers:
            group, lr, version = self._given[number]
            now = group.get("lr")
            if now is lr and (type(lr) is float or getattr(lr, "_version", 0) == version):
                continue
            if isinstance(lr, torch.Tensor) or isinstance(now, torch.Tensor) or now != lr:
                return number, now, lr
        return None


class _Sample:
    """A few of the parameters, to be compared later."""

    def __init__(self, optimizer: AnyOptimizer) -> None:
        self._versions = writes_to(optimizer)
        self._optimizer = optimizer
        self._kept: list[tuple[torch.Tensor, torch.Tensor]] = []
        room = SAMPLE
        for parameter in sorted(_parameters(optimizer), key=torch.Tensor.numel):
            room -= parameter.numel()
            if room < 0 and self._kept:
                break
            if type(parameter.data) is torch.Tensor and parameter.layout == torch.strided:
                self._kept.append((parameter, parameter.detach().clone()))

    def moved(self) -> bool:
        return writes_to(self._optimizer) != self._versions or any(
            now.shape != before.shape or not torch.equal(now.detach(), before) for now, before in self._kept
        )


def writes_to(optimizer: AnyOptimizer) -> int:
    """Return a number that grows with every write to the parameters that PyTorch has seen."""
    return sum(p._version for p in _parameters(optimizer))  # noqa: SLF001


def check_reach(optimizers: Sequence[torch.optim.Optimizer]) -> None:
    """Raise LossError when, after a backward pass, no parameter has a gradient."""
    error = _unreached(optimizers)
    if error is not None:
        raise error


def _unreached(optimizers: Sequence[Any]) -> LossError | None:
    parameters = [p for one in optimizers for p in _parameters(one)]
    if any(
        p.grad is not None or any(getattr(p, name, None) is not None for name in OTHER_GRADIENTS)
        for p in parameters
    ):
        return None
    count = f"{len(parameters)} parameter{'s' * (len(parameters) != 1)}"
    kinds = " and ".join(type(one).__name__ for one in optimizers)
    return LossError(
        f"the loss reaches none of the {count} that {kinds} holds: after the backward pass they have no "
        "gradient, so that no rate changes anything. Either the loss comes from another model than the one "
        "that the optimizer was made for, or there is a detach(), a no_grad() or a .data on the way, or "
        "these parameters have requires_grad=False."
    )


def _foreign_rate(number: int, now: Any, given: Any, *, by_update: bool) -> str:
    who = "update_fn" if by_update else "step_fn, the model or a hook"
    return (
        f"the optimizer stepped with lr={_number(now)} in its param_groups[{number}], where the sweep had "
        f"written {_number(given)}: {who} writes a rate of its own before the step. Leave that out while a "
        "sweep is on (a schedule written by hand, a scheduler.step() before optimizer.step()): the sweep "
        "sets the rates. A scheduler that steps after the optimizer does no harm."
    )


def _number(lr: Any) -> str:
    try:
        return f"{float(lr):.6g}"
    except (TypeError, ValueError, RuntimeError):
        return repr(lr)


def _parameters(optimizer: Any) -> list[torch.Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _kinds(optimizer: AnyOptimizer) -> str:
    return " and ".join(type(part).__name__ for part in parts_of(optimizer))


def _shares_parameters(one: Any, other: Any) -> bool:
    held = {id(p) for p in _parameters(other)}
    return any(id(p) in held for p in _parameters(one))


def _holds_compiled(function: Any, *others: Any) -> bool:
    """Return whether a function is, or directly refers to, one that ``torch.compile`` has made."""
    if "torch._dynamo" not in sys.modules:  # nothing was compiled yet
        return False
    near: list[Any] = [function, getattr(function, "func", None), getattr(function, "__self__", None)]
    near += [
        vars(part).get("step") for other in others for part in parts_of(other) if hasattr(part, "__dict__")
    ]
    for thing in list(near):
        inner = getattr(thing, "__func__", thing)
        for cell in getattr(inner, "__closure__", None) or ():
            with suppress(ValueError):  # not assigned yet
                near.append(cell.cell_contents)
        names = getattr(getattr(inner, "__code__", None), "co_names", ())
        space = getattr(inner, "__globals__", {})
        near += [space[name] for name in names if name in space]
        near += list(getattr(thing, "__dict__", {}).values())
    return any(
        hasattr(thing, "_torchdynamo_orig_callable")
        for thing in near
        if not isinstance(thing, torch.nn.Module)
    )
