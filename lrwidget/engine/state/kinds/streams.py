"""Sockets, queues, connections, databases, and threads that serve them: what was read is gone."""

from __future__ import annotations

import multiprocessing.connection
import multiprocessing.process
import queue
import socket
import sqlite3
import subprocess
import threading
from typing import TYPE_CHECKING

from lrwidget.engine.state.kinds.objects import keep_attributes
from lrwidget.engine.state.walk import Kind

if TYPE_CHECKING:
    from lrwidget.engine.state.walk import Met, Walk

__all__ = ["STREAMS"]

_KINDS = (
    socket.socket,
    subprocess.Popen,
    sqlite3.Connection,
    sqlite3.Cursor,
    queue.Queue,
    queue.SimpleQueue,
    threading.Thread,
    multiprocessing.process.BaseProcess,
    multiprocessing.connection._ConnectionBase,  # noqa: SLF001 - the class of all connections
)


def _name(walk: Walk, met: Met) -> None:
    kind = type(met.value)
    if met.way.loader:  # elsewhere a process is a helper of a log, as a rule
        walk.cannot(met, f"a {kind.__module__}.{kind.__qualname__}: what is read from it is gone")
    elif isinstance(met.value, queue.Queue):
        keep_attributes(walk, met)


STREAMS = Kind("streams", lambda kind: issubclass(kind, _KINDS), _name)
