"""Where the batches of a sweep come from: an endless training stream, and a fixed set to evaluate on."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import torch

from lrwidget.engine.data.moving import copied, map_tensors, move, sample_count, tensors_in
from lrwidget.engine.state.memory import free_bytes, nbytes
from lrwidget.errors import LoaderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["BatchStream", "Exhausted", "FixedBatches", "RedrawnBatches"]

# Share of an accelerator's free memory that batches drawn once may occupy; the rest wait on the host.
DEVICE_SHARE = 0.125


_END: Any = object()


class Exhausted(Exception):  # noqa: N818 - no error: a sweep that ends
    """The loader has nothing more to give, even from the beginning."""


class BatchStream:
    """Batches of a loader without end: after its last one it starts over.

    One iterator lives as long as the stream, so that workers are not started again for each pass.

    Parameters
    ----------
    loader : iterable
    name : str
        What errors call it.
    """

    def __init__(self, loader: Iterable[Any], name: str = "train_loader") -> None:
        self._loader: Any = loader
        self._name = name
        self._iterator: Iterator[Any] | None = None
        self._ahead: Any = _END
        self._restart()
        if self._iterator is loader:
            raise LoaderError(once_only(loader, name))

    def require(self) -> None:
        """Draw the first batch already, and keep it for the first :meth:`draw`.

        It is a copy, unless the loader is a list: until it is used the loader may be drawn from elsewhere.

        Raises
        ------
        LoaderError
            When there is none.
        """
        try:
            batch = self.draw()
            self._ahead = batch if type(self._loader) in {list, tuple} else copied(batch)
        except Exhausted:
            raise LoaderError(empty(self._name)) from None

    @property
    def ahead(self) -> Any:
        """The batch that :meth:`require` drew and that :meth:`draw` has not given yet."""
        return self._ahead

    def draw(self) -> Any:
        """Return the next batch.

        Raises
        ------
        Exhausted
            When the loader, begun anew, gives nothing.
        """
        batch = self._next()
        if batch is _END:
            self._restart()
            batch = self._next()
            if batch is _END:
                raise Exhausted
        return batch

    def one_by_one(self, most: int | None) -> Iterator[Any]:
        """Yield what is left of the present pass, at most so many batches (None = all)."""
        return islice(iter(self._next, _END), most)

    def start_over(self) -> None:
        """Begin a new pass."""
        self._ahead = _END
        self._restart()

    def close(self) -> None:
        """Stop the workers, if there are any, and let go of the loader."""
        iterator, self._iterator, self._loader = self._iterator, None, None
        self._ahead = _END
        for name in ("_shutdown_workers", "close"):
            stop = getattr(iterator, name, None)
            if callable(stop):
                stop()
                return

    def _next(self) -> Any:
        if self._ahead is not _END:
            batch, self._ahead = self._ahead, _END
            return batch
        return _END if self._iterator is None else next(self._iterator, _END)

    def _restart(self) -> None:
        """Begin a new pass, without disturbing an iteration of the user's own.

        A DataLoader with persistent workers has one iterator, which every ``iter()`` starts over. The user's
        is put aside, so that it is neither reset nor given other random seeds.
        """
        loader = self._loader
        if not getattr(loader, "persistent_workers", False) or "_iterator" not in vars(loader):
            # Of a pass that was left early. New workers, forked beside these, would keep them from ending.
            stop = getattr(self._iterator, "_shutdown_workers", None)
            if callable(stop):
                stop()
            self._iterator = iter(loader)
            return
        attributes = vars(loader)
        theirs, attributes["_iterator"] = attributes["_iterator"], self._iterator
        try:
            self._iterator = iter(loader)
        finally:
            attributes["_iterator"] = theirs


class FixedBatches:
    """Batches that were drawn once and serve every evaluation.

    They stay on the device as far as the budget goes; those beyond it are moved each time.

    Parameters
    ----------
    batches : sequence
        As the loader gave them.
    device : torch.device
    budget : float or None
        Bytes that may stay on the device; None = an eighth of what is free there.
    """

    def __init__(self, batches: Iterable[Any], device: torch.device, budget: float | None = None) -> None:
        room = DEVICE_SHARE * free_bytes(device) if budget is None else budget
        self._kept: list[_Lent] = []
        #: Bytes of all of them.
        self.size = 0
        for batch in batches:
            size = nbytes(list(tensors_in(batch)))
            self.size += size
            room -= size
            self._kept.append(_Lent(move(batch, device) if room >= 0 else batch, device))

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        """Yield ``(batch, samples)``, each batch in fresh containers on the device."""
        for lent in self._kept:
            batch = lent.lend()
            yield batch, lent.samples
            lent.take_back(batch)


class RedrawnBatches:
    """Batches that are drawn anew for every evaluation, each moved when its turn comes.

    Parameters
    ----------
    stream : BatchStream
        Begun already: the first evaluation uses that pass, every later one begins another.
    device : torch.device
    most : int or None
        Batches to an evaluation; None = all.
    """

    def __init__(self, stream: BatchStream, device: torch.device, most: int | None) -> None:
        self._stream = stream
        self._device = device
        self._most = most
        self._fresh = True

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        """Yield ``(batch, samples)``."""
        if not self._fresh:
            self._stream.start_over()
        self._fresh = False
        none = True
        for batch in self._stream.one_by_one(self._most):
            none = False
            moved = move(batch, self._device)
            yield moved, sample_count(moved)
        if none:
            raise LoaderError(empty("val_loader"))

    def close(self) -> None:
        """Stop the loader's workers, if there are any."""
        self._stream.close()


class _Lent:
    """One batch, kept from being changed by those it is lent to.

    A model may write into its input. The first borrower gets a copy; if that was written to, every later one
    gets a copy too.
    """

    def __init__(self, batch: Any, device: torch.device) -> None:
        self._batch = batch
        self._device = device
        self._copies: bool | None = None
        self.samples = sample_count(batch)

    def lend(self) -> Any:
        batch = move(self._batch, self._device)
        if self._copies is False:
            return batch
        with torch.inference_mode(False):  # elsewhere a tensor does not count the writes to it
            return map_tensors(batch, torch.clone)

    def take_back(self, batch: Any) -> None:
        if self._copies is None:
            self._copies = any(tensor._version > 0 for tensor in tensors_in(batch))  # noqa: SLF001


def empty(name: str) -> str:
    """Return the text for a loader without batches."""
    return (
        f"{name} is empty: it gives no batch at all. Check its dataset, and that drop_last=True does not "
        "drop the only batch."
    )


def once_only(loader: object, name: str) -> str:
    """Return the text for a loader that can be gone through only once."""
    return (
        f"{name} is a {type(loader).__name__}, whose batches can be drawn only once: the sweep would use "
        "them up and could not give them back. Pass the DataLoader itself, or a list of batches."
    )
