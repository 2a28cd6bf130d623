"""Which session is sweeping a model now. Two sweeps at once would ruin each other."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from lrwidget.errors import StateError

if TYPE_CHECKING:
    from torch import nn

    from lrwidget.widget.session import Session

__all__ = ["claim", "let_go", "owner_of"]

_owners: weakref.WeakKeyDictionary[nn.Module, Session] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def claim(model: nn.Module, session: Session) -> None:
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


def owner_of(model: nn.Module) -> Session | None:
    """Return the session that is sweeping ``model`` now, if any."""
    with _lock:
        owner = _owners.get(model)
    return owner if owner is not None and owner.busy else None
