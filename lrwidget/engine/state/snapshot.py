"""Everything a sweep may change, remembered before it, and given back after it, in place.

A part of the state is given back to the very object it was taken from: parameters and optimizer state keep
their identity and their memory, so references and captured graphs of the user's stay good.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lrwidget.engine.footprint import still_to_come
from lrwidget.engine.rates.optimizers import AnyOptimizer, parts_of
from lrwidget.engine.spies import is_spy
from lrwidget.engine.state.failures import raise_if_any
from lrwidget.engine.state.keeper import Keeper, attempt
from lrwidget.engine.state.kinds import KINDS
from lrwidget.engine.state.kinds.closed import CLOSED, OPAQUE, top_package
from lrwidget.engine.state.kinds.containers import Notes
from lrwidget.engine.state.kinds.loaders import put_aside_pass, told_by
from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.parts import ATOMS, State
from lrwidget.engine.state.rng import generator_states
from lrwidget.engine.state.tensors import TensorStore
from lrwidget.engine.state.walk import Met, Way
from lrwidget.errors import LRWidgetWarning, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lrwidget.engine.footprint import Footprint
    from lrwidget.engine.state.parts import Part
    from lrwidget.engine.state.places import Place

__all__ = ["Snapshot", "can_be_kept"]

# How many names a message lists before it only counts.
_MOST_NAMED = 5
_ANEW = "Make the model and the optimizer anew, or load your last checkpoint."


class Snapshot:
    """The state of everything that a sweep touches.

    Kept is whatever can be reached from what is given, over any references: parameters (value, identity,
    place, ``requires_grad``, ``.grad`` or its absence), buffers (non-persistent, replaced, registered and
    removed ones too), ``extra_state``, training flags, attributes of modules and of any other object,
    containers, arrays, random generators, positions of files and of Python's own iterators; of functions of
    the user's what they refer to, and the globals and captured variables that they bind anew; of loaders what
    their datasets, samplers, collators and transforms hold. And the random state of Python, NumPy, the CPU
    and each accelerator in use. ``lrwidget.engine.state.kinds`` has a file for each kind.

    Not copied, unless ``keep`` names them, are

    - of a loader's data the tensors, arrays, tables and shared memory beyond 32 MiB in all, and those beyond
      1 GiB that a user's functions refer to. Should a sweep be seen to have written to one (tensors count
      that, of the others some 4,000 places are looked at), :meth:`restore` says so;
    - large frozen tensors, of which a fingerprint tells :meth:`restore` the same;
    - what is inside lists of data of more than 1000 items.

    What a user's function appended to a plain list stays if it is numbers and texts alone: see
    :attr:`notes`. Hooks that were added stay; those that have gone come back.

    Parameters
    ----------
    model : torch.nn.Module
    optimizer : torch.optim.Optimizer
    criterion : callable or None
    grad_scaler : torch.amp.GradScaler or None
    loaders : iterable
        The loaders the sweep will draw from.
    devices : iterable of torch.device
        Devices in use beyond those of the tensors.
    functions : iterable of (str, callable)
        What else the sweep will call, each with the name an error would call it by.
    keep : sequence
        What else is to be given back, named by the user: all of it, however large.
    place : {"auto", "device", "host", "disk"}
        Where the copies are held; see :class:`~lrwidget.engine.options.Options`.

    Raises
    ------
    SettingsError
        When something in ``keep`` holds nothing that could be given back; nothing was touched.
    SetupError
        When there is no room for the copies; nothing was touched.
    RestoreError
        When that, or an error of the user's own on the way, moved something that could not be given back.

    Warns
    -----
    LRWidgetWarning
        Once, naming what may change and cannot be given back: see :attr:`not_kept`.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: AnyOptimizer,
        criterion: object = None,
        *,
        grad_scaler: object = None,
        loaders: Iterable[object] = (),
        devices: Iterable[torch.device] = (),
        functions: Iterable[tuple[str, object]] = (),
        keep: Sequence[object] = (),
        place: Place = "auto",
    ) -> None:
        self.tensors = TensorStore(place)
        self._keeper = keeper = Keeper(KINDS, self.tensors)
        self._told: list[Part] = []
        optimizers = parts_of(optimizer)
        several = len(optimizers) > 1
        # Asking a stateful loader or a user's module for its state may draw random numbers, so the
        # generators are read first, and given back last.
        self._random = generator_states({*_devices_of([model, criterion, *optimizers]), *devices})
        try:
            for index, thing in enumerate(keep):
                _keep_named(keeper, self.tensors, thing, f"keep[{index}]")
            _walk(keeper, model, "model")
            _walk(keeper, criterion, "criterion")
            for index, one in enumerate(optimizers):
                _walk(keeper, one, f"optimizer[{index}]" if several else "optimizer")
            _walk(keeper, grad_scaler, "grad_scaler")
            for label, function in functions:
                _walk(keeper, function, label, Way(by_function=True))
            loaders = list(loaders)
            for label, loader in zip(("train_loader", "val_loader"), loaders, strict=False):
                plain = isinstance(loader, (list, tuple))  # of batches: the data itself
                _walk(keeper, loader, label, Way(loader=True, data=plain))
            self._ask_tellers()
            for loader in loaders:
                put_aside_pass(loader)
            self._coming = still_to_come(model, optimizer)
            self.tensors.coming = self._coming.by_device()
            self.tensors.save()
            if self.warning:
                warnings.warn(self.warning, LRWidgetWarning, stacklevel=2)
            keeper.install()
        except BaseException:
            raise_if_any(attempt([*keeper.parts, *self._told, *keeper.generators, *self._random]), _ANEW)
            raise

    @property
    def held(self) -> dict[str, int]:
        """Bytes of tensors held, by place: "device", "host", "disk"."""
        return dict(self.tensors.held)

    def footprint(self, batches: int) -> Footprint:
        """Return what the sweep holds, with so many bytes of batches to evaluate on."""
        return self._coming.with_copies(self.tensors.held, self.tensors.looked_at, batches)

    @property
    def written(self) -> int:
        """Bytes of tensors that :meth:`restore` had to write: what was not touched is only looked at."""
        return self.tensors.written

    @property
    def not_kept(self) -> list[str]:
        """What may change and cannot be given back, with the reason, each as a line of text."""
        return [f"{label} ({why})" for label, why in self._keeper.not_kept.items()]

    @property
    def warning(self) -> str:
        """What the user was warned of: :attr:`not_kept`, the first of them; empty = of nothing."""
        lines = self.not_kept
        if not lines:
            return ""
        more = f", and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
        return (
            f"the sweep may change these, and cannot give them back: {'; '.join(lines[:_MOST_NAMED])}{more}. "
            "All else comes back. Make them anew after the sweep, or sweep on others of their kind; "
            "history.receipt['not_kept'] names all."
        )

    @property
    def notes(self) -> list[str]:
        """After a restore: the lists that kept what a user's function appended, and how much that is."""
        notes = (part for part in self._keeper.parts if isinstance(part, Notes) and part.added)
        return sorted(f"{part.label} ({part.added} items added)" for part in notes)

    @property
    def generators(self) -> list[State]:
        """The random generators that steps may draw from, beside the process's own, to be taken anew."""
        return [State(one.label, one.get, one.put) for one in self._keeper.generators_of_steps]

    def restore(self) -> list[str]:
        """Give everything back and let go of it; called again, it does nothing.

        Returns
        -------
        list of str
            :attr:`notes`.

        Raises
        ------
        RestoreError
            When something could not be given back. Everything else was. What ends the program (a
            KeyboardInterrupt, a SystemExit) is raised itself, with this error as its cause.
        """
        failed = self._keeper.give_back() + attempt(self._told)
        # Loading a state may draw random numbers, so the generators come after it.
        failed += attempt(self._keeper.generators) + self.tensors.give_back() + attempt(self._random)
        notes = self.notes
        self.free()
        raise_if_any(failed, _ANEW)
        return notes

    def free(self) -> None:
        """Let go of everything without giving it back."""
        self._keeper.free()
        self.tensors.free()
        self._random, self._told = [], []

    def _ask_tellers(self) -> None:
        """Have those tell their state by ``state_dict`` within which something cannot be seen."""
        for teller, label in self._keeper.tellers():
            part = _told_by(teller, label)
            if isinstance(part, str):
                self._keeper.not_kept[label] = part
            elif part is not None:
                self._told.append(part)


