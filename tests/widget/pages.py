"""A page without a browser: what it is sent, and what it says."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import numpy as np

from lrwidget import LRWidget


class Page:
    """Shows a widget, as far as messages go: the newest state and points, and the answers to what it says.

    ``hello=False``: it has not said yet that it is there.
    """

    def __init__(self, widget: LRWidget, *, hello: bool = True) -> None:
        self.widget = widget
        self.name, self.said = uuid4().hex, 0
        self.state: dict[str, Any] = widget.get_state("_state")["_state"]
        self.traits: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []
        self.points: dict[int, list[float]] = {}
        #: By number: rates, smoothed losses and slopes of each run that is not judged.
        self.runs: dict[int, list[list[float]]] = {}
        #: Their number; of each, in the order of rates, steps and losses.
        self.trials: tuple[int, list[list[list[float]]]] = (0, [])
        self._others = widget.comm.publish_msg
        widget.comm.publish_msg = self._take
        if hello:
            self.say("hello", plotly=False)

    def _take(self, kind: str, data: dict[str, Any] | None = None, **more: Any) -> None:
        self._others(kind, data=data, **more)
        data = data or {}
        self.traits |= data.get("state", {})
        state = data.get("state", {}).get("_state")
        if state is not None and state["version"] >= self.state["version"]:
            self.state = state
        if data.get("method") != "custom":
            return
        content = data["content"]
        self.messages.append(content)
        if content["kind"] == "frame":
            numbers = np.frombuffer(more["buffers"][1]).tolist()
            known = self.points.get(content["sweep"], [])
            self.points[content["sweep"]] = known[: content["first"]] + numbers
        elif content["kind"] == "runs":
            self.runs = dict(zip(content["runs"], _in_parts(more["buffers"], 3), strict=True))
        elif content["kind"] == "trials":
            self.trials = (content["number"], _in_parts(more["buffers"], 2))

    # -- what it says --------------------------------------------------------------------------------

    def say(self, name: str, /, *, seen: dict[str, Any] | None = None, **args: Any) -> dict[str, Any]:
        """Say something; return the answer."""
        self.said += 1
        seen = {"sweep": self.state["sweep"], "state": self.state["state"], "lr": self.lr} | (seen or {})
        self.send([{"n": self.said, "name": name, "args": args, "seen": seen}])
        return self.answers.get(self.said, {})

    def send(self, said: Any) -> None:
        """Send a message as it is."""
        data = {"method": "custom", "content": {"page": self.name, "said": said}}
        self.widget.comm.handle_msg({"content": {"data": data}, "buffers": [], "header": {}})

    # -- what it shows -------------------------------------------------------------------------------

    @property
    def answers(self) -> dict[int, dict[str, Any]]:
        """The answers to what this page said, by number."""
        mine = [each for each in self.messages if each["kind"] == "answer" and each["page"] == self.name]
        return {answer["n"]: answer for each in mine for answer in each["answers"]}

    @property
    def lr(self) -> float | None:
        lr: float | None = self.state["choice"]["lr"]
        return lr

    @property
    def status(self) -> str:
        """All that is said, a line each."""
        words = self.state["words"]
        return "\n".join([f"{words['headline']} {words['text']}", *words["notes"]])

    @property
    def losses(self) -> list[float]:
        """The points of the sweep that is shown."""
        return self.points[max(self.points)] if self.points else []

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.messages]


def _in_parts(buffers: list[bytes], count: int) -> list[list[list[float]]]:
    """Return buffers as lists of numbers, so many at a time."""
    numbers = [np.frombuffer(buffer).tolist() for buffer in buffers]
    return [numbers[first : first + count] for first in range(0, len(numbers), count)]
