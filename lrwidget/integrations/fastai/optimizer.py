"""A fastai Learner's optimizer as the engine knows optimizers, and the places that hold its rate.

fastai's Optimizer is none of PyTorch's: it keeps parameters and hyper-parameters (``hypers``) apart, and its
``param_groups`` are copies. Here they are read and written in place.

The order is the other way round: fastai's last group, the head, is the first here, because the first group's
rate is the one that is swept, drawn and accepted, and fastai calls its head's rate "the" rate too.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

__all__ = ["LearnerOptimizer", "LearnerRate"]


class LearnerOptimizer:
    """The optimizer that ``learn.fit`` would use next, with the rates it would begin with.

    Parameters
    ----------
    learn : fastai.learner.Learner
        Its ``opt`` may be None: there is one inside :meth:`bound`.
    """

    def __init__(self, learn: Any) -> None:
        self._learn = learn
        self._opt: Any = None
        self._groups: list[Any] = []
        self._state: Any = {}
        # What steps change, in containers of Python's own: the engine's snapshot finds all that is in them.
        self._held: list[Any] = []

    @property
    def param_groups(self) -> list[Any]:
        """The groups, the head first. Outside of :meth:`bound` they can only be read."""
        if self._opt is not None:
            return self._groups
        lists = _param_lists(self._learn)
        rates = _spread(_rate_of(self._learn), len(lists))
        return [{"params": list(own), "lr": rate} for own, rate in zip(lists, rates, strict=True)][::-1]

    @property
    def state(self) -> Any:
        """What the optimizer remembers of each parameter."""
        return self._state

    def zero_grad(self) -> None:
        """Set all gradients to zero."""
        self._opt.zero_grad()

    def step(self) -> None:
        """Take a step."""
        self._opt.step()

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Have ``learn.opt`` as ``learn.fit`` begins with it, and its hypers afterwards as they were.

        An optimizer that is made here is not taken away again: that is up to whoever keeps the Learner.
        """
        learn = self._learn
        before = [_kept_torch(inner) for inner in _torch_optimizers(learn.opt, learn.opt_func)]
        hypers = [] if learn.opt is None else [(each, dict(each)) for each in learn.opt.hypers]
        try:
            if not learn.opt:
                learn.create_opt()
            if learn.wd is not None:
                learn.opt.set_hypers(wd=learn.wd)
            learn.opt.set_hypers(lr=learn.lr)
            self._bind(learn.opt)
            yield
        finally:
            self._opt, self._groups, self._state, self._held = None, [], {}, []
            for held, items in hypers:
                held.update(items)
            for inner, state, groups in before:
                inner.state = state
                for group, items in groups:
                    group.update(items)

    def _bind(self, opt: Any) -> None:
        layers = [opt]
        while "opt" in vars(layers[-1]):  # Lookahead, OptimWrapper
            layers.append(vars(layers[-1])["opt"])
        inmost = layers[-1]
        if isinstance(inmost, torch.optim.Optimizer):
            self._groups = inmost.param_groups[::-1]
        else:
            pairs = zip(inmost.param_lists, inmost.hypers, strict=True)
            self._groups = [_Group(list(own), hypers) for own, hypers in pairs][::-1]
        slow = [list(own) for layer in layers for own in vars(layer).get("slow_weights") or ()]
        self._held = [*map(vars, layers), list(getattr(inmost, "hypers", ())), slow]
        self._state = inmost.state
        self._opt = opt


class LearnerRate:
    """Where a Learner keeps its rate, as one place to write to.

    Reading ``lr`` gives all that there is; writing that gives it back. Writing a number makes it the rate of
    the head: a slice or list keeps its ratios, and the hypers are as the next fit sets them.

    Parameters
    ----------
    learn : fastai.learner.Learner
    """

    def __init__(self, learn: Any) -> None:
        self._learn = learn

    @property
    def lr(self) -> Any:
        """All that holds the rate now."""
        learn = self._learn
        rates = [] if learn.opt is None else [hypers["lr"] for hypers in learn.opt.hypers]
        return _Held(learn.lr, learn.opt_func, learn.opt, rates)

    @lr.setter
    def lr(self, value: Any) -> None:
        learn = self._learn
        if isinstance(value, _Held):
            learn.lr, learn.opt_func, rates = value.lr, value.opt_func, value.rates
            if learn.opt is not value.opt:  # made since
                rates = learn.lr
        else:
            learn.lr = rates = _scaled(_rate_of(learn), float(value))
            function = learn.opt_func
            if isinstance(function, partial) and "lr" in function.keywords:  # create_opt takes that one
                learn.opt_func = partial(function, lr=rates)
        if learn.opt is not None:
            learn.opt.set_hyper("lr", rates)


@dataclass(frozen=True, eq=False)
class _Held:
    lr: Any
    opt_func: Any
    opt: Any
    rates: list[Any]


class _Group(MutableMapping[str, Any]):
    """One group's parameters and hypers, written in place."""

    def __init__(self, params: list[torch.Tensor], hypers: dict[str, Any]) -> None:
        self._params = params
        self._hypers = hypers

    def __getitem__(self, key: str) -> Any:
        return self._params if key == "params" else self._hypers[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._hypers[key] = value

    def __delitem__(self, key: str) -> None:
        del self._hypers[key]

    def __iter__(self) -> Iterator[str]:
        yield "params"
        yield from self._hypers

    def __len__(self) -> int:
        return 1 + len(self._hypers)


def _torch_optimizers(*owners: Any) -> list[torch.optim.Optimizer]:
    """Return PyTorch's own optimizers inside of fastai's wrappers."""
    inner = [getattr(owner, "__dict__", {}).get("opt") for owner in owners]
    return [each for each in inner if isinstance(each, torch.optim.Optimizer)]


def _kept_torch(optimizer: torch.optim.Optimizer) -> tuple[Any, Any, list[tuple[Any, dict[str, Any]]]]:
    return optimizer, optimizer.state, [(group, dict(group)) for group in optimizer.param_groups]


def _param_lists(learn: Any) -> list[Any]:
    if learn.opt is not None:
        return list(learn.opt.param_lists)
    split = list(learn.splitter(learn.model))
    # As fastai's Optimizer tells one list of parameters from several.
    return split if split and not isinstance(split[0], torch.Tensor) else [split]


def _rate_of(learn: Any) -> Any:
    """Return what the next fit's rate is: a number, a slice, or one number a group."""
    function = learn.opt_func
    if learn.opt is None and isinstance(function, partial) and "lr" in function.keywords:
        return function.keywords["lr"]
    return learn.lr


def _spread(lr: Any, groups: int) -> list[float]:
    """Return the groups' rates as fastai's ``set_hyper`` makes them."""
    if not isinstance(lr, slice):
        rates = [float(rate) for rate in lr] if hasattr(lr, "__len__") else [float(lr)]
        return rates * groups if len(rates) == 1 else rates
    if not lr.start:
        return [lr.stop / 10] * (groups - 1) + [lr.stop]
    if groups == 1:
        return [lr.stop]
    step = (lr.stop / lr.start) ** (1 / (groups - 1))
    return [lr.start * step**number for number in range(groups)]


def _scaled(lr: Any, head: float) -> Any:
    """Return a rate in the form it has, with that of the head."""
    if isinstance(lr, slice):
        return slice(lr.start * (head / lr.stop) if lr.start else lr.start, head)
    if hasattr(lr, "__len__"):
        return [float(rate) * (head / float(lr[-1])) for rate in lr]
    return head
