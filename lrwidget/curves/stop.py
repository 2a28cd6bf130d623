"""When a sweep has seen enough: one loss at a time, at constant cost."""

from __future__ import annotations

import heapq
import math
from bisect import insort
from statistics import median
from typing import TYPE_CHECKING, Literal

from lrwidget.curves.smooth_curve import CLEAR, head_size
from lrwidget.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Robust", "StopRule", "first_stop"]

Robust = bool | Literal["negative"]

# How many losses tell the spread that stands in for |best| when the best loss is close to zero.
SPREAD_LOSSES = 10
# How many losses in a row must lie above the rim of the valley before `early_stop` stops.
EARLY_PATIENCE = 5
# How many sd of single losses above the flat start the rim lies at least, once there is a valley.
RIM_NOISE = 2.0
# At most so many losses tell that sd, so that a step of a long sweep costs no more than one of a short.
NOISE_LOSSES = 100
# An sd told by n losses counts as 1 + 5 / n times itself.
FEW = 5.0
# From the median size of the steps between independent Gaussian losses to their sd.
SD_OF_A_STEP = 1.4826 / math.sqrt(2)


class StopRule:
    """Watches the losses of one sweep and says when to stop.

    Parameters
    ----------
    diverge_th : float
        Diverged once ``h > best + (diverge_th - 1) * max(|best|, scale)``: ``h`` is the running mean of the
        losses, ``best`` the smallest ``h`` so far (this one included), ``scale`` the robust spread
        ``1.4826 * MAD`` of the first ten earlier losses. For ordinary positive losses, where
        ``best >= scale``, this is ``h > diverge_th * best``, and it does not fire at once on negative
        ones. ``inf`` switches it off.
    smooth_f : float
        Weight of the NEW loss in the running mean (pytorch-lr-finder's), in [0, 1]; 0 = the raw loss.
    early_stop : bool
        Also stop when 5 losses in a row lie above the rim of the first valley: with ``base`` the median of
        the first ``max(5, int(.15 num_iter))`` losses, ``lo`` the mean of the 3 smallest so far, and
        ``noise`` the sd of single losses, ``base + max(.3 (base - lo), 2 noise)`` once ``base - lo`` is at
        least 10 % of ``|base|`` and 3.5 ``noise``; before that ``base + 3 max(|base|, noise)``. ``noise`` is
        told by the spread of the flat start and by the steps from loss to loss; it is meant for losses
        that scatter independently, and one that wanders slowly can still be stopped.
    num_iter : int or None
        Planned number of losses; needed by ``early_stop`` only.
    head : int, optional
        How many of the first losses make up the flat start, where the rates do not lie evenly; see
        :func:`lrwidget.curves.smooth_curve.flat_start`.
    robust : bool or "negative"
        False = pytorch-lr-finder's own ``h > diverge_th * best``, at any sign; "negative" = that rule while
        ``best`` is positive, however small, and the one above where it is not.
    """

    def __init__(
        self,
        diverge_th: float = 5.0,
        smooth_f: float = 0.05,
        early_stop: bool = False,
        *,
        num_iter: int | None = None,
        head: int | None = None,
        robust: Robust = True,
    ) -> None:
        if early_stop and num_iter is None:
            raise SettingsError("early_stop needs num_iter, the planned number of losses; got num_iter=None.")
        self._threshold = diverge_th
        self._smooth_f, self._rest = smooth_f, 1 - smooth_f
        self._robust = robust
        self._first: list[float] = []
        self._scale = 0.0
        self._mean: float | None = None
        self._best = math.inf
        self._rim = None
        if early_stop and num_iter is not None:
            self._rim = _Rim(head_size(num_iter) if head is None else head)

    def update(self, loss: float) -> Literal["diverged", "non-finite"] | None:
        """Take the next raw loss; return why to stop after it, or None to go on."""
        if not math.isfinite(loss):
            return "non-finite"
        mean = self._mean
        mean = loss if mean is None or not self._smooth_f else self._smooth_f * loss + self._rest * mean
        self._mean = mean
        self._best = min(self._best, mean)
        diverged = mean > self._limit()
        # The loss under judgement is no part of the spread it is judged by.
        if len(self._first) < SPREAD_LOSSES:
            self._first.append(loss)
            self._scale = _spread(self._first)
        # The rim must see every loss, so it is asked first.
        if self._rim is not None and self._rim.left_behind(loss):
            diverged = True
        return "diverged" if diverged else None

    def _limit(self) -> float:
        best, threshold = self._best, self._threshold
        if math.isinf(threshold):
            return math.inf
        # Below, the product would be a limit lower than the best itself.
        plain = best > 0 and (self._robust == "negative" or best >= self._scale)
        if plain or self._robust is False:
            return threshold * best
        return best + (threshold - 1) * max(abs(best), self._scale)


