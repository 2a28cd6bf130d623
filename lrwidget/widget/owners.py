"""Whose sweep is on a model now. Two sweeps at once would ruin each other."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Protocol

from lrwidget.errors import StateError

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Owner", "claim", "let_go", "owner_of"]


class Owner(Protocol):
    """The sweeps of a widget, as far as the others that want its model need to know them."""

    @property
    def busy(self) -> bool:
        """Whether a sweep is on, running or paused."""

    def stop(self) -> None:
        """End the sweep before its next step."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no sweep is on; False when ``timeout`` seconds were not enough."""


_owners: weakref.WeakKeyDictionary[nn.Module, Owner] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def claim(model: nn.Module, sweeps: Owner) -> None:
    """Make these the ones that sweep ``model``; raises StateError while another does."""
    with _lock:
        owner = _owners.get(model)
        if owner is not None and owner is not sweeps and owner.busy:
            raise StateError("Another widget is sweeping this model: stop it first, or wait.")
        _owners[model] = sweeps


def let_go(model: nn.Module | None) -> None:
    """Say that nobody sweeps ``model`` any more."""
    with _lock:
        if model is not None:
            _owners.pop(model, None)


def owner_of(model: nn.Module) -> Owner | None:
    """Return who is sweeping ``model`` now, if any."""
    with _lock:
        owner = _owners.get(model)
    return owner if owner is not None and owner.busy else None
