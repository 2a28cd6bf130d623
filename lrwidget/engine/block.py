"""What is given back when a block is left, whatever strikes on the way in or out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["EndsWithBlock"]


class EndsWithBlock:
    """Started when a ``with`` block is entered, failed by its error, closed when it is left."""

    def start(self) -> None:
        """Begin."""
        raise NotImplementedError

    def close(self) -> None:
        """Give everything back."""
        raise NotImplementedError

    def _fail(self, error: BaseException) -> None:
        """End because of an error, with everything given back; called again, do nothing."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException as error:  # Ctrl-C just after the start: no ``__exit__`` follows
            self._fail(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self._fail(error)
            self.close()
        except BaseException as late:  # Ctrl-C on the way to the restore
            self._fail(late)
            raise
