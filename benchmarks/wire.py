"""What a sweep sends to the page, in bytes, counted where widgets hand their messages to the kernel.

A message is counted as JupyterLab receives it: header, parent header, metadata and content as JSON, then
the buffers, in one binary WebSocket frame. The points are made up, so that 10,000 steps take no training; and
time is counted in steps, so that every run counts the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import comm
from comm.base_comm import BaseComm
from jupyter_client.session import Session

from benchmarks.feed import Feed

TICKS_A_SECOND = 15
STATE_EVERY = 0.25  # seconds
#: A frame with all points so far is a snapshot. Opening: the widget itself, and plotly's script.
POINTS, SNAPSHOTS, STATE, OPENING = "points", "snapshots", "state", "opening"
KINDS = (POINTS, SNAPSHOTS, STATE)


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
    said = data.get("content", {}) if data.get("method") == "custom" else {}
    if message_type == "comm_open" or said.get("kind") == "plotly":
        return OPENING
    if said.get("kind") != "frame":
        return STATE  # or an answer, or a call
    return SNAPSHOTS if said["first"] == said["curve_first"] == 0 else POINTS


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


def heard(feed: Feed, *, plotly: bool = False) -> None:
    """Have the widget hear a page that has opened, as far as messages go."""
    said = {"n": 1, "name": "hello", "args": {"plotly": plotly}, "seen": {}}
    data = {"method": "custom", "content": {"page": "bench", "said": [said]}}
    feed.w.comm.handle_msg({"content": {"data": data}, "buffers": [], "header": {}})


class Ticks:
    """Takes the place of the page's own clock in a sweep: it is time for a tick after every ``batch`` steps.

    With ``every`` = k only each k-th tick is really sent, right after the one before it, and counts k times.
    """

    def __init__(self, feed: Feed, wire: Wire, step_ms: float, every: int) -> None:
        self._feed, self._wire, self._step, self._every = feed, wire, step_ms / 1e3, every
        self._batch = max(1, round(1 / TICKS_A_SECOND / self._step))
        self._next_state = STATE_EVERY
        self.total: tuple[Counter[str], Counter[str]] = Counter(), Counter()

    def tick(self) -> None:
        """Send what is due. Called after every step."""
        done = self._feed.steps_done
        number, rest = divmod(done, self._batch)
        if rest > 0 or done == len(self._feed.whole):
            return
        if self._every > 1 and number % self._every == 0:
            self._feed.show()
            self._wire.forget(POINTS)
        if (number - 1) % self._every == 0:
            self._feed.show()
            self._wire.repeat(POINTS, self._every)
        if done * self._step >= self._next_state:
            self._next_state = done * self._step + STATE_EVERY
            self._feed.w._page.state()
        self.add()

    def add(self) -> None:
        """Count what was sent since the last time."""
        for one, more in zip(self.total, self._wire.tally(), strict=True):
            one.update(more)


def measure(steps: int, step_ms: float, every: int = 1) -> tuple[Traffic, int]:
    """Count a sweep of ``steps``; return it and the one-time bytes of opening the widget."""
    with counted() as wire:
        feed = Feed(steps)
        heard(feed, plotly=True)
        opening, _ = wire.tally()
        ticks = Ticks(feed, wire, step_ms, every)
        feed.w._control.screen.progressed = ticks.tick  # type: ignore[method-assign]
        feed.start()
        feed.w.wait()
        ticks.add()
        feed.w.close()
    return Traffic(steps, step_ms, *ticks.total), opening[OPENING]
