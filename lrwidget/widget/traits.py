"""Traits that show a part of the state, which lives elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from lrwidget.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    _Trait = traitlets.TraitType[Any, Any]
else:
    _Trait = traitlets.TraitType  # takes no parameters in older versions of traitlets

__all__ = ["Mirror"]


class Mirror(_Trait):
    """A trait that can be observed and linked, and holds nothing itself: what it shows is always the newest.

    Whoever changes what it shows says so with ``notify_change``.

    Parameters
    ----------
    read : callable
        ``read(widget)`` returns the value.
    write : callable, optional
        ``write(widget, value)`` is called when it is set; without it that is refused.
    doc : str
        What it is.
    """

    info_text = "a part of the widget's state"

    def __init__(
        self, read: Callable[[Any], Any], write: Callable[[Any, Any], None] | None = None, doc: str = ""
    ) -> None:
        super().__init__(allow_none=True, help=doc)
        self.__doc__ = doc
        self._read = read
        self._write = write
        self.tag(sync=True)

    def get(self, obj: Any, cls: Any = None) -> Any:  # noqa: ARG002 - as traitlets has it
        """Return what it shows now."""
        return self._read(obj)

    def set(self, obj: Any, value: Any) -> None:
        """Have it changed where it lives.

        Raises
        ------
        StateError
            When it can only be read.
        """
        if self._write is None:
            raise StateError(f"{self.name} tells what is; it cannot be set.")
        self._write(obj, value)
