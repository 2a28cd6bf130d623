"""What holds around the sweep of a variant: a seed, options of the optimizer; given back as they were."""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrwidget.engine.state.rng import generator_states
from lrwidget.engine.variants.loaders import generators_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from torch import nn

    from lrwidget.engine.rates.optimizers import AnyOptimizer

__all__ = ["conditions", "kept_random_state", "with_options", "zero_stays"]


@contextmanager
def kept_random_state(model: nn.Module, generators: Iterable[torch.Generator] = ()) -> Iterator[None]:
    """Give back the random state of the process, and of some generators, when the block is left."""
    states = generator_states({parameter.device for parameter in model.parameters()})
    with ExitStack() as last_to_first:
        for state in states:
            last_to_first.callback(state.give_back)
        for generator in generators:
            last_to_first.callback(generator.set_state, generator.get_state())
        yield


@contextmanager
def with_options(optimizer: AnyOptimizer, options: Mapping[str, Any]) -> Iterator[None]:
    """Have the param groups hold other options inside the block; the very objects come back."""
    with ExitStack() as last_to_first:
        for name, value in options.items():
            having = [group for group in optimizer.param_groups if name in group]
            for group in having:
                held = group[name]
                if zero_stays(name, held, having):
                    continue
                last_to_first.callback(group.__setitem__, name, held)
                group[name] = _like(held, value)
        yield


def zero_stays(name: str, held: Any, groups: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a group's weight decay of 0 is meant, for others decay: it holds biases or norms."""
    return name == "weight_decay" and float(held) == 0 and any(float(group[name]) for group in groups)


@contextmanager
def conditions(
    model: nn.Module,
    optimizer: AnyOptimizer,
    loader: object,
    *,
    options: Mapping[str, Any],
    seed: int | None,
    around: Callable[[], AbstractContextManager[object]] | None,
) -> Iterator[None]:
    """Hold all that a variant wants around its sweep, and what the user wants within that."""
    with ExitStack() as last_to_first:
        if seed is not None:
            generators = list(generators_of(loader))
            last_to_first.enter_context(kept_random_state(model, generators))
            _seed_all(seed, generators)
        last_to_first.enter_context(with_options(optimizer, options))
        if around is not None:
            last_to_first.enter_context(around())
        yield


def _seed_all(seed: int, generators: Iterable[torch.Generator]) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the one that transforms draw from
    torch.manual_seed(seed)
    for generator in generators:
        generator.manual_seed(seed)


def _like(held: Any, value: Any) -> Any:
    """Return a value as a group holds it: where that is a tensor, one of its kind."""
    if isinstance(held, torch.Tensor) and not isinstance(value, torch.Tensor):
        return torch.full_like(held, value)
    return value
