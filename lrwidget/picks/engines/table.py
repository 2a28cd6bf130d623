"""What other engines would pick from a sweep: their smoothing, their slice, their rule, exactly.

For comparison; none of them is on the menu. Each reads the raw losses through its own running mean. Their
rules for stopping are not applied: a sweep is taken as far as it ran.

Each engine has a file beside this one, which says how it answers, and where its source is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from lrwidget.curves.smoothing import debiased_ema, ema
from lrwidget.picks.engines import athena, fastai, ignite, lightning, torch_lr_finder
from lrwidget.picks.sweep import Choice, Rule, Sweep

if TYPE_CHECKING:
    from lrwidget.curves.axis import FloatArray

__all__ = ["PEER_RULES", "PeerRules"]

OnArrays = Callable[["FloatArray", "FloatArray"], Choice]


def _fastai(rule: OnArrays) -> Rule:
    """``h[i] = v / (1 - .98**(i+1))``, points ``[num_iter // 10 : -5]``, up to the first NaN."""

    def choose(sweep: Sweep) -> Choice:
        with np.errstate(all="ignore"):
            return rule(*fastai.fastai_part(sweep.lr, debiased_ema(sweep.loss), sweep.num_iter))

    return choose


def _ema(rule: OnArrays) -> Rule:
    """``h[i] = .05 * l[i] + .95 * h[i-1]`` from ``h[0] = l[0]``: pytorch-lr-finder, Athena and ignite."""
    return lambda sweep: rule(sweep.lr, ema(sweep.loss, 0.05))


def _lightning(rule: OnArrays) -> Rule:
    """``h[i] = v / (1 - .98**(i+2))``: the exponent is one step ahead."""
    return lambda sweep: rule(sweep.lr, debiased_ema(sweep.loss, ahead=1))


class PeerRules(Mapping[str, Rule]):
    """The rules of other engines by name, each as that engine picks: ``history.suggest("lightning")``.

    "fastai-valley", "fastai-slide", "fastai-minimum", "fastai-steep" (fastai 2.8), "torch-lr-finder" (0.2),
    "lightning" (2.5.3 and later), "lightning-2.5.2" (and before), "ignite" (0.5), "athena-steepest" and
    "athena-minimum". Nothing in it can be changed.

    Parameters
    ----------
    rules : mapping of str to callable
        Each from a sweep to a choice.
    """

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = MappingProxyType(dict(rules))

    def __getitem__(self, name: str) -> Rule:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


PEER_RULES = PeerRules(
    {
        "fastai-valley": _fastai(fastai.fastai_valley),
        "fastai-slide": _fastai(fastai.fastai_slide),
        "fastai-minimum": _fastai(fastai.fastai_minimum),
        "fastai-steep": _fastai(fastai.fastai_steep),
        "torch-lr-finder": _ema(torch_lr_finder.torch_lr_finder_steepest),
        "lightning": _lightning(lightning.lightning_steepest),
        "lightning-2.5.2": _lightning(lightning.lightning_old),
        "ignite": _ema(ignite.ignite_steepest),
        "athena-steepest": _ema(athena.athena_steepest),
        "athena-minimum": _ema(athena.athena_minimum),
    }
)