class _Rim:
    """The rim of the first valley: whether the loss has stayed above it."""

    def __init__(self, head: int) -> None:
        self._head_size = head
        self._head: list[float] = []
        self._base = math.nan
        self._spread = math.nan  # of the flat start
        # The three smallest, negated: a heap whose first is the largest of them.
        self._lowest: list[float] = []
        self._noise_losses = min(3 * self._head_size, NOISE_LOSSES)
        self._steps: list[float] = []  # their sizes, sorted
        self._last = math.nan
        self._above = 0

    def left_behind(self, loss: float) -> bool:
        """Take the next loss; return whether it and the four before it lie above the rim."""
        if len(self._lowest) < 3:
            heapq.heappush(self._lowest, -loss)
        else:
            heapq.heappushpop(self._lowest, -loss)
        if len(self._steps) + 1 < self._noise_losses and not math.isnan(self._last):
            insort(self._steps, abs(loss - self._last))
        self._last = loss
        if len(self._head) < self._head_size:
            self._head.append(loss)
            if len(self._head) == self._head_size:
                self._base, self._spread = median(self._head), _spread(self._head)
            return False
        self._above = self._above + 1 if loss > self._rim() else 0
        return self._above >= EARLY_PATIENCE

    def _rim(self) -> float:
        base, noise = self._base, self._noise()
        depth = base + sum(self._lowest) / len(self._lowest)
        if depth >= max(0.1 * abs(base), CLEAR * noise) and depth > 0:
            return base + max(0.3 * depth, RIM_NOISE * noise)
        return base + 3 * max(abs(base), noise)

    def _noise(self) -> float:
        """Return the sd of single losses; of few losses it is uncertain, and then rather too large."""
        middle = len(self._steps) // 2
        size = self._steps[middle] if len(self._steps) % 2 else sum(self._steps[middle - 1 : middle + 1]) / 2
        # Losses that follow each other smoothly scatter more widely than their steps tell.
        count = len(self._steps) + 1
        return max(self._spread, SD_OF_A_STEP * size) * (1 + FEW / count)


def first_stop(
    losses: Iterable[float],
    diverge_th: float = 5.0,
    smooth_f: float = 0.05,
    early_stop: bool = False,
    *,
    num_iter: int | None = None,
    robust: Robust = True,
) -> tuple[int, Literal["diverged", "non-finite"]] | None:
    """Return where and why :class:`StopRule` stops first, as ``(index, reason)``, or None.

    Parameters
    ----------
    losses : iterable of float
        Raw losses in order. The stopping one, at ``index``, is the last that a sweep keeps.
    diverge_th, smooth_f, early_stop, num_iter, robust
        As for :class:`StopRule`; ``num_iter=None`` means the number of losses given.
    """
    values = [float(loss) for loss in losses]
    planned = len(values) if num_iter is None else num_iter
    rule = StopRule(diverge_th, smooth_f, early_stop, num_iter=planned, robust=robust)
    for index, loss in enumerate(values):
        reason = rule.update(loss)
        if reason is not None:
            return index, reason
    return None


def _spread(values: list[float]) -> float:
    """Return ``1.4826`` times the median absolute deviation: the sd, for Gaussian values."""
    middle = median(values)
    return 1.4826 * median(abs(value - middle) for value in values)
