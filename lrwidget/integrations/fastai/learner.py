"""A widget for a Learner, and the way a Learner takes a step."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.placement import placed
from lrwidget.engine.step.losses import Outcome
from lrwidget.errors import SetupError
from lrwidget.integrations.borrowed import kept
from lrwidget.integrations.fastai.callbacks import callback_options, has
from lrwidget.integrations.fastai.optimizer import LearnerOptimizer, LearnerRate
from lrwidget.integrations.frameworks import framework
from lrwidget.integrations.refusals import refuse_own
from lrwidget.widget.lrwidget import LRWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["widget"]

PACKAGES = ("fastai", "fastcore", "fasttransform")


def widget(learn: Any, **settings: Any) -> LRWidget:
    """Return a widget that sweeps a Learner as ``learn.fit`` would train it.

    Its callbacks, data and loss function are taken as they are now; the optimizer, ``learn.lr`` and
    ``learn.wd`` as they are when a sweep begins.

    Parameters
    ----------
    learn : fastai.learner.Learner
    **settings
        Those of :class:`~lrwidget.LRWidget`: ``start_lr``, ``end_lr``, ``num_iter``, ``rule``,
        ``fixed_batches``, ``metric``, ... To evaluate on the validation set, ``val_loader=learn.dls.valid``.
        ``accumulation_steps`` and ``clip_grad_norm`` are the Learner's when left out.

    Returns
    -------
    LRWidget
        For a one-cycle schedule call ``learn.fit_one_cycle``, not the widget's ``one_cycle``.

    Raises
    ------
    ImportError
        When fastai is not installed.
    SetupError
        When ``learn`` is no Learner; for a callback whose way of training a sweep cannot take.
    SettingsError
        When a setting cannot work, or is one that the Learner decides.
    """
    kind = framework("fastai.learner", "fastai").Learner
    refuse_own(settings, "the Learner")
    if not isinstance(learn, kind):
        raise SetupError(
            f"learn must be a fastai Learner; got a {type(learn).__name__}. For a plain torch.nn.Module use "
            "LRWidget(model, optimizer, criterion, loader)."
        )
    sweep = _Training(learn)
    return LRWidget(
        learn.model,
        sweep.optimizer,  # type: ignore[arg-type]  # what the engine needs of one
        None,
        learn.dls.train,
        settings.pop("val_loader", None),
        step_fn=sweep.step,
        around=sweep.around,
        write_to=[(LearnerRate(learn), "lr")],
        **(callback_options(learn, sweep.device, settings) | settings),
    )


class _Training:
    """How a Learner trains: what ``learn.fit`` does around its steps, and in one."""

    def __init__(self, learn: Any) -> None:
        self._learn = learn
        self._model = learn.model
        self._loss_func = learn.loss_func
        self.optimizer = LearnerOptimizer(learn)
        core = framework("fastai.torch_core", "fastai")
        where = getattr(learn.dls, "device", core.default_device())  # fastai's own choice
        self.device = next(learn.model.parameters()).device if where is None else torch.device(where)
        self._casts = has(learn, "CastToTensor")
        self._in_float = core.to_float if has(learn, "MixedPrecision") else None
        self._set_bn_eval = None
        if has(learn, "BnFreeze"):
            self._set_bn_eval = framework("fastai.callback.training", "fastai").set_bn_eval
        self._begun = False

    @contextmanager
    def around(self) -> Iterator[None]:
        """Have the Learner as within a fit, and afterwards as it was."""
        learn = self._learn
        datasets = [getattr(loader, "dataset", None) for loader in learn.dls.loaders]
        with ExitStack() as stack:
            stack.enter_context(kept([learn], PACKAGES, leave=datasets))
            stack.enter_context(self.optimizer.bound())
            loss = getattr(self._loss_func, "func", self._loss_func)
            for module in (self._model, loss):
                if isinstance(module, torch.nn.Module):
                    stack.enter_context(placed(module, self.optimizer, self.device))  # type: ignore[arg-type]
            self._begun = False
            yield

    def step(self, batch: Any) -> Outcome:
        """Return what fastai computes of a batch."""
        if not self._begun:
            self._begin()
        inputs = getattr(self._learn.dls, "n_inp", 1 if len(batch) == 1 else len(batch) - 1)
        if self._casts:
            batch = _plain(batch)
        xb, yb = batch[:inputs], batch[inputs:]
        if not len(yb):
            raise SetupError(
                f"a batch of {len(batch)} with n_inp = {inputs} has no targets, so there is no loss. Make "
                "the DataLoaders with targets, and with n_inp, the number of a batch's inputs."
            )
        output = self._model(*xb)
        if self._in_float is not None:
            output = self._in_float(output)
        return Outcome(self._loss_func(output, *yb), output, yb[0] if len(yb) == 1 else yb)

    def _begin(self) -> None:
        """Do to the model what a fit does before its first batch."""
        self._begun = True
        if callable(getattr(self._model, "reset", None)):
            self._model.reset()
        self._model.train()
        if self._set_bn_eval is not None:
            self._set_bn_eval(self._model)


def _plain(batch: Any) -> Any:
    """Return the batch with fastai's kinds of tensors as plain ones."""
    if isinstance(batch, (tuple, list)):
        return tuple(map(_plain, batch))
    return batch.as_subclass(torch.Tensor) if isinstance(batch, torch.Tensor) else batch
