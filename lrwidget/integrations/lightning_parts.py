"""What Lightning's users hand in, in the forms a sweep needs: batches, one optimizer, places of the rate."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping
from itertools import islice
from math import isclose
from numbers import Real
from typing import TYPE_CHECKING, Any

from torch.utils.data import DataLoader

from lrwidget.engine.data.batches import BatchStream
from lrwidget.engine.rates.groups import read_place
from lrwidget.errors import LRWidgetWarning, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrwidget.integrations.lightning_loop import Loop

__all__ = ["Batches", "one_optimizer", "places_of_the_rate", "warn_unless_used"]

NAMES = ("lr", "learning_rate")
_NOTHING = object()


class Batches:
    """The batches of a loader, or of a collection of loaders, as ``training_step`` gets them.

    Parameters
    ----------
    loaders : iterable, or a list, tuple or dict of DataLoaders
        A collection gives a batch of each at a time, a shorter one starting over, as in a fit.
    loop : Loop
        Makes a batch ready.
    limit : int or float
        Batches of a pass: so many, or this share of them, as ``limit_train_batches``.
    """

    def __init__(self, loaders: Any, loop: Loop, limit: float = 1.0) -> None:
        self._loaders = loaders
        self._loop = loop
        self._limit = limit
        # Here the engine finds them, to keep the state of each.
        self.parts = _data_loaders(loaders)

    def __len__(self) -> int:
        size = self._size()
        if isinstance(self._limit, int):
            return min(size, self._limit)
        return int(size * min(self._limit, 1.0))

    def __iter__(self) -> Iterator[Any]:
        # A pass that is used whole need not say how long it is.
        whole = isinstance(self._limit, float) and self._limit >= 1.0
        most = None if whole else self._limit if isinstance(self._limit, int) else len(self)
        for batch in islice(self._together() if self._is_collection else self._alone(), most):
            yield self._loop.ready(batch)

    def _alone(self) -> Iterator[Any]:
        stream = BatchStream(self._loaders, "train_dataloaders")
        try:
            yield from stream.one_by_one(None)
        finally:
            stream.close()

    def _together(self) -> Iterator[Any]:
        """Draw from all of a collection; a CombinedLoader's own iteration is left alone."""
        for part in self.parts:
            if part.persistent_workers:  # one iterator for all: theirs comes back with the loader's state
                part._iterator = None  # noqa: SLF001
        combined = importlib.import_module(f"{self._loop.package}.utilities.combined_loader").CombinedLoader
        drawn = combined(getattr(self._loaders, "iterables", self._loaders), self._mode)
        try:
            for batch, _, _ in drawn:
                yield batch
        finally:
            drawn.reset()

    @property
    def _is_collection(self) -> bool:
        # A list without loaders is a list of batches.
        return bool(self.parts) and not isinstance(self._loaders, DataLoader)

    @property
    def _mode(self) -> str:
        return getattr(self._loaders, "_mode", "max_size_cycle")

    def _size(self) -> int:
        if not self._is_collection:
            return len(self._loaders)
        sizes = [len(part) for part in self.parts]
        return min(sizes) if self._mode == "min_size" else max(sizes)


def _data_loaders(loaders: Any) -> list[Any]:
    loaders = getattr(loaders, "iterables", loaders)
    if isinstance(loaders, DataLoader):
        return [loaders]
    if isinstance(loaders, dict):
        loaders = list(loaders.values())
    if isinstance(loaders, (list, tuple)):
        return [part for loader in loaders for part in _data_loaders(loader)]
    return []


