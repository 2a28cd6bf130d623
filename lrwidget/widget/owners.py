"""Which session is sweeping a model now. Two sweeps at once would ruin each other."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Protocol

from lrwidget.errors import StateError

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Owner", "claim", "let_go", "owner_of"]


class Owner(Protocol):
    """A session, as far as the others that want its model need to know it."""

    @property
    def busy(self) -> bool:
        """Whether a sweep is on, running or paused."""

    def stop(self) -> None:
        """End the sweep before its next step."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no sweep is on; False when ``timeout`` seconds were not enough."""


_owners: weakref.WeakKeyDictionary[nn.Module, Owner] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def claim(model: nn.Module, session: Owner) -> None:
    """Make a session the one that sweeps ``model``; raises StateError while another does."""
    with _lock:
        owner = _owners.get(model)
        if owner is not None and owner is not session and owner.busy:
            raise StateError("Another widget is sweeping this model: stop it first, or wait.")
        _owners[model] = session


def let_go(model: nn.Module | None) -> None:
    """Say that nobody sweeps ``model`` any more."""
    with _lock:
        if model is not None:
            _owners.pop(model, None)


def owner_of(model: nn.Module) -> Owner | None:
    """Return the session that is sweeping ``model`` now, if any."""
    with _lock:
        owner = _owners.get(model)
    return owner if owner is not None and owner.busy else None