def can_be_kept(thing: object) -> bool:
    """Return whether there is anything in a thing that :class:`Snapshot` could give back."""
    kind = type(thing)
    if kind in ATOMS:
        return False
    found = KINDS.of(kind)
    return found.keep is not None and found is not OPAQUE and not isinstance(thing, type)


def _told_by(teller: Any, label: str) -> Part | str | None:
    """Return an object's own word for its state, None where it needs none, or why it has none."""
    try:
        return told_by(teller, label)
    except Exception as error:  # noqa: BLE001 - it wants arguments, or has nothing to tell
        return f"its state_dict() fails: {type(error).__name__}"


class _Trace:
    """Counts what is kept, to tell whether something held anything at all."""

    def __init__(self, keeper: Keeper, tensors: TensorStore) -> None:
        self._keeper, self._tensors = keeper, tensors
        self._before = self._count()

    def grew(self) -> bool:
        return self._count() > self._before

    def _count(self) -> int:
        return len(self._keeper.parts) + self._tensors.noted


def _walk(keeper: Keeper, thing: Any, label: str, way: Way | None = None) -> None:
    """Walk from something that was given: also a wrapper of ours, which the walk itself would not enter."""
    if thing is None or type(thing) in ATOMS:
        return
    kind = KINDS.of(type(thing))
    if kind is CLOSED and top_package(type(thing)) == "lrwidget" and keeper.enter(thing):
        keep_attributes(keeper, Met(thing, label, way or Way()))
    keeper.walk(thing, label, way)


def _keep_named(keeper: Keeper, tensors: TensorStore, thing: Any, label: str) -> None:
    known, trace = thing in keeper, _Trace(keeper, tensors)
    _walk(keeper, thing, label, Way(named=True))
    if not known and not trace.grew():
        raise SettingsError(
            f"{label} is a {type(thing).__name__}, which holds nothing that can be given back. Name modules, "
            "optimizers, schedulers, generators, tensors, arrays, containers of these, or objects with "
            "attributes."
        )


def _devices_of(things: Iterable[Any]) -> set[torch.device]:
    tensors: list[torch.Tensor] = []
    for thing in things:
        if is_spy(thing):
            continue
        if isinstance(thing, nn.Module):
            tensors += [*thing.parameters(), *thing.buffers()]
        for group in getattr(thing, "param_groups", ()):
            tensors += group["params"]
    return {tensor.device for tensor in tensors}
