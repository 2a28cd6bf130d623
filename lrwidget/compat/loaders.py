"""Loaders as pytorch-lr-finder takes them: a DataLoader, or an iterator class of the user's own over one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.utils.data import DataLoader

from lrwidget.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "DataLoaderIter",
    "TrainDataLoaderIter",
    "ValDataLoaderIter",
    "for_training",
    "for_validation",
    "split",
]


class DataLoaderIter:
    """One pass over a loader, each batch as ``(inputs, labels)``.

    Parameters
    ----------
    data_loader : torch.utils.data.DataLoader
        Begun here, at once.
    """

    def __init__(self, data_loader: Any) -> None:
        self.data_loader = data_loader
        self._iterator = iter(data_loader)

    @property
    def dataset(self) -> Any:
        """The loader's dataset."""
        return self.data_loader.dataset

    def inputs_labels_from_batch(self, batch_data: Any) -> tuple[Any, Any]:
        """Return ``(inputs, labels)`` of a batch: override it for batches that are no tuples or lists.

        Raises
        ------
        SetupError
            When the batch is neither a tuple nor a list.
        """
        return split(batch_data)

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return self.inputs_labels_from_batch(next(self._iterator))


class TrainDataLoaderIter(DataLoaderIter):
    """Batches to train on; after the last one it starts over.

    Parameters
    ----------
    data_loader : torch.utils.data.DataLoader
    auto_reset : bool
        False = end after one pass; a sweep that needs more ends there, its reason ``"exhausted"``.
    """

    def __init__(self, data_loader: Any, auto_reset: bool = True) -> None:
        super().__init__(data_loader)
        self.auto_reset = auto_reset

    def __next__(self) -> Any:
        try:
            batch = next(self._iterator)
        except StopIteration:
            if not self.auto_reset:
                raise
            self._iterator = iter(self.data_loader)
            batch = next(self._iterator)
        return self.inputs_labels_from_batch(batch)


class ValDataLoaderIter(DataLoaderIter):
    """Batches to evaluate on; ``iter()``, and so ``for``, begins a new pass once the last one is through.

    Parameters
    ----------
    data_loader : torch.utils.data.DataLoader
        With a length: it tells when a pass is through.
    """

    def __init__(self, data_loader: Any) -> None:
        super().__init__(data_loader)
        self.run_limit = len(data_loader)
        self.run_counter = 0

    def __iter__(self) -> Any:
        if self.run_counter >= self.run_limit:
            self.run_counter = 0
            self._iterator = iter(self.data_loader)
        return self

    def __next__(self) -> Any:
        self.run_counter += 1
        return super().__next__()


def split(batch: Any) -> tuple[Any, Any]:
    """Return the first two items of a batch, ``(inputs, labels)``.

    Raises
    ------
    SetupError
        When the batch is neither a tuple nor a list.
    """
    if not isinstance(batch, (list, tuple)):
        raise SetupError(
            f"Your batch type is not supported: {type(batch)}. Please inherit from "
            "`TrainDataLoaderIter` or `ValDataLoaderIter` and override the "
            "`inputs_labels_from_batch` method."
        )
    inputs, labels, *_ = batch
    return inputs, labels


def for_training(train_loader: Any) -> Iterable[Any]:
    """Return what the engine draws training batches from.

    Raises
    ------
    SetupError
        When it is neither a DataLoader nor a :class:`TrainDataLoaderIter`.
    """
    if isinstance(train_loader, DataLoader):
        return train_loader
    if isinstance(train_loader, TrainDataLoaderIter):
        return _TrainDraws(train_loader)
    raise SetupError(_unsupported("train_loader", train_loader, "TrainDataLoaderIter"))


def for_validation(val_loader: Any) -> Iterable[Any] | None:
    """Return what the engine draws batches to evaluate on from; None = there is nothing to evaluate on.

    Raises
    ------
    SetupError
        When it is neither None, nor a DataLoader, nor a :class:`ValDataLoaderIter`.
    """
    if val_loader is None:
        return None
    if isinstance(val_loader, DataLoader):
        return val_loader
    if isinstance(val_loader, ValDataLoaderIter):
        return _ValDraws(val_loader)
    raise SetupError(_unsupported("val_loader", val_loader, "ValDataLoaderIter"))


def _unsupported(name: str, loader: object, child: str) -> str:
    # The missing blanks are in the text that users know, and perhaps match.
    return (
        f"`{name}` has unsupported type: {type(loader)}."
        "Expected types are `torch.utils.data.DataLoader`"
        f"or child of `{child}`."
    )


class _Draws:
    """An iterator of the user's own, as a loader.

    It is drawn from where it stands, and not begun anew: it has used its random numbers when it was made. The
    DataLoader below it is shown, so that its generators and samplers are given back.
    """

    def __init__(self, own: DataLoaderIter) -> None:
        self._own = own
        self.data_loader = getattr(own, "data_loader", None)


class _TrainDraws(_Draws):
    def __iter__(self) -> Iterator[Any]:
        while True:
            try:
                pair = next(self._own)
            except StopIteration:
                return
            yield pair


class _ValDraws(_Draws):
    _own: ValDataLoaderIter

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._own
        except BaseException:  # left in the middle of a pass: the next one is a whole one all the same
            self._own.run_counter = self._own.run_limit
            raise
