"""While one thread sweeps a model, keep every other from running or stepping it by mistake.

A sweep in the background leaves the kernel free, and the next cell may train the very model that is being
swept. Neither would be worth anything then: the curve would show both trainings, the restore undo both.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lrwidget.engine.rates.optimizers import AnyOptimizer, parts_of
from lrwidget.engine.step.compiling import is_compiling
from lrwidget.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["guarded"]


_TEXT = (
    "a learning-rate sweep is training this model now (step {} of {}), in another thread; both at once would "
    "spoil each other. Wait until it is over (w.wait() of the widget), or end it (w.stop(), then w.wait()): "
    "the model is then as it was before."
)


@contextmanager
def guarded(
    model: nn.Module, optimizer: AnyOptimizer, progress: Callable[[], tuple[int, int]]
) -> Iterator[None]:
    """Have the model and the optimizer refuse all threads but this one inside the block.

    Parameters
    ----------
    model : torch.nn.Module
        Its ``forward`` raises StateError elsewhere, before anything is computed; that of each module in a
        ModuleList or ModuleDict too, which has none of its own. Calls of single layers are not seen.
    optimizer : torch.optim.Optimizer, or several as one
        Its ``step`` raises StateError elsewhere, before anything is changed.
    progress : callable
        Gives the steps done and those in all, for the text of the error.
    """
    sweeper = threading.get_ident()
    held = set(_callable_modules(model))

    def refuse(owner: Any, *_: object) -> None:
        if is_compiling():  # it would break what the sweep compiles in two
            return
        # Replicas of the model (DataParallel's) run in threads of the sweep's own, and so does what autograd
        # computes anew, in threads that Python has not started.
        if threading.get_ident() == sweeper or (isinstance(owner, nn.Module) and owner not in held):
            return
        if not isinstance(threading.current_thread(), threading._DummyThread):  # noqa: SLF001
            raise StateError(_TEXT.format(*progress()))

    with ExitStack() as hooks:
        for module in held:
            hooks.callback(module.register_forward_pre_hook(refuse, prepend=True).remove)
        for part in _hookable(optimizer):
            hooks.callback(part.register_step_pre_hook(refuse).remove)
        yield


def _callable_modules(model: nn.Module) -> Iterator[nn.Module]:
    if isinstance(model, (nn.ModuleList, nn.ModuleDict)):
        for child in model.children():
            yield from _callable_modules(child)
    elif not isinstance(model, torch.jit.ScriptModule):  # those take no hooks
        yield model


def _hookable(optimizer: AnyOptimizer) -> Iterator[torch.optim.Optimizer]:
    for part in parts_of(optimizer):
        # A wrapper may have no hooks of its own, and step the optimizer it holds.
        for one in (part, *vars(part).values()):
            if isinstance(one, torch.optim.Optimizer) and hasattr(one, "_optimizer_step_pre_hooks"):
                yield one
                break
