"""What a range test can be told beyond its loaders and rates: one table for every door that takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import torch

    from lrwidget.curves.stop import Robust
    from lrwidget.engine.record import Point
    from lrwidget.engine.state.places import Place
    from lrwidget.engine.step.compiling import Compiled
    from lrwidget.engine.step.evaluation import EvalMode
    from lrwidget.engine.step.losses import LossFunction
    from lrwidget.history.settings import Settings

__all__ = ["GroupSchedules", "Options"]

GroupSchedules = Sequence[Sequence[float]] | Callable[["Settings"], Sequence[Sequence[float]]]


class Options(TypedDict, total=False):
    """Keyword arguments of :class:`~lrwidget.engine.range_test.RangeTest`, all optional.

    Attributes
    ----------
    val_batches : int
        Use so many batches of ``val_loader``. By default all, if it tells how many there are and they fit
        into a quarter of the free memory, else as many as do; of one that does not tell, 100. A warning says
        so where it is not all.
    redraw_val : bool
        Begin ``val_loader`` anew for every evaluation, as pytorch-lr-finder does, instead of drawing its
        batches once: slower, and the curve then shows the draw as well as the model.
    fixed_batches : int
        Draw so many batches from ``train_loader`` before training and evaluate on those.
    eval_mode : {"batch_stats", "eval", "train"}
        In which mode the model is evaluated. "batch_stats" = in evaluation mode, so that dropout is off, but
        layers that keep running statistics and are in training mode (batch normalisation) use those of the
        batch, as in training: running ones lag behind a model whose weights move, and the curve would show
        the lag. None of them is moved. Batches of a ``val_loader`` that are smaller than the training's are
        joined for it. "eval" = in evaluation mode altogether. "train" = as it trains, dropout included, for
        models that answer otherwise in evaluation mode. Whichever it is, every evaluation draws the same
        random numbers, none of them the training's.
    eval_batch_size : int
        Join the batches evaluated on into larger ones, of up to so many samples: fewer forwards, each with
        more to do. The result is the same to rounding where the loss is a mean over samples, each of which
        the model treats alone in evaluation mode; layers that use the batch's statistics see larger batches.
    step_fn : callable
        Takes a batch on the device, returns its loss tensor, or ``(loss, output, target)`` where a ``metric``
        is wanted; instead of the criterion. The test itself calls ``zero_grad``, ``backward`` and ``step``,
        and calls ``step_fn`` in evaluation as well; what it changes there, from the first evaluation on, is
        put back before the next step.
    update_fn : callable
        Takes a batch on the device and does the whole step itself, ``zero_grad``, ``backward`` and ``step``
        included; returns the loss from before the step, a number or a tensor of one element, or ``(loss,
        output, target)``. Two things it must keep to: it steps the ``optimizer`` that is swept, in each call
        or once in several, at most 16; and it writes no rate before that, because the test has set the rate
        of each param group just then. (A loop that writes ``group["lr"]`` from a schedule leaves that line
        out; a scheduler that is stepped after the optimizer does no harm.) Evaluation still needs a
        criterion or ``step_fn``.
    metric : callable
        ``metric(output, target)``, a number or a tensor of one element; recorded beside the loss, on the
        same batches, and averaged as the loss is. Accuracy, for example: higher is better.
    group_schedules : sequence of sequences of float, or callable
        The rates of each param group, a list of ``num_iter`` a group, 0 or more; instead of the ratios. Or a
        function from the :class:`~lrwidget.history.settings.Settings` to these: a widget's fields change
        them. The history keeps the rates of the settings.
    robust : bool or "negative"
        How a divergence is told: see :class:`~lrwidget.curves.stop.StopRule`. "negative" = exactly as
        pytorch-lr-finder does while the best loss is positive.
    clip_grad_norm, clip_grad_value : float
        Clip the gradients of all that the optimizer trains before each step: their total 2-norm, or each
        entry's size, after unscaling.
    device : torch.device or str
        Where batches go; by default where the model's parameters are.
    autocast : torch.dtype
        Compute losses under autocast, for example in ``torch.bfloat16``.
    grad_scaler : torch.amp.GradScaler
        A step it skips does not advance the sweep: the rate is tried again on the next batch.
    compiled : bool or str
        Compile the loss and the step of the optimizer with ``torch.compile``, or compile them in this mode of
        it: "reduce-overhead" replays CUDA graphs. For small models in long sweeps: steps can be quicker, the
        first take from seconds to a minute. Losses are those of the plain step to rounding; dropout draws
        other numbers. An optimizer that has stepped before is compiled once, any other in every sweep. Its
        step is left as it is under a gradient scaler, if it was made with ``foreach=True`` and not
        ``capturable``, or is not PyTorch's own.
    keep : sequence
        What is to be given back besides: modules, optimizers, tensors, arrays, lists, dicts, any object with
        what it holds. Whatever ``step_fn``, ``update_fn``, ``metric``, ``criterion``, hooks and loaders refer
        to is found without being named. To be named is what nothing refers to, data too large to be copied
        unasked (see :class:`~lrwidget.engine.state.snapshot.Snapshot`), large frozen tensors that the step
        changes, and lists of numbers or texts that are no notes: what is appended to those stays otherwise.
    snapshot : {"auto", "device", "host", "disk"}
        Where the copy of model and optimizer is held during the sweep: beside them, in the host's memory, or
        in a temporary file, which is gone afterwards. "auto" = on the device while it takes at most a quarter
        of what is free there, else on the host.
    verify : bool
        Look at everything that can be reached before the sweep, and at the very same objects once all was
        given back, by a walk that knows nothing of how that is done. ``history.receipt["differs"]`` has a
        line for each thing that is not as it was, [] = there is none; a warning names the first few. Left
        out: hooks added meanwhile, and what the receipt names itself, as "notes" or as "not_kept".

        It costs two walks, and copies no tensor: together 20 ms for a small CNN and half a second for 50
        million parameters under AdamW, on one core. Of objects 10 to 100 microseconds each and 1 kB: for a
        training set that is a list of 100,000 of them, seconds and 100 MB.

        It cannot see what nothing that was given leads to; the contents of files; arrays on a file opened for
        reading only; what objects written in C do not tell; the inside of threads, processes and queues; a
        subclass of ``threading.local`` with an ``__init__``; mocks; and loggers, displays and progress bars,
        which show the sweep as well. Tensors and arrays of 512 KiB and more are compared by a
        fingerprint, which misses one change in 2**32 (:mod:`lrwidget.engine.state.fingerprints`).
    around : callable
        Returns a context manager, entered before anything is checked or remembered, and left after all is
        given back, on every exit: for what must hold while a sweep is on.
    callback : callable
        Called with each :class:`~lrwidget.engine.record.Point` as it becomes known, from the sweep's thread.
    """

    val_batches: int | None
    redraw_val: bool
    fixed_batches: int | None
    eval_mode: EvalMode
    eval_batch_size: int | None
    step_fn: LossFunction | None
    update_fn: Callable[[Any], Any] | None
    metric: Callable[[Any, Any], Any] | None
    group_schedules: GroupSchedules | None
    robust: Robust
    clip_grad_norm: float | None
    clip_grad_value: float | None
    device: torch.device | str | int | None
    autocast: torch.dtype | None
    grad_scaler: Any
    compiled: Compiled
    keep: Sequence[object]
    snapshot: Place
    verify: bool
    around: Callable[[], AbstractContextManager[object]] | None
    callback: Callable[[Point], object] | None
