"""One evaluation on given batches: the model as it trains, without a trace of having been looked at.

Running statistics lag behind the weights of a sweeping model, by more at every rate: a loss computed with
them shows the lag. In mode "batch_stats" layers that keep such statistics, and that train, use those of the
batch instead, as they do in training; everything else is in evaluation mode.
"""

from __future__ import annotations

import math
import re
import sys
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from lrwidget.engine.devices import float_dtype
from lrwidget.engine.state.memory import OUT_OF_MEMORY
from lrwidget.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["EvalMode", "Evaluation", "keeps_statistics"]

EvalMode = Literal["batch_stats", "eval", "train"]
# What layers outside of PyTorch call the statistics that they keep: running_mean, moving_variance, ...
STATISTICS = re.compile(r"_?(running|moving)_|num_batches_tracked$")


class Evaluation:
    """Evaluates a model, always in the same way.

    Parameters
    ----------
    model : torch.nn.Module
    measure : callable
        Takes a batch on the device; returns its loss (and metric) as one tensor without a gradient.
    mode : {"batch_stats", "eval", "train"}
        See :class:`~lrwidget.engine.options.Options`.
    around : sequence of callables
        Each returns a context manager, entered for every evaluation: what keeps it from leaving a trace. The
        first is entered first.
    """

    def __init__(
        self,
        model: nn.Module,
        measure: Callable[[Any], torch.Tensor],
        mode: EvalMode,
        around: Iterable[Callable[[], AbstractContextManager[object]]] = (),
    ) -> None:
        self._model = model
        self._measure = measure
        self._mode = mode
        self._around = tuple(around)
        self._sharded = _sharded(model)
        self._worked = False

    def __call__(self, batches: Iterable[tuple[Any, int]]) -> torch.Tensor:
        """Return the mean loss (and metric) over ``(batch, samples)``, weighted by samples.

        Every module's training flag is put back as it was.

        Raises
        ------
        SetupError
            When a batch is too small for the statistics of a layer; when the very first batch fails, as it
            does with a model that answers otherwise in evaluation mode.
        """
        return self._within(self._around, batches)

    def _within(self, around: tuple[Any, ...], batches: Iterable[tuple[Any, int]]) -> torch.Tensor:
        if around:
            with around[0]():
                return self._within(around[1:], batches)
        rows: list[Any] = []
        counts: list[int] = []
        try:
            # Not inference mode, which is hardly faster: what a model computes once and keeps (a table of
            # positions) could never be trained with again.
            with evaluating(self._model, self._mode), torch.no_grad():
                for batch, count in batches:
                    rows.append(_taken(self._row(batch, len(rows), count)))
                    counts.append(count)
        finally:
            for module in self._sharded:
                module.reshard()
            # Under the caller's autocast, casts of weights made here without a gradient would serve the step.
            torch.clear_autocast_cache()
        self._worked = True
        return _mean_of_rows(rows, counts)

    def _row(self, batch: Any, number: int, count: int) -> torch.Tensor:
        try:
            return self._measure(batch)
        except OUT_OF_MEMORY:
            raise
        except Exception as error:
            if "more than 1 value per channel" in str(error) and self._mode == "batch_stats":
                raise SetupError(self._too_small(error, number, count)) from error
            # What answers otherwise does so at once; and who asked for a mode knows of it.
            if self._worked or number or self._mode != "batch_stats":
                raise
            raise SetupError(
                "the evaluation failed on its first batch, with the model in evaluation mode "
                f"({type(error).__name__}: {_first_line(error)}). A model may answer otherwise there than in "
                'training: detection models give no losses, others no auxiliary outputs. eval_mode="train" '
                "leaves it in training mode. If it should work in evaluation mode, look at the batches that "
                "are evaluated on."
            ) from error

    def _too_small(self, error: Exception, number: int, count: int) -> str:
        layer = _layer_in(error, self._model)
        what = "a layer" if layer is None else f"layer {layer[0]!r} ({type(layer[1]).__name__})"
        return (
            f"{what} computes statistics of each batch, and batch {number + 1} of those evaluated on, of "
            f"{count} sample{'s' * (count != 1)}, is too small for that; it could not be joined to another. "
            "Evaluate on larger batches (a larger batch_size, drop_last=True), or with the layer's running "
            'statistics: eval_mode="eval".'
        )


