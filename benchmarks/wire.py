"""What a sweep sends to the page, in bytes, counted where widgets hand their messages to the kernel.

A message is counted as JupyterLab receives it: header, parent header, metadata and content as JSON, then
the buffers, in one binary WebSocket frame. The histories are made up, so that 10,000 steps take no training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import comm
import numpy as np
from comm.base_comm import BaseComm
from jupyter_client.session import Session

from lrwidget.history.record import History
from lrwidget.history.settings import make_settings
from lrwidget.widget.choice import Choice
from lrwidget.widget.screen import Screen
from lrwidget.widget.wording import Situation

TICKS_A_SECOND = 15
STATUS_EVERY = 0.25  # seconds
POINTS, SNAPSHOTS, STATUS, OPENING = "points", "snapshots", "status", "opening"
KINDS = (POINTS, SNAPSHOTS, STATUS)


@dataclass(frozen=True)
class Traffic:
    """Bytes and messages of one sweep, by kind."""

    steps: int
    step_ms: float
    bytes: Counter[str]
    messages: Counter[str]

    def a_point(self, kind: str) -> float:
        return self.bytes[kind] / self.steps


@dataclass(frozen=True)
class Message:
    """One message of a widget: its kind and size on the wire."""

    kind: str
    size: int


class Wire:
    """Counts what widgets send. As a context it takes the place of the kernel's comms."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._session = Session(key=b"")
        content = {"code": "w.run()", "silent": False, "store_history": True, "user_expressions": {}}
        self._parent = self._session.msg("execute_request", content)["header"]

    def record(
        self, kind: str, data: dict[str, Any], metadata: Any, buffers: Any, comm_id: str, **more: Any
    ) -> None:
        content = {"comm_id": comm_id, "data": data, **more}
        message = self._session.msg(kind, content, parent=self._parent, metadata=metadata)
        # Identity, delimiter and signature stay between kernel and server.
        parts = self._session.serialize(message)[-4:]
        offsets = 8 * (len(parts) + len(buffers or ()) + 3)
        size = sum(len(part) for part in parts) + sum(len(memoryview(b).cast("B")) for b in buffers or ())
        self.messages.append(Message(kind_of(kind, data), size + offsets + len("iopub")))

    def forget(self, kind: str) -> None:
        """Leave messages of this kind since the last tally out of account."""
        self.messages = [message for message in self.messages if message.kind != kind]

    def repeat(self, kind: str, times: int) -> None:
        """Count messages of this kind since the last tally so many times."""
        alike = [message for message in self.messages if message.kind == kind]
        self.messages += alike * (times - 1)

    def tally(self) -> tuple[Counter[str], Counter[str]]:
        """Bytes and messages by kind since the last call."""
        sizes: Counter[str] = Counter()
        numbers: Counter[str] = Counter()
        for message in self.messages:
            sizes[message.kind] += message.size
            numbers[message.kind] += 1
        self.messages.clear()
        return sizes, numbers


def kind_of(message_type: str, data: dict[str, Any]) -> str:
    """What a comm message is for."""
    if message_type == "comm_open" or ["_plotly_js"] in data.get("buffer_paths", []):
        return OPENING
    if data.get("method") == "custom":
        return POINTS
    return SNAPSHOTS if "_snapshot" in data.get("state", {}) else STATUS


@contextmanager
def counted() -> Iterator[Wire]:
    """Count the messages of all widgets that are made in this block."""
    wire = Wire()

    class CountingComm(BaseComm):
        def publish_msg(
            self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
        ) -> None:
            wire.record(msg_type, data or {}, metadata, buffers, self.comm_id, **keys)

    before, comm.create_comm = comm.create_comm, CountingComm
    try:
        yield wire
    finally:
        comm.create_comm = before


def made_up(steps: int) -> History:
    """A whole sweep with noise, a descent and a blow-up, as a model would give it."""
    settings = make_settings(num_iter=steps)
    x = np.linspace(-7, 1, steps)
    noise = np.random.default_rng(0).normal(0, 0.05, steps)
    loss = 2.3 - 1.8 / (1 + np.exp(-3 * (x + 2.5))) + np.exp(2.5 * (x - 0.3)) + noise
    return History(lr=np.array(settings.rates), loss=loss, settings=settings)


def part_of(whole: History, count: int) -> History:
    return History(lr=whole.lr[:count], loss=whole.loss[:count], settings=whole.settings)


class Show:
    """A screen that shows a made-up sweep, tick by tick."""

    def __init__(self, steps: int) -> None:
        self.whole = made_up(steps)
        self.history = part_of(self.whole, 0)
        self.choice = Choice("steepest", 0.3)
        self.state: Any = "running"
        self.screen = Screen(self.whole.settings, self.choice, self._situation, lambda: self.history)

    def _situation(self) -> Situation:
        count = len(self.history)
        return Situation(
            state=self.state,
            settings=self.whole.settings,
            step=count,
            stop_reason=None if self.state == "running" else "completed",
            seconds_left=0.01 * (len(self.whole) - count),
            last_lr=float(self.history.lr[-1]) if count else None,
            pick=self.choice.pick,
            lr=self.choice.lr,
        )

    def advance(self, count: int) -> None:
        """Let the history have ``count`` points, and send what a tick sends."""
        self.history = part_of(self.whole, count)
        self.screen.plot.show(self.history, self.choice.bandwidth)

    def status(self, count: int) -> None:
        """Repaint the status line as of ``count`` points."""
        self.history = part_of(self.whole, count)
        self.screen.paint()

    def end(self) -> None:
        """All points, the pick, and the last snapshot."""
        self.history = self.whole
        self.state = "finished"
        self.choice.look_at(self.whole)
        self.screen.finish()


def measure(steps: int, step_ms: float, every: int = 1) -> tuple[Traffic, int]:
    """Count a sweep of ``steps``; return it and the one-time bytes of opening the widget.

    With ``every`` = k only each k-th tick is really sent, right after the one before it, and counts k times.
    """
    batch = max(1, round(1000 / TICKS_A_SECOND / step_ms))
    total: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    with counted() as wire:
        show = Show(steps)
        show.screen.plot.send_plotly()
        opening, _ = wire.tally()
        show.screen.begin(show.whole.settings, blocking=False)
        next_status = STATUS_EVERY
        for number, count in enumerate(range(batch, steps, batch)):
            if number % every == 0:
                if every > 1:
                    show.advance(count - batch)
                    wire.forget(POINTS)
                show.advance(count)
                wire.repeat(POINTS, every)
            if (seconds := count * step_ms / 1000) >= next_status:
                next_status = seconds + STATUS_EVERY
                show.status(count)
            add(total, wire.tally())
        show.end()
        add(total, wire.tally())
        show.screen.close()
    return Traffic(steps, step_ms, *total), opening[OPENING]


def add(total: tuple[Counter[str], ...], more: tuple[Counter[str], ...]) -> None:
    for one, other in zip(total, more, strict=True):
        one.update(other)
