"""Which tensors that nobody trains are copied all the same, and which are only looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from lrwidget.engine.state.memory import nbytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

__all__ = ["COPIED_ANYWAY", "COPIED_SHARE", "TWINS", "only_looked_at"]

#: Of frozen tensors so many bytes are copied, whatever they are, or this share of them all if that is more.
COPIED_ANYWAY = 16e6
COPIED_SHARE = 0.05
#: For each trained tensor so many frozen ones of its shape and dtype are taken for averages of it.
TWINS = 2


def only_looked_at(tensors: Sequence[torch.Tensor], frozen: Sequence[bool]) -> set[int]:
    """Return the indices of those that are not copied: see :class:`.tensors.TensorStore`.

    Parameters
    ----------
    tensors : sequence of torch.Tensor
    frozen : sequence of bool
        Of each, whether nobody trains it.
    """
    if not any(frozen):
        return set()
    sizes = {index: nbytes([tensors[index]]) for index, is_frozen in enumerate(frozen) if is_frozen}
    budget = max(COPIED_ANYWAY, COPIED_SHARE * sum(sizes.values()))
    if sum(sizes.values()) <= budget:
        return set()
    trained = Counter(
        (tensor.shape, tensor.dtype)
        for tensor, is_frozen in zip(tensors, frozen, strict=True)
        if not is_frozen
    )
    twins = {kind: TWINS * count for kind, count in trained.items()}
    rest: set[int] = set()
    for index in sorted(sizes, key=sizes.__getitem__):
        kind = (tensors[index].shape, tensors[index].dtype)
        if sizes[index] <= budget:
            budget -= sizes[index]
        elif twins.get(kind, 0) > 0:
            twins[kind] -= 1
        else:
            budget = 0  # the next is no smaller
            rest.add(index)
    return rest