@contextmanager
def evaluating(model: nn.Module, mode: EvalMode) -> Iterator[None]:
    """Have the model in a mode of evaluation inside the block, and then as it was."""
    if mode == "train":
        yield
        return
    flags = [(module, module.training) for module in model.modules()]
    was_training = model.training
    try:
        model.eval()
        if mode == "batch_stats":
            for module, training in flags:
                if training and keeps_statistics(module):
                    module.training = True  # its own flag alone: what is below it stays in evaluation mode
        yield
    finally:
        # Through train() first: some modules do more there than set the flag.
        model.train(was_training)
        for module, training in flags:
            if module.training != training:
                module.training = training


def keeps_statistics(module: nn.Module) -> bool:
    """Return whether a layer keeps running statistics of what passes through it."""
    if isinstance(module, torch.jit.ScriptModule):  # its kind is gone, and it shows its buffers only so
        names = [name for name, _ in module.named_buffers(recurse=False)]
    else:
        if not module._buffers:  # noqa: SLF001 - most layers: this is asked of each, at every evaluation
            return False
        names = [name for name, buffer in module._buffers.items() if buffer is not None]  # noqa: SLF001
    return any(map(STATISTICS.match, names)) or (isinstance(module, _NormBase) and bool(names))


def _sharded(model: nn.Module) -> list[Any]:
    """Return the modules whose weights are gathered for a forward and must be sharded again after it."""
    # Their kind is known only once it has been imported, and with it exists before any such model does.
    room = sys.modules.get("torch.distributed.fsdp")
    kind = getattr(room, "FSDPModule", None)
    return [] if kind is None else [module for module in model.modules() if isinstance(module, kind)]


def _layer_in(error: Exception, model: nn.Module) -> tuple[str, nn.Module] | None:
    """Return the innermost layer of the model that an error passed through, with its name."""
    names = {id(module): name for name, module in model.named_modules()}
    found, trace = None, error.__traceback__
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        if isinstance(owner, nn.Module) and id(owner) in names:
            found = (names[id(owner)] or "model", owner)
        trace = trace.tb_next
    return found


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _taken(row: torch.Tensor) -> list[float] | torch.Tensor:
    """Return the numbers of a row on the host; on a device a copy: its memory may be used for the next."""
    if row.device.type == "cpu":
        return row.reshape(-1).tolist()
    return row.reshape(-1).to(float_dtype(row.device), copy=True)


def _mean_of_rows(rows: list[Any], counts: list[int]) -> torch.Tensor:
    """Return the mean of rows of numbers, weighted by samples: a scalar, or loss and metric."""
    return (_mean_on_host if isinstance(rows[0], list) else _mean_on_device)(rows, counts)


def _mean_on_host(rows: list[list[float]], counts: list[int]) -> torch.Tensor:
    """Return the mean in double precision."""
    # In the order of the batches, as a loop by hand adds them up: every bit is the same.
    totals = [0.0] * len(rows[0])
    for row, count in zip(rows, counts, strict=True):
        totals = [total + value * count for total, value in zip(totals, row, strict=True)]
    samples = sum(counts)
    mean = [total / samples if samples else math.nan for total in totals]
    return torch.tensor(mean if len(mean) > 1 else mean[0], dtype=torch.float64, device="cpu")


def _mean_on_device(rows: list[torch.Tensor], counts: list[int]) -> torch.Tensor:
    """Return the same in a few kernels, not a few a batch; no number goes up or down."""
    torch._foreach_mul_(rows, counts)  # what torch.optim itself scales with
    mean = torch.stack(rows).sum(0) / sum(counts)
    return mean if mean.numel() > 1 else mean[0]
