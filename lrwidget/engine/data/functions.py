"""Functions as loaders: what people have who draw their batches themselves."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.utils.data import DataLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FunctionLoader", "as_loader", "wanted_arguments"]


class FunctionLoader:
    """A function without arguments, as a loader.

    Called for each pass. If it gives an iterator (a generator function does) or a DataLoader, that is one
    pass. Anything else is a batch, and each further call gives the next one, without end; where the function
    raises StopIteration, the pass is over.

    Parameters
    ----------
    function : callable
    """

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function

    def __iter__(self) -> Iterator[Any]:
        try:
            first = self.function()
        except StopIteration:
            return iter(())
        if isinstance(first, DataLoader):
            return iter(first)
        return first if hasattr(first, "__next__") else _Calls(self.function, first)


class _Calls:
    """One batch a call."""

    def __init__(self, function: Callable[[], Any], first: Any) -> None:
        self._function = function
        self._first = [first]

    def __iter__(self) -> _Calls:
        return self

    def __next__(self) -> Any:
        return self._first.pop() if self._first else self._function()


def as_loader(source: Any) -> Any:
    """Return a function as a loader; anything else as it is."""
    is_loader = hasattr(source, "__iter__") or hasattr(source, "__getitem__") or hasattr(source, "__next__")
    if is_loader or not callable(source) or isinstance(source, (type, nn.Module)):
        return source
    return FunctionLoader(source)


def wanted_arguments(function: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments that a function cannot be called without."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in another language
        return []
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind not in kinds]
