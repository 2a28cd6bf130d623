"""Ignite: an Engine's own update function takes the steps.

::

    trainer = create_supervised_trainer(model, optimizer, criterion)
    w = lrwidget.integrations.ignite.widget(trainer, model, optimizer, train_loader)
    w  # press Run, then Accept: trainer.run(train_loader, max_epochs=3) trains with that rate

The trainer's state and handlers are after a sweep what they were before. In a sweep no handler is called,
because loggers, checkpoints and schedulers are handlers, and none of them is to see these steps: neither by
the Engine's own events, nor by those that the update function fires itself.

An update function that accumulates over n batches steps the optimizer at every n-th rate only: give ``n *
num_iter`` as ``num_iter``.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.checks import check_processes
from lrwidget.errors import SettingsError, SetupError
from lrwidget.integrations.borrowed import kept
from lrwidget.integrations.frameworks import framework
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.lrwidget import LRWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["widget"]


def widget(
    trainer: Any,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    train_loader: Iterable[Any],
    *,
    output_transform: Callable[[Any], Any] | None = None,
    **settings: Any,
) -> LRWidget:
    """Return a widget whose every step is one call of ``trainer``'s update function.

    Parameters
    ----------
    trainer : ignite.engine.Engine
        Its update function is called as in ``trainer.run``: with the trainer, whose ``state`` counts
        iterations and holds the batch, and the batch.
    model, optimizer
        What the update function trains.
    train_loader : iterable
        What ``trainer.run`` would be given.
    output_transform : callable, optional
        Takes what the update function returns, returns the loss: a number or a tensor of one element, or
        ``(loss, output, target)`` for a ``metric``. When left out, the loss is the output itself, its entry
        ``"loss"``, or the only number in a tuple.
    **settings
        Those of :class:`~lrwidget.LRWidget`: ``start_lr``, ``end_lr``, ``num_iter``, ``rule``, ... To
        evaluate on a ``val_loader`` or on ``fixed_batches``, add a ``criterion`` or a ``step_fn``: an update
        function trains, and so cannot be called for that. A ``grad_scaler`` is found where the update
        function names it; pass one that it holds in another way, so that it too is as before.

    Returns
    -------
    LRWidget

    Raises
    ------
    ImportError
        When ignite is not installed.
    SetupError
        When ``trainer`` is no Engine; in one of several processes; for evaluation with nothing to evaluate
        by. In a sweep, when what the update function returns has no one loss in it.
    SettingsError
        When a setting cannot work, or is one that the trainer decides.
    """
    engine = framework("ignite.engine", "pytorch-ignite").Engine
    yours = ("step_fn", "grad_scaler")
    refuse_own({name: value for name, value in settings.items() if name not in yours}, "the trainer")
    if not isinstance(trainer, engine):
        raise SetupError(
            f"trainer must be an ignite.engine.Engine; got a {type(trainer).__name__}. Of a function from a "
            "batch to its loss, make an LRWidget with update_fn=... or step_fn=..."
        )
    check_processes()
    if output_transform is not None and not callable(output_transform):
        raise SettingsError(
            "output_transform must be a function from what the update function returns to the loss, or None; "
            f"got {output_transform!r}."
        )
    criterion = settings.pop("criterion", None)
    evaluation = next(
        (name for name in ("val_loader", "fixed_batches") if settings.get(name) is not None), None
    )
    if evaluation is not None and criterion is None and settings.get("step_fn") is None:
        raise SetupError(
            f"{evaluation} needs a way to a loss without training, and the trainer's update function trains. "
            "Pass criterion=..., for batches (x, y), or step_fn=..., a function from a batch to its loss."
        )
    loss_of = output_transform or _loss_in
    return LRWidget(
        model,
        optimizer,
        criterion,
        train_loader,
        settings.pop("val_loader", None),
        update_fn=lambda batch: loss_of(_update(trainer, batch)),
        grad_scaler=settings.pop("grad_scaler", None) or _scaler(trainer),
        around=partial(_around, trainer, train_loader),
        **settings,
    )


@contextmanager
def _around(trainer: Any, train_loader: Any) -> Iterator[None]:
    """Have the trainer as within a run, but with no handlers, and afterwards as it was."""
    with kept([trainer], ["ignite"]):
        state = trainer.state
        trainer._event_handlers = defaultdict(list)  # noqa: SLF001 - all of them, whoever attached them
        state.epoch = max(1, state.epoch)
        state.dataloader = train_loader
        if state.epoch_length is None and hasattr(train_loader, "__len__"):
            state.epoch_length = len(train_loader)
        yield


def _update(trainer: Any, batch: Any) -> Any:
    """Do what ``trainer.run`` does with a batch, between two events."""
    state = trainer.state
    state.batch, state.output = batch, None
    state.iteration += 1
    state.output = trainer._process_function(trainer, batch)  # noqa: SLF001 - nothing public calls it once
    return state.output


def _scaler(trainer: Any) -> Any:
    """Return the gradient scaler that the update function uses, as far as can be seen."""
    with suppress(TypeError, ValueError):  # no function of Python's; a variable without a value yet
        seen = inspect.getclosurevars(trainer._process_function)  # noqa: SLF001
        for value in (*seen.nonlocals.values(), *seen.globals.values()):
            if isinstance(value, torch.amp.GradScaler):
                return value
    return getattr(trainer.state, "scaler", None)  # where ignite puts one that it made itself


def _loss_in(output: Any) -> Any:
    """Return the one loss in what an update function returned."""
    if _is_loss(output):
        return output
    if isinstance(output, Mapping) and "loss" in output:
        return output["loss"]
    if isinstance(output, (tuple, list)):
        found = [item for item in output if _is_loss(item)]
        if len(found) == 1:
            return found[0]
    raise SetupError(
        f"the trainer's update function returned {_named(output)}, and which part of it is the loss is not "
        "known. Pass output_transform=..., a function from that to the loss: for example "
        "output_transform=lambda output: output[0]."
    )


def _is_loss(value: object) -> bool:
    if isinstance(value, torch.Tensor):
        return value.numel() == 1
    return isinstance(value, Real) and not isinstance(value, bool)


def _named(output: Any) -> str:
    if isinstance(output, Mapping):
        return f"a {type(output).__name__} with {', '.join(map(repr, output)) or 'nothing in it'}"
    if isinstance(output, (tuple, list)):
        return f"a {type(output).__name__} of ({', '.join(map(_named, output))})"
    if isinstance(output, torch.Tensor):
        return f"a tensor of shape {tuple(output.shape)}"
    return "None" if output is None else f"a {type(output).__name__}"
