"""Steps through a gradient scaler, which skips those whose gradients overflow."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from lrwidget.engine.rates.optimizers import SCHEDULER_MARKS
from lrwidget.errors import LossError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

__all__ = ["Scaler"]

# An fp16 scaler finds its scale in a few skipped steps; more in a row mean that it never will.
MOST_SKIPS = 50


class Scaler:
    """The user's gradient scaler, with the optimizers it steps.

    Whether a step was skipped is seen from the optimizer's ``step`` not having been called. To compare scales
    instead, as is common, is to wait for the device twice a step; it is left to optimizers that skip on the
    device themselves (the fused ones), and to wrappers that call no hooks: once a step there.

    Parameters
    ----------
    scaler : torch.amp.GradScaler
    optimizers : sequence of torch.optim.Optimizer
    """

    def __init__(self, scaler: Any, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        self._scaler = scaler
        self._optimizers = optimizers
        self._by_calls = all(map(_is_called_only_to_step, optimizers))
        self._scale: float | None = None
        self._in_a_row = 0
        self.skipped = 0

    def scaled(self, loss: torch.Tensor) -> torch.Tensor:
        """Return the loss, scaled."""
        scaled: torch.Tensor = self._scaler.scale(loss)
        return scaled

    def step(self, clip: Callable[[], None] | None) -> bool:
        """Step and update the scale; return whether every optimizer really stepped.

        Parameters
        ----------
        clip : callable or None
            Clips the gradients once they are unscaled.

        Raises
        ------
        LossError
            When step after step was skipped.
        """
        if not self._by_calls and self._scale is None:
            self._scale = self._scaler.get_scale()
        if clip is not None:
            for optimizer in self._optimizers:
                self._scaler.unscale_(optimizer)
            clip()
        if self._took_all():
            self._in_a_row = 0
            return True
        self.skipped += 1
        self._in_a_row += 1
        if self._in_a_row >= MOST_SKIPS:
            raise LossError(
                f"the gradient scaler skipped {MOST_SKIPS} steps in a row (its scale is now "
                f"{self._scaler.get_scale():.3g}): the gradients overflow at every scale. Train in bfloat16 "
                "or float32, or look for a division by zero in the loss."
            )
        return False

    def _took_all(self) -> bool:
        steps: list[object] = []
        with ExitStack() as hooks:
            for optimizer in self._optimizers:
                if self._by_calls:
                    hooks.callback(optimizer.register_step_post_hook(lambda *_: steps.append(1)).remove)
                self._scaler.step(optimizer)
        self._scaler.update()
        if self._by_calls:
            return len(steps) >= len(self._optimizers)
        before, self._scale = self._scale or 0.0, self._scaler.get_scale()
        return bool(self._scale >= before)  # only an overflow lowers the scale


def _is_called_only_to_step(optimizer: torch.optim.Optimizer) -> bool:
    # PyTorch's mark on a step that calls its hooks.
    hooked = getattr(getattr(type(optimizer), "step", None), "hooked", False)
    # A compiled step must not meet a new hook every time; a scheduler's only counts.
    own = vars(optimizer).get("step")
    replaced = own is not None and not any(hasattr(own, mark) for mark in SCHEDULER_MARKS)
    return bool(hooked) and not replaced and not getattr(optimizer, "_step_supports_amp_scaling", False)