def one_optimizer(configured: Any) -> tuple[Any, list[Any]]:
    """Return the optimizer and the schedulers that ``configure_optimizers`` returned, in whatever form.

    Raises
    ------
    SetupError
        When there is no optimizer, or more than one.
    """
    optimizers, schedulers = _configured(configured)
    if len(optimizers) != 1:
        raise SetupError(
            f"configure_optimizers() gave {len(optimizers)} optimizers, and a range test sweeps the rate of "
            "one. Sweep one at a time: LRWidget(module, optimizer, None, loader, step_fn=...), step_fn being "
            "a function from a batch to that optimizer's loss."
            if optimizers
            else f"configure_optimizers() must return an optimizer; got {type(configured).__name__}. Return "
            "one, or a dict with the key 'optimizer', or ([optimizer], [scheduler])."
        )
    schedulers = [entry["scheduler"] if isinstance(entry, Mapping) else entry for entry in schedulers]
    # A fit may have wrapped it; the wrapper asks for the trainer at every step.
    return getattr(optimizers[0], "_optimizer", optimizers[0]), schedulers


def _configured(configured: Any) -> tuple[list[Any], list[Any]]:
    if _is_optimizer(configured):
        return [configured], []
    if isinstance(configured, Mapping):
        scheduler = configured.get("lr_scheduler")
        return [configured["optimizer"]], [] if scheduler is None else [scheduler]
    if not isinstance(configured, (list, tuple)):
        return [], []
    if len(configured) == 2 and isinstance(configured[0], (list, tuple)):
        optimizers, schedulers = configured
        return list(optimizers), list(schedulers) if isinstance(schedulers, (list, tuple)) else [schedulers]
    parts = [_configured(part) for part in configured]
    return [one for some, _ in parts for one in some], [one for _, some in parts for one in some]


def _is_optimizer(value: Any) -> bool:
    return hasattr(value, "param_groups") and callable(getattr(value, "step", None))


def places_of_the_rate(module: Any) -> list[tuple[Any, str]]:
    """Return where ``configure_optimizers`` may find the rate: the module's attributes and hparams."""
    places: list[tuple[Any, str]] = []
    for name in NAMES:
        kind = getattr(type(module), name, None)
        fixed = isinstance(kind, property) and kind.fset is None
        if not fixed and _may_hold_a_rate(getattr(module, name, _NOTHING)):
            places.append((module, name))
    # Asked for, they are made where there were none.
    hparams = module.hparams if "_hparams" in vars(module) else None
    if isinstance(hparams, Mapping):
        places += [(hparams, name) for name in NAMES if _may_hold_a_rate(hparams.get(name, _NOTHING))]
    return places


def warn_unless_used(places: list[tuple[Any, str]], module: Any, optimizer: Any) -> None:
    """Warn when a fit, which makes its optimizer anew, would hardly use what is written to the places."""
    who = f"the {type(module).__name__}"
    if not places:
        warnings.warn(
            f"{who} has no lr or learning_rate, nor have its hparams, so an accepted rate reaches only this "
            "widget's optimizer. trainer.fit() makes another one: let configure_optimizers() use self.lr.",
            LRWidgetWarning,
            stacklevel=3,
        )
        return
    held = [read_place(where, name) for where, name in places]
    group = next((group for group in optimizer.param_groups if _rate_of(group)), optimizer.param_groups[0])
    made = (_rate_of(group), group.get("max_lr", 0.0))
    if any(isclose(value or 0.0, rate, rel_tol=1e-6) for value in held for rate in made):
        return
    told = ", ".join(f"{name}={value}" for (_, name), value in zip(places, held, strict=True))
    warnings.warn(
        f"configure_optimizers() gave its first param group the rate {made[0]:.6g}, but {who} holds {told}. "
        "An accepted rate is written there as it is: let configure_optimizers() use it for the first group.",
        LRWidgetWarning,
        stacklevel=3,
    )


def _rate_of(group: dict[str, Any]) -> float:
    # Under a schedule that has begun, lr is what the schedule made of it.
    return float(group.get("initial_lr", group.get("lr", 0.0)))


def _may_hold_a_rate(value: Any) -> bool:
    return value is None or (isinstance(value, Real) and not isinstance(value, bool))
