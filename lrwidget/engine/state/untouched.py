"""What must not be changed by looking: an evaluation that leaves everything as it found it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import nn

from lrwidget.engine.state.keeper import Keeper, attempt, has_changed
from lrwidget.engine.state.kinds import KINDS
from lrwidget.engine.state.memory import nbytes
from lrwidget.engine.state.parts import Part
from lrwidget.engine.state.stand_ins import StandIn
from lrwidget.engine.state.walk import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrwidget.engine.state.failures import Failure

__all__ = ["Untouched"]

#: Bytes. A larger tensor is no counter and no memory of an evaluation.
_LARGEST = 64 * 2**20


class Untouched:
    """Gives back, after each time, what was changed: hidden state, memories, counters, captured variables.

    The first time everything that can be reached is remembered, and what was changed is found. From then on
    only that is remembered. Parameters are left out: without gradients nobody writes to them.

    Parameters
    ----------
    roots : iterable of (str, object)
        Where to look, each with a name.
    """

    def __init__(self, roots: Iterable[tuple[str, object]]) -> None:
        self._roots = list(roots)
        self._moved: list[Part] | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Enter before an evaluation; all is back when it is left, whatever happened.

        Raises
        ------
        BaseException
            Why something could not be given back; everything else was.
        """
        if self._moved is None:
            parts = self._everything()
        else:
            parts = self._moved
            for part in parts:
                part.take()
        for part in parts:
            if isinstance(part, StandIn):
                part.install()
        failed: list[Failure] = []
        try:
            yield
        finally:
            if self._moved is None:
                parts = self._moved = [
                    part for part in parts if isinstance(part, StandIn) or has_changed(part)
                ]
            failed = attempt(parts)
        for _, error in failed:  # training would go on from what an evaluation has changed
            raise error

    def _everything(self) -> list[Part]:
        values = _Values()
        keeper = Keeper(KINDS, values)
        for label, root in self._roots:
            if root is not None:
                keeper.walk(root, label, Way(by_function=not isinstance(root, nn.Module)))
        return [*keeper.parts, *values.parts]


class _Values:
    """Takes copies of tensors that an evaluation may write to."""

    def __init__(self) -> None:
        self.parts: list[Part] = []

    def add(self, tensor: torch.Tensor, label: str, *, frozen: bool = False) -> None:  # noqa: ARG002
        plain = type(tensor) is torch.Tensor and tensor.layout == torch.strided and not tensor.is_meta
        if plain and not tensor.is_quantized and nbytes((tensor,)) <= _LARGEST:
            self.parts.append(_ValuesOf(label, tensor))


class _ValuesOf(Part):
    """The values of one plain tensor."""

    __slots__ = ("kept", "tensor")

    def __init__(self, label: str, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        super().__init__(label)

    def take(self) -> None:
        with torch.inference_mode(False), torch.no_grad():
            self.kept = self.tensor.detach().clone()

    def differs(self) -> bool:
        now = self.tensor.detach()
        return now.shape != self.kept.shape or not torch.equal(now, self.kept)

    def give_back(self) -> None:
        if self.differs():
            with torch.inference_mode(False), torch.no_grad():
                self.tensor.data.copy_(self.kept)
