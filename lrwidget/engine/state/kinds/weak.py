"""Weak references, and variables that each thread has for itself."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from lrwidget.engine.state.kinds.objects import Attributes
from lrwidget.engine.state.parts import ATOMS
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["THREAD_LOCALS", "WEAK_REFERENCES"]


def _keep_referent(walk: Walk, met: Met) -> None:
    referent = met.value()
    if referent is not None:
        walk.keep(referent, met.label, met.way)


def _keep_variables(walk: Walk, met: Met) -> None:
    # Of the sweep's own thread, in which the step will find them too.
    attributes = met.value.__dict__
    walk.part(Attributes(met.label, attributes, lambda _: False))
    for name, item in list(attributes.items()):
        if type(item) not in ATOMS:
            walk.keep(item, f"{met.label}.{name}", met.way, attributes, name)


WEAK_REFERENCES = Kind("weak references", lambda kind: issubclass(kind, weakref.ref), _keep_referent)
THREAD_LOCALS = Kind("thread locals", lambda kind: issubclass(kind, threading.local), _keep_variables)
